"""Removing sessions: one that concerns people is cancelled and keeps its page, any other is deleted."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from cinema.box_office import holds, purchases
from cinema.core import locks
from cinema.core.revisions import revise
from cinema.models import MovieSession, Purchase
from cinema.notifications.session_cancelled import notify_sessions_cancelled
from cinema.programme import planning, showing
from cinema.queries import tickets
from cinema.queries.concerned import people_concerned
from common.errors import Code, Conflict, FieldError

SOLD = "Tickets are sold for this session. They are cancelled with it only where `cancel_tickets` is true."


@transaction.atomic
def remove_session(session_id: int, by: User, cancel_tickets: bool = False) -> None:
    """Cancel a session that ever sold a ticket or concerns people now, which stays for them, or delete any other.

    Seats that are on hold are released. Everyone concerned is notified. Raises Http404, and Conflict: "has_tickets"
    while tickets are sold, unless `cancel_tickets`; "session_started" for one that has begun, or was cancelled
    before.
    """
    session = locks.lock_session(session_id)
    planning.check_changeable(session)
    if not cancel_tickets and _ids_with_live_tickets([session]):
        raise Conflict(Code.HAS_TICKETS, SOLD)
    _cancel_or_delete([session], by)


@transaction.atomic
def remove_sessions(ids: Sequence[int], by: User, cancel_tickets: bool = False) -> int:
    """Remove 1 to MAX_AT_ONCE sessions as `remove_session` does, all or none; return how many. An id may come twice.

    Raises ValidationError that names every id ("ids.3") of no session, and Conflict that names those that stay.
    """
    planning.check_count(ids, "ids")
    sessions = locks.lock_sessions(ids)
    existing = {session.pk for session in sessions}
    if unknown := [index for index, pk in enumerate(ids) if pk not in existing]:
        raise ValidationError({f"ids.{index}": ["There is no such session."] for index in unknown})
    _check_removable(ids, sessions, cancel_tickets)
    _cancel_or_delete(sessions, by)
    return len(sessions)


def _check_removable(ids: Sequence[int], sessions: Sequence[MovieSession], cancel_tickets: bool) -> None:
    reasons = {session.pk: reason for session in sessions if (reason := planning.explain_unchangeable(session))}
    code = Code.SESSION_STARTED if reasons else Code.HAS_TICKETS
    if not cancel_tickets:
        reasons = dict.fromkeys(_ids_with_live_tickets(sessions), SOLD) | reasons
    if reasons:
        errors = [FieldError(f"ids.{index}", reasons[pk]) for index, pk in enumerate(ids) if pk in reasons]
        raise Conflict(code, "Some of these sessions can't be removed, so all of them stay.", errors)


def _ids_with_live_tickets(sessions: Iterable[MovieSession]) -> set[int]:
    return _session_ids(tickets.live_tickets().filter(session__in=sessions))


def _session_ids(rows: QuerySet[Any]) -> set[int]:
    return set(rows.order_by().values_list("session", flat=True).distinct())


def _cancel_or_delete(sessions: Collection[MovieSession], by: User) -> None:
    """Cancel or delete the sessions, which are locked, so that no ticket for them is sold or held meanwhile."""
    sold = _session_ids(tickets.bought_tickets().filter(session__in=sessions))
    live = _ids_with_live_tickets(sessions)
    # Before the tickets are cancelled and the waiting list is closed: these say whom to notify.
    people = people_concerned(session.pk for session in sessions)
    notify_sessions_cancelled(people)
    kept = sold | {person.session.pk for person in people}
    with_purchases = _session_ids(Purchase.objects.filter(session__in=sessions))
    for session in sessions:
        if session.pk in live:
            purchases.cancel_all_tickets(session, by)
        elif session.pk in kept | with_purchases:
            holds.delete_holds_of_session(session)
    revise(MovieSession.objects.filter(pk__in=kept), cancelled_at=timezone.now())
    removed = [session.pk for session in sessions if session.pk not in kept]
    Purchase.objects.filter(session__in=removed).delete()
    MovieSession.objects.filter(pk__in=removed).delete()
    showing.refresh(session.movie_id for session in sessions)
