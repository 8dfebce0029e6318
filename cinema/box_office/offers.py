"""Free seats, offered for a while to whoever waits for them: in the transaction that frees them, so that nobody else
sees them free in between.

An offer is a hold like any other, so that the one statement of seat_claims decides who has a seat. It is made, passed
on and ended by whoever has the session for themselves (locks.lock_session): buyers, who share it, wait for the commit.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from cinema.box_office import rules
from cinema.box_office.seat_claims import claim, delete_holds, in_one_transaction
from cinema.box_office.seat_selection import FreeSeats
from cinema.core.local_time import to_local
from cinema.models import MovieSession, Purchase, Seat, Ticket, Waiting
from cinema.notifications.seat_offered import notify_offer
from cinema.queries import waiting_list
from common.errors import Code, Conflict, DomainError

# From the end that people are told until the seats are free to all, if nobody passes them on: the sweep comes each
# minute (CELERY_BEAT_SCHEDULE).
HELD_ON = timedelta(minutes=2)


def offer_free_seats(session: MovieSession) -> int:
    """How many people are offered seats now: the first in line who can use what is free, then the next.

    Offers that ran out end before, and theirs are among the free. Where nothing is sold any more, all waiting ends.
    """
    if not rules.is_on_sale(session):
        close_list(session)
        return 0
    end_entries(waiting_list.lapsed_entries().filter(session=session), Waiting.Outcome.LAPSED)
    free, made = FreeSeats.now(session), 0
    line = waiting_list.entries_without_offer().filter(session=session, quantity__lte=free.number)
    for entry in line.select_related("user") if free.number else []:
        chosen = free.best(entry.quantity)
        if chosen and _can_be_offered(entry, session):
            _make_offer(entry, session, chosen)
            free, made = free.without(chosen), made + 1
    return made


def _can_be_offered(entry: Waiting, session: MovieSession) -> bool:
    """By the rules of a sale. Whoever is just choosing seats there is passed over: one person has one hold."""
    rows = rules.own_tickets(session, entry.user)
    try:
        rules.check_person(entry.user, by=entry.user)
        rules.check_age(session, entry.user)
        rules.check_limit(len(rows), entry.quantity)
    except (PermissionDenied, ValidationError, DomainError):
        return False
    return all(row.purchased_at for row in rows)


def _make_offer(entry: Waiting, session: MovieSession, seats: set[int]) -> None:
    now = timezone.now()
    until = _end_of_offer(session, now)
    purchase = Purchase.objects.create(user=entry.user, made_by=entry.user, session=session, created_at=now)
    if in_one_transaction(lambda: claim(purchase, session.room_id, seats, held_until=until + HELD_ON)) != seats:
        raise RuntimeError("Seats were taken in a session that is held.")
    entry.offer, entry.offer_ends_at = purchase, until
    entry.save(update_fields=["offer", "offer_ends_at"])
    labels = [seat.label for seat in Seat.objects.filter(pk__in=seats)]
    notify_offer(entry.user, session, labels, until)


def _end_of_offer(session: MovieSession, now: datetime) -> datetime:
    return min(now + timedelta(minutes=settings.WAITING_OFFER_MINUTES), rules.end_of_sale(session))


def end_entries(entries: QuerySet[Waiting], outcome: Waiting.Outcome) -> None:
    """Lets go what is offered to them. The purchases stay, so that who comes too late is told so."""
    ended = list(entries.values_list("pk", "offer"))
    offers = [offer for _, offer in ended if offer]
    if offers:
        delete_holds(Ticket.objects.filter(purchase__in=offers, purchased_at=None))
    Waiting.objects.filter(pk__in=[pk for pk, _ in ended]).update(ended_at=timezone.now(), outcome=outcome)


def close_list(session: MovieSession) -> None:
    end_entries(waiting_list.open_entries().filter(session=session), Waiting.Outcome.CLOSED)


# --- What becomes of it where seats are held and bought; the session is shared there, and the person held. ---


def is_offer(purchase: Purchase) -> bool:
    return waiting_list.open_entries().filter(offer=purchase).exists()


def decline(purchase: Purchase) -> None:
    """If it is an offer; its seats were let go."""
    waiting_list.open_entries().filter(offer=purchase).update(ended_at=timezone.now(), outcome=Waiting.Outcome.DECLINED)


def check_not_offered(held: Sequence[Ticket]) -> None:
    """Conflict if they are an offer: it is taken as it is, or let go."""
    offered = waiting_list.open_entries().filter(offer__in={row.purchase_id for row in held}).first() if held else None
    if offered:
        rows = sorted(held, key=lambda row: (row.seat.line, row.seat.column))
        raise _kept_for_you_error([row.seat.label for row in rows], offered.offer_ends_at)


def _kept_for_you_error(labels: Sequence[str], until: datetime | None) -> Conflict:
    if len(labels) == 1:
        seats, them = f"Seat {labels[0]} is", "it"
    else:
        seats, them = f"Seats {', '.join(labels[:-1])} and {labels[-1]} are", "them"
    till = f" until {to_local(until):%H:%M}" if until else ""
    text = f"{seats} kept for you from the waiting list{till}. Get {them}, or let {them} go first."
    return Conflict(Code.CONFLICT, text)


def count_purchase(session: MovieSession, user: User, number: int) -> None:
    """So many seats less to wait for. An offer is taken once none of its seats is only held any more."""
    entry = waiting_list.open_entries().filter(user=user, session=session).first()
    if entry is None:
        return
    if entry.offer_id:
        taken = not Ticket.objects.filter(purchase=entry.offer_id, purchased_at=None).exists()
    else:
        taken = number >= entry.quantity
        entry.quantity -= 0 if taken else number
    if taken:
        entry.ended_at, entry.outcome = timezone.now(), Waiting.Outcome.TAKEN
    entry.save(update_fields=["quantity", "ended_at", "outcome"])
