"""Buying tickets: what is written, which seats, and in how many queries. See test_purchases_at_once for races."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cinema.box_office import purchases
from cinema.core import ticket_codes
from cinema.models import Ticket
from cinema.queries import tickets as ticket_queries
from cinema.tests.box_office.purchases.purchasing import buy_conflict, buy_errors, count_rows, labels
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory
from common.errors import Code

pytestmark = pytest.mark.django_db


def test_two_seats_become_two_tickets_of_one_purchase(session, user):
    before = timezone.now()
    purchase = purchases.buy(session.pk, user, seats=["b2", " A1 "])
    purchase.refresh_from_db()
    assert (purchase.user, purchase.made_by, purchase.session) == (user, user, session)
    assert (purchase.idempotency_key, purchase.fingerprint) == (None, "")
    assert before <= purchase.created_at == purchase.confirmed_at <= timezone.now()
    tickets = list(ticket_queries.of_purchase(purchase))
    assert [
        (
            str(ticket.seat),
            ticket.session,
            ticket.room,
            ticket.user,
            ticket.held_until,
            ticket.purchased_at,
            ticket.used_at,
            ticket.cancelled_at,
        )
        for ticket in tickets
    ] == [
        ("A1", session, session.room, user, None, purchase.confirmed_at, None, None),
        ("B2", session, session.room, user, None, purchase.confirmed_at, None, None),
    ]
    assert all(ticket_codes.parse_code(ticket.code) == ticket.code and len(ticket.code) == 16 for ticket in tickets)
    assert len({ticket.code for ticket in tickets}) == 2


def test_buying_takes_ten_queries_for_one_seat_and_for_three(session, user, django_assert_num_queries):
    # The queue for the seats, the first look, session, buyer, what the rules look at, what counts against hoarding, the
    # purchase, the seats' ids, the tickets, and the notification; and two for the test's own savepoint.
    for buyer, seats in [(user, ["A1"]), (UserFactory(), ["B1", "B2", "B3"])]:
        with django_assert_num_queries(10 + 2):
            purchases.buy(session.pk, buyer, seats=seats)


def test_buying_again_takes_four_more_for_what_the_customer_has(session, user, django_assert_num_queries):
    purchases.buy(session.pk, user, seats=["A1"])
    with django_assert_num_queries(10 + 4 + 2):  # tickets, the address of a hold, claims, the confirmed email
        purchases.buy(session.pk, user, seats=["B1"])


def test_buying_the_best_seat_takes_as_many_and_several_two_for_a_savepoint(session, user, django_assert_num_queries):
    for buyer, quantity, savepoint in [(user, 1, 0), (UserFactory(), 3, 2)]:
        with django_assert_num_queries(10 + savepoint + 2):
            purchases.buy(session.pk, buyer, quantity=quantity)


def test_a_key_takes_one_query_more_and_a_repetition_five(session, user, django_assert_num_queries):
    with django_assert_num_queries(11 + 2):
        purchases.buy(session.pk, user, seats=["A1"], key="k")
    with django_assert_num_queries(5 + 2):
        purchases.buy(session.pk, user, seats=["A1"], key="k")


def test_the_best_seats_are_together_in_the_middle_two_thirds_back(session, user):
    assert labels(purchases.buy(session.pk, user, quantity=2)) == ["B3", "B4"]


def test_the_best_seats_are_never_wheelchair_places_or_companion_seats(user):
    session = SessionFactory(room__plan__rows=1, room__plan__seats_per_row=6)
    seats = session.room.seats
    seats.filter(number=3).update(kind="wheelchair")
    seats.filter(number=4).update(kind="companion")
    assert labels(purchases.buy(session.pk, user, quantity=4)) == ["A1", "A2", "A5", "A6"]
    assert buy_conflict(session.pk, user, quantity=2) == (
        Code.SOLD_OUT,
        "Only 1 wheelchair place and 1 companion seat are free; choose one if you need it.",
        [],
        {"seats_free": 0, "wheelchair_places_free": 1, "companion_seats_free": 1},
    )
    assert labels(purchases.buy(session.pk, user, seats=["A4"], special_seats_confirmed=True)) == ["A4"]
    message = buy_conflict(session.pk, user, quantity=1)[1]
    assert message == "Only 1 wheelchair place is free; choose it if you need it."
    assert labels(purchases.buy(session.pk, user, seats=["A3"], special_seats_confirmed=True)) == ["A3"]
    assert buy_conflict(session.pk, user, quantity=1) == (
        Code.SOLD_OUT,
        "The session is sold out.",
        [],
        {"seats_free": 0, "wheelchair_places_free": 0, "companion_seats_free": 0},
    )


SPECIAL = [
    (["A1", "A2"], "A2 is a wheelchair place. Please confirm that you need it.", ["A2"], []),
    (["A3"], "A3 is a companion seat. Please confirm that you need it.", [], ["A3"]),
    (
        ["A3", "A2"],
        "A3 is a companion seat and A2 is a wheelchair place. Please confirm that you need them.",
        ["A2"],
        ["A3"],
    ),
]


@pytest.mark.parametrize(("seats", "message", "wheelchair_places", "companion_seats"), SPECIAL)
def test_wheelchair_places_and_companion_seats_are_sold_once_they_are_confirmed(
    session, user, seats, message, wheelchair_places, companion_seats
):
    session.room.seats.filter(row="A", number=2).update(kind="wheelchair")
    session.room.seats.filter(row="A", number=3).update(kind="companion")
    assert buy_conflict(session.pk, user, seats=seats) == (
        Code.SPECIAL_SEATS_UNCONFIRMED,
        message,
        [("special_seats_confirmed", message)],
        {"wheelchair_places": wheelchair_places, "companion_seats": companion_seats},
    )
    assert not Ticket.objects.exists()
    assert labels(purchases.buy(session.pk, user, seats=seats, special_seats_confirmed=True)) == sorted(seats)


def test_a_taken_wheelchair_place_is_taken_first(session, user):
    session.room.seats.filter(row="A", number=1).update(kind="wheelchair")
    TicketFactory(session=session)
    assert buy_conflict(session.pk, user, seats=["A1"])[0] == Code.SEAT_TAKEN


def test_seats_out_of_use_cannot_be_bought(session, user):
    session.room.seats.exclude(row="A", number__in=[1, 2]).update(in_use=False)
    assert buy_errors(session.pk, user, seats=["A1", "A3"]) == {"seats.1": ["There is no seat A3 in this room."]}
    assert buy_conflict(session.pk, user, quantity=3)[1] == "Only 2 seats are free."


def test_labels_of_rows_with_two_letters_are_read(user):
    session = SessionFactory(room__plan__rows=1)
    session.room.seats.filter(number=5).update(row="AB", number=12)
    assert labels(purchases.buy(session.pk, user, seats=["ab12"])) == ["AB12"]


def test_seats_of_another_room_with_the_same_labels_are_left_alone(session, user):
    RoomFactory(plan__rows=26)
    assert purchases.buy(session.pk, user, seats=["A1"]).tickets.get().seat.room == session.room


def test_taken_seats_are_listed_and_nothing_is_bought(session, user):
    TicketFactory(session=session)
    HeldTicketFactory(session=session)
    assert buy_conflict(session.pk, user, seats=["A3", "A1", "A2"]) == (
        Code.SEAT_TAKEN,
        "Seats A1 and A2 are taken.",
        [("seats.1", "A1 is taken."), ("seats.2", "A2 is taken.")],
        {"seats": ["A1", "A2"]},
    )
    assert buy_conflict(session.pk, user, seats=["A1"])[1:3] == ("Seat A1 is taken.", [("seats.0", "A1 is taken.")])
    assert count_rows() == (2, 2)


def test_a_seat_of_an_expired_hold_is_bought_with_a_new_code(session, user):
    held = HeldTicketFactory(session=session, held_until=timezone.now() - timedelta(seconds=1))
    purchase = purchases.buy(session.pk, user, seats=["A1"])
    ticket = Ticket.objects.get()
    assert (ticket.purchase, ticket.user, ticket.held_until) == (purchase, user, None)
    assert ticket.purchased_at == purchase.confirmed_at
    assert ticket.code != held.code


def test_the_best_seats_may_be_those_of_an_expired_hold(user):
    session = SessionFactory(room__plan__rows=1, room__plan__seats_per_row=1)
    HeldTicketFactory(session=session, held_until=timezone.now() - timedelta(seconds=1))
    assert labels(purchases.buy(session.pk, user, quantity=1)) == ["A1"]


def test_a_customer_can_buy_a_seat_that_they_hold(session, user):
    HeldTicketFactory(session=session, user=user)
    other = HeldTicketFactory(session=session, user=user)
    purchase = purchases.buy(session.pk, user, seats=["A1"])
    assert labels(purchase) == ["A1"]
    other.refresh_from_db()
    assert (str(other.seat), other.purchased_at) == ("A2", None)
