"""What each exception means to a client: its status, code and sentence. No SQL, path or class name leaves here."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any, NamedTuple

import structlog
from django.core import exceptions as django_exceptions
from django.db import IntegrityError, InterfaceError, OperationalError
from django.db.models import ProtectedError
from django.http import Http404
from rest_framework import exceptions, serializers
from rest_framework.settings import api_settings

from common.api.codes import BY_STATUS, Code
from common.constraints import violated

logger = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = 2
BODY = "body"
MAX_ERRORS = 100
MAX_FIELD_LENGTH = 100
# SQLSTATEs of a database that works but is contended: lock timeout, statement timeout, deadlock, serialization.
BUSY = {"55P03", "57014", "40P01", "40001"}


class FieldError(NamedTuple):
    field: str
    message: str


@dataclass(frozen=True)
class Problem:
    status: int
    code: str
    message: str
    errors: Iterable[FieldError] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


class Conflict(exceptions.APIException):
    """409 with a stable code, such as `Conflict("seat_taken", "Seat A1 was just taken.")`.

    `errors` tells where, when the conflict is about some of many things that were sent; `details` holds what a program
    can go on with, in values that JSON knows.
    """

    status_code = 409

    def __init__(
        self,
        code: str,
        message: str,
        errors: Iterable[FieldError] = (),
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, code)
        self.errors = list(errors)
        self.details = dict(details or {})


class NotAllowed(exceptions.PermissionDenied):
    """403 with a stable code and a sentence that says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code)


class Mismatch(exceptions.APIException):
    """422: an `Idempotency-Key` that belongs to another request."""

    status_code = 422
    default_detail = "This Idempotency-Key came before, with another request. Use a new key for a new request."
    default_code = Code.IDEMPOTENCY_MISMATCH


class UpstreamUnavailable(exceptions.APIException):
    """503 about TMDB or OMDb; `wait` is in how many seconds asking again may help."""

    status_code = 503
    default_detail = "The film database that we ask is not answering. Try again later."
    default_code = Code.UPSTREAM_UNAVAILABLE

    def __init__(self, message: str | None = None, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class PayloadTooLarge(exceptions.APIException):
    status_code = 413
    default_detail = "The body is too large."
    default_code = Code.PAYLOAD_TOO_LARGE


# Name of a database constraint -> what its violation means. Each app fills it when it starts.
_constraints: dict[str, Problem] = {}


def register_constraint(name: str, code: str, message: str, field: str) -> None:
    """From now on a violation of the database constraint `name` is this 409."""
    _constraints[name] = Problem(409, code, message, [FieldError(field, message)])


def flatten(detail: Any, path: tuple[str, ...] = ()) -> Iterator[FieldError]:
    """DRF's nested error detail as dotted fields: `{"items": [{}, {"title": ["x"]}]}` -> items.1.title."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            own = key in {api_settings.NON_FIELD_ERRORS_KEY, django_exceptions.NON_FIELD_ERRORS}
            yield from flatten(value, path if own else (*path, str(key)))
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            yield from flatten(value, (*path, str(index)) if isinstance(value, Mapping | list) else path)
    else:
        yield FieldError(".".join(path)[:MAX_FIELD_LENGTH] or BODY, str(detail))


def invalid(detail: Any) -> Problem:
    errors = list(flatten(detail))[:MAX_ERRORS]
    fields = list(dict.fromkeys(error.field for error in errors))
    more = f" and {len(fields) - 3} more" if len(fields) > 3 else ""
    return Problem(400, Code.VALIDATION_FAILED, f"Not valid: {', '.join(fields[:3])}{more}.", errors)


def unavailable(message: str) -> Problem:
    return Problem(503, Code.UNAVAILABLE, message, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


@singledispatch
def describe(error: BaseException | None) -> Problem | None:
    """What `error` means to the client; None when nobody expected it (a 500)."""
    return None


@describe.register
def _(error: exceptions.APIException) -> Problem | None:
    given = error.get_codes()
    code = given if given in Code.values else BY_STATUS.get(error.status_code, Code.INTERNAL_ERROR)
    headers = {}
    if wait := getattr(error, "wait", None) or (RETRY_AFTER_SECONDS if error.status_code == 503 else None):
        headers["Retry-After"] = str(int(wait))
    return Problem(error.status_code, code, str(error.detail), headers=headers)


@describe.register
def _(error: Conflict) -> Problem | None:
    code, message = str(error.get_codes()), str(error.detail)
    return Problem(409, code, message, error.errors[:MAX_ERRORS], details=error.details)


@describe.register
def _(error: exceptions.ValidationError) -> Problem | None:
    return invalid(error.detail)


@describe.register
def _(error: exceptions.ParseError) -> Problem | None:
    return Problem(400, Code.VALIDATION_FAILED, str(error.detail), [FieldError(BODY, str(error.detail))])


@describe.register(exceptions.NotAuthenticated)
@describe.register(exceptions.AuthenticationFailed)
def _(error: exceptions.NotAuthenticated | exceptions.AuthenticationFailed) -> Problem | None:
    # DRF turns these into 403 where the first authenticator has no challenge; to a client they are always 401.
    given = error.get_codes()
    code = given if given in Code.values else Code.NOT_AUTHENTICATED
    return Problem(401, code, str(error.detail), headers={"WWW-Authenticate": getattr(error, "auth_header", "Bearer")})


@describe.register
def _(error: Http404) -> Problem | None:
    return Problem(404, Code.NOT_FOUND, "Not found.")


@describe.register
def _(error: django_exceptions.PermissionDenied) -> Problem | None:
    return Problem(403, Code.PERMISSION_DENIED, "You may not do this.")


@describe.register
def _(error: django_exceptions.SuspiciousOperation) -> Problem | None:
    return Problem(400, Code.VALIDATION_FAILED, "The request is not acceptable.")


@describe.register
def _(error: django_exceptions.RequestDataTooBig) -> Problem | None:
    return Problem(413, Code.PAYLOAD_TOO_LARGE, PayloadTooLarge.default_detail)


@describe.register
def _(error: django_exceptions.ValidationError) -> Problem | None:
    return invalid(serializers.as_serializer_error(error))


@describe.register
def _(error: ProtectedError) -> Problem | None:
    return Problem(409, Code.CONFLICT, "Other things still depend on this, so it stays.")


@describe.register
def _(error: IntegrityError) -> Problem | None:
    name = violated(error)
    if name is None:
        return None
    if name not in _constraints:
        logger.warning("unregistered_constraint_violated", constraint=name)
    return _constraints.get(name) or Problem(409, Code.CONFLICT, "This contradicts what is already stored.")


@describe.register(OperationalError)
@describe.register(InterfaceError)
def _(error: OperationalError | InterfaceError) -> Problem | None:
    if getattr(error.__cause__, "sqlstate", None) in BUSY:
        return unavailable("The site is busy. Try again in a moment.")
    return unavailable("The database cannot be reached. Try again in a moment.")
