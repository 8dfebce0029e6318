"""The status, code and message of each exception, for clients. They hold no SQL, path or class name."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import singledispatch
from itertools import islice
from typing import Any

from django.core import exceptions as django_exceptions
from django.db import IntegrityError, InterfaceError, OperationalError
from django.db.models import ProtectedError
from django.http import Http404
from rest_framework import exceptions, serializers
from rest_framework.settings import api_settings

from common.database import constraints
from common.errors import (
    Code,
    Conflict,
    DomainError,
    FieldError,
    Mismatch,
    NotAllowed,
    NotFound,
    PayloadTooLarge,
    TooManyRequests,
    Unavailable,
)

RETRY_AFTER_SECONDS = 2
BODY = "body"
MAX_ERRORS = 100
MAX_FIELD_LENGTH = 100
# Some messages repeat the value, which may be as long as the body.
MAX_MESSAGE_LENGTH = 500
# SQLSTATEs of a database that works but is contended: lock timeout, statement timeout, deadlock, serialization.
BUSY = {"55P03", "57014", "40P01", "40001"}


@dataclass(frozen=True)
class Problem:
    status: int
    code: str
    message: str
    errors: Iterable[FieldError] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


# An error of a class that is not here has the status of its base.
STATUS: dict[type[DomainError], int] = {
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    PayloadTooLarge: 413,
    Mismatch: 422,
    TooManyRequests: 429,
    Unavailable: 503,
}
# For errors that REST framework itself raises.
CODE_BY_STATUS = {
    400: Code.VALIDATION_FAILED,
    401: Code.NOT_AUTHENTICATED,
    403: Code.PERMISSION_DENIED,
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    406: Code.NOT_ACCEPTABLE,
    409: Code.CONFLICT,
    413: Code.PAYLOAD_TOO_LARGE,
    415: Code.UNSUPPORTED_MEDIA_TYPE,
    429: Code.THROTTLED,
    503: Code.UNAVAILABLE,
}


def flatten(detail: Any, path: tuple[str, ...] = ()) -> Iterator[FieldError]:
    """Flatten a nested error detail to dotted fields: `{"items": [{}, {"title": ["x"]}]}` -> items.1.title."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            own = key in {api_settings.NON_FIELD_ERRORS_KEY, django_exceptions.NON_FIELD_ERRORS}
            yield from flatten(value, path if own else (*path, str(key)))
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            yield from flatten(value, (*path, str(index)) if isinstance(value, Mapping | list) else path)
    else:
        yield FieldError(".".join(path)[:MAX_FIELD_LENGTH] or BODY, str(detail)[:MAX_MESSAGE_LENGTH])


def invalid(detail: Any) -> Problem:
    errors = list(islice(flatten(detail), MAX_ERRORS))
    fields = list(dict.fromkeys(error.field for error in errors))
    more = f" and {len(fields) - 3} more" if len(fields) > 3 else ""
    return Problem(400, Code.VALIDATION_FAILED, f"Not valid: {', '.join(fields[:3])}{more}.", errors)


def retry_after(wait: float | None, status: int) -> dict[str, str]:
    """Return the Retry-After header, in whole seconds; every 503 has one."""
    seconds = wait or (RETRY_AFTER_SECONDS if status == 503 else None)
    return {"Retry-After": str(int(seconds))} if seconds else {}


def unavailable(message: str) -> Problem:
    return Problem(503, Code.UNAVAILABLE, message, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


@singledispatch
def describe(error: BaseException | None) -> Problem | None:
    """Return what `error` means to the client; None for a bug of ours (a 500)."""
    return None


@describe.register
def _(error: DomainError) -> Problem | None:
    status = next(STATUS[base] for base in type(error).__mro__ if base in STATUS)
    headers = retry_after(error.wait, status)
    return Problem(status, error.code, error.message, error.errors[:MAX_ERRORS], headers, error.details)


@describe.register
def _(error: exceptions.APIException) -> Problem | None:
    given = error.get_codes()
    code = given if given in Code.values else CODE_BY_STATUS.get(error.status_code, Code.INTERNAL_ERROR)
    headers = retry_after(getattr(error, "wait", None), error.status_code)
    return Problem(error.status_code, code, str(error.detail), headers=headers)


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
    return Problem(413, Code.PAYLOAD_TOO_LARGE, PayloadTooLarge.default_message)


@describe.register
def _(error: django_exceptions.ValidationError) -> Problem | None:
    return invalid(serializers.as_serializer_error(error))


@describe.register
def _(error: ProtectedError) -> Problem | None:
    return Problem(409, Code.CONFLICT, "Other things still depend on this, so it stays.")


@describe.register
def _(error: IntegrityError) -> Problem | None:
    conflict = constraints.meaning(error)
    return describe(conflict) if conflict else None


@describe.register(OperationalError)
@describe.register(InterfaceError)
def _(error: OperationalError | InterfaceError) -> Problem | None:
    if getattr(error.__cause__, "sqlstate", None) in BUSY:
        return unavailable("The site is busy. Try again in a moment.")
    return unavailable("The database cannot be reached. Try again in a moment.")
