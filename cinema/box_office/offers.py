"""Offers: free seats kept for a while for an entry of the waiting list.

Seats are offered in the transaction that frees them, so that no other customer sees them free in between. An offer is
a hold like any other, so the one statement of seat_claims decides who has a seat. Offers are made, passed on and ended
under the exclusive lock on the session (locks.lock_session): buyers, who share it, wait for the commit.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import get_text_list

from accounts.models import User
from cinema.box_office import rules
from cinema.box_office.seat_claims import claim, delete_holds, retry_with_new_codes
from cinema.box_office.seat_selection import FreeSeats
from cinema.core.local_time import to_local
from cinema.core.locks import NeedsExclusiveLock, SessionLock
from cinema.models import MovieSession, Purchase, Seat, Ticket, Waiting
from cinema.notifications.seat_offered import notify_offer
from cinema.queries import waiting_list
from common.errors import Code, Conflict, DomainError

# From an offer's end until its seats are free to all, should they not be passed on: the sweep runs each minute
# (CELERY_BEAT_SCHEDULE).
HELD_ON = timedelta(minutes=2)


# --- Under the exclusive lock on the session. ---


def offer_free_seats(session: MovieSession) -> int:
    """Offer the free seats to the first entries that can use them, in order; return how many offers were made.

    Lapsed offers end first, and their seats count as free. Where the sale is over, the whole list is closed.
    """
    if not rules.is_on_sale(session):
        close_list(session)
        return 0
    end_entries(waiting_list.lapsed_entries().filter(session=session), Waiting.Outcome.LAPSED)
    free, made = FreeSeats.load(session), 0
    if not free.count:
        return 0
    entries = waiting_list.entries_without_offer().filter(session=session, quantity__lte=free.count)
    for entry in entries.select_related("user"):
        chosen = free.choose_best(entry.quantity)
        if chosen and _can_be_offered(entry, session):
            _make_offer(entry, session, chosen)
            free, made = free.without(chosen), made + 1
    return made


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


def check_lock(session: MovieSession, lock: SessionLock) -> None:
    """Raise NeedsExclusiveLock if seats that become free now have to be offered and the session is only shared.

    No customer can join the waiting list while the session is locked, shared or not.
    """
    if lock is SessionLock.SHARED and waiting_list.has_open_entries(session.pk):
        raise NeedsExclusiveLock


def is_offer(purchase: Purchase) -> bool:
    return waiting_list.open_entries().filter(offer=purchase).exists()


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
        raise _kept_for_you_error([row.seat.label for row in rows], entry.offer_ends_at)


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


def _can_be_offered(entry: Waiting, session: MovieSession) -> bool:
    """Return whether the rules of a sale allow it. A customer who holds seats there is skipped: they have one hold."""
    owned = rules.own_tickets(session, entry.user)
    try:
        rules.check_person(entry.user, by=entry.user)
        rules.check_age(session, entry.user)
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
    if claim(purchase, session.room_id, seats, held_until=ends_at + HELD_ON) != seats:
        raise RuntimeError("Seats were taken in a session that is locked.")
    entry.offer, entry.offer_ends_at = purchase, ends_at
    entry.save(update_fields=["offer", "offer_ends_at"])
    labels = [seat.label for seat in Seat.objects.filter(pk__in=seats)]
    notify_offer(entry.user, session, labels, ends_at)


def _kept_for_you_error(labels: Sequence[str], ends_at: datetime | None) -> Conflict:
    if len(labels) == 1:
        seats, them = f"Seat {labels[0]} is", "it"
    else:
        seats, them = f"Seats {get_text_list(list(labels), 'and')} are", "them"
    end = f" until {to_local(ends_at):%H:%M}" if ends_at else ""
    return Conflict(Code.CONFLICT, f"{seats} kept for you from the waiting list{end}. Buy or release {them} first.")
