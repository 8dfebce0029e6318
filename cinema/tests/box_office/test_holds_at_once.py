"""Holds that end, are confirmed, taken over and replaced at the same moment; the orders are forced by locks.

Time is moved by moving `held_until`. Each race has a control that goes wrong.
"""

from datetime import timedelta
from unittest import mock

import pytest
from django.db import OperationalError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import UserFactory
from cinema.box_office import holds, purchases
from cinema.core.locks import lock_user
from cinema.models import Purchase, Ticket
from cinema.tests.box_office.crowds import (
    BOUGHT,
    begin,
    deadlocks,
    outcome,
    rush,
    until_somebody_waits,
    without_protection,
)
from cinema.tests.factories import SessionFactory
from common.errors import Code
from movies.tests.at_once import at_once

# One crowd at a time: each has many connections.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crowd")]

SEATS = [f"{row}{number}" for row in "AB" for number in range(1, 6)]


@pytest.fixture
def session():
    return SessionFactory(room__plan__rows=2, room__plan__seats_per_row=5)


@pytest.fixture
def user():
    return UserFactory()


def ends_now(purchase):
    Ticket.objects.filter(purchase=purchase).update(held_until=timezone.now() - timedelta(milliseconds=1))


def owners():
    rows = Ticket.objects.filter(cancelled_at=None).order_by("seat").select_related("seat")
    return [(str(row.seat), row.user_id, row.purchased_at is not None) for row in rows]


def confirmed(purchase):
    return begin(lambda: outcome(lambda: holds.confirm(purchase.pk, purchase.user)))


def bought(session, user, *labels):
    return begin(lambda: outcome(lambda: purchases.buy(session.pk, user, seats=labels)))


# It ends while it is being confirmed


def test_a_hold_that_ends_before_its_rows_are_locked_buys_nothing(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
    with transaction.atomic():
        lock_user(user)
        later = confirmed(purchase)
        until_somebody_waits()
        ends_now(purchase)
    assert later.result(20) == Code.HOLD_EXPIRED
    assert owners() == [("A1", user.pk, False), ("A2", user.pk, False)]


def test_without_looking_at_the_time_again_it_would(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "A2"])

    def all_of(tickets, **changes):
        Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets]).update(**changes)

    with mock.patch.object(holds, "_update_all_or_none", all_of):
        with transaction.atomic():
            lock_user(user)
            later = confirmed(purchase)
            until_somebody_waits()
            ends_now(purchase)
        assert later.result(20) == BOUGHT
    assert owners() == [("A1", user.pk, True), ("A2", user.pk, True)]


# Another wants the seats


def test_whoever_confirms_while_another_takes_over_gets_nothing(session, user):
    purchase, other = holds.hold(session.pk, user, seats=["A1", "A2"]), UserFactory()
    ends_now(purchase)
    with transaction.atomic():
        purchases.buy(session.pk, other, seats=["A2"])
        later = confirmed(purchase)
        until_somebody_waits()
    assert later.result(20) == Code.HOLD_EXPIRED
    assert owners() == [("A1", user.pk, False), ("A2", other.pk, True)]


def test_whoever_confirms_while_another_takes_over_and_fails_still_has_what_is_over(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
    with transaction.atomic():
        ends_now(purchase)
        purchases.buy(session.pk, UserFactory(), seats=["A2"])
        later = confirmed(purchase)
        until_somebody_waits()
        transaction.set_rollback(True)  # the end of the hold, too
    assert later.result(20) == BOUGHT
    assert owners() == [("A1", user.pk, True), ("A2", user.pk, True)]


def test_without_locking_the_rows_somebody_elses_ticket_would_be_confirmed(session, user):
    purchase, other = holds.hold(session.pk, user, seats=["A1", "A2"]), UserFactory()

    def looked_up(purchase):
        return list(purchase.tickets.order_by("seat_id"))

    def all_of(tickets, **changes):
        Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets]).update(**changes)

    ends_now(purchase)
    with mock.patch.multiple(holds, _lock_tickets=looked_up, _update_all_or_none=all_of):
        with transaction.atomic():
            purchases.buy(session.pk, other, seats=["A2"])
            later = confirmed(purchase)
            until_somebody_waits()
        assert later.result(20) == BOUGHT  # two tickets, of which one is the other's
    assert owners() == [("A1", user.pk, True), ("A2", other.pk, True)]


def test_whoever_takes_over_while_it_is_confirmed_gets_nothing(session, user):
    purchase, other = holds.hold(session.pk, user, seats=["A1", "A2"]), UserFactory()
    with transaction.atomic():
        holds.confirm(purchase.pk, user)
        later = bought(session, other, "A2", "A3")
        until_somebody_waits()
    assert later.result(20) == Code.SEAT_TAKEN
    assert owners() == [("A1", user.pk, True), ("A2", user.pk, True)]


def test_whoever_takes_over_while_it_is_extended_gets_nothing(session, user):
    purchase, other = holds.hold(session.pk, user, seats=["A1"]), UserFactory()
    Ticket.objects.update(held_until=timezone.now() + timedelta(seconds=60))
    with transaction.atomic():
        holds.extend(purchase.pk, user)
        later = bought(session, other, "A1")
        until_somebody_waits()
    assert later.result(20) == Code.SEAT_TAKEN


def test_whoever_waits_for_a_hold_that_ends_meanwhile_gets_the_seat(session, user):
    holds.hold(session.pk, user, seats=["A1"])
    other = UserFactory()
    with transaction.atomic():
        held = Ticket.objects.select_for_update().get()
        later = bought(session, other, "A1")
        until_somebody_waits()
        ends_now(held.purchase)
    assert later.result(20) == BOUGHT
    assert owners() == [("A1", other.pk, True)]


def test_whoever_comes_while_a_hold_is_released_gets_the_seat(session, user):
    purchase, other = holds.hold(session.pk, user, seats=["A1", "A2"]), UserFactory()
    with transaction.atomic():
        holds.release(purchase.pk, user)
        later = bought(session, other, "A2")
        until_somebody_waits()
    assert later.result(20) == BOUGHT
    assert owners() == [("A2", other.pk, True)]


def test_ten_people_want_the_seats_of_a_hold_that_is_over_and_its_owner_confirms(session, user):
    for _ in range(10):
        purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
        ends_now(purchase)
        acts = [
            lambda who=who: purchases.buy(session.pk, who, seats=["A2", "A1"])
            for who in [UserFactory() for _ in range(9)]
        ]
        ended = rush([lambda purchase=purchase: holds.confirm(purchase.pk, user), *acts], 10)
        assert ended == {BOUGHT: 1, Code.SEAT_TAKEN: 8, Code.HOLD_EXPIRED: 1}
        assert {who for _, who, _ in owners()} != {user.pk}
        Ticket.objects.all().delete()


def test_without_the_statement_two_would_hold_one_seat(session):
    with without_protection():
        for _ in range(20):
            people = [UserFactory() for _ in range(16)]
            rush([lambda who=who: holds.hold(session.pk, who, seats=["A1"]) for who in people], 16)
            if Ticket.objects.count() > 1:
                return
            Ticket.objects.all().delete()
    pytest.fail("One held it every time.")


def test_sixteen_people_hold_one_seat_at_once_and_one_has_it(session):
    people = [UserFactory() for _ in range(16)]
    acts = [lambda who=who: holds.hold(session.pk, who, seats=["A1"]) for who in people]
    assert rush(acts, 16) == {BOUGHT: 1, Code.SEAT_TAKEN: 15}
    assert Ticket.objects.count() == 1


# The same person, twice


def test_confirming_twice_at_once_buys_once_and_answers_the_same(session, user):
    for _ in range(5):
        purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
        answers = at_once([lambda purchase=purchase: holds.confirm(purchase.pk, user)] * 8)
        assert answers == [purchase] * 8
        assert len({answer.confirmed_at for answer in answers}) == 1
        assert owners() == [("A1", user.pk, True), ("A2", user.pk, True)]
        Ticket.objects.all().delete()


def test_without_their_turn_the_second_would_be_told_that_the_hold_is_over(session, user):
    def looked_up(purchase):
        return list(purchase.tickets.order_by("seat_id"))

    with mock.patch.multiple(holds, _lock_tickets=looked_up, lock_user=lambda user: User.objects.get(pk=user.pk)):
        for _ in range(20):
            purchase = holds.hold(session.pk, user, seats=["A1"])
            ended = rush([lambda purchase=purchase: holds.confirm(purchase.pk, user)] * 8, 8)
            assert owners() == [("A1", user.pk, True)]
            if ended[Code.HOLD_EXPIRED]:
                return
            Ticket.objects.all().delete()
    pytest.fail("Each saw the other's confirmation.")


def test_choosing_while_confirming_ends_with_the_one_or_the_other(session, user):
    for _ in range(10):
        purchase = holds.hold(session.pk, user, seats=["A1"])
        ended = at_once(
            [
                lambda purchase=purchase: outcome(lambda: holds.confirm(purchase.pk, user)),
                lambda: outcome(lambda: holds.hold(session.pk, user, seats=["A2"])),
            ]
        )
        if ended == [BOUGHT, BOUGHT]:
            assert owners() == [("A1", user.pk, True), ("A2", user.pk, False)]
        else:
            assert ended == [Code.HOLD_EXPIRED, BOUGHT]
            assert owners() == [("A2", user.pk, False)]
        Ticket.objects.all().delete()


def test_two_choices_of_one_person_at_once_leave_one_hold(session, user):
    acts = [lambda label=label: holds.hold(session.pk, user, seats=[label]) for label in SEATS]
    assert rush(acts, 10) == {BOUGHT: 10}
    assert Ticket.objects.count() == 1


# In a circle


def choosing_to_and_fro(session, people):
    """Each moves between the front and the back of the row, half of them the other way round."""
    acts = []
    for turn in range(30):
        for number, who in enumerate(people):
            place = (turn + number) % 2
            labels = SEATS[:6] if place else SEATS[4:]
            labels = [SEATS[number], SEATS[-1 - number]] if turn % 3 else labels
            acts.append(lambda who=who, labels=labels: holds.hold(session.pk, who, seats=labels))
    return acts


def test_people_who_choose_again_never_wait_in_a_circle(session):
    before = deadlocks()
    ended = rush(choosing_to_and_fro(session, [UserFactory() for _ in range(10)]), 10)
    assert set(ended) == {BOUGHT, Code.SEAT_TAKEN}
    assert sum(ended.values()) == 300
    assert deadlocks() == before
    # Nobody has anything of a former choice.
    assert Purchase.objects.filter(tickets__isnull=False).distinct().count() == len({who for _, who, _ in owners()})


def stopped(act):
    """The SQLSTATE by which the database ended it, or how it ended."""
    try:
        return outcome(act)
    except OperationalError as error:
        return error.__cause__.sqlstate


def test_if_they_let_go_first_they_would(session):
    """Letting go of the former seats before taking the new ones: a row further back is locked before one in front."""
    one, other = UserFactory(), UserFactory()
    holds.hold(session.pk, one, seats=["B5"])
    waiting = []

    @transaction.atomic
    def let_go_and_take():
        Ticket.objects.filter(user=one).delete()
        waiting.append(begin(lambda: stopped(lambda: purchases.buy(session.pk, other, seats=["A1", "B5"]))))
        until_somebody_waits()
        purchases.buy(session.pk, one, seats=["A1"])

    # Which of the two the database stops is its own affair.
    assert sorted([stopped(let_go_and_take), waiting[0].result(20)]) == ["40P01", BOUGHT]
