"""Seats that somebody is just choosing: theirs for some minutes, then anybody's, whether or not something tidies up.

One person has at most one hold in a session. Each act is one short transaction, in the order of cinema.core.locks.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest, Now
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.models import User
from cinema.box_office import offers, rules
from cinema.box_office.seat_claims import delete_holds, in_one_transaction
from cinema.box_office.seat_selection import ClaimTimes, SeatRequest, claim_seats, wish
from cinema.core.locks import NeedsExclusiveLock, lock_user, share_or_hold_session, sharing_if_possible
from cinema.models import MovieSession, Purchase, Ticket
from cinema.notifications.tickets_bought import notify_purchase
from cinema.queries import waiting_list
from common.errors import Code, Conflict

LONGEST_HOLD = timedelta(minutes=10)
EXPIRED = "These seats were held no longer. Choose again."


def hold(session_id: int, user: User, *, seats: Sequence[str] | None = None, quantity: int | None = None) -> Purchase:
    """Instead of what the person held there before, which is free unless chosen again; all or none.

    Choosing again is no way to hold seats for ever: the ten minutes go on counting from the first choice. Raises what
    box_office.buy does, without those of keys, and Conflict while the person is offered seats there: nobody is to
    lose what they waited for by a tap on another seat.
    """
    wished = wish(seats, quantity)
    return sharing_if_possible(lambda alone: in_one_transaction(lambda: choose(session_id, user, wished, alone)))


def choose(session_id: int, user: User, wished: SeatRequest, alone: bool) -> Purchase:
    session = share_or_hold_session(session_id, alone)
    rules.check_sale(session, lock_user(user), user)
    rows = rules.own_tickets(session, user)
    before = [row for row in rows if row.purchased_at is None]
    offers.check_not_offered(before)
    if before and not alone:
        refuse_if_waited_for(session)
    rules.check_limit(len(rows) - len(before), wished.count)
    began = min((row.purchase.created_at for row in before), default=timezone.now())
    purchase = Purchase.objects.create(user=user, made_by=user, session=session, created_at=began)
    own = {row.seat_id for row in before}
    chosen = claim_seats(purchase, session, wished, ClaimTimes(held_until=_end_of_hold(began)), own)
    if own - chosen:
        purchase.tickets.exclude(seat__in=chosen).delete()
    if alone:
        offers.offer_free_seats(session)
    return purchase


def refuse_if_waited_for(session: MovieSession) -> None:
    """NotAlone where seats that are given up must be offered. Nobody begins to wait while the session is shared."""
    if waiting_list.has_open_entries(session.pk):
        raise NeedsExclusiveLock


def _end_of_hold(began: datetime) -> datetime:
    return min(timezone.now() + timedelta(minutes=settings.HOLD_MINUTES), began + LONGEST_HOLD)


@transaction.atomic
def extend(purchase_id: int, user: User) -> Purchase:
    """As if the seats were chosen now, but never beyond ten minutes after the first choice.

    What was offered to somebody who waited ends when it was to end: neither sooner nor later.

    Raises Http404 for somebody else's, and Conflict (hold_expired, session_started; conflict once bought).
    """
    session, _, purchase = _lock_hold(purchase_id, user)
    _check_not_bought(purchase)
    tickets = _lock_tickets(purchase)
    rules.check_time(session)
    until = Greatest("held_until", Value(_end_of_hold(purchase.created_at)))
    _update_all_or_none(tickets, held_until=F("held_until") if offers.is_offer(purchase) else until)
    return purchase


@transaction.atomic
def confirm(purchase_id: int, user: User) -> Purchase:
    """Exactly the held seats are bought, all or none. Confirming again answers the same.

    Raises Http404 for somebody else's, and Conflict (hold_expired, ticket_limit, session_started; conflict for a
    draft), NotAllowed (age_restricted, date_of_birth_required).
    """
    session, buyer, purchase = _lock_hold(purchase_id, user)
    if purchase.confirmed_at:
        return purchase
    tickets = _lock_tickets(purchase)
    if not session.published:
        raise rules.draft_error()
    rules.check_person(buyer, by=buyer)
    rules.check_time(session)
    rules.check_age(session, buyer)
    others = [row for row in rules.own_tickets(session, user) if row.purchase_id != purchase.pk]
    rules.check_limit(len(others), len(tickets))
    purchase.confirmed_at = timezone.now()
    _update_all_or_none(tickets, held_until=None, purchased_at=purchase.confirmed_at)
    purchase.save(update_fields=["confirmed_at"])
    offers.count_purchase(session, buyer, len(tickets))
    notify_purchase(purchase)
    return purchase


def release(purchase_id: int, user: User) -> None:
    """The seats are free at once, or offered to whoever waits for them: they are no longer free when others look.

    Raises Http404 for somebody else's hold, or one given back before; conflict once bought.
    """
    sharing_if_possible(lambda alone: let_go(purchase_id, user, alone))


@transaction.atomic
def let_go(purchase_id: int, user: User, alone: bool) -> None:
    session, _, purchase = _lock_hold(purchase_id, user, alone)
    if not alone:
        refuse_if_waited_for(session)
    _check_not_bought(purchase)
    delete_holds(purchase.tickets.all())
    offers.decline(purchase)
    purchase.delete()
    if alone:
        offers.offer_free_seats(session)


def _lock_hold(purchase_id: int, user: User, alone: bool = False) -> tuple[MovieSession, User, Purchase]:
    """Session, buyer and purchase as they are once nobody is changing them. Http404 unless the purchase is theirs."""
    mine = Purchase.objects.filter(user=user)
    session = share_or_hold_session(get_object_or_404(mine.only("session"), pk=purchase_id).session_id, alone)
    buyer = lock_user(user)
    return session, buyer, get_object_or_404(mine, pk=purchase_id)


def _check_not_bought(purchase: Purchase) -> None:
    if purchase.confirmed_at:
        raise Conflict(Code.CONFLICT, "These tickets are bought already.")


def _lock_tickets(purchase: Purchase) -> list[Ticket]:
    """Its rows, which nobody takes over from here on; Conflict (hold_expired) if there are none any more."""
    tickets = list(purchase.tickets.order_by("seat_id").select_for_update())
    if not tickets:
        raise Conflict(Code.HOLD_EXPIRED, EXPIRED)
    return tickets


def _update_all_or_none(tickets: Sequence[Ticket], **changes: Any) -> None:
    """By the database's clock, as it is now that the rows are locked: see seat_claims, which says who may take over.

    All seats of a hold end together. So if one was taken over before, the others are over too.
    """
    rows = Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets], purchased_at=None, held_until__gte=Now())
    if rows.update(**changes) != len(tickets):
        raise Conflict(Code.HOLD_EXPIRED, EXPIRED)


def delete_holds_of_session(session: MovieSession) -> None:
    """Its holds, over or not, and who waits. Inside the transaction of whoever has the session for themselves."""
    offers.close_list(session)
    delete_holds(Ticket.objects.filter(session=session, purchased_at=None))
    Purchase.objects.filter(session=session, tickets=None).delete()
