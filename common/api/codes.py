"""The stable names of what can go wrong. Clients branch on these; texts may be reworded at any time."""

from django.db.models import TextChoices


class Code(TextChoices):
    """`code` of an error, with the meaning that the OpenAPI document gives it."""

    VALIDATION_FAILED = "validation_failed", "The request holds something that is not valid; `errors` names each field."
    NOT_AUTHENTICATED = "not_authenticated", "Sign in first."
    TOKEN_INVALID = "token_invalid", "The token is not valid, or no longer: refresh it, or sign in again."
    INVALID_CREDENTIALS = "invalid_credentials", "There is no such account with this password."
    SECOND_FACTOR_REQUIRED = "second_factor_required", "The password is right; send a valid `code` of the app as well."
    PERMISSION_DENIED = "permission_denied", "You are signed in, and may not do this."
    NOT_FOUND = "not_found", "There is no such thing, or it is not yours to see."
    METHOD_NOT_ALLOWED = "method_not_allowed", "This address does not answer that method; see the `Allow` header."
    NOT_ACCEPTABLE = "not_acceptable", "None of the media types in the `Accept` header can be served."
    CONFLICT = "conflict", "The request contradicts what is stored."
    DUPLICATE = "duplicate", "There is one already."
    SEAT_TAKEN = "seat_taken", "Somebody else has one of these seats; `errors` says which."
    SOLD_OUT = "sold_out", "Not enough seats are free."
    TICKET_LIMIT = "ticket_limit", "One person cannot have so many tickets for one session."
    HOLD_EXPIRED = "hold_expired", "The seats were held no longer; choose again."
    ROOM_TAKEN = "room_taken", "Another session has the room then; `details` names it and the next free times."
    SESSION_STARTED = (
        "session_started",
        "The session has begun, is over or was cancelled, so this is no longer possible.",
    )
    HAS_TICKETS = "has_tickets", "Tickets are sold for this."
    SEATS_LOST = "seats_lost", "Somebody would lose a seat that they bought; `errors` says who and which."
    ALREADY_USED = "already_used", "The ticket was used; the message says when, where and by whom."
    TICKET_CANCELLED = "ticket_cancelled", "The ticket was cancelled."
    WRONG_SESSION = "wrong_session", "The ticket is for another session than this door's; `details` says which."
    AGE_RESTRICTED = "age_restricted", "On the day of the session the person is younger than the film allows."
    DATE_OF_BIRTH_REQUIRED = "date_of_birth_required", "The film has an age limit, and the account no date of birth."
    IDEMPOTENCY_MISMATCH = "idempotency_mismatch", "This `Idempotency-Key` came before, with another request."
    PAYLOAD_TOO_LARGE = "payload_too_large", "The body is larger than the server reads."
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", "The body is of a media type that is not read here."
    THROTTLED = "throttled", "Too many requests; `Retry-After` says when to come back."
    UPSTREAM_UNAVAILABLE = "upstream_unavailable", "TMDB or OMDb did not answer."
    UNAVAILABLE = "unavailable", "The site is busy or a part of it is down; `Retry-After` says when to come back."
    INTERNAL_ERROR = "internal_error", "Something broke on our side; `trace_id` finds it in the logs."


BY_STATUS = {
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
