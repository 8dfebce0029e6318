"""Rooms are made, rebuilt and taken away; nobody who has a seat loses it."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.http import Http404
from django.utils import timezone

from cinema.models import MovieSession, Room, Seat
from cinema.rooms import editing
from cinema.rooms.plans import render
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory
from common.errors import Conflict
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def room():
    """A1 to A3, a gap, B1 W, B2 C."""
    return editing.create_room(7, "Balcony", 20, plan="sss\n\nwc")


@pytest.fixture
def session(room):
    return SessionFactory(room=room, movie=MovieFactory(title="Heat", year=1995))


def now():
    return timezone.now().replace(microsecond=0)


def plan_of(room):
    connection.check_constraints()
    return render(room.seats.filter(in_use=True))


def seat(room, label):
    return room.seats.get(row=label[0], number=label[1:])


def seats(room):
    """label -> (id, in use)."""
    return {seat.label: (seat.pk, seat.in_use) for seat in room.seats.all()}


def refused(act):
    with pytest.raises(Conflict) as caught:
        act()
    return caught.value


def errors(act):
    with pytest.raises(ValidationError) as caught:
        act()
    return caught.value.message_dict


def test_a_room_and_its_seats(room):
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
    said = {
        "number": ["Give a number from 1 to 999."],
        "name": ["At most 80 characters."],
        "turnaround_minutes": ["Give 0 to 240 minutes."],
        "plan": ["Line 1, column 1: “x” is no sign of a plan. Use s, w, c or _."],
    }
    assert errors(lambda: editing.create_room(**wrong)) == said
    assert errors(lambda: editing.change_room(room.pk, wrong)) == said
    assert errors(lambda: editing.create_room(0, "a\0b", -1, plan="")) == {
        "number": ["Give a number from 1 to 999."],
        "name": ["Control characters are not allowed."],
        "turnaround_minutes": ["Give 0 to 240 minutes."],
        "plan": ["A room has at least one seat."],
    }
    assert Room.objects.count() == 1


def test_a_number_is_one_rooms_only(room):
    other = editing.create_room(8, plan="s")
    for act in (lambda: editing.create_room(7, plan="s"), lambda: editing.change_room(other.pk, {"number": 7})):
        with pytest.raises(IntegrityError, match="room_number_unique"):
            act()
    assert Room.objects.order_by("number").values_list("number", flat=True).last() == 8


def test_what_is_not_named_stays(room, session):
    assert editing.change_room(room.pk, {"name": "  Stalls "}) == room
    room.refresh_from_db()
    assert (room.number, room.name, room.turnaround_minutes, plan_of(room)) == (7, "Stalls", 20, "sss\n_\nwc")
    editing.change_room(room.pk, {"number": 9, "name": ""})
    room.refresh_from_db()
    assert (room.number, room.name, str(room)) == (9, "", "Room 9")


def test_a_room_that_is_not_there(room):
    for act in (lambda: editing.change_room(room.pk + 1, {"name": "X"}), lambda: editing.delete_room(room.pk + 1)):
        with pytest.raises(Http404):
            act()


def test_the_same_plan_writes_nothing_and_holds_no_session(room, session, django_assert_num_queries):
    over = SessionFactory(room=room, starts_at=now() - timedelta(days=1))
    TicketFactory(session=over, seat=seat(room, "A1"))
    Seat.objects.filter(room=room, row="A", number=1).update(row="Z", in_use=False)
    Seat.objects.create(room=room, row="A", number=1, line=0, column=0)
    with django_assert_num_queries(4) as queries:  # savepoint, room, seats, release
        editing.change_room(room.pk, {"plan": "SSS_\n_\nWC\n", "name": room.name, "turnaround_minutes": 20})
    assert not any("moviesession" in query["sql"] for query in queries.captured_queries)


@pytest.mark.parametrize("number", [1, 3])
def test_a_new_plan_is_the_same_few_statements_however_much_there_is(room, number, django_assert_num_queries):
    editing.change_room(room.pk, {"plan": "\n".join(["s" * number] * 3)})
    for days in range(number):
        SessionFactory(room=room, starts_at=now() + timedelta(days=days))
        TicketFactory(session=SessionFactory(room=room, starts_at=now() - timedelta(days=2 + days)))
    # Savepoint, room, seats, sessions; who has them, out of use, what goes, its tickets, gone, written, release.
    with django_assert_num_queries(11):
        editing.change_room(room.pk, {"plan": "_" + "s" * 9 * number})


def test_seats_keep_their_identity_while_their_label_lasts(room):
    before = seats(room)
    # Everything moves, and A2 stands where A1 stood; a fourth seat comes, and both of B are of another kind.
    editing.change_room(room.pk, {"plan": "_\nsss_s\ncw"})
    assert plan_of(room) == "_\nsss_s\ncw"
    after = seats(room)
    assert {label: after[label] for label in before} == before
    assert sorted(set(after) - set(before)) == ["A4"]
    assert [seat(room, label).kind for label in ("B1", "B2")] == ["companion", "wheelchair"]


def test_sold_seats_may_stand_elsewhere(room, session):
    ticket = TicketFactory(session=session, seat=seat(room, "A1"))
    editing.change_room(room.pk, {"plan": "__s\nwc_ss"})
    ticket.refresh_from_db()
    assert (ticket.seat.label, ticket.seat.line, ticket.seat.column, ticket.seat.in_use) == ("A1", 0, 2, True)


def test_seats_pass_one_another(room, session):
    TicketFactory(session=session, seat=seat(room, "A3"))
    editing.change_room(room.pk, {"plan": "_sss\n\nwc"})
    editing.change_room(room.pk, {"plan": "sss\n\nwc"})
    assert plan_of(room) == "sss\n_\nwc"


def test_seats_that_nobody_ever_had_are_deleted(room):
    editing.change_room(room.pk, {"plan": "s"})
    assert list(seats(room)) == ["A1"]


def test_a_seat_that_is_sold_or_held_stays(room, session):
    bought, held = (
        TicketFactory(session=session, seat=seat(room, "A2")),
        HeldTicketFactory(session=session, seat=seat(room, "B1")),
    )
    later = TicketFactory(
        session=SessionFactory(room=room, movie=session.movie, starts_at=session.starts_at + timedelta(days=1)),
        seat=seat(room, "A2"),
    )
    before = seats(room)
    conflict = refused(
        lambda: editing.change_room(room.pk, {"plan": "s\n\ncc", "name": "New", "turnaround_minutes": 30})
    )
    assert (conflict.code, conflict.message) == (
        "seats_lost",
        "Seats A2 and B1 are sold or held for sessions that are not over, and can't go or become of another kind.",
    )
    assert [tuple(error) for error in conflict.errors] == [
        ("plan", f"{session}: 2 seats sold or held (A2 and B1)."),
        ("plan", f"{later.session}: 1 seat sold or held (A2)."),
    ]
    assert conflict.details == {
        "sessions": [
            {"id": session.pk, "seats": ["A2", "B1"], "sold": 1, "held": 1},
            {"id": later.session_id, "seats": ["A2"], "sold": 1, "held": 0},
        ]
    }
    assert seats(room) == before
    assert Room.objects.values_list("name", "turnaround_minutes").get() == ("Balcony", 20)
    for ticket in (bought, held, later):
        ticket.delete()
    editing.change_room(room.pk, {"plan": "s\n\ncc"})
    assert plan_of(room) == "s\n_\ncc"


def test_one_seat_is_told_as_one(room, session):
    TicketFactory(session=session, seat=seat(room, "A3"))
    conflict = refused(lambda: editing.change_room(room.pk, {"plan": "ss\n\nwc"}))
    assert conflict.message == (
        "Seat A3 is sold or held for sessions that are not over, and can't go or become of another kind."
    )


@pytest.mark.parametrize(
    ("number", "named"), [(6, "A1, A2, A3, A4, A5 and A6"), (9, "A1, A2, A3, A4, A5, A6 and 3 more")]
)
def test_many_seats_are_not_all_told_in_one_sentence(number, named):
    room = editing.create_room(1, plan="s" * number)
    session = SessionFactory(room=room)
    for _ in range(number):
        TicketFactory(session=session)
    conflict = refused(lambda: editing.change_room(room.pk, {"plan": "w" * number}))
    assert conflict.message.startswith(f"Seats {named} are sold or held for sessions that are not over")
    assert len(conflict.details["sessions"][0]["seats"]) == number


def test_a_session_that_is_running_is_not_over(room):
    running = SessionFactory(room=room, starts_at=now() - timedelta(minutes=110))
    TicketFactory(session=running, seat=seat(room, "A3"))
    assert refused(lambda: editing.change_room(room.pk, {"plan": "s"})).code == "seats_lost"


def test_seats_of_ended_sessions_cancelled_tickets_and_expired_holds_go_out_of_use(room, session):
    ended = TicketFactory(
        session=SessionFactory(room=room, starts_at=now() - timedelta(hours=9)), seat=seat(room, "A2")
    )
    cancelled = TicketFactory(session=session, seat=seat(room, "A3"), cancelled_at=now())
    expired = HeldTicketFactory(session=session, seat=seat(room, "B1"), held_until=now() - timedelta(seconds=1))
    before = seats(room)
    editing.change_room(room.pk, {"plan": "s"})
    assert seats(room) == {"A1": before["A1"]} | {label: (before[label][0], False) for label in ("A2", "A3", "B1")}
    for ticket, label in ((ended, "A2"), (cancelled, "A3"), (expired, "B1")):
        ticket.refresh_from_db()
        assert ticket.seat.label == label
    # They come back as they were, be it as another kind; what is named no longer goes with the next plan.
    expired.delete()
    editing.change_room(room.pk, {"plan": "sw"})
    assert seats(room) == {"A1": before["A1"], "A2": before["A2"], "A3": (before["A3"][0], False)}
    assert seat(room, "A2").kind == "wheelchair"
    assert plan_of(room) == "sw"


def test_the_turnaround_moves_when_the_room_is_free(room, session):
    over = SessionFactory(room=room, starts_at=now() - timedelta(hours=9))
    running = SessionFactory(room=room, starts_at=now() - timedelta(minutes=60))
    cancelled = SessionFactory(room=room, starts_at=session.starts_at, cancelled_at=now())
    untouched = {one.pk: one.room_free_at for one in (over, running, cancelled)}
    editing.change_room(room.pk, {"turnaround_minutes": 45})
    free_at = dict(MovieSession.objects.values_list("pk", "room_free_at"))
    assert free_at == {session.pk: session.ends_at + timedelta(minutes=45), **untouched}
    assert Room.objects.get().turnaround_minutes == 45
    editing.change_room(room.pk, {"turnaround_minutes": 0})
    assert MovieSession.objects.get(pk=session.pk).room_free_at == session.ends_at


def test_a_turnaround_for_which_there_is_no_time(room, session):
    following = SessionFactory(room=room, starts_at=session.ends_at + timedelta(minutes=20))
    SessionFactory(room=room, starts_at=following.ends_at + timedelta(minutes=21))
    SessionFactory(room=room, starts_at=session.ends_at + timedelta(minutes=10), cancelled_at=now())
    conflict = refused(lambda: editing.change_room(room.pk, {"turnaround_minutes": 21}))
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


def test_a_room_with_sessions_stays(room):
    cancelled = SessionFactory(room=room, cancelled_at=now())
    conflict = refused(lambda: editing.delete_room(room.pk))
    assert (conflict.code, conflict.message) == (
        "conflict",
        "Sessions are scheduled in Balcony, or were; so it stays.",
    )
    HeldTicketFactory(session=cancelled)
    assert refused(lambda: editing.delete_room(room.pk)).code == "conflict"
    TicketFactory(session=cancelled, cancelled_at=now())
    conflict = refused(lambda: editing.delete_room(room.pk))
    assert (conflict.code, conflict.message) == (
        "has_tickets",
        "Tickets were sold for sessions in Balcony, so it stays.",
    )
    assert plan_of(room) == "sss\n_\nwc"


def test_the_largest_room(django_assert_num_queries):
    room = editing.create_room(1, plan="\n".join(["s" * 40] * 50))
    editing.change_room(room.pk, {"plan": "\n".join(["_" + "s" * 40] * 50)})
    assert (room.seats.count(), room.seats.filter(column=0).count()) == (2000, 0)
    RoomFactory(number=2)
    editing.delete_room(room.pk)
    assert Seat.objects.count() == 10
