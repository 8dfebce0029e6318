"""Holds: seats kept for a customer for some minutes while they choose, whether or not anything deletes them after.

A customer has at most one hold in a session. Each act is one short transaction, which locks in the order of
cinema.core.locks.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.models import User
from cinema.box_office import hoarding, offers, rules
from cinema.box_office.first_look import check_seats_left
from cinema.box_office.sale_facts import load_facts
from cinema.box_office.seat_claims import delete_holds, retry_with_new_codes
from cinema.box_office.seat_selection import ClaimTimes, SeatRequest, claim_seats
from cinema.core.locks import SessionLock, lock_session, lock_user, shared_then_exclusive
from cinema.models import MovieSession, Purchase, Ticket
from cinema.notifications.tickets_bought import notify_purchase
from common.errors import Code, Conflict

LONGEST_HOLD = timedelta(minutes=10)
EXPIRED = "These seats are no longer held for you. Choose again."


def hold(
    session_id: int,
    user: User,
    *,
    seats: Sequence[str] | None = None,
    quantity: int | None = None,
    address: str = "",
    shown_revision: int | None = None,
) -> Purchase:
    """Hold seats for the customer, all or none, in place of what they held in the session before.

    The earlier seats are free unless chosen again. Choosing again cannot keep seats for ever: the ten minutes count
    from the first choice, and the time of all holds within an hour is limited. Raises what purchases.buy does, except
    for keys, Conflict (hold_limit), and Conflict while the customer is offered seats there, which they would lose by a
    click on another seat. Free seats are offered to the people who wait first. `address` is as for purchases.buy.
    `shown_revision` is that of the session on the page where they were chosen, which a move may have made outdated; by
    default the customer is shown the session as it is now.
    """
    request = SeatRequest.parse(seats, quantity)
    return _hold(session_id, user, request, address, shown_revision)


@offers.serve_waiting_first
@retry_with_new_codes
@transaction.atomic
def _hold(
    lock: SessionLock, session_id: int, user: User, request: SeatRequest, address: str, shown_revision: int | None
) -> Purchase:
    check_seats_left(session_id, user, request)
    session = lock_session(session_id, lock)
    buyer = lock_user(user)
    facts = load_facts(session, buyer, address)
    rules.check_sale(session, buyer, buyer, facts.age_limit)
    expired_by = offers.serve_waiting(session, lock) if facts.is_waited_for else None
    owned = facts.load_own_tickets()
    replaced = [row for row in owned if row.purchased_at is None]
    offers.check_not_offered(replaced)
    if replaced:
        offers.check_lock(session, lock)
    bought = len(owned) - len(replaced)
    rules.check_limit(bought, request.count)
    claims = facts.load_claims()
    claims.check_seats(bought + request.count)
    if not replaced:
        claims.check_time()
    started_at = min((row.purchase.created_at for row in replaced), default=timezone.now())
    shown = session.revision if shown_revision is None else min(shown_revision, session.revision)
    purchase = Purchase.objects.create(
        user=user, made_by=user, session=session, created_at=started_at, shown_revision=shown
    )
    own_seats = {row.seat_id for row in replaced}
    held_until = min(_end_of_hold(started_at), claims.find_last_moment())
    times = ClaimTimes(held_until=held_until, expired_by=expired_by)
    chosen = {seat.pk for seat in claim_seats(purchase, session, request, times, own_seats)}
    claims.record(bought + request.count, held_until)
    if own_seats - chosen:
        purchase.tickets.exclude(seat__in=chosen).delete()
        if lock is SessionLock.EXCLUSIVE:
            offers.offer_free_seats([session])
    return purchase


@transaction.atomic
def extend(purchase_id: int, user: User) -> Purchase:
    """Hold the seats as long as if they were chosen now, but at most ten minutes from the first choice.

    The time of all holds within an hour is limited as well. An offer to the waiting list keeps its end. Raises Http404
    for another customer's hold, and Conflict (hold_expired, session_started; conflict once bought).
    """
    session, buyer, purchase = _lock_hold(purchase_id, user)
    _check_not_bought(purchase)
    last_moment = hoarding.load_claims(session, buyer).find_last_moment()
    tickets = _lock_tickets(purchase)
    rules.check_time(session)
    if offers.is_offer(purchase):
        _update_all_or_none(tickets, held_until=F("held_until"))
    else:
        held_until = max(tickets[0].held_until or last_moment, min(_end_of_hold(purchase.created_at), last_moment))
        _update_all_or_none(tickets, held_until=held_until)
        hoarding.extend_hold(session, buyer, held_until)
    return purchase


@transaction.atomic
def confirm(purchase_id: int, user: User, special_seats_confirmed: bool = False) -> Purchase:
    """Buy exactly the held seats, all or none. Confirming again returns the same purchase.

    Raises Http404 for another customer's hold, Conflict (hold_expired, special_seats_unconfirmed, ticket_limit,
    session_started, session_moved; conflict for a draft), and NotAllowed (age_restricted, date_of_birth_required).
    """
    session, buyer, purchase = _lock_hold(purchase_id, user)
    if purchase.confirmed_at:
        return purchase
    if session.cancelled_at:
        rules.check_time(session)  # says so; the seats are gone
    tickets = _lock_tickets(purchase)
    if not session.published:
        raise rules.draft_error()
    rules.check_person(buyer, by=buyer)
    rules.check_time(session)
    rules.check_shown(session, purchase)
    purchase.age_checked = rules.check_age(session, buyer, rules.read_age_limit(session))
    owned = rules.own_tickets(session, user)
    held = [row.seat for row in owned if row.purchase_id == purchase.pk]
    rules.check_special_seats(sorted(held, key=lambda seat: (seat.line, seat.column)), special_seats_confirmed)
    others = [row for row in owned if row.purchase_id != purchase.pk]
    rules.check_limit(len(others), len(tickets))
    purchase.confirmed_at = timezone.now()
    _update_all_or_none(tickets, held_until=None, purchased_at=purchase.confirmed_at)
    purchase.save(update_fields=["confirmed_at", "age_checked"])
    hoarding.end_hold(session, buyer)
    offers.count_purchase(session, buyer, len(tickets))
    notify_purchase(purchase)
    return purchase


def note_shown(session: MovieSession, user: User | AnonymousUser) -> None:
    """Note that the user was shown the session as it is in `session`: pages and API call this for what they show.

    Seats that the user holds or is offered there can be confirmed after a move only then. The revision is the one that
    was shown, which a move at the same moment makes outdated. One statement; none for a session that was never moved.
    """
    if session.moved_revision and isinstance(user, User):
        waiting = Purchase.objects.filter(user=user, session=session, confirmed_at=None)
        waiting.filter(shown_revision__lt=session.revision).update(shown_revision=session.revision)


@shared_then_exclusive
@transaction.atomic
def release(lock: SessionLock, purchase_id: int, user: User) -> None:
    """Release the held seats. They are free at once, or offered to the waiting list in the same transaction.

    Raises Http404 for another customer's hold or one released before, and Conflict (conflict) once bought.
    """
    session, buyer, purchase = _lock_hold(purchase_id, user, lock)
    offers.check_lock(session, lock)
    _check_not_bought(purchase)
    delete_holds(purchase.tickets.all())
    hoarding.end_hold(session, buyer)
    offers.decline(purchase)
    purchase.delete()
    if lock is SessionLock.EXCLUSIVE:
        offers.offer_free_seats([session])


def delete_holds_of_session(session: MovieSession) -> None:
    """Delete all its holds, expired or not, and close its waiting list. Needs the exclusive lock on the session.

    The purchases stay, so that late customers are told why.
    """
    offers.close_list(session)
    delete_holds(Ticket.objects.filter(session=session, purchased_at=None))


def _end_of_hold(started_at: datetime) -> datetime:
    return min(timezone.now() + timedelta(minutes=settings.HOLD_MINUTES), started_at + LONGEST_HOLD)


def _lock_hold(
    purchase_id: int, user: User, lock: SessionLock = SessionLock.SHARED
) -> tuple[MovieSession, User, Purchase]:
    """Lock session and customer, and return them with the purchase. Raises Http404 unless the purchase is theirs."""
    own = Purchase.objects.filter(user=user)
    session = lock_session(get_object_or_404(own.only("session"), pk=purchase_id).session_id, lock)
    buyer = lock_user(user)
    return session, buyer, get_object_or_404(own, pk=purchase_id)


def _check_not_bought(purchase: Purchase) -> None:
    if purchase.confirmed_at:
        raise Conflict(Code.CONFLICT, "These tickets have already been bought.")


def _lock_tickets(purchase: Purchase) -> list[Ticket]:
    """Lock the hold's rows, so that no other customer claims their seats. Conflict (hold_expired) if none are left."""
    tickets = list(purchase.tickets.order_by("seat_id").select_for_update())
    if not tickets:
        raise Conflict(Code.HOLD_EXPIRED, EXPIRED)
    return tickets


def _update_all_or_none(tickets: Sequence[Ticket], **changes: Any) -> None:
    """Update the locked rows if their hold is still valid, else raise Conflict (hold_expired).

    Compares with the database's clock now that the rows are locked: see seat_claims for when a seat can be claimed.
    All seats of a hold end together, so if one was claimed by another customer, the others have expired too.
    """
    rows = Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets], purchased_at=None, held_until__gte=Now())
    if rows.update(**changes) != len(tickets):
        raise Conflict(Code.HOLD_EXPIRED, EXPIRED)
