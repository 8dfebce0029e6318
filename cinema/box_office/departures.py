"""What a customer gives up when the account closes: held seats, offers and places on waiting lists. Tickets stay."""

from django.db import transaction

from accounts.models import User
from cinema.box_office import hoarding, offers
from cinema.box_office.seat_claims import delete_holds
from cinema.core.locks import lock_sessions, lock_user
from cinema.models import MovieSession, Purchase, Ticket, Waiting
from cinema.queries.waiting_list import open_entries


class _OtherSessions(Exception):
    """The customer has chosen or joined in another session before the account was locked."""


@transaction.atomic
def give_up_seats(user: User) -> None:
    """Release the customer's held seats and offers, end their entries, and offer the seats to the people who wait.

    Locks sessions and then the account. Raises Http404 for an account that is deleted already.
    """
    sessions = _lock(user)
    for session in sessions:
        own = {"user": user, "session": session}
        offers.end_entries(open_entries().filter(**own), Waiting.Outcome.LEFT)
        delete_holds(Ticket.objects.filter(**own, purchased_at=None))
        Purchase.objects.filter(**own, confirmed_at=None).delete()
        hoarding.end_hold(session, user)
    offers.offer_free_seats(sessions)


def _lock(user: User) -> list[MovieSession]:
    """Lock the sessions in which the customer holds seats or waits, and the account; return the sessions.

    A session that appears before the account is locked is locked in its turn: a rollback ends the locks so far.
    """
    while True:
        try:
            with transaction.atomic():
                sessions = lock_sessions(_find_sessions(user))
                lock_user(user)
                if _find_sessions(user) - {session.pk for session in sessions}:
                    raise _OtherSessions
                return sessions
        except _OtherSessions:
            continue


def _find_sessions(user: User) -> set[int]:
    """Return ids of the sessions in which the customer has holds, expired or not, or open entries."""
    held = Ticket.objects.filter(user=user, purchased_at=None).order_by().values_list("session", flat=True)
    return {*held, *open_entries().filter(user=user).values_list("session", flat=True)}
