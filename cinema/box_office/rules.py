"""The rules of a sale: to whom a session's seats are sold, and until when. Holds obey the same rules.

The checks read and raise; they change nothing.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.text import get_text_list

from accounts.models import User
from cinema.core.local_time import format_iso, format_moment, to_local
from cinema.models import SEAT_TRAITS, MovieSession, Purchase, Room, Seat, SeatKind, Ticket
from cinema.queries.tickets import occupies_seat
from common.database.kept import Parameter
from common.errors import Code, Conflict, FieldError, NotAllowed
from movies.models import Movie


def check_sale(session: MovieSession, user: User, by: User, age_limit: int | None) -> int | None:
    """Check everything but the limit, and raise what the checks below do. `user` is locked (locks.lock_user).

    Return the age that was checked, as `check_age` does.
    """
    check_person(user, by)
    check_published(session, by)
    check_time(session)
    return check_age(session, user, age_limit)


def check_person(user: User, by: User) -> None:
    """Raise PermissionDenied if `by` may not act for `user`, and ValidationError if the account is closed."""
    if by.pk != user.pk and not by.is_staff:
        raise PermissionDenied
    if not user.is_active:
        raise ValidationError({"user_id": ["This account is closed."]})


def check_published(session: MovieSession, by: User) -> None:
    """Raise for a draft: Http404 for customers, from whom drafts are hidden, and Conflict for managers."""
    if not session.published:
        raise draft_error() if by.is_staff else Http404


def draft_error() -> Conflict:
    return Conflict(Code.CONFLICT, "This session is a draft: its tickets are not on sale yet.")


def check_time(session: MovieSession) -> None:
    """Raise Conflict(session_started) once the sale is over."""
    now = timezone.now()
    if session.cancelled_at:
        raise Conflict(Code.SESSION_STARTED, "This session was cancelled.")
    if now >= session.ends_at:
        raise Conflict(Code.SESSION_STARTED, "This session is over.")
    if now >= end_of_sale(session):
        raise Conflict(
            Code.SESSION_STARTED,
            f"This session began at {to_local(session.starts_at):%H:%M}; its tickets are no longer sold.",
        )


def check_shown(session: MovieSession, purchase: Purchase) -> None:
    """Raise Conflict (session_moved) for seats held before a move, until the customer was shown the new time.

    See holds.note_shown for what counts as shown.
    """
    if purchase.shown_revision >= session.moved_revision:
        return
    room = Room.objects.get(pk=session.room_id)
    now = f"{format_moment(session.starts_at)}, in {room}"
    raise Conflict(
        Code.SESSION_MOVED,
        f"This session was moved. It now begins on {now}. Look at the new time, then buy the seats if it suits you.",
        details={
            "starts_at": format_iso(session.starts_at),
            "ends_at": format_iso(session.ends_at),
            "room": {"id": room.pk, "number": room.number, "name": room.name},
        },
    )


def end_of_sale(session: MovieSession) -> datetime:
    return session.starts_at + timedelta(minutes=settings.SALES_GRACE_MINUTES)


def is_on_sale(session: MovieSession) -> bool:
    now = timezone.now()
    return session.published and not session.cancelled_at and now < min(session.ends_at, end_of_sale(session))


def read_age_limit(session: MovieSession) -> int | None:
    return Movie.objects.values_list("age_restriction", flat=True).get(pk=session.movie_id)


def check_age(session: MovieSession, user: User, limit: int | None) -> int | None:
    """Raise NotAllowed if the customer is too young on the day of the session in the cinema's time zone.

    Return the film's age `limit`, which the date of birth meets, or None for a film without one.
    """
    if not limit:
        return None
    if user.date_of_birth is None:
        raise NotAllowed(
            Code.DATE_OF_BIRTH_REQUIRED,
            f"This film is for ages {limit} and over, and the account has no date of birth.",
        )
    if age_on(to_local(session.starts_at).date(), user.date_of_birth) < limit:
        raise NotAllowed(Code.AGE_RESTRICTED, f"For this film, you must be {limit} or older on the day of the session.")
    return limit


def age_on(day: date, born: date) -> int:
    """Return the age in years. Without a 29 February in the year, a birthday on it counts from 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def check_special_seats(seats: Iterable[Seat], is_confirmed: bool) -> None:
    """Raise Conflict (special_seats_unconfirmed) for wheelchair places and companion seats, unless `is_confirmed`.

    A wheelchair place has no chair, and companions sit beside it, so the customer has to say that they are needed.
    """
    special = [seat for seat in seats if seat.kind in SEAT_TRAITS]
    if is_confirmed or not special:
        return
    names = get_text_list([f"{seat.label} is a {seat.place.special}" for seat in special], "and")
    message = f"{names}. Please confirm that you need {'it' if len(special) == 1 else 'them'}."
    details = {
        "wheelchair_places": [seat.label for seat in special if seat.kind == SeatKind.WHEELCHAIR],
        "companion_seats": [seat.label for seat in special if seat.kind == SeatKind.COMPANION],
    }
    raise Conflict(Code.SPECIAL_SEATS_UNCONFIRMED, message, [FieldError("special_seats_confirmed", message)], details)


def own_tickets(session: MovieSession, user: User) -> list[Ticket]:
    """Return what counts towards the limit: bought tickets and valid holds, with seat and purchase."""
    return list(tickets_of(session, user).select_related("purchase", "seat"))


def tickets_of(session: MovieSession | Parameter, user: User | Parameter) -> QuerySet[Ticket]:
    return Ticket.objects.filter(occupies_seat(), session=session, user=user)


def check_limit(owned: int, wanted: int) -> None:
    """Raise Conflict(ticket_limit), which says how many more are possible. `owned` is without the seats wanted now."""
    left = max(settings.TICKETS_PER_CUSTOMER - owned, 0)
    if wanted > left:
        raise Conflict(
            Code.TICKET_LIMIT,
            f"At most {settings.TICKETS_PER_CUSTOMER} tickets a person for one session, held seats included: "
            + (f"{left} more can be added, not {wanted}." if left else "the limit is reached."),
            details={"limit": settings.TICKETS_PER_CUSTOMER, "left": left},
        )
