"""Sessions that will not be."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from cinema.box_office import holds, purchases
from cinema.core import locks
from cinema.core.local_time import to_local
from cinema.models import MovieSession, Purchase
from cinema.notifications import notify
from cinema.programme import showing
from cinema.queries import tickets
from common.errors import Code, Conflict, FieldError

MAX_AT_ONCE = 500
SOLD = "Tickets are sold for this session. They are cancelled with it only where `cancel_tickets` is true."


@transaction.atomic
def remove(session_id: int, by: User, cancel_tickets: bool = False) -> None:
    """Deletes a session that never sold a ticket, and cancels one that did, which stays for those who bought them.

    Seats that somebody is just choosing are let go. Raises Http404, and Conflict: "has_tickets" while tickets are sold,
    unless `cancel_tickets`; "session_started" for one that has begun, or was cancelled before.
    """
    session = locks.lock_session(session_id)
    refuse_settled(session)
    if not cancel_tickets and with_live_tickets([session]):
        raise Conflict(Code.HAS_TICKETS, SOLD)
    take_away([session], by)


@transaction.atomic
def remove_many(ids: Sequence[int], by: User, cancel_tickets: bool = False) -> int:
    """As `remove`, for 1 to MAX_AT_ONCE, all or none; returns how many. An id may come twice.

    Raises ValidationError that names every id ("ids.3") of no session, and Conflict that names those that stay.
    """
    check_number(ids, "ids")
    sessions = locks.lock_sessions(ids)
    known = {session.pk for session in sessions}
    if unknown := [index for index, pk in enumerate(ids) if pk not in known]:
        raise ValidationError({f"ids.{index}": ["There is no such session."] for index in unknown})
    refuse_any(ids, sessions, cancel_tickets)
    take_away(sessions, by)
    return len(sessions)


def refuse_settled(session: MovieSession) -> None:
    if reason := settled(session):
        raise Conflict(Code.SESSION_STARTED, reason)


def settled(session: MovieSession) -> str:
    """Why nothing about it can be changed any more; "" while it can."""
    now = timezone.now()
    if session.cancelled_at:
        return "This session was cancelled."
    if session.ends_at <= now:
        return "This session is over."
    if session.starts_at <= now:
        return f"This session began at {to_local(session.starts_at):%H:%M}."
    return ""


def refuse_any(ids: Sequence[int], sessions: Sequence[MovieSession], cancel_tickets: bool) -> None:
    reasons = {session.pk: reason for session in sessions if (reason := settled(session))}
    code = Code.SESSION_STARTED if reasons else Code.HAS_TICKETS
    if not cancel_tickets:
        reasons = dict.fromkeys(with_live_tickets(sessions), SOLD) | reasons
    if reasons:
        errors = [FieldError(f"ids.{index}", reasons[pk]) for index, pk in enumerate(ids) if pk in reasons]
        raise Conflict(code, "Some of these sessions can't be removed, so all of them stay.", errors)


def with_live_tickets(sessions: Iterable[MovieSession]) -> set[int]:
    return set(
        tickets.live_tickets().filter(session__in=sessions).order_by().values_list("session", flat=True).distinct()
    )


def take_away(sessions: Collection[MovieSession], by: User) -> None:
    """The sessions are held, so nobody buys or chooses a seat in them any more."""
    sold = set(
        tickets.bought_tickets().filter(session__in=sessions).order_by().values_list("session", flat=True).distinct()
    )
    live = with_live_tickets(sessions)
    # While it is known who has tickets, and who waits for them.
    notify.cancelled(sessions)
    begun = set(Purchase.objects.filter(session__in=sessions).values_list("session", flat=True))
    for session in sessions:
        if session.pk in live:
            purchases.cancel_all_tickets(session, by)
        elif session.pk in begun:
            holds.delete_holds_of_session(session)
    # Whoever had a ticket will want to know: a cancelled session is one more `revision`.
    kept = MovieSession.objects.filter(pk__in=sold)
    kept.update(cancelled_at=timezone.now(), revision=F("revision") + 1)
    MovieSession.objects.filter(pk__in=[session.pk for session in sessions if session.pk not in sold]).delete()
    showing.refresh(session.movie_id for session in sessions)


def check_number(things: Collection[Any], field: str = "__all__") -> None:
    if not 1 <= len(things) <= MAX_AT_ONCE:
        raise ValidationError({field: [f"Send 1 to {MAX_AT_ONCE} at once."]})
