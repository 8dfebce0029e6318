"""Reads of tickets and holds, and the seat map as each user sees it."""

from dataclasses import astuple
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cinema.models import Ticket
from cinema.queries import tickets
from cinema.queries.seats import seat_map
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory

pytestmark = pytest.mark.django_db

NOW = timezone.now()
PAST = NOW - timedelta(seconds=1)


@pytest.fixture
def session():
    return SessionFactory(room__plan__rows=2, room__plan__seats_per_row=3)


@pytest.fixture
def user():
    return UserFactory()


def test_holds_are_not_tickets_and_cancelled_tickets_are_not_live(session, user):
    used = TicketFactory(session=session, user=user, used_at=NOW)
    cancelled = TicketFactory(session=session, user=user, cancelled_at=NOW)
    bought = TicketFactory(session=session)
    held = HeldTicketFactory(session=session, user=user)
    over = HeldTicketFactory(session=session, user=user, held_until=PAST)
    assert set(tickets.bought_tickets()) == {used, cancelled, bought}
    assert set(tickets.live_tickets()) == {used, bought}
    assert set(tickets.of_user(user)) == {used, cancelled}
    assert set(tickets.valid_holds()) == {held}
    assert set(tickets.valid_holds(PAST - timedelta(hours=1))) == {held, over}
    assert set(Ticket.objects.filter(tickets.occupies_seat())) == {used, bought, held}
    assert set(Ticket.objects.filter(tickets.occupies_seat(PAST - timedelta(hours=1)))) == {used, bought, held, over}


def test_tickets_with_details_need_no_further_query(session, django_assert_num_queries):
    for number in range(1, 4):
        ticket = TicketFactory(session=session)
        with django_assert_num_queries(1):
            rows = [
                (str(row.seat), row.session.movie.title, str(row.session.room), row.user.username)
                for row in tickets.with_details(tickets.bought_tickets())
            ]
        assert len(rows) == number
    film, room = session.movie.title, str(session.room)
    assert (str(ticket.seat), film, room, ticket.user.username) in rows


def states(session, user=None):
    return {seat.label: str(seat.state) for seat in seat_map(session, user)}


def test_the_seat_map_marks_each_users_own_seats(session, user, django_assert_num_queries):
    mine = TicketFactory(session=session, user=user)
    TicketFactory(session=session)
    HeldTicketFactory(session=session, user=user)
    HeldTicketFactory(session=session)
    HeldTicketFactory(session=session, held_until=PAST)
    TicketFactory(session=SessionFactory(room=session.room, starts_at=session.room_free_at), user=user)
    with django_assert_num_queries(1):
        rows = seat_map(session, user)
    seats = list(session.room.seats.order_by("pk"))
    assert [(row.id, row.label, *astuple(row)[:5], row.state, row.ticket_id) for row in rows] == [
        (seats[0].pk, "A1", "A", 1, "standard", 0, 0, "mine", mine.pk),
        (seats[1].pk, "A2", "A", 2, "standard", 0, 1, "taken", None),
        (seats[2].pk, "A3", "A", 3, "standard", 0, 2, "yours", None),
        (seats[3].pk, "B1", "B", 1, "standard", 1, 0, "held", None),
        (seats[4].pk, "B2", "B", 2, "standard", 1, 1, "free", None),
        (seats[5].pk, "B3", "B", 3, "standard", 1, 2, "free", None),
    ]
    others = {"A1": "taken", "A2": "taken", "A3": "held", "B1": "held", "B2": "free", "B3": "free"}
    assert states(session, UserFactory()) == states(session, AnonymousUser()) == states(session) == others


def test_a_seat_of_a_deleted_account_is_taken(session):
    TicketFactory(session=session, user=None, purchase__user=None)
    assert states(session, AnonymousUser())["A1"] == "taken"
    assert states(session, None)["A1"] == "taken"


def test_the_seat_of_a_cancelled_ticket_is_free_on_the_map(session, user):
    TicketFactory(session=session, user=user, cancelled_at=NOW)
    assert states(session, user)["A1"] == "free"


def test_the_map_of_a_past_session_has_sold_seats_that_were_removed_since(user):
    past = SessionFactory(starts_at=NOW - timedelta(days=2), room__plan__rows=1, room__plan__seats_per_row=3)
    coming = SessionFactory(room=past.room)
    TicketFactory(session=past, user=user)
    past.room.seats.filter(number__in=[1, 2]).update(in_use=False)
    assert states(past, user) == {"A1": "mine", "A3": "free"}
    assert states(coming, user) == {"A3": "free"}
