"""Customers who choose and confirm several times at the same moment. Each race has a control that goes wrong."""

from unittest import mock

import pytest
from django.db import OperationalError, transaction

from accounts.models import User
from accounts.tests.factories import UserFactory
from cinema.box_office import holds, purchases
from cinema.models import Purchase, Ticket
from cinema.tests.box_office.concurrency import (
    SUCCESS,
    count_deadlocks,
    outcome,
    run_crowd,
    start,
)
from cinema.tests.factories import SessionFactory
from common.errors import Code
from movies.tests.at_once import at_once, wait_until_blocking

# One crowd at a time, as each has many connections.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crowd")]
SEATS = [f"{row}{number}" for row in "AB" for number in range(1, 6)]


@pytest.fixture
def session():
    return SessionFactory(room__plan__rows=2, room__plan__seats_per_row=5)


@pytest.fixture
def user():
    return UserFactory()


def owners():
    rows = Ticket.objects.filter(cancelled_at=None).order_by("seat").select_related("seat")
    return [(str(row.seat), row.user_id, row.purchased_at is not None) for row in rows]


# One customer, several times


def test_confirming_several_times_at_once_buys_once(session, user):
    for _ in range(5):
        purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
        answers = at_once([lambda purchase=purchase: holds.confirm(purchase.pk, user)] * 8)
        assert answers == [purchase] * 8
        assert len({answer.confirmed_at for answer in answers}) == 1
        assert owners() == [("A1", user.pk, True), ("A2", user.pk, True)]
        Ticket.objects.all().delete()


def test_control_without_the_user_lock_a_second_confirmation_finds_the_hold_expired(session, user):
    def read_tickets(purchase):
        return list(purchase.tickets.order_by("seat_id"))

    with mock.patch.multiple(holds, _lock_tickets=read_tickets, lock_user=lambda user: User.objects.get(pk=user.pk)):
        for _ in range(20):
            purchase = holds.hold(session.pk, user, seats=["A1"])
            ended = run_crowd([lambda purchase=purchase: holds.confirm(purchase.pk, user)] * 8, 8)
            assert owners() == [("A1", user.pk, True)]
            if ended[Code.HOLD_EXPIRED]:
                return
            Ticket.objects.all().delete()
    pytest.fail("Each confirmation saw the one before.")


def test_choosing_while_confirming_gives_one_result_or_the_other(session, user):
    for _ in range(10):
        purchase = holds.hold(session.pk, user, seats=["A1"])
        ended = at_once(
            [
                lambda purchase=purchase: outcome(lambda: holds.confirm(purchase.pk, user)),
                lambda: outcome(lambda: holds.hold(session.pk, user, seats=["A2"])),
            ]
        )
        if ended == [SUCCESS, SUCCESS]:
            assert owners() == [("A1", user.pk, True), ("A2", user.pk, False)]
        else:
            assert ended == [Code.HOLD_EXPIRED, SUCCESS]
            assert owners() == [("A2", user.pk, False)]
        Ticket.objects.all().delete()


def test_choices_of_one_customer_at_once_leave_one_hold(session, user):
    acts = [lambda label=label: holds.hold(session.pk, user, seats=[label]) for label in SEATS]
    assert run_crowd(acts, 10) == {SUCCESS: 10}
    assert Ticket.objects.count() == 1


# Deadlocks


def choices_to_and_fro(session, people):
    """Each moves between the front and the back of the room, half of them the other way round."""
    acts = []
    for turn in range(30):
        for number, who in enumerate(people):
            place = (turn + number) % 2
            labels = SEATS[:6] if place else SEATS[4:]
            labels = [SEATS[number], SEATS[-1 - number]] if turn % 3 else labels
            acts.append(lambda who=who, labels=labels: holds.hold(session.pk, who, seats=labels))
    return acts


def test_customers_who_choose_again_never_deadlock(session):
    before = count_deadlocks()
    ended = run_crowd(choices_to_and_fro(session, [UserFactory() for _ in range(10)]), 10)
    assert set(ended) == {SUCCESS, Code.SEAT_TAKEN}
    assert sum(ended.values()) == 300
    assert count_deadlocks() == before
    # No seat of an earlier choice is left.
    assert Purchase.objects.filter(tickets__isnull=False).distinct().count() == len({who for _, who, _ in owners()})


def outcome_or_sqlstate(act):
    """Return the SQLSTATE of the database's error, or the outcome."""
    try:
        return outcome(act)
    except OperationalError as error:
        return error.__cause__.sqlstate


def test_control_deleting_seats_before_claiming_deadlocks(session):
    """Deleting the former seats before claiming new ones locks a row further back before one in front."""
    one, other = UserFactory(), UserFactory()
    holds.hold(session.pk, one, seats=["B5"])
    waiting = []

    @transaction.atomic
    def delete_and_claim():
        Ticket.objects.filter(user=one).delete()
        waiting.append(start(lambda: outcome_or_sqlstate(lambda: purchases.buy(session.pk, other, seats=["A1", "B5"]))))
        wait_until_blocking()
        purchases.buy(session.pk, one, seats=["A1"])

    # The database stops either of the two; if it is the first, its hold stands, and the other finds the seat taken.
    ended = sorted([outcome_or_sqlstate(delete_and_claim), waiting[0].result(20)])
    assert ended in (["40P01", SUCCESS], ["40P01", Code.SEAT_TAKEN])
