"""Selling tickets and taking them back. Both doors, and the admin, come here; choosing before buying is holds.

Each act is one short transaction, which locks in the order of cinema.core.locks.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.models import User
from cinema.box_office import holds, offers, rules
from cinema.box_office.seat_claims import in_one_transaction
from cinema.box_office.seat_selection import ClaimTimes, SeatRequest, claim_seats, fingerprint, wish
from cinema.core.local_time import to_local
from cinema.core.locks import lock_session_shared, lock_user, share_or_hold_session, sharing_if_possible
from cinema.models import MovieSession, Purchase, Ticket
from cinema.notifications.ticket_cancelled import notify_ticket_cancelled
from cinema.notifications.tickets_bought import notify_purchase
from cinema.queries.tickets import bought_tickets, live_tickets
from common.errors import Code, Conflict, Mismatch

KEY = re.compile(r"[\x21-\x7e]{1,255}")


def buy(
    session_id: int,
    user: User,
    by: User | None = None,
    *,
    seats: Sequence[str] | None = None,
    quantity: int | None = None,
    key: str | None = None,
) -> Purchase:
    """Tickets for `user`, all or none; `by` a manager if not by themselves. Its tickets: queries.tickets.of_purchase.

    Either `seats`, by label, or so many of the best. The same `key` of the same person answers with the first purchase,
    as it is now. Raises ValidationError by field (seats, seats.N, quantity, user_id, Idempotency-Key), Http404,
    PermissionDenied, NotAllowed (age_restricted, date_of_birth_required), Mismatch, and Conflict (seat_taken,
    sold_out, ticket_limit, session_started; conflict for a draft).
    """
    wished = wish(seats, quantity)
    check_key(key)
    return in_one_transaction(lambda: sell(session_id, user, by or user, wished, key))


def check_key(key: str | None) -> None:
    if key is not None and not KEY.fullmatch(key):
        raise ValidationError({"Idempotency-Key": ["Give 1 to 255 visible ASCII characters."]})


def sell(session_id: int, user: User, by: User, wished: SeatRequest, key: str | None) -> Purchase:
    session = lock_session_shared(session_id)
    people = {person.pk: person for person in ([user, by] if key else [user])}
    held = {pk: lock_user(people[pk]) for pk in sorted(people)}
    asked = fingerprint("buy", session.pk, user.pk, wished)
    if key and (first := Purchase.objects.filter(made_by=by, idempotency_key=key).first()):
        if first.fingerprint != asked:
            raise Mismatch
        return first
    rules.check_sale(session, held[user.pk], by)
    # What the buyer holds already and buys now is not counted twice.
    have = [row for row in rules.own_tickets(session, user) if row.purchased_at or row.seat.label not in wished.labels]
    rules.check_limit(len(have), wished.count)
    now = timezone.now()
    purchase = Purchase.objects.create(
        user=user,
        made_by=by,
        session=session,
        created_at=now,
        confirmed_at=now,
        idempotency_key=key,
        fingerprint=asked if key else "",
    )
    claim_seats(purchase, session, wished, ClaimTimes(purchased_at=now))
    offers.count_purchase(session, user, wished.count)
    notify_purchase(purchase)
    return purchase


def cancel(ticket_id: int, by: User) -> Ticket:
    """The seat is free at once, or offered to whoever waits for it; the record stays, and names `by`.

    The owner may until the session starts, a manager until it ends. Raises Http404 for anybody else's ticket, and
    Conflict (ticket_cancelled, already_used, session_started).
    """
    return sharing_if_possible(lambda alone: take_back(ticket_id, by, alone))


@transaction.atomic
def take_back(ticket_id: int, by: User, alone: bool) -> Ticket:
    tickets = bought_tickets() if by.is_staff else bought_tickets().filter(user=by)
    session = share_or_hold_session(get_object_or_404(tickets.only("session"), pk=ticket_id).session_id, alone)
    if not alone:
        holds.refuse_if_waited_for(session)
    ticket = get_object_or_404(tickets.select_for_update(), pk=ticket_id)  # at the door somebody may just use it
    check_cancellable(ticket, session, by)
    ticket.cancelled_at, ticket.cancelled_by = timezone.now(), by
    ticket.save(update_fields=["cancelled_at", "cancelled_by"])
    notify_ticket_cancelled(ticket, by)
    if alone:
        offers.offer_free_seats(session)
    return ticket


def check_cancellable(ticket: Ticket, session: MovieSession, by: User) -> None:
    if ticket.cancelled_at:
        raise Conflict(Code.TICKET_CANCELLED, f"The ticket was cancelled on {said(ticket.cancelled_at)} already.")
    if ticket.used_at:
        raise Conflict(Code.ALREADY_USED, f"The ticket was used on {said(ticket.used_at)}.")
    now = timezone.now()
    if now >= session.ends_at:
        raise Conflict(Code.SESSION_STARTED, "The session is over.")
    if now >= session.starts_at and not by.is_staff:
        raise Conflict(Code.SESSION_STARTED, f"The session began at {to_local(session.starts_at):%H:%M}.")


def said(when: datetime) -> str:
    return f"{to_local(when):%d %B %Y at %H:%M}"


def cancel_all_tickets(session: MovieSession, by: User) -> int:
    """How many tickets were cancelled; used ones stay. Holds are gone, so a session without tickets can be deleted,
    and nobody waits any more.

    Inside the transaction of whoever has the session for themselves (locks.lock_session).
    """
    holds.delete_holds_of_session(session)
    tickets = live_tickets().filter(session=session, used_at=None).order_by("seat_id").select_for_update()
    return Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets]).update(
        cancelled_at=timezone.now(), cancelled_by=by
    )
