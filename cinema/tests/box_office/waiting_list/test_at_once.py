"""Seats that become free while several customers act, on real PostgreSQL.

Each race has a control that goes wrong; the orders are forced by locks.
"""

from unittest import mock

import pytest
from django.db import transaction

from accounts.tests.factories import ConfirmedUserFactory
from cinema.box_office import holds, offers, purchases, waiting_list
from cinema.core.locks import SessionLock, lock_session_shared
from cinema.models import Ticket, Waiting
from cinema.tests.box_office.concurrency import SUCCESS, count_deadlocks, outcome, start
from cinema.tests.box_office.waiting_list.entries import live_rows, no_seat_is_taken_twice
from cinema.tests.factories import TicketFactory, WaitingFactory
from common.errors import Code
from movies.tests.at_once import at_once, wait_until_blocking

# One crowd at a time, as each has many connections.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crowd")]


# A seat becomes free, and a stranger wants it


def buy_while_a_ticket_is_cancelled(session, ticket):
    """Return the outcome for a stranger who asks before the seat is free and waits for the commit."""
    stranger = ConfirmedUserFactory(username="stranger")
    with transaction.atomic():
        purchases.cancel(ticket.pk, ticket.user)
        later = start(lambda: outcome(lambda: purchases.buy(session.pk, stranger, seats=["A1"])))
        wait_until_blocking()
    return later.result(20)


def test_a_stranger_who_waits_for_a_cancellation_does_not_get_the_seat(session, sold, ana):
    WaitingFactory(session=session, user=ana)
    assert buy_while_a_ticket_is_cancelled(session, sold[0]) == Code.SEAT_TAKEN
    assert live_rows() == [("A1", "ana", False)]


def test_control_offered_after_the_commit_the_seat_goes_to_the_stranger(session, sold, ana):
    WaitingFactory(session=session, user=ana)
    with mock.patch.multiple(offers, offer_free_seats=lambda sessions: 0, serve_waiting=lambda session, lock: None):
        assert buy_while_a_ticket_is_cancelled(session, sold[0]) == SUCCESS
    waiting_list.sweep()
    assert live_rows() == [("A1", "stranger", True)]


def cancel_while_strangers_buy(session, ticket, strangers):
    attempts = [lambda user=user: outcome(lambda: purchases.buy(session.pk, user, seats=["A1"])) for user in strangers]
    return at_once([lambda: purchases.cancel(ticket.pk, ticket.user), *attempts])


def test_the_first_entry_gets_the_seat_however_many_strangers_try(session, sold, ana):
    strangers = ConfirmedUserFactory.create_batch(7)
    for _ in range(10):
        entry = WaitingFactory(session=session, user=ana)
        ticket = Ticket.objects.get(session=session, seat=sold[0].seat, cancelled_at=None)
        ended = cancel_while_strangers_buy(session, ticket, strangers)
        assert ended[1:] == [Code.SEAT_TAKEN] * 7
        assert live_rows() == [("A1", "ana", False)]
        entry.refresh_from_db()
        holds.confirm(entry.offer_id, ana)
    assert no_seat_is_taken_twice()


def test_a_stranger_who_waits_for_a_release_does_not_get_the_seat(session, ana, ben):
    TicketFactory.create_batch(3, session=session)
    held = holds.hold(session.pk, ben, seats=["A4"])
    WaitingFactory(session=session, user=ana)
    stranger = ConfirmedUserFactory(username="stranger")
    with transaction.atomic():
        holds.release(held.pk, ben)
        later = start(lambda: outcome(lambda: holds.hold(session.pk, stranger, seats=["A4"])))
        wait_until_blocking()
    assert later.result(20) == Code.SEAT_TAKEN
    assert live_rows() == [("A4", "ana", False)]


# Two cancellations at once


def cancel_two_at_once(sold):
    return at_once([lambda ticket=ticket: purchases.cancel(ticket.pk, ticket.user) for ticket in sold[:2]])


def test_two_cancellations_at_once_and_an_entry_for_one_seat(session, sold, ana):
    WaitingFactory(session=session, user=ana)
    before = count_deadlocks()
    assert cancel_two_at_once(sold) == sold[:2]
    assert [(user, bought) for _, user, bought in live_rows()] == [("ana", False)]
    assert count_deadlocks() == before


def test_two_cancellations_at_once_and_an_entry_for_both_seats(session, sold, ana):
    WaitingFactory(session=session, user=ana, quantity=2)
    cancel_two_at_once(sold)
    assert live_rows() == [("A1", "ana", False), ("A2", "ana", False)]


def test_two_cancellations_at_once_and_two_entries(session, sold, ana, ben):
    WaitingFactory(session=session, user=ana)
    WaitingFactory(session=session, user=ben)
    cancel_two_at_once(sold)
    assert sorted(user for _, user, _ in live_rows()) == ["ana", "ben"]
    assert len({seat for seat, _, _ in live_rows()}) == 2


def test_control_with_shared_locks_neither_cancellation_sees_the_others_seat(session, sold, ana):
    """Each finds one seat free, and ana needs two; or both offer the same seat, or offer to the same customer."""
    WaitingFactory(session=session, user=ana, quantity=2)
    with (
        transaction.atomic(),
        mock.patch.object(purchases, "lock_session", lambda pk, lock: lock_session_shared(pk)),
    ):
        purchases.cancel(sold[0].pk, sold[0].user)
        start(lambda: purchases.cancel(sold[1].pk, sold[1].user)).result(20)
    assert live_rows() == []


def test_control_upgrading_a_shared_lock_deadlocks(session, sold, ana):
    """Why a shared lock is released first: two transactions that have one and need more wait for each other."""
    WaitingFactory(session=session, user=ana)

    def cancel_with_upgrade(ticket):
        with transaction.atomic():
            lock_session_shared(session.pk)
            return purchases.cancel.__wrapped__(SessionLock.EXCLUSIVE, ticket.pk, ticket.user)

    for _ in range(20):
        ended = at_once([lambda ticket=ticket: cancel_with_upgrade(ticket) for ticket in sold[:2]])
        if deadlocked := [one for one in ended if isinstance(one, Exception)]:
            assert [one.__cause__.sqlstate for one in deadlocked] == ["40P01"]
            return
        Ticket.objects.filter(purchased_at=None).delete()
        Ticket.objects.update(cancelled_at=None)
        Waiting.objects.update(offer=None, offer_ends_at=None)
    pytest.fail("The two transactions never met.")
