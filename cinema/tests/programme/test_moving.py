"""Tickets of a session that moves to another room."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cinema.core import locks
from cinema.models import MovieSession, Ticket
from cinema.programme import moving
from cinema.rooms import editing
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory
from common.errors import Conflict

pytestmark = pytest.mark.django_db

OLD_PLAN = "sss\nwc_ss"


@pytest.fixture
def session():
    return SessionFactory(room=editing.create_room(1, plan=OLD_PLAN))


@pytest.fixture
def ticket(session):
    """Return a function: `ticket("A1", ...)` makes a ticket for that seat in the session."""

    def make(label, factory=TicketFactory, **values):
        return factory(session=session, seat=seat(session.room, label), **values)

    return make


def seat(room, label):
    return room.seats.get(row=label[0], number=label[1:])


def move(session, room):
    """Move the session as `scheduling.change_session` does."""
    with transaction.atomic():
        locks.lock_rooms([session.room_id, room.pk])
        locked = locks.lock_session(session.pk)
        moving.move_tickets(locked, room)
        MovieSession.objects.filter(pk=locked.pk).update(room=room)
        connection.check_constraints()


def conflict_of_move(session, room):
    before = places_of_tickets(session)
    with pytest.raises(Conflict) as caught:
        move(session, room)
    assert places_of_tickets(session) == before
    assert caught.value.code == "seats_lost"
    return caught.value


def places_of_tickets(session):
    """Return (room, seat, in use) of each ticket, in the order of their ids."""
    tickets = Ticket.objects.filter(session=session).select_related("seat", "room").order_by("pk")
    assert all(ticket.seat.room_id == ticket.room_id for ticket in tickets)
    return [(ticket.room.number, ticket.seat.label, ticket.seat.in_use) for ticket in tickets]


def test_tickets_keep_their_seat_labels(session, ticket):
    tickets = [ticket("A1"), ticket("A3", used_at=timezone.now()), ticket("B1"), ticket("B4", HeldTicketFactory)]
    elsewhere = TicketFactory(session=SessionFactory(room=session.room, starts_at=session.room_free_at))
    room = editing.create_room(2, plan="\nwwws\nsss\nwsss")
    conflict_of_move(session, room)
    room = editing.create_room(3, plan="\nsss_s\n_wscs")
    move(session, room)
    assert places_of_tickets(session) == [(3, "A1", True), (3, "A3", True), (3, "B1", True), (3, "B4", True)]
    assert places_of_tickets(elsewhere.session) == [(1, "A1", True)]
    same = ("id", "code", "user_id", "purchase_id", "held_until", "purchased_at", "used_at")
    assert list(Ticket.objects.filter(session=session).order_by("pk").values(*same)) == [
        {name: getattr(ticket, name) for name in same} for ticket in tickets
    ]


def test_tickets_without_a_seat_are_named_and_nothing_moves(session, ticket):
    ana, bo, cem = (UserFactory(username=name) for name in ("ana", "bo", "cem"))
    lost = [ticket("A3", user=ana), ticket("B1", user=bo), ticket("B3", HeldTicketFactory, user=cem)]
    ticket("A1")
    ownerless = ticket("B4")
    ownerless.user.delete()
    room = editing.create_room(2, "The Annex", plan="ss\nssc")
    conflict = conflict_of_move(session, room)
    assert conflict.message == (
        "4 seats that are sold or held would be lost: The Annex has nothing to put in their place."
    )
    assert [tuple(error) for error in conflict.errors] == [
        (f"tickets.{lost[0].pk}", "A3, bought by ana: The Annex has no such seat."),
        (f"tickets.{lost[1].pk}", "B1, bought by bo: The Annex has a plain seat there."),
        (f"tickets.{lost[2].pk}", "B3, held by cem: The Annex has a companion seat there."),
        (f"tickets.{ownerless.pk}", "B4, bought by a closed account: The Annex has no such seat."),
    ]
    assert conflict.details["tickets"][0] == {"id": lost[0].pk, "seat": "A3", "username": "ana"}
    assert [one["username"] for one in conflict.details["tickets"]] == ["ana", "bo", "cem", None]


@pytest.mark.parametrize(
    ("label", "there", "fits"),
    [
        ("A1", "s", True),
        ("A1", "w", False),
        ("A1", "c", False),
        ("B1", "w", True),
        ("B1", "s", False),
        ("B1", "c", False),
        ("B2", "c", True),
        ("B2", "s", True),
        ("B2", "w", False),
    ],
)
def test_the_kinds_of_seats_that_fit(session, ticket, label, there, fits):
    ticket(label)
    row = there if label[1] == "1" else f"s{there}"
    room = editing.create_room(2, plan="\n".join([row, row]))
    if fits:
        move(session, room)
        assert places_of_tickets(session) == [(2, label, True)]
    else:
        conflict_of_move(session, room)


def test_a_seat_out_of_use_does_not_fit(session, ticket):
    room = editing.create_room(2, plan="ss\ns")
    TicketFactory(
        session=SessionFactory(room=room, starts_at=timezone.now() - timedelta(days=3)), seat=seat(room, "A2")
    )
    editing.change_room(room.pk, {"plan": "s"})
    ticket("A2")
    conflict = conflict_of_move(session, room)
    assert conflict.message == "1 seat that is sold or held would be lost: Room 2 has nothing to put in its place."
    assert [error.message.partition(": ")[2] for error in conflict.errors] == ["Room 2 has no such seat."]


def test_cancelled_tickets_keep_their_labels(session, ticket):
    """They move to seats with their label: in use, out of use, or created out of use."""
    room = editing.create_room(2, plan="ws\ns")
    TicketFactory(
        session=SessionFactory(room=room, starts_at=timezone.now() - timedelta(days=3)), seat=seat(room, "A2")
    )
    editing.change_room(room.pk, {"plan": "w\ns"})
    now = timezone.now()
    for label in ("A1", "A2", "B4", "B4"):
        ticket(label, cancelled_at=now)
    move(session, room)
    assert places_of_tickets(session) == [(2, "A1", True), (2, "A2", False), (2, "B4", False), (2, "B4", False)]
    made = seat(room, "B4")
    assert (made.kind, made.line, made.column) == ("standard", 1, 4)
    # And back; a new plan of the other room may have the seat again.
    move(session, session.room)
    assert places_of_tickets(session) == [(1, "A1", True), (1, "A2", True), (1, "B4", True), (1, "B4", True)]
    editing.change_room(room.pk, {"plan": "w\nssss"})
    assert seat(room, "B4").in_use
    assert not room.seats.filter(row="A", number=2, in_use=True).exists()


def test_a_cancelled_and_a_live_ticket_of_one_seat_both_move(session, ticket):
    ticket("A1", cancelled_at=timezone.now())
    ticket("A1")
    move(session, editing.create_room(2, plan="s"))
    assert places_of_tickets(session) == [(2, "A1", True)] * 2


def test_expired_holds_are_deleted(session, ticket):
    expired = ticket("B4", HeldTicketFactory, held_until=timezone.now() - timedelta(seconds=1))
    ticket("A1")
    move(session, editing.create_room(2, plan="s"))
    assert places_of_tickets(session) == [(2, "A1", True)]
    assert not Ticket.objects.filter(pk=expired.pk).exists()


def test_a_move_to_the_same_room_does_nothing(session, ticket, django_assert_num_queries):
    ticket("A1", HeldTicketFactory, held_until=timezone.now() - timedelta(seconds=1))
    with django_assert_num_queries(0):
        moving.move_tickets(session, session.room)
    assert places_of_tickets(session) == [(1, "A1", True)]


@pytest.mark.parametrize("number", [1, 3])
def test_statements_do_not_grow_with_the_tickets(session, ticket, number, django_assert_num_queries):
    for label in ["A1", "A2", "A3"][:number]:
        ticket(label)
        ticket(label, cancelled_at=timezone.now())
    room = editing.create_room(2, plan="sss")
    with django_assert_num_queries(4):  # expired holds, who loses, labels, tickets
        moving.move_tickets(session, room)
    MovieSession.objects.filter(pk=session.pk).update(room=room)


def test_control_the_database_refuses_a_move_without_the_tickets(session, ticket):
    ticket("A1")
    room = editing.create_room(2, plan="sss")

    @transaction.atomic
    def move_alone():
        MovieSession.objects.filter(pk=session.pk).update(room=room)
        connection.check_constraints()

    with pytest.raises(IntegrityError, match="ticket_session_in_room"):
        move_alone()
