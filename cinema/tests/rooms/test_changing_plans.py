"""Changing the plan of a room: no chair that is sold, held or offered is lost, moved or renamed."""

from datetime import timedelta

import pytest

from cinema.box_office import waiting_list
from cinema.models import Room, Seat
from cinema.rooms import editing
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory, WaitingFactory
from cinema.tests.rooms.helpers import conflict_of, plan_of, seat, seats_by_label, this_second

pytestmark = pytest.mark.django_db


def test_the_same_plan_writes_nothing_and_locks_no_session(room, session, django_assert_num_queries):
    over = SessionFactory(room=room, starts_at=this_second() - timedelta(days=1))
    TicketFactory(session=over, seat=seat(room, "A1"))
    Seat.objects.filter(room=room, row="A", number=1).update(row="Z", in_use=False)
    Seat.objects.create(room=room, row="A", number=1, line=0, column=0)
    with django_assert_num_queries(4) as queries:  # savepoint, room, seats, release
        editing.change_room(room.pk, {"plan": "SSS_\n_\nWC\n", "name": room.name, "turnaround_minutes": 20})
    assert not any("moviesession" in query["sql"] for query in queries.captured_queries)


@pytest.mark.parametrize("number", [1, 3])
def test_a_new_plan_takes_the_same_statements_for_any_number_of_seats(room, number, django_assert_num_queries):
    editing.change_room(room.pk, {"plan": "\n".join(["s" * number] * 3)})
    for days in range(number):
        SessionFactory(room=room, starts_at=this_second() + timedelta(days=days))
        TicketFactory(session=SessionFactory(room=room, starts_at=this_second() - timedelta(days=2 + days)))
    # Savepoint, room, seats, sessions, tickets, out of use, removed seats, their tickets, delete, write, lists, end.
    with django_assert_num_queries(12):
        editing.change_room(room.pk, {"plan": "_" + "s" * 9 * number})


def test_a_seat_stays_the_same_row_while_its_label_stays(room):
    before = seats_by_label(room)
    # Every seat moves, A2 to where A1 was; a fourth seat is added, and both seats of B are of another kind.
    editing.change_room(room.pk, {"plan": "_\nsss_s\ncw"})
    assert plan_of(room) == "_\nsss_s\ncw"
    after = seats_by_label(room)
    assert {label: after[label] for label in before} == before
    assert sorted(set(after) - set(before)) == ["A4"]
    assert [seat(room, label).kind for label in ("B1", "B2")] == ["companion", "wheelchair"]


def test_seats_may_move_to_the_position_of_other_seats(room, session):
    editing.change_room(room.pk, {"plan": "_sss\n\nwc"})
    editing.change_room(room.pk, {"plan": "sss\n\nwc"})
    assert plan_of(room) == "sss\n_\nwc"


# The room: A1 A2 A3 at line 0, an aisle, a wheelchair place B1 and a companion seat B2.
MOVED = [
    ("A1", "_sss\n\nwc", "A1 would stand elsewhere"),
    ("A2", "_sss\n\nwc", "A2 would be called A1"),
    ("A3", "_sss\n\nwc", "A3 would be called A2"),
    ("A1", "_ss\n\nwc", "A1 would stand elsewhere"),
    ("A2", "s_s\n\nwc", "A2 would stand elsewhere"),
    ("A3", "s_s\n\nwc", "A3 would be called A2"),
    ("A3", "s_ss\n\nwc", "A3 would be called A2"),
    ("A3", "ss_s\n\nwc", "A3 would stand elsewhere"),
    ("A3", "ss\n\nwc", "A3 would be removed"),
    ("A1", "_\nsss\nwc", "A1 would stand elsewhere"),
    ("B1", "sss\nwc", "B1 would stand elsewhere"),
    ("B1", "sss\ns\nwc", "B1 would be called C1"),
    ("B1", "sss\n\nsc", "B1 would be a plain seat"),
    ("B2", "sss\n\nww", "B2 would be a wheelchair place"),
    ("B2", "sss\n\n_c", "B2 would be called B1"),
]


@pytest.mark.parametrize(("label", "plan", "fate"), MOVED)
@pytest.mark.parametrize("factory", [TicketFactory, HeldTicketFactory])
def test_a_chair_that_is_sold_or_held_keeps_place_name_and_kind(room, session, factory, label, plan, fate):
    factory(session=session, seat=seat(room, label))
    before = seats_by_label(room)
    conflict = conflict_of(lambda: editing.change_room(room.pk, {"plan": plan}))
    assert (conflict.code, [tuple(error) for error in conflict.errors]) == (
        "seats_lost",
        [("plan", f"{session}: {fate}.")],
    )
    assert (seats_by_label(room), plan_of(room)) == (before, "sss\n_\nwc")


@pytest.mark.parametrize(
    ("label", "plan"),
    [
        ("A1", "ssss\n_\nwc"),  # a seat more at the end of the row
        ("A1", "s\n_\nwc"),
        ("A1", "s_ss\n_\nwc"),  # a gap behind it
        ("A1", "sss\n_\n_wc"),
        ("A1", "sss\nsss\nsss"),
        ("B1", "_ss\n_\nwc"),
        ("B1", "sss\n_\nwcss\nss"),
        ("B2", "sss\n_\nsc"),
    ],
)
def test_what_leaves_the_sold_chair_alone_may_change(room, session, label, plan):
    ticket = TicketFactory(session=session, seat=seat(room, label))
    chair = ticket.seat.place
    editing.change_room(room.pk, {"plan": plan})
    ticket.seat.refresh_from_db()
    assert (ticket.seat.place, ticket.seat.in_use, plan_of(room)) == (chair, True, plan)


def test_an_offered_chair_stays_where_it_is(room, session):
    TicketFactory.create_batch(2, session=session)
    entry = WaitingFactory(session=session)
    waiting_list.sweep()
    entry.refresh_from_db()
    assert [row.seat.label for row in entry.offer.tickets.all()] == ["A3"]
    conflict = conflict_of(lambda: editing.change_room(room.pk, {"plan": "ss_s\n_\nwc"}))
    assert [error.message for error in conflict.errors] == [f"{session}: A3 would stand elsewhere."]


def test_seats_without_any_ticket_are_deleted(room):
    editing.change_room(room.pk, {"plan": "s"})
    assert list(seats_by_label(room)) == ["A1"]


def test_a_seat_that_is_sold_or_held_cannot_be_removed(room, session):
    bought, held = (
        TicketFactory(session=session, seat=seat(room, "A2")),
        HeldTicketFactory(session=session, seat=seat(room, "B1")),
    )
    later = TicketFactory(
        session=SessionFactory(room=room, movie=session.movie, starts_at=session.starts_at + timedelta(days=1)),
        seat=seat(room, "A2"),
    )
    before = seats_by_label(room)
    conflict = conflict_of(
        lambda: editing.change_room(room.pk, {"plan": "s\n\ncc", "name": "New", "turnaround_minutes": 30})
    )
    assert conflict.code == "seats_lost"
    assert conflict.message == (
        "Seats A2 and B1 are sold or held for sessions that are not over: such chairs keep their place, name and kind. "
        "Move these sessions to another room first, or change the plan when they are over."
    )
    assert [tuple(error) for error in conflict.errors] == [
        ("plan", f"{session}: A2 would be removed and B1 would be a companion seat."),
        ("plan", f"{later.session}: A2 would be removed."),
    ]
    assert conflict.details == {
        "sessions": [
            {"id": session.pk, "seats": ["A2", "B1"], "sold": 1, "held": 1},
            {"id": later.session_id, "seats": ["A2"], "sold": 1, "held": 0},
        ]
    }
    assert seats_by_label(room) == before
    assert Room.objects.values_list("name", "turnaround_minutes").get() == ("Balcony", 20)
    for ticket in (bought, held, later):
        ticket.delete()
    editing.change_room(room.pk, {"plan": "s\n\ncc"})
    assert plan_of(room) == "s\n_\ncc"


def test_the_message_about_one_seat_is_in_the_singular(room, session):
    TicketFactory(session=session, seat=seat(room, "A3"))
    conflict = conflict_of(lambda: editing.change_room(room.pk, {"plan": "ss\n\nwc"}))
    assert conflict.message == (
        "Seat A3 is sold or held for sessions that are not over: such chairs keep their place, name and kind. "
        "Move these sessions to another room first, or change the plan when they are over."
    )


@pytest.mark.parametrize(
    ("number", "named"), [(6, "A1, A2, A3, A4, A5 and A6"), (9, "A1, A2, A3, A4, A5, A6 and 3 more")]
)
def test_the_message_names_only_the_first_of_many_seats(number, named):
    room = editing.create_room(1, plan="s" * number)
    session = SessionFactory(room=room)
    for _ in range(number):
        TicketFactory(session=session)
    conflict = conflict_of(lambda: editing.change_room(room.pk, {"plan": "w" * number}))
    assert conflict.message.startswith(f"Seats {named} are sold or held for sessions that are not over")
    assert len(conflict.details["sessions"][0]["seats"]) == number


def test_seats_of_a_running_session_cannot_be_removed(room):
    running = SessionFactory(room=room, starts_at=this_second() - timedelta(minutes=110))
    TicketFactory(session=running, seat=seat(room, "A3"))
    assert conflict_of(lambda: editing.change_room(room.pk, {"plan": "s"})).code == "seats_lost"


def test_seats_of_ended_sessions_cancelled_tickets_and_expired_holds_go_out_of_use(room, session):
    ended = TicketFactory(
        session=SessionFactory(room=room, starts_at=this_second() - timedelta(hours=9)), seat=seat(room, "A2")
    )
    cancelled = TicketFactory(session=session, seat=seat(room, "A3"), cancelled_at=this_second())
    expired = HeldTicketFactory(session=session, seat=seat(room, "B1"), held_until=this_second() - timedelta(seconds=1))
    before = seats_by_label(room)
    editing.change_room(room.pk, {"plan": "s"})
    assert seats_by_label(room) == {"A1": before["A1"]} | {
        label: (before[label][0], False) for label in ("A2", "A3", "B1")
    }
    for ticket, label in ((ended, "A2"), (cancelled, "A3"), (expired, "B1")):
        ticket.refresh_from_db()
        assert ticket.seat.label == label
    # They come back as the same rows, even as another kind; a seat that no ticket refers to any more is deleted.
    expired.delete()
    editing.change_room(room.pk, {"plan": "sw"})
    assert seats_by_label(room) == {"A1": before["A1"], "A2": before["A2"], "A3": (before["A3"][0], False)}
    assert seat(room, "A2").kind == "wheelchair"
    assert plan_of(room) == "sw"


def test_the_largest_room_can_be_changed_and_deleted(django_assert_num_queries):
    room = editing.create_room(1, plan="\n".join(["s" * 40] * 50))
    editing.change_room(room.pk, {"plan": "\n".join(["_" + "s" * 40] * 50)})
    assert (room.seats.count(), room.seats.filter(column=0).count()) == (2000, 0)
    RoomFactory(number=2)
    editing.delete_room(room.pk)
    assert Seat.objects.count() == 10
