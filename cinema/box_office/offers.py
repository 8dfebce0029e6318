"""Offers: free seats kept for a while for an entry of the waiting list.

However seats become free, `offer_free_seats` offers them to the waiting list in the same transaction: a ticket is
cancelled, a hold released, an account closed, a plan grows, a session gets a larger room. A hold that runs out frees
its seats without a transaction, so the next claim of any customer begins with offering them (`serve_waiting`). So no
other customer gets them in between.

An offer is a hold like any other, so the one statement of seat_claims decides who has a seat. Offers are made, passed
on and ended under the exclusive lock on the session (locks.lock_session): buyers, who share it, wait for the commit.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import capfirst

from accounts.models import User
from cinema.box_office import rules
from cinema.box_office.seat_claims import claim, delete_holds, retry_with_new_codes
from cinema.box_office.seat_selection import FreeSeats
from cinema.core.local_time import to_local
from cinema.core.locks import NeedsExclusiveLock, SessionLock, lock_session
from cinema.models import MovieSession, Purchase, Seat, Ticket, Waiting, name_seats
from cinema.notifications.seat_offered import notify_offer
from cinema.queries import waiting_list
from common.errors import Code, Conflict, DomainError

# So long do an offer's seats show as taken after its end. The sweep passes them on within ten seconds
# (CELERY_BEAT_SCHEDULE); until then a customer who is late can still confirm.
HELD_ON = timedelta(minutes=2)

Params = ParamSpec("Params")
Result = TypeVar("Result")


# --- Under the exclusive lock on the session. ---


def offer_free_seats(sessions: Iterable[MovieSession]) -> int:
    """Offer the free seats of these sessions to the people who wait; return how many offers were made.

    Every act that frees or adds seats calls this at its end. Sessions without a waiting list are left out.
    """
    by_pk = {session.pk: session for session in sessions}
    waited_for = waiting_list.sessions_waited_for(by_pk.values())
    return sum(_offer_seats_of(by_pk[pk]) for pk in sorted(waited_for))


def end_entries(entries: QuerySet[Waiting], outcome: Waiting.Outcome) -> None:
    """End the entries and delete the seats held for them. The purchases stay, so that late customers are told why."""
    ended = list(entries.values_list("pk", "offer"))
    offers = [offer for _, offer in ended if offer]
    if offers:
        delete_holds(Ticket.objects.filter(purchase__in=offers, purchased_at=None))
    Waiting.objects.filter(pk__in=[pk for pk, _ in ended]).update(ended_at=timezone.now(), outcome=outcome)


def close_list(session: MovieSession) -> None:
    """End all open entries of the session because its sale is over."""
    end_entries(waiting_list.open_entries().filter(session=session), Waiting.Outcome.CLOSED)


# --- For acts that lock the session shared and the user. ---


def serve_waiting_first(
    act: Callable[Concatenate[SessionLock, int, Params], Result],
) -> Callable[Concatenate[int, Params], Result]:
    """Call `act`, a transaction that claims seats of a session, as locks.shared_then_exclusive does.

    Where `serve_waiting` finds seats to offer, they are offered in a transaction of their own before: the offers stand
    although the act is refused.
    """

    @wraps(act)
    def attempt(session_id: int, *args: Params.args, **kwargs: Params.kwargs) -> Result:
        try:
            return act(SessionLock.SHARED, session_id, *args, **kwargs)
        except NeedsExclusiveLock:
            with transaction.atomic():
                offer_free_seats([lock_session(session_id)])
            return act(SessionLock.EXCLUSIVE, session_id, *args, **kwargs)

    return attempt


def serve_waiting(session: MovieSession, lock: SessionLock) -> datetime | None:
    """Offer all free seats to the people who wait, before the caller claims any.

    Return None if no one waits, and else the moment (of the database's clock) at which no seat that they can use was
    free: holds that run out later are not the caller's to claim. No customer can join the waiting list while the
    session is locked, shared or not. Raises NeedsExclusiveLock if seats are free and the session is only shared.
    """
    if not waiting_list.has_open_entries(session.pk):
        return None
    moment = _read_clock()
    if lock is SessionLock.EXCLUSIVE:
        _offer_seats_of(session, moment)
    elif FreeSeats.load(session, moment=moment).count or waiting_list.has_lapsed_entries(session.pk):
        raise NeedsExclusiveLock
    return moment


def check_lock(session: MovieSession, lock: SessionLock) -> None:
    """Raise NeedsExclusiveLock if seats that become free now have to be offered and the session is only shared.

    No customer can join the waiting list while the session is locked, shared or not.
    """
    if lock is SessionLock.SHARED and waiting_list.has_open_entries(session.pk):
        raise NeedsExclusiveLock


def is_offer(purchase: Purchase) -> bool:
    return waiting_list.open_entries().filter(offer=purchase).exists()


def find_offered_seats(holds: Sequence[Ticket]) -> set[int]:
    """Return the ids of those of the held seats that are an open offer."""
    if not holds:
        return set()
    entries = waiting_list.open_entries().filter(offer__in={row.purchase_id for row in holds})
    offered = set(entries.values_list("offer", flat=True))
    return {row.seat_id for row in holds if row.purchase_id in offered}


def decline(purchase: Purchase) -> None:
    """End the entry as declined if the purchase is its offer. The caller has released the seats."""
    waiting_list.open_entries().filter(offer=purchase).update(ended_at=timezone.now(), outcome=Waiting.Outcome.DECLINED)


def check_not_offered(holds: Sequence[Ticket]) -> None:
    """Raise Conflict if these held seats are an offer, which is bought as it is or released."""
    if not holds:
        return
    entry = waiting_list.open_entries().filter(offer__in={row.purchase_id for row in holds}).first()
    if entry:
        rows = sorted(holds, key=lambda row: (row.seat.line, row.seat.column))
        raise _kept_for_you_error([row.seat for row in rows], entry.offer_ends_at)


def count_purchase(session: MovieSession, user: User, number: int) -> None:
    """Reduce the customer's open entry by the `number` of bought seats, or end it when it has what it waited for.

    An offer is taken once none of its seats is held any more.
    """
    entry = waiting_list.open_entries().filter(user=user, session=session).first()
    if entry is None:
        return
    if entry.offer_id:
        is_served = not Ticket.objects.filter(purchase=entry.offer_id, purchased_at=None).exists()
    else:
        is_served = number >= entry.quantity
        entry.quantity -= 0 if is_served else number
    if is_served:
        entry.ended_at, entry.outcome = timezone.now(), Waiting.Outcome.TAKEN
    entry.save(update_fields=["quantity", "ended_at", "outcome"])


def _offer_seats_of(session: MovieSession, moment: datetime | None = None) -> int:
    """Offer the seats that are free at the `moment`, or now, to the first entries that can use them, in order.

    Lapsed offers end first, and their seats count as free. Where the sale is over, the whole list is closed.
    """
    if not rules.is_on_sale(session):
        close_list(session)
        return 0
    end_entries(waiting_list.lapsed_entries().filter(session=session), Waiting.Outcome.LAPSED)
    free, made = FreeSeats.load(session, moment=moment), 0
    if not free.count:
        return 0
    entries = waiting_list.entries_without_offer().filter(session=session, quantity__lte=free.count)
    for entry in entries.select_related("user"):
        chosen = free.choose_best(entry.quantity)
        if chosen and _can_be_offered(entry, session):
            _make_offer(entry, session, chosen)
            free, made = free.without(chosen), made + 1
    return made


def _can_be_offered(entry: Waiting, session: MovieSession) -> bool:
    """Return whether the rules of a sale allow it. A customer who holds seats there is skipped: they have one hold."""
    owned = rules.own_tickets(session, entry.user)
    try:
        rules.check_person(entry.user, by=entry.user)
        rules.check_age(session, entry.user, rules.read_age_limit(session))
        rules.check_limit(len(owned), entry.quantity)
    except (PermissionDenied, ValidationError, DomainError):
        return False
    return all(row.purchased_at for row in owned)


@retry_with_new_codes
@transaction.atomic
def _make_offer(entry: Waiting, session: MovieSession, seats: set[int]) -> None:
    now = timezone.now()
    ends_at = min(now + timedelta(minutes=settings.WAITING_OFFER_MINUTES), rules.end_of_sale(session))
    # The notification says the time.
    purchase = Purchase.objects.create(
        user=entry.user, made_by=entry.user, session=session, created_at=now, shown_revision=session.revision
    )
    offered = claim(purchase, session.room_id, seats, held_until=ends_at + HELD_ON)
    if len(offered) != len(seats):
        raise RuntimeError("Seats were taken in a session that is locked.")
    entry.offer, entry.offer_ends_at = purchase, ends_at
    entry.save(update_fields=["offer", "offer_ends_at"])
    notify_offer(entry.user, session, offered, ends_at)


def _read_clock() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def _kept_for_you_error(seats: Sequence[Seat], ends_at: datetime | None) -> Conflict:
    are, them = ("is", "it") if len(seats) == 1 else ("are", "them")
    end = f" until {to_local(ends_at):%H:%M}" if ends_at else ""
    kept = f"{capfirst(name_seats(seats))} {are} kept for you from the waiting list{end}."
    return Conflict(Code.CONFLICT, f"{kept} Buy or release {them} first.")
