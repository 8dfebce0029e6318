"""Creating, changing and deleting rooms."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.http import Http404

from cinema.models import MovieSession, Room, Seat
from cinema.rooms import editing
from cinema.rooms.plans import ALLOWED_SIGNS
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory
from cinema.tests.rooms.helpers import conflict_of, errors_of, plan_of, this_second

pytestmark = pytest.mark.django_db


def test_a_room_is_created_with_its_seats(room):
    stored = Room.objects.get()
    assert stored == room
    assert (stored.number, stored.name, stored.turnaround_minutes) == (7, "Balcony", 20)
    assert list(stored.seats.values_list("row", "number", "kind", "line", "column", "in_use")) == [
        ("A", 1, "standard", 0, 0, True),
        ("A", 2, "standard", 0, 1, True),
        ("A", 3, "standard", 0, 2, True),
        ("B", 1, "wheelchair", 2, 0, True),
        ("B", 2, "companion", 2, 1, True),
    ]
    assert str(editing.create_room(8, plan="s")) == "Room 8"


def test_every_mistake_is_named(room):
    wrong = {"number": 1000, "name": "n" * 81, "turnaround_minutes": 241, "plan": "x"}
    messages = {
        "number": ["Give a number from 1 to 999."],
        "name": ["At most 80 characters."],
        "turnaround_minutes": ["Give 0 to 240 minutes."],
        "plan": [f"Line 1, column 1: “x” does not belong in a plan. Use {ALLOWED_SIGNS}."],
    }
    assert errors_of(lambda: editing.create_room(**wrong)) == messages
    assert errors_of(lambda: editing.change_room(room.pk, wrong)) == messages
    assert errors_of(lambda: editing.create_room(0, "a\0b", -1, plan="")) == {
        "number": ["Give a number from 1 to 999."],
        "name": ["Control characters are not allowed."],
        "turnaround_minutes": ["Give 0 to 240 minutes."],
        "plan": ["A room has at least one seat."],
    }
    assert Room.objects.count() == 1


def test_two_rooms_cannot_have_one_number(room):
    other = editing.create_room(8, plan="s")
    for act in (lambda: editing.create_room(7, plan="s"), lambda: editing.change_room(other.pk, {"number": 7})):
        with pytest.raises(IntegrityError, match="room_number_unique"):
            act()
    assert Room.objects.order_by("number").values_list("number", flat=True).last() == 8


def test_fields_that_are_not_named_stay(room, session):
    assert editing.change_room(room.pk, {"name": "  Stalls "}) == room
    room.refresh_from_db()
    assert (room.number, room.name, room.turnaround_minutes, plan_of(room)) == (7, "Stalls", 20, "sss\n_\nwc")
    editing.change_room(room.pk, {"number": 9, "name": ""})
    room.refresh_from_db()
    assert (room.number, room.name, str(room)) == (9, "", "Room 9")


def test_an_unknown_room_is_a_404(room):
    for act in (lambda: editing.change_room(room.pk + 1, {"name": "X"}), lambda: editing.delete_room(room.pk + 1)):
        with pytest.raises(Http404):
            act()


def test_the_turnaround_counts_for_sessions_to_come(room, session):
    over = SessionFactory(room=room, starts_at=this_second() - timedelta(hours=9))
    running = SessionFactory(room=room, starts_at=this_second() - timedelta(minutes=60))
    cancelled = SessionFactory(room=room, starts_at=session.starts_at, cancelled_at=this_second())
    untouched = {one.pk: one.room_free_at for one in (over, running, cancelled)}
    editing.change_room(room.pk, {"turnaround_minutes": 45})
    free_at = dict(MovieSession.objects.values_list("pk", "room_free_at"))
    assert free_at == {session.pk: session.ends_at + timedelta(minutes=45), **untouched}
    assert Room.objects.get().turnaround_minutes == 45
    editing.change_room(room.pk, {"turnaround_minutes": 0})
    assert MovieSession.objects.get(pk=session.pk).room_free_at == session.ends_at


def test_a_turnaround_longer_than_the_gaps_is_refused(room, session):
    following = SessionFactory(room=room, starts_at=session.ends_at + timedelta(minutes=20))
    SessionFactory(room=room, starts_at=following.ends_at + timedelta(minutes=21))
    SessionFactory(room=room, starts_at=session.ends_at + timedelta(minutes=10), cancelled_at=this_second())
    conflict = conflict_of(lambda: editing.change_room(room.pk, {"turnaround_minutes": 21}))
    assert (conflict.code, conflict.message, conflict.details) == (
        "room_taken",
        "Some sessions have fewer than 21 minutes between them.",
        {"sessions": [{"id": session.pk, "next_id": following.pk}]},
    )
    assert [tuple(error) for error in conflict.errors] == [
        ("turnaround_minutes", f"20 minutes between {session} and {following}.")
    ]
    assert Room.objects.get().turnaround_minutes == 20
    assert MovieSession.objects.get(pk=session.pk).room_free_at == session.room_free_at
    editing.change_room(room.pk, {"turnaround_minutes": 20, "name": "X"})


def test_only_an_unused_room_can_be_deleted(room):
    editing.delete_room(room.pk)
    assert (Room.objects.count(), Seat.objects.count()) == (0, 0)


def test_a_room_with_sessions_cannot_be_deleted(room):
    cancelled = SessionFactory(room=room, cancelled_at=this_second())
    conflict = conflict_of(lambda: editing.delete_room(room.pk))
    assert (conflict.code, conflict.message) == (
        "conflict",
        "Sessions are or were scheduled in Balcony, so it can't be deleted.",
    )
    HeldTicketFactory(session=cancelled)
    assert conflict_of(lambda: editing.delete_room(room.pk)).code == "conflict"
    TicketFactory(session=cancelled, cancelled_at=this_second())
    conflict = conflict_of(lambda: editing.delete_room(room.pk))
    assert (conflict.code, conflict.message) == (
        "has_tickets",
        "Tickets were sold for sessions in Balcony, so it can't be deleted.",
    )
    assert plan_of(room) == "sss\n_\nwc"
