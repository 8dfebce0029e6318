"""The last seat, wanted by many at the same moment, on real PostgreSQL. Each race has a control that goes wrong."""

import random
from collections import Counter
from unittest import mock

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Count
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.box_office import purchases, seat_claims
from cinema.core.locks import lock_session
from cinema.models import MovieSession, Purchase, Ticket
from cinema.tests.box_office.crowds import (
    BOUGHT,
    begin,
    deadlocks,
    outcome,
    rush,
    until_somebody_waits,
    without_protection,
)
from cinema.tests.factories import SessionFactory, TicketFactory
from common.errors import Code, Conflict
from movies.tests.at_once import at_once

# One crowd at a time: each has many connections.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crowd")]

THREADS, BUYERS, ROWS, SEATS_PER_ROW = 50, 500, 10, 10
SEATS = [f"{row}{number}" for row in "ABCDEFGHIJ" for number in range(1, SEATS_PER_ROW + 1)]


@pytest.fixture
def session():
    return SessionFactory(room__plan__rows=ROWS, room__plan__seats_per_row=SEATS_PER_ROW)


def people(count):
    return User.objects.bulk_create(
        User(username=f"buyer{number}", email=f"buyer{number}@example.org") for number in range(count)
    )


def by_label(session, buyers):
    """Each seat is wanted by five people, at the same time."""
    return [
        lambda user=user, label=SEATS[number // 5]: purchases.buy(session.pk, user, seats=[label])
        for number, user in enumerate(buyers)
    ]


def by_quantity(session, buyers):
    return [lambda user=user: purchases.buy(session.pk, user, quantity=1) for user in buyers]


def twice_sold():
    live = Ticket.objects.filter(cancelled_at=None).values("session", "seat").annotate(many=Count("id"))
    return live.filter(many__gt=1).count()


def test_500_people_want_100_seats_by_name(session):
    before = deadlocks()
    assert rush(by_label(session, people(BUYERS)), THREADS) == {BOUGHT: 100, Code.SEAT_TAKEN: 400}
    assert Ticket.objects.filter(session=session, cancelled_at=None).count() == 100
    assert (twice_sold(), Purchase.objects.count(), deadlocks()) == (0, 100, before)


def test_500_people_want_one_of_the_best_of_100_seats(session):
    before = deadlocks()
    assert rush(by_quantity(session, people(BUYERS)), THREADS) == {BOUGHT: 100, Code.SOLD_OUT: 400}
    assert Ticket.objects.filter(session=session, cancelled_at=None).count() == 100
    assert (twice_sold(), Purchase.objects.count(), deadlocks()) == (0, 100, before)


@pytest.mark.parametrize("wanted", [by_label, by_quantity])
def test_looking_before_inserting_would_sell_seats_twice(session, wanted):
    with without_protection():
        for _ in range(20):
            rush(wanted(session, people(BUYERS)), THREADS)
            if twice_sold():
                break
            Ticket.objects.all().delete()
            Purchase.objects.all().delete()
            User.objects.all().delete()
        else:
            pytest.fail("Looking and inserting was right every time.")


def test_pairs_singles_and_named_seats_together_fill_the_room(session):
    buyers = people(300)
    chance = random.Random(7)

    def wants(number, user):
        if number % 3 == 0:
            return lambda: purchases.buy(session.pk, user, quantity=2)
        if number % 3 == 1:
            return lambda: purchases.buy(session.pk, user, quantity=1)
        labels = chance.sample(SEATS, 3)
        return lambda: purchases.buy(session.pk, user, seats=labels)

    before = deadlocks()
    ended = rush([wants(number, user) for number, user in enumerate(buyers)], THREADS)
    assert set(ended) == {BOUGHT, Code.SOLD_OUT, Code.SEAT_TAKEN}
    assert ended[BOUGHT] == Purchase.objects.count()
    sold = Purchase.objects.annotate(many=Count("tickets")).values_list("many", flat=True)
    assert set(sold) == {1, 2, 3}
    assert (sum(sold), Ticket.objects.count(), twice_sold(), deadlocks()) == (100, 100, 0, before)


# In a circle


def opposite(session, buyers, rounds, block=8):
    """Half of them name the same seats from the first to the last, half the other way round."""
    acts = []
    for turn in range(rounds):
        labels = SEATS[turn % 10 * 10 : turn % 10 * 10 + block]
        for number, user in enumerate(buyers):
            own = labels if number % 2 else labels[::-1]
            acts.append(lambda user=user, own=own: sold_and_returned(session, user, own))
    return acts


def sold_and_returned(session, user, labels):
    purchase = purchases.buy(session.pk, user, seats=labels)
    for ticket in purchase.tickets.all():
        purchases.cancel(ticket.pk, user)


def test_overlapping_purchases_in_opposite_order_never_wait_in_a_circle(session):
    before = deadlocks()
    ended = rush(opposite(session, people(16), 40), 16)
    assert set(ended) == {BOUGHT, Code.SEAT_TAKEN}
    assert sum(ended.values()) == 640
    assert Ticket.objects.filter(cancelled_at=None).count() == 0
    assert Ticket.objects.count() == ended[BOUGHT] * 8
    assert deadlocks() == before


def test_without_an_order_they_would(session):
    unordered = seat_claims.CLAIM.replace("ORDER BY wanted.seat", "ORDER BY random()")
    assert unordered != seat_claims.CLAIM
    before = deadlocks()
    acts = opposite(session, people(16), 2)
    with mock.patch.object(seat_claims, "CLAIM", unordered):
        for _ in range(20):
            answers = at_once(acts[:16])
            if circles := [one for one in answers if isinstance(one, OperationalError)]:
                break
        else:
            pytest.fail("No two waited for one another.")
    assert "40P01" in {one.__cause__.sqlstate for one in circles}
    assert deadlocks() > before


# One person


def test_one_person_twenty_times_at_once_gets_no_more_than_the_limit(session):
    user = UserFactory()
    acts = [lambda label=label: purchases.buy(session.pk, user, seats=[label]) for label in SEATS[:20]]
    assert rush(acts, 20) == {BOUGHT: 10, Code.TICKET_LIMIT: 10}
    assert Ticket.objects.filter(user=user).count() == 10


def nobody_waits():
    return mock.patch("cinema.box_office.purchases.lock_user", lambda user: User.objects.get(pk=user.pk))


def test_without_their_turn_they_would_get_more(session):
    with nobody_waits():
        for _ in range(20):
            user = UserFactory()
            acts = [lambda user=user, n=n: purchases.buy(session.pk, user, seats=[SEATS[n]]) for n in range(20)]
            rush(acts, 20)
            if Ticket.objects.filter(user=user).count() > 10:
                return
            Ticket.objects.all().delete()
    pytest.fail("The limit held every time.")


def test_one_key_twenty_times_at_once_is_one_purchase(session):
    user = UserFactory()
    answers = at_once([lambda: purchases.buy(session.pk, user, seats=["A1", "A2"], key="k")] * 20)
    assert Purchase.objects.count() == 1
    assert answers == [Purchase.objects.get()] * 20
    assert Ticket.objects.count() == 2


def test_one_key_of_a_manager_at_once_for_two_people_is_one_purchase_and_a_refusal(session):
    manager, users = ManagerFactory(), [UserFactory(), UserFactory()]
    acts = [lambda user=user: purchases.buy(session.pk, user, by=manager, quantity=1, key="k") for user in users]
    for _ in range(5):
        answers = at_once(acts)
        assert sorted(type(answer).__name__ for answer in answers) == ["Mismatch", "Purchase"]
        Purchase.objects.all().delete()


def test_two_managers_who_sell_to_one_another_do_not_wait_in_a_circle(session):
    one, other = ManagerFactory(), ManagerFactory()
    before = deadlocks()
    for turn in range(10):
        pairs = ((one, other), (other, one)) * 4
        acts = [
            lambda by=by, to=to, key=f"{turn}-{n}": purchases.buy(session.pk, to, by=by, quantity=1, key=key)
            for n, (by, to) in enumerate(pairs)
        ]
        assert [type(answer) for answer in at_once(acts)] == [Purchase] * 8
        Purchase.objects.all().delete()
    assert deadlocks() == before


def test_without_its_turn_a_repeated_key_would_break_a_rule_of_the_database(session):
    user = UserFactory()
    with nobody_waits():
        for turn in range(20):
            key = f"k{turn}"
            answers = at_once([lambda key=key: purchases.buy(session.pk, user, quantity=1, key=key)] * 8)
            assert Purchase.objects.filter(idempotency_key=key).count() == 1
            if any(isinstance(answer, IntegrityError) for answer in answers):
                return
            Purchase.objects.all().delete()
    pytest.fail("The key was seen in time every time.")


# Cancelled and bought at once


def live(session):
    return Ticket.objects.filter(session=session, cancelled_at=None)


def test_a_seat_is_cancelled_while_ten_want_it(session):
    ended = Counter()
    for _ in range(15):
        ticket = TicketFactory(session=session)
        label = str(ticket.seat)
        acts = [
            lambda user=user, label=label: purchases.buy(session.pk, user, seats=[label])
            for user in [UserFactory() for _ in range(10)]
        ]
        answers = at_once([lambda ticket=ticket: purchases.cancel(ticket.pk, ticket.user), *acts])
        assert answers[0].cancelled_at is not None
        bought = [answer for answer in answers[1:] if isinstance(answer, Purchase)]
        refused = [answer for answer in answers[1:] if isinstance(answer, Conflict)]
        assert len(bought) + len(refused) == 10
        assert {answer.code for answer in refused} <= {Code.SEAT_TAKEN}
        assert live(session).count() == len(bought) <= 1
        ended[len(bought)] += 1
        Ticket.objects.all().delete()
    assert sum(ended.values()) == 15


def test_whoever_comes_while_a_seat_is_being_given_back_gets_it(session):
    ticket, buyer = TicketFactory(session=session), UserFactory()
    with transaction.atomic():
        purchases.cancel(ticket.pk, ticket.user)
        later = begin(lambda: purchases.buy(session.pk, buyer, seats=["A1"]))
        until_somebody_waits()
    assert later.result(20).user == buyer
    assert [one.user for one in live(session)] == [buyer]


def test_whoever_comes_while_it_is_being_sold_does_not(session):
    with transaction.atomic():
        first = purchases.buy(session.pk, UserFactory(), seats=["A1", "A2"])
        later = begin(lambda: outcome(lambda: purchases.buy(session.pk, UserFactory(), seats=["A2", "A3"])))
        until_somebody_waits()
    assert later.result(20) == Code.SEAT_TAKEN
    assert [one.purchase for one in live(session)] == [first, first]


def test_whoever_comes_while_a_sale_fails_gets_the_seat(session):
    with transaction.atomic():
        purchases.buy(session.pk, UserFactory(), seats=["A1", "A2"])
        later = begin(lambda: outcome(lambda: purchases.buy(session.pk, UserFactory(), seats=["A2"])))
        until_somebody_waits()
        transaction.set_rollback(True)
    assert later.result(20) == BOUGHT
    assert [str(one.seat) for one in live(session)] == ["A2"]


def test_a_ticket_is_cancelled_once_by_two_at_once(session):
    ticket = TicketFactory(session=session)
    acts = [lambda by=by: purchases.cancel(ticket.pk, by) for by in [ticket.user, ManagerFactory()] * 4]
    assert rush(acts, 8) == {BOUGHT: 1, Code.TICKET_CANCELLED: 7}


# The session changes


def cancel_session(session, by):
    row = lock_session(session.pk)
    MovieSession.objects.filter(pk=row.pk).update(cancelled_at=timezone.now())
    purchases.cancel_all_tickets(row, by)


@transaction.atomic
def cancelled_alone(session, by):
    cancel_session(session, by)


def test_whoever_buys_while_the_session_is_being_cancelled_hears_of_it(session):
    with transaction.atomic():
        cancel_session(session, ManagerFactory())
        later = begin(lambda: outcome(lambda: purchases.buy(session.pk, UserFactory(), quantity=1)))
        until_somebody_waits()
    assert later.result(20) == Code.SESSION_STARTED
    assert Ticket.objects.count() == 0


def test_what_was_bought_before_is_cancelled_with_it(session):
    manager = ManagerFactory()
    with transaction.atomic():
        purchases.buy(session.pk, UserFactory(), quantity=2)
        later = begin(lambda: cancelled_alone(session, manager))
        until_somebody_waits()
    later.result(20)
    assert set(Ticket.objects.values_list("cancelled_by", flat=True)) == {manager.pk}


def test_without_sharing_the_session_a_ticket_would_be_sold_of_a_cancelled_one(session):
    def look(pk):
        return MovieSession.objects.get(pk=pk)

    with mock.patch("cinema.box_office.purchases.lock_session_shared", look):
        with transaction.atomic():
            cancel_session(session, ManagerFactory())
            later = begin(lambda: outcome(lambda: purchases.buy(session.pk, UserFactory(), quantity=1)))
            until_somebody_waits()  # for the session's key, when it has looked long ago
        assert later.result(20) == BOUGHT
    assert live(session).count() == 1
