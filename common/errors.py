"""Errors that the domain raises.

They know nothing of HTTP: `common.api.problems` gives each a status, pages and the admin show the message.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NamedTuple

from django.db.models import TextChoices


class Code(TextChoices):
    """The stable `code` of an error, with its meaning in the OpenAPI document.

    Clients branch on these; messages may be reworded at any time.
    """

    VALIDATION_FAILED = "validation_failed", "The request holds something that is not valid; `errors` names each field."
    NOT_AUTHENTICATED = "not_authenticated", "Sign in first."
    TOKEN_INVALID = "token_invalid", "The token is not valid, or no longer: refresh it, or sign in again."
    INVALID_CREDENTIALS = "invalid_credentials", "There is no such account with this password."
    SECOND_FACTOR_REQUIRED = "second_factor_required", "The password is right; send a valid `code` of the app as well."
    SECOND_FACTOR_NOT_SET_UP = (
        "second_factor_not_set_up",
        "Managers may do this once they have set up a second factor, on the pages of their account.",
    )
    PERMISSION_DENIED = "permission_denied", "You are signed in, and may not do this."
    NOT_FOUND = "not_found", "There is no such thing, or it is not yours to see."
    METHOD_NOT_ALLOWED = "method_not_allowed", "This address does not answer that method; see the `Allow` header."
    NOT_ACCEPTABLE = "not_acceptable", "None of the media types in the `Accept` header can be served."
    CONFLICT = "conflict", "The request contradicts what is stored."
    DUPLICATE = "duplicate", "There is one already."
    SEAT_TAKEN = "seat_taken", "Another customer has one of these seats; `errors` says which."
    SOLD_OUT = "sold_out", "Not enough seats are free."
    SPECIAL_SEATS_UNCONFIRMED = (
        "special_seats_unconfirmed",
        "Wheelchair places and companion seats are sold once the customer confirms to need them; `details` names them.",
    )
    TICKET_LIMIT = "ticket_limit", "One person cannot have so many tickets for one session."
    EMAIL_UNCONFIRMED = "email_unconfirmed", "This needs a confirmed email address."
    ADDRESS_LIMIT = "address_limit", "Too many seats of one session were taken through one network address."
    HOLD_LIMIT = "hold_limit", "The customer has held seats of the session, or let offers go, for as long as one may."
    HOLD_EXPIRED = "hold_expired", "The seats were held no longer; choose again."
    ROOM_TAKEN = "room_taken", "Another session has the room then; `details` names it and the next free times."
    SESSION_STARTED = (
        "session_started",
        "The session has begun, is over or was cancelled, so this is no longer possible.",
    )
    SESSION_MOVED = (
        "session_moved",
        "The session was moved since the customer chose; `details` has its new time and room. Show them first.",
    )
    HAS_TICKETS = "has_tickets", "Tickets are sold for this."
    SEATS_LOST = "seats_lost", "Customers would lose seats that they bought; `errors` says who and which."
    ALREADY_USED = "already_used", "The ticket was used; the message says when, where and by whom."
    TICKET_CANCELLED = "ticket_cancelled", "The ticket was cancelled."
    WRONG_SESSION = "wrong_session", "The ticket is for another session than the one checked in; `details` says which."
    AGE_RESTRICTED = "age_restricted", "On the day of the session the person is younger than the film allows."
    DATE_OF_BIRTH_REQUIRED = "date_of_birth_required", "The film has an age limit, and the account no date of birth."
    DATE_OF_BIRTH_SET = "date_of_birth_set", "The account has a date of birth, which only the cinema can correct."
    IDEMPOTENCY_MISMATCH = "idempotency_mismatch", "This `Idempotency-Key` came before, with another request."
    PAYLOAD_TOO_LARGE = "payload_too_large", "The body is larger than the server reads."
    REQUEST_TIMEOUT = "request_timeout", "The body of the request did not arrive in time."
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", "The body is of a media type that is not read here."
    THROTTLED = "throttled", "Too many requests; `Retry-After` says when to come back."
    UPSTREAM_UNAVAILABLE = "upstream_unavailable", "TMDB or OMDb did not answer."
    UNAVAILABLE = "unavailable", "The site is busy or a part of it is down; `Retry-After` says when to come back."
    INTERNAL_ERROR = "internal_error", "Something broke on our side; `trace_id` finds it in the logs."


class FieldError(NamedTuple):
    """What is wrong with one field of the input; `field` is a dotted path such as "items.1.title"."""

    field: str
    message: str


class DomainError(Exception):
    """Base of the errors with which write functions refuse a request.

    `message` is a sentence for people, `code` one of Code, `errors` name the fields that are to blame, `details` hold
    JSON values that a program can go on with, and `wait` is in how many seconds another attempt may succeed.
    """

    default_code: ClassVar[Code]
    default_message: ClassVar[str] = ""

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        errors: Iterable[FieldError] = (),
        details: Mapping[str, Any] | None = None,
        wait: float | None = None,
    ) -> None:
        self.message = self.default_message if message is None else message
        super().__init__(self.message)
        self.code = str(code or self.default_code)
        self.errors = list(errors)
        self.details = dict(details or {})
        self.wait = wait


class Conflict(DomainError):
    """The request contradicts what is stored, as in `Conflict(Code.SEAT_TAKEN, "Seat A1 was just taken.")`."""

    default_code = Code.CONFLICT

    def __init__(
        self,
        code: str,
        message: str,
        errors: Iterable[FieldError] = (),
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, code=code, errors=errors, details=details)


class NotAllowed(DomainError):
    """The user may not do this; the message says why."""

    default_code = Code.PERMISSION_DENIED

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code=code)


class NotFound(DomainError):
    """There is no such thing, and the message has more to say than a plain Http404."""

    default_code = Code.NOT_FOUND
    default_message = "Not found."


class Mismatch(DomainError):
    """An idempotency key that belongs to another request."""

    default_code = Code.IDEMPOTENCY_MISMATCH
    default_message = "This Idempotency-Key came before, with another request. Use a new key for a new request."


class PayloadTooLarge(DomainError):
    """The body is larger than the server reads."""

    default_code = Code.PAYLOAD_TOO_LARGE
    default_message = "The body is too large."


class TooManyRequests(DomainError):
    """A rate limit is used up for `wait` seconds."""

    default_code = Code.THROTTLED

    def __init__(self, wait: int) -> None:
        seconds = "1 second" if wait == 1 else f"{wait} seconds"
        super().__init__(f"Request was throttled. Expected available in {seconds}.", wait=wait)


class Unavailable(DomainError):
    """A service that the request needs is down or busy."""

    default_code = Code.UNAVAILABLE
    default_message = "The site is busy. Try again in a moment."


class UpstreamUnavailable(Unavailable):
    """TMDB or OMDb does not answer."""

    default_code = Code.UPSTREAM_UNAVAILABLE
    default_message = "The film database that we ask is not answering. Try again later."
