"""Database constraints, and what their violation means to people."""

import structlog
from django.db import IntegrityError

from common.errors import Code, Conflict, FieldError

log = structlog.get_logger(__name__)

_conflicts: dict[str, tuple[str, str, str]] = {}  # name of a constraint -> code, message, field


def register(name: str, code: str, message: str, field: str) -> None:
    """Answer a violation of the constraint `name` with this conflict. Each app calls it when it starts."""
    _conflicts[name] = (code, message, field)


def violated_name(error: IntegrityError) -> str | None:
    """Return the constraint's name; None where PostgreSQL names none, as for a NULL in a required column."""
    name: str | None = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    return name


def meaning(error: IntegrityError) -> Conflict | None:
    """Return the conflict that `error` is to a client; None where no constraint is named."""
    name = violated_name(error)
    if name is None:
        return None
    if name not in _conflicts:
        log.warning("unregistered_constraint_violated", constraint=name)
        return Conflict(Code.CONFLICT, "This contradicts what is already stored.")
    return conflict_of(name)


def conflict_of(name: str) -> Conflict:
    """Return the conflict that a violation of the constraint is. Raises KeyError where none is registered."""
    code, message, field = _conflicts[name]
    return Conflict(code, message, [FieldError(field, message)])
