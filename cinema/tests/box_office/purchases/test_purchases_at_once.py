"""Many customers who buy at the same moment, on real PostgreSQL. Each race has a control that goes wrong."""

import random
from unittest import mock

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Count

from accounts.models import User
from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.box_office import purchases, seat_claims
from cinema.models import Purchase, Ticket
from cinema.tests.box_office.concurrency import (
    SUCCESS,
    count_deadlocks,
    outcome,
    run_crowd,
    start,
    without_protection,
    without_queues,
)
from cinema.tests.factories import SessionFactory
from common.errors import Code
from movies.tests.at_once import at_once, wait_until_blocking

# One crowd at a time, as each has many connections.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crowd")]
THREADS, BUYERS, ROWS, SEATS_PER_ROW = 50, 500, 10, 10
SEATS = [f"{row}{number}" for row in "ABCDEFGHIJ" for number in range(1, SEATS_PER_ROW + 1)]


@pytest.fixture
def session():
    return SessionFactory(room__plan__rows=ROWS, room__plan__seats_per_row=SEATS_PER_ROW)


def make_users(count):
    return User.objects.bulk_create(
        User(username=f"buyer{number}", email=f"buyer{number}@example.org") for number in range(count)
    )


def by_label(session, buyers):
    """Five customers want each seat, at the same time."""
    return [
        lambda user=user, label=SEATS[number // 5]: purchases.buy(session.pk, user, seats=[label])
        for number, user in enumerate(buyers)
    ]


def by_quantity(session, buyers):
    return [lambda user=user: purchases.buy(session.pk, user, quantity=1) for user in buyers]


def count_seats_sold_twice():
    live_tickets = Ticket.objects.filter(cancelled_at=None).values("session", "seat").annotate(many=Count("id"))
    return live_tickets.filter(many__gt=1).count()


def test_500_customers_buy_100_seats_by_label(session):
    before = count_deadlocks()
    assert run_crowd(by_label(session, make_users(BUYERS)), THREADS) == {SUCCESS: 100, Code.SEAT_TAKEN: 400}
    assert Ticket.objects.filter(session=session, cancelled_at=None).count() == 100
    assert (count_seats_sold_twice(), Purchase.objects.count(), count_deadlocks()) == (0, 100, before)


def test_500_customers_buy_the_best_of_100_seats(session):
    before = count_deadlocks()
    assert run_crowd(by_quantity(session, make_users(BUYERS)), THREADS) == {SUCCESS: 100, Code.SOLD_OUT: 400}
    assert Ticket.objects.filter(session=session, cancelled_at=None).count() == 100
    assert (count_seats_sold_twice(), Purchase.objects.count(), count_deadlocks()) == (0, 100, before)


@pytest.mark.parametrize("wanted", [by_label, by_quantity])
def test_control_looking_before_inserting_sells_seats_twice(session, wanted):
    """Those who are first, all at the same moment, are enough."""
    acts = wanted(session, make_users(THREADS))
    with without_protection():
        for _ in range(200):
            run_crowd(acts, THREADS)
            if count_seats_sold_twice():
                break
            Ticket.objects.all().delete()
            Purchase.objects.all().delete()
        else:
            pytest.fail("Looking and inserting sold no seat twice.")


def test_requests_by_quantity_and_by_label_together_fill_the_room(session):
    buyers = make_users(300)
    chance = random.Random(7)

    def wants(number, user):
        if number % 3 == 0:
            return lambda: purchases.buy(session.pk, user, quantity=2)
        if number % 3 == 1:
            return lambda: purchases.buy(session.pk, user, quantity=1)
        labels = chance.sample(SEATS, 3)
        return lambda: purchases.buy(session.pk, user, seats=labels)

    before = count_deadlocks()
    ended = run_crowd([wants(number, user) for number, user in enumerate(buyers)], THREADS)
    assert set(ended) == {SUCCESS, Code.SOLD_OUT, Code.SEAT_TAKEN}
    assert ended[SUCCESS] == Purchase.objects.count()
    sold = Purchase.objects.annotate(many=Count("tickets")).values_list("many", flat=True)
    assert set(sold) == {1, 2, 3}
    assert (sum(sold), Ticket.objects.count(), count_seats_sold_twice(), count_deadlocks()) == (100, 100, 0, before)


def test_who_waits_for_a_named_seat_has_locked_nothing_else(session):
    """Others in line learn in two statements that the seat is gone, and a sale that changes the session goes on."""
    with transaction.atomic():
        purchases.buy(session.pk, UserFactory(), seats=["A1"])
        later = start(lambda: outcome(lambda: purchases.buy(session.pk, UserFactory(), seats=["A1"])))
        wait_until_blocking()
        with connection.cursor() as cursor:
            cursor.execute(LOCKED_BY_WHO_WAITS)
            assert {kind for (kind,) in cursor.fetchall()} == {"advisory", "virtualxid"}
    assert later.result(20) == Code.SEAT_TAKEN


LOCKED_BY_WHO_WAITS = """
SELECT DISTINCT locktype FROM pg_locks
WHERE locktype <> 'relation' AND pg_backend_pid() = ANY (pg_blocking_pids(pid))
"""


def test_without_the_queues_the_claim_alone_sells_no_seat_twice(session):
    """The queues spare work; the index decides."""
    with without_queues():
        assert run_crowd(by_label(session, make_users(100)), THREADS) == {SUCCESS: 20, Code.SEAT_TAKEN: 80}
    assert (Ticket.objects.count(), count_seats_sold_twice()) == (20, 0)


# Deadlocks


def buys_in_opposite_order(session, buyers, rounds, block=8):
    """Half of the buyers list the same seats from the first to the last, half the other way round."""
    acts = []
    for turn in range(rounds):
        labels = SEATS[turn % 10 * 10 : turn % 10 * 10 + block]
        for number, user in enumerate(buyers):
            own = labels if number % 2 else labels[::-1]
            acts.append(lambda user=user, own=own: buy_and_cancel(session, user, own))
    return acts


def buy_and_cancel(session, user, labels):
    purchase = purchases.buy(session.pk, user, seats=labels)
    for ticket in purchase.tickets.all():
        purchases.cancel(ticket.pk, user)


def test_overlapping_purchases_in_opposite_order_never_deadlock(session):
    before = count_deadlocks()
    ended = run_crowd(buys_in_opposite_order(session, make_users(16), 40), 16)
    assert set(ended) == {SUCCESS, Code.SEAT_TAKEN}
    assert sum(ended.values()) == 640
    assert Ticket.objects.filter(cancelled_at=None).count() == 0
    assert Ticket.objects.count() == ended[SUCCESS] * 8
    assert count_deadlocks() == before


def test_control_claims_without_an_order_deadlock(session):
    unordered = seat_claims.CLAIM.replace("ORDER BY wanted.seat", "ORDER BY random()")
    assert unordered != seat_claims.CLAIM
    before = count_deadlocks()
    acts = buys_in_opposite_order(session, make_users(16), 2)
    with without_queues(), mock.patch.object(seat_claims, "CLAIM", unordered):
        for _ in range(20):
            answers = at_once(acts[:16])
            if circles := [one for one in answers if isinstance(one, OperationalError)]:
                break
        else:
            pytest.fail("No two transactions waited for each other.")
    assert "40P01" in {one.__cause__.sqlstate for one in circles}
    assert count_deadlocks() > before


# One customer, or one key, many times


def test_one_customer_buying_twenty_times_at_once_stays_within_the_limit(session):
    user = UserFactory()
    acts = [lambda label=label: purchases.buy(session.pk, user, seats=[label]) for label in SEATS[:20]]
    assert run_crowd(acts, 20) == {SUCCESS: 10, Code.TICKET_LIMIT: 10}
    assert Ticket.objects.filter(user=user).count() == 10


def without_user_lock():
    return mock.patch("cinema.box_office.purchases.lock_user", lambda user: User.objects.get(pk=user.pk))


def test_control_without_the_user_lock_the_limit_is_exceeded(session):
    with without_user_lock():
        for _ in range(20):
            user = UserFactory()
            acts = [lambda user=user, n=n: purchases.buy(session.pk, user, seats=[SEATS[n]]) for n in range(20)]
            run_crowd(acts, 20)
            if Ticket.objects.filter(user=user).count() > 10:
                return
            Ticket.objects.all().delete()
    pytest.fail("The limit was never exceeded.")


def test_one_key_twenty_times_at_once_is_one_purchase(session):
    user = UserFactory()
    answers = at_once([lambda: purchases.buy(session.pk, user, seats=["A1", "A2"], key="k")] * 20)
    assert Purchase.objects.count() == 1
    assert answers == [Purchase.objects.get()] * 20
    assert Ticket.objects.count() == 2


def test_one_key_at_once_for_two_customers_is_one_purchase_and_one_mismatch(session):
    manager, users = ManagerFactory(), [UserFactory(), UserFactory()]
    acts = [lambda user=user: purchases.buy(session.pk, user, by=manager, quantity=1, key="k") for user in users]
    for _ in range(5):
        answers = at_once(acts)
        assert sorted(type(answer).__name__ for answer in answers) == ["Mismatch", "Purchase"]
        Purchase.objects.all().delete()


def test_two_managers_who_sell_to_each_other_do_not_deadlock(session):
    one, other = ManagerFactory(), ManagerFactory()
    before = count_deadlocks()
    for turn in range(10):
        pairs = ((one, other), (other, one)) * 4
        acts = [
            lambda by=by, to=to, key=f"{turn}-{n}": purchases.buy(session.pk, to, by=by, quantity=1, key=key)
            for n, (by, to) in enumerate(pairs)
        ]
        assert [type(answer) for answer in at_once(acts)] == [Purchase] * 8
        Purchase.objects.all().delete()
    assert count_deadlocks() == before


def test_control_without_the_user_lock_a_repeated_key_violates_its_constraint(session):
    user = UserFactory()
    with without_user_lock():
        for turn in range(20):
            key = f"k{turn}"
            answers = at_once([lambda key=key: purchases.buy(session.pk, user, quantity=1, key=key)] * 8)
            assert Purchase.objects.filter(idempotency_key=key).count() == 1
            if any(isinstance(answer, IntegrityError) for answer in answers):
                return
            Purchase.objects.all().delete()
    pytest.fail("The key was found in time every time.")
