"""Purchases and cancellations, for the API, the pages and the admin. Choosing before buying is in holds.

Each act is one short transaction, which locks in the order of cinema.core.locks.
"""

import re
from collections.abc import Collection, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.models import User
from cinema.box_office import holds, offers, rules
from cinema.box_office.first_look import check_seats_left
from cinema.box_office.sale_facts import load_facts
from cinema.box_office.seat_claims import retry_with_new_codes
from cinema.box_office.seat_selection import ClaimTimes, SeatRequest, claim_seats, fingerprint
from cinema.core.local_time import to_local
from cinema.core.locks import SessionLock, lock_session, lock_sessions, lock_user, shared_then_exclusive
from cinema.models import MovieSession, Purchase, Ticket
from cinema.notifications.ticket_cancelled import notify_ticket_cancelled
from cinema.notifications.tickets_bought import notify_sale
from cinema.queries.tickets import bought_tickets, live_tickets, of_user
from common.errors import Code, Conflict, Mismatch

KEY = re.compile(r"[\x21-\x7e]{1,255}")


def buy(
    session_id: int,
    user: User,
    by: User | None = None,
    *,
    seats: Sequence[str] | None = None,
    quantity: int | None = None,
    special_seats_confirmed: bool = False,
    key: str | None = None,
    address: str = "",
) -> Purchase:
    """Buy tickets for `user`, all or none; `by` is the manager who sells them, if not the customer's own account.

    Either `seats`, by label, or a `quantity` of the best, beginning with those that the customer is offered; wheelchair
    places and companion seats only by label, and once they are confirmed to be needed. A second call with the same
    `key` by the same person returns the first purchase as it is now. Free seats are offered to the people who wait
    first. `address` is the client's (common.client_ip.client_block), for the limits against hoarding, which a
    manager's sale does not have. Read the tickets by queries.tickets.of_purchase. Raises ValidationError by field
    (seats, seats.N, quantity, user_id, Idempotency-Key), Http404, PermissionDenied, NotAllowed (age_restricted,
    date_of_birth_required, email_unconfirmed), Mismatch, and Conflict (seat_taken, sold_out, special_seats_unconfirmed,
    ticket_limit, address_limit, session_started, session_moved while they hold seats; conflict for a draft).
    """
    request = SeatRequest.parse(seats, quantity, special_seats_confirmed)
    if key is not None and not KEY.fullmatch(key):
        raise ValidationError({"Idempotency-Key": ["Give 1 to 255 visible ASCII characters."]})
    return _sell(session_id, user, by or user, request, key, address)


@offers.serve_waiting_first
@retry_with_new_codes
@transaction.atomic
def _sell(
    lock: SessionLock, session_id: int, user: User, by: User, request: SeatRequest, key: str | None, address: str
) -> Purchase:
    if by.pk == user.pk:
        check_seats_left(session_id, user, request, key)
    session = lock_session(session_id, lock)
    people = {person.pk: person for person in ([user, by] if key else [user])}
    accounts = {pk: lock_user(people[pk]) for pk in sorted(people)}
    request_hash = fingerprint("buy", session.pk, user.pk, request)
    if key and (first := Purchase.objects.filter(made_by=by, idempotency_key=key).first()):
        if first.fingerprint != request_hash:
            raise Mismatch
        return first
    facts = load_facts(session, accounts[user.pk], address if by.pk == user.pk else "")
    age_checked = rules.check_sale(session, accounts[user.pk], by, facts.age_limit)
    expired_by = offers.serve_waiting(session, lock) if facts.is_waited_for else None
    owned = facts.load_own_tickets()
    held = [row for row in owned if not row.purchased_at]
    own_seats = _find_own_seats(held, request)
    others = len(owned) - min(len(own_seats), request.count)
    rules.check_limit(others, request.count)
    if by.pk == user.pk:
        for hold in {row.purchase for row in held}:
            rules.check_shown(session, hold)
        claims = facts.load_claims()
        claims.check_seats(others + request.count)
        claims.record(others + request.count)
    now = timezone.now()
    purchase = Purchase.objects.create(
        user=user,
        made_by=by,
        session=session,
        created_at=now,
        confirmed_at=now,
        age_checked=age_checked,
        idempotency_key=key,
        fingerprint=request_hash if key else "",
    )
    times = ClaimTimes(purchased_at=now, expired_by=expired_by)
    sold = claim_seats(purchase, session, request, times, first=own_seats)
    if expired_by:  # people wait, and perhaps this customer
        offers.count_purchase(session, user, request.count)
    notify_sale(purchase, facts.film, session, facts.room, sold)
    return purchase


def _find_own_seats(held: list[Ticket], request: SeatRequest) -> set[int]:
    """Return the seats that the customer holds and now buys, which are not to be counted twice."""
    if request.labels:
        return {row.seat_id for row in held if row.seat.label in request.labels}
    return offers.find_offered_seats(held)


@shared_then_exclusive
@transaction.atomic
def cancel(lock: SessionLock, ticket_id: int, by: User) -> Ticket:
    """Cancel the ticket. The record stays and names `by`; the seat is free at once, or offered to the waiting list.

    The owner may cancel until the session starts, a manager until it ends. Raises Http404 for another customer's
    ticket, and Conflict (ticket_cancelled, already_used, session_started).
    """
    tickets = bought_tickets() if by.is_staff else of_user(by)
    session = lock_session(get_object_or_404(tickets.only("session"), pk=ticket_id).session_id, lock)
    offers.check_lock(session, lock)
    # Locked against a check-in at the same moment.
    ticket = get_object_or_404(tickets.select_for_update(), pk=ticket_id)
    _cancel(ticket, session, by)
    if lock is SessionLock.EXCLUSIVE:
        offers.offer_free_seats([session])
    return ticket


@transaction.atomic
def cancel_several(ticket_ids: Collection[int], by: User) -> list[Ticket]:
    """Cancel the tickets as `cancel` does, all or none. Raises what it does.

    Only then are their seats offered, so that people who wait for several of them are not passed over.
    """
    tickets = bought_tickets() if by.is_staff else of_user(by)
    chosen = tickets.filter(pk__in=ticket_ids).order_by("session_id", "seat_id")
    sessions = {session.pk: session for session in lock_sessions(chosen.values_list("session_id", flat=True))}
    rows = list(chosen.select_for_update())
    if len(rows) != len(set(ticket_ids)):
        raise Http404
    for ticket in rows:
        _cancel(ticket, sessions[ticket.session_id], by)
    offers.offer_free_seats(sessions.values())
    return rows


def check_cancellable(ticket: Ticket, session: MovieSession, by: User) -> None:
    """Raise Conflict (ticket_cancelled, already_used, session_started) if `by` cannot cancel the ticket now."""
    if ticket.cancelled_at:
        raise Conflict(Code.TICKET_CANCELLED, f"The ticket was already cancelled on {_date_text(ticket.cancelled_at)}.")
    if ticket.used_at:
        raise Conflict(Code.ALREADY_USED, f"The ticket was used on {_date_text(ticket.used_at)}.")
    now = timezone.now()
    if now >= session.ends_at:
        raise Conflict(Code.SESSION_STARTED, "The session is over.")
    if now >= session.starts_at and not by.is_staff:
        raise Conflict(Code.SESSION_STARTED, f"The session began at {to_local(session.starts_at):%H:%M}.")


def cancel_all_tickets(session: MovieSession, by: User) -> int:
    """Cancel all unused tickets of the session and return how many; delete its holds and close its waiting list.

    Needs the exclusive lock on the session (locks.lock_session).
    """
    holds.delete_holds_of_session(session)
    tickets = live_tickets().filter(session=session, used_at=None).order_by("seat_id").select_for_update()
    return Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets]).update(
        cancelled_at=timezone.now(), cancelled_by=by
    )


def _cancel(ticket: Ticket, session: MovieSession, by: User) -> None:
    """Cancel the locked ticket of the locked session."""
    check_cancellable(ticket, session, by)
    ticket.cancelled_at, ticket.cancelled_by = timezone.now(), by
    ticket.save(update_fields=["cancelled_at", "cancelled_by"])
    notify_ticket_cancelled(ticket, by)


def _date_text(when: datetime) -> str:
    return f"{to_local(when):%d %B %Y at %H:%M}"
