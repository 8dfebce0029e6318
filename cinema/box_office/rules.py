"""To whom a session's seats may be sold, and when. A hold obeys the same rules. They read, and refuse."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from cinema.core.local_time import to_local
from cinema.models import MovieSession, Ticket
from cinema.queries.tickets import occupies_seat
from common.errors import Code, Conflict, NotAllowed
from movies.models import Movie


def check_sale(session: MovieSession, user: User, by: User) -> None:
    """Everything but the limit. `user` as the account is now (locks.lock_user). Raises what the checks below do."""
    check_person(user, by)
    check_published(session, by)
    check_time(session)
    check_age(session, user)


def check_person(user: User, by: User) -> None:
    """PermissionDenied if `by` may not act for `user`; ValidationError if nobody may any more."""
    if by.pk != user.pk and not by.is_staff:
        raise PermissionDenied
    if not user.is_active:
        raise ValidationError({"user_id": ["This account is closed."]})


def check_published(session: MovieSession, by: User) -> None:
    """For a customer a draft does not exist: Http404. To a manager it is a 409."""
    if not session.published:
        raise draft_error() if by.is_staff else Http404


def draft_error() -> Conflict:
    return Conflict(Code.CONFLICT, "This session is a draft: its tickets are not on sale yet.")


def check_time(session: MovieSession) -> None:
    """Conflict(session_started) once nobody sells tickets any more."""
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


def end_of_sale(session: MovieSession) -> datetime:
    return session.starts_at + timedelta(minutes=settings.SALES_GRACE_MINUTES)


def is_on_sale(session: MovieSession) -> bool:
    now = timezone.now()
    return session.published and not session.cancelled_at and now < min(session.ends_at, end_of_sale(session))


def check_age(session: MovieSession, user: User) -> None:
    """NotAllowed, by the person's age on the day of the session in the cinema's zone."""
    limit = Movie.objects.values_list("age_restriction", flat=True).get(pk=session.movie_id)
    if not limit:
        return
    if user.date_of_birth is None:
        raise NotAllowed(
            Code.DATE_OF_BIRTH_REQUIRED,
            f"This film is for people of {limit} and older, and the account has no date of birth.",
        )
    if age_on(to_local(session.starts_at).date(), user.date_of_birth) < limit:
        raise NotAllowed(Code.AGE_RESTRICTED, f"On the day of the session one must be {limit} or older for this film.")


def age_on(day: date, born: date) -> int:
    """In years. Whoever was born on 29 February is a year older on 1 March when there is no such day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def own_tickets(session: MovieSession, user: User) -> list[Ticket]:
    """What counts towards the limit: those bought, and those in holds that are not over. With seat and purchase."""
    rows = Ticket.objects.filter(occupies_seat(), session=session, user=user)
    return list(rows.select_related("purchase", "seat"))


def check_limit(have: int, wanted: int) -> None:
    """Conflict(ticket_limit), which says how many more are possible. `have`: without the seats wanted now."""
    left = max(settings.TICKETS_PER_CUSTOMER - have, 0)
    if wanted > left:
        raise Conflict(
            Code.TICKET_LIMIT,
            f"One person can have {settings.TICKETS_PER_CUSTOMER} tickets for a session, held seats included: "
            + (f"{left} more, not {wanted}." if left else "there are as many already."),
            details={"limit": settings.TICKETS_PER_CUSTOMER, "left": left},
        )
