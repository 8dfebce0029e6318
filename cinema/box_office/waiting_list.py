"""The waiting list of a sold-out session: joining, leaving, and the sweep that passes seats on.

For the API, the pages and the worker. Each act locks the session alone, so that no customer joins while a seat is
becoming free in another transaction.
"""

import structlog
from django.db import OperationalError, transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.models import User
from accounts.queries import is_confirmed
from cinema.box_office import offers, rules
from cinema.box_office.seat_selection import FreeSeats, SeatRequest
from cinema.core.locks import lock_session, lock_user
from cinema.models import MovieSession, Waiting
from cinema.queries import sessions, waiting_list
from common.errors import Code, Conflict, NotAllowed

# So many offers of seats in one session may a customer let go: two customers could else pass seats on for ever.
MOST_OFFERS = 2

log = structlog.get_logger(__name__)


@transaction.atomic
def join(session_id: int, user: User, quantity: int) -> tuple[Waiting, bool]:
    """Join the waiting list; return the customer's open entry and whether it is new.

    Joining again with fewer seats keeps the place, with more moves to the end; with the same number changes nothing.
    Seats bought meanwhile count. The rules are those of a sale: raises what purchases.buy does, except for keys and
    seats, and Conflict while enough seats are free for this customer, for a change while seats are offered, and after
    two offers that the customer let go (hold_limit). The mail with the offer needs a confirmed address.
    """
    wanted = SeatRequest.parse(None, quantity).count
    session = lock_session(session_id)
    buyer = lock_user(user)
    rules.check_sale(session, buyer, buyer, rules.read_age_limit(session))
    if not is_confirmed(buyer):
        message = "We tell you by email when seats become free. Confirm your email on your account page first."
        raise NotAllowed(Code.EMAIL_UNCONFIRMED, message)
    # Ends a lapsed offer of this customer, and leaves no seat free for the last to join.
    offers.offer_free_seats([session])
    entry = waiting_list.open_entries().filter(user=buyer, session=session).first()
    if entry and entry.quantity == wanted:
        return entry, False
    if entry is None:
        _check_offers_let_go(session, buyer)
    owned = rules.own_tickets(session, buyer)
    holds = [row for row in owned if row.purchased_at is None]
    offers.check_not_offered(holds)
    rules.check_limit(len(owned), wanted)
    free = FreeSeats.load(session, {row.seat_id for row in holds}, buyer.pk).count
    if free >= wanted:
        number = "1 seat is" if free == 1 else f"{free} seats are"
        raise Conflict(Code.CONFLICT, f"{number} still free. Choose now.", details={"seats_free": free})
    if entry is None:
        return Waiting.objects.create(user=buyer, session=session, quantity=wanted, joined_at=timezone.now()), True
    if wanted > entry.quantity:
        entry.joined_at = timezone.now()
    entry.quantity = wanted
    entry.save(update_fields=["quantity", "joined_at"])
    return entry, False


@transaction.atomic
def leave(session_id: int, user: User) -> None:
    """Leave the waiting list. Offered seats go to the next entry. Raises Http404 for a customer without an entry."""
    session = lock_session(session_id)
    entry = get_object_or_404(waiting_list.open_entries(), user=user, session=session)
    outcome = Waiting.Outcome.DECLINED if entry.offer_id else Waiting.Outcome.LEFT
    offers.end_entries(Waiting.objects.filter(pk=entry.pk), outcome)
    offers.offer_free_seats([session])


def sweep() -> int:
    """Offer the seats of lapsed offers, and all others that are free, in every session; return the number of offers.

    Seats become free without an act when a hold expires. A session that another transaction
    locks for long is left to the next sweep.
    """
    made = 0
    for pk in _sessions_to_sweep():
        try:
            with transaction.atomic():
                made += offers.offer_free_seats([lock_session(pk)])
        except Http404:
            log.info("waited_for_session_gone", session=pk)
        except OperationalError as error:
            log.warning("waiting_session_busy", session=pk, error=type(error.__cause__).__name__)
    return made


def _sessions_to_sweep() -> list[int]:
    """Return ids of sessions with a lapsed offer, an ended sale, or free seats, among those with a waiting list."""
    lapsed = set(waiting_list.lapsed_entries().values_list("session", flat=True))
    waited_for = MovieSession.objects.filter(pk__in=waiting_list.open_entries().values("session"))
    rows = sessions.with_seat_counts(waited_for).order_by("pk")
    return [row.pk for row in rows if row.pk in lapsed or not rules.is_on_sale(row) or row.seats_free > 0]


def _check_offers_let_go(session: MovieSession, user: User) -> None:
    """Raise Conflict (hold_limit) if the customer has let too many offers for the session run out, or declined them."""
    let_go = [Waiting.Outcome.LAPSED, Waiting.Outcome.DECLINED]
    if Waiting.objects.filter(session=session, user=user, outcome__in=let_go).count() >= MOST_OFFERS:
        message = f"You have let {MOST_OFFERS} offers for this session go, so you can't join its waiting list again."
        raise Conflict(Code.HOLD_LIMIT, message)
