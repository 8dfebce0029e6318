"""Holds that end, are confirmed, or lose their seats at the same moment; the orders are forced by locks.

Time is moved by moving `held_until`. Each race has a control that goes wrong.
"""

from datetime import timedelta
from unittest import mock

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cinema.box_office import holds, purchases
from cinema.core.locks import lock_user
from cinema.models import Ticket
from cinema.tests.box_office.concurrency import (
    SUCCESS,
    outcome,
    run_crowd,
    start,
    without_protection,
)
from cinema.tests.factories import SessionFactory
from common.errors import Code
from movies.tests.at_once import wait_until_blocking

# One crowd at a time, as each has many connections.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crowd")]


@pytest.fixture
def session():
    return SessionFactory(room__plan__rows=2, room__plan__seats_per_row=5)


@pytest.fixture
def user():
    return UserFactory()


def end_now(purchase):
    Ticket.objects.filter(purchase=purchase).update(held_until=timezone.now() - timedelta(milliseconds=1))


def owners():
    rows = Ticket.objects.filter(cancelled_at=None).order_by("seat").select_related("seat")
    return [(str(row.seat), row.user_id, row.purchased_at is not None) for row in rows]


def start_confirming(purchase):
    return start(lambda: outcome(lambda: holds.confirm(purchase.pk, purchase.user)))


def start_buying(session, user, *labels):
    return start(lambda: outcome(lambda: purchases.buy(session.pk, user, seats=labels)))


# The hold ends while it is confirmed


def test_a_hold_that_ends_before_its_rows_are_locked_buys_nothing(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
    with transaction.atomic():
        lock_user(user)
        later = start_confirming(purchase)
        wait_until_blocking()
        end_now(purchase)
    assert later.result(20) == Code.HOLD_EXPIRED
    assert owners() == [("A1", user.pk, False), ("A2", user.pk, False)]


def test_control_without_a_second_look_at_the_time_it_buys(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "A2"])

    def update_all(tickets, **changes):
        Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets]).update(**changes)

    with mock.patch.object(holds, "_update_all_or_none", update_all):
        with transaction.atomic():
            lock_user(user)
            later = start_confirming(purchase)
            wait_until_blocking()
            end_now(purchase)
        assert later.result(20) == SUCCESS
    assert owners() == [("A1", user.pk, True), ("A2", user.pk, True)]


# Another customer claims the seats


def test_confirming_while_a_seat_is_claimed_buys_nothing(session, user):
    purchase, other = holds.hold(session.pk, user, seats=["A1", "A2"]), UserFactory()
    end_now(purchase)
    with transaction.atomic():
        purchases.buy(session.pk, other, seats=["A2"])
        later = start_confirming(purchase)
        wait_until_blocking()
    assert later.result(20) == Code.HOLD_EXPIRED
    assert owners() == [("A1", user.pk, False), ("A2", other.pk, True)]


def test_confirming_while_a_claim_is_rolled_back_buys_the_seats(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
    with transaction.atomic():
        end_now(purchase)
        purchases.buy(session.pk, UserFactory(), seats=["A2"])
        later = start_confirming(purchase)
        wait_until_blocking()
        transaction.set_rollback(True)  # which undoes the end of the hold as well
    assert later.result(20) == SUCCESS
    assert owners() == [("A1", user.pk, True), ("A2", user.pk, True)]


def test_control_without_row_locks_another_customers_ticket_is_confirmed(session, user):
    purchase, other = holds.hold(session.pk, user, seats=["A1", "A2"]), UserFactory()

    def read_tickets(purchase):
        return list(purchase.tickets.order_by("seat_id"))

    def update_all(tickets, **changes):
        Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets]).update(**changes)

    end_now(purchase)
    with mock.patch.multiple(holds, _lock_tickets=read_tickets, _update_all_or_none=update_all):
        with transaction.atomic():
            purchases.buy(session.pk, other, seats=["A2"])
            later = start_confirming(purchase)
            wait_until_blocking()
        assert later.result(20) == SUCCESS  # two tickets, one of which is the other customer's
    assert owners() == [("A1", user.pk, True), ("A2", other.pk, True)]


def test_claiming_while_the_hold_is_confirmed_fails(session, user):
    purchase, other = holds.hold(session.pk, user, seats=["A1", "A2"]), UserFactory()
    with transaction.atomic():
        holds.confirm(purchase.pk, user)
        later = start_buying(session, other, "A2", "A3")
        wait_until_blocking()
    assert later.result(20) == Code.SEAT_TAKEN
    assert owners() == [("A1", user.pk, True), ("A2", user.pk, True)]


def test_claiming_while_the_hold_is_extended_fails(session, user):
    purchase, other = holds.hold(session.pk, user, seats=["A1"]), UserFactory()
    Ticket.objects.update(held_until=timezone.now() + timedelta(seconds=60))
    with transaction.atomic():
        holds.extend(purchase.pk, user)
        later = start_buying(session, other, "A1")
        wait_until_blocking()
    assert later.result(20) == Code.SEAT_TAKEN


def test_a_buyer_who_waits_for_a_hold_that_ends_gets_the_seat(session, user):
    holds.hold(session.pk, user, seats=["A1"])
    other = UserFactory()
    with transaction.atomic():
        held = Ticket.objects.select_for_update().get()
        later = start_buying(session, other, "A1")
        wait_until_blocking()
        end_now(held.purchase)
    assert later.result(20) == SUCCESS
    assert owners() == [("A1", other.pk, True)]


def test_a_buyer_who_waits_for_a_release_gets_the_seat(session, user):
    purchase, other = holds.hold(session.pk, user, seats=["A1", "A2"]), UserFactory()
    with transaction.atomic():
        holds.release(purchase.pk, user)
        later = start_buying(session, other, "A2")
        wait_until_blocking()
    assert later.result(20) == SUCCESS
    assert owners() == [("A2", other.pk, True)]


def test_nine_buyers_and_the_customer_who_confirms_compete_for_an_expired_hold(session, user):
    for _ in range(10):
        purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
        end_now(purchase)
        acts = [
            lambda who=who: purchases.buy(session.pk, who, seats=["A2", "A1"])
            for who in [UserFactory() for _ in range(9)]
        ]
        ended = run_crowd([lambda purchase=purchase: holds.confirm(purchase.pk, user), *acts], 10)
        assert ended == {SUCCESS: 1, Code.SEAT_TAKEN: 8, Code.HOLD_EXPIRED: 1}
        assert {who for _, who, _ in owners()} != {user.pk}
        Ticket.objects.all().delete()


def test_control_without_the_statement_two_customers_hold_one_seat(session):
    with without_protection():
        for _ in range(20):
            people = [UserFactory() for _ in range(16)]
            run_crowd([lambda who=who: holds.hold(session.pk, who, seats=["A1"]) for who in people], 16)
            if Ticket.objects.count() > 1:
                return
            Ticket.objects.all().delete()
    pytest.fail("A single customer held it every time.")


def test_sixteen_customers_hold_one_seat_at_once_and_one_gets_it(session):
    people = [UserFactory() for _ in range(16)]
    acts = [lambda who=who: holds.hold(session.pk, who, seats=["A1"]) for who in people]
    assert run_crowd(acts, 16) == {SUCCESS: 1, Code.SEAT_TAKEN: 15}
    assert Ticket.objects.count() == 1
