"""Rooms over the API: whole answers, permissions and refusals."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cinema.models import Room
from cinema.rooms import editing
from cinema.rooms.plans import ALLOWED_SIGNS
from cinema.tests.factories import RoomFactory, SessionFactory, TicketFactory

pytestmark = pytest.mark.django_db

PLAN = "ss_ss\n_\nwc_ss"


@pytest.fixture
def room():
    return editing.create_room(7, "Balcony", 20, plan=PLAN)


def room_json(room, **values):
    return {
        "id": room.pk,
        "number": 7,
        "name": "Balcony",
        "turnaround_minutes": 20,
        "plan": PLAN,
        "rows": 2,
        "seats_per_row": None,
        "seats_total": 8,
        "wheelchair_places": 1,
        "companion_seats": 1,
    } | values


def test_listing_rooms(ask, room, django_assert_num_queries):
    other = editing.create_room(3, plan="sss\nsss")
    with django_assert_num_queries(2):
        answer = ask("GET", "rooms")
    assert answer.status_code == 200
    assert answer.json()["items"] == [
        room_json(other, number=3, name="", turnaround_minutes=15, plan="sss\nsss", seats_per_row=3, seats_total=6)
        | {"wheelchair_places": 0, "companion_seats": 0},
        room_json(room),
    ]
    assert answer.json()["meta"]["total"] == 2
    assert [room["number"] for room in ask("GET", "rooms?ordering=-number&fields=number").json()["items"]] == [7, 3]


@pytest.mark.parametrize("number", [1, 3])
def test_constant_number_of_queries(ask, number, django_assert_num_queries):
    for _ in range(number):
        RoomFactory()
    with django_assert_num_queries(2):
        assert len(ask("GET", "rooms").json()["items"]) == number


def test_reading_a_room(ask, room, django_assert_num_queries):
    with django_assert_num_queries(2):
        answer = ask("GET", f"rooms/{room.pk}")
    assert (answer.status_code, answer.json()) == (200, room_json(room))
    assert ask("GET", f"rooms/{room.pk}?fields=id,plan").json() == {"id": room.pk, "plan": PLAN}


def test_seats_out_of_use_are_not_counted(ask, room, manager):
    over = SessionFactory(room=room, starts_at=timezone.now() - timedelta(days=3))
    TicketFactory(session=over, seat=room.seats.get(row="A", number=4))
    answer = ask("PATCH", f"rooms/{room.pk}", manager, {"plan": "s"})
    only_one = {"rows": 1, "seats_per_row": 1, "seats_total": 1, "wheelchair_places": 0, "companion_seats": 0}
    assert answer.json() == room_json(room, plan="s", **only_one)
    assert room.seats.count() == 2


def test_unknown_ids_parameters_and_methods(ask, room, manager, refusal):
    for method in ("GET", "PATCH", "DELETE"):
        for pk in (room.pk + 1, 10**30):
            assert ask(method, f"rooms/{pk}", manager, {} if method == "PATCH" else None).status_code == 404
    assert refusal(ask("GET", "rooms?size=3"))[2].keys() == {"size"}
    assert refusal(ask("GET", f"rooms/{room.pk}?fields=id,seats"))[2].keys() == {"fields"}
    assert ask("PUT", f"rooms/{room.pk}", manager, {}).status_code == 405


def test_adding_a_room_with_a_plan(ask, manager):
    body = {"number": 7, "name": " Balcony ", "turnaround_minutes": 20, "plan": "SS_SS__\n\nWC_SS\n"}
    answer = ask("POST", "rooms", manager, body)
    room = Room.objects.get()
    assert (answer.status_code, answer.json()) == (201, room_json(room))
    assert answer.headers["Location"] == f"/api/v1/rooms/{room.pk}"
    assert ask("GET", f"rooms/{room.pk}").json() == room_json(room)


def test_adding_a_room_with_a_size(ask, manager):
    answer = ask("POST", "rooms", manager, {"number": 1, "rows": 2, "seats_per_row": 3})
    assert answer.status_code == 201
    expected = {"number": 1, "name": "", "turnaround_minutes": 15, "plan": "sss\nsss", "rows": 2, "seats_per_row": 3}
    counts = {"seats_total": 6, "wheelchair_places": 0, "companion_seats": 0}
    assert answer.json() == {"id": Room.objects.get().pk, **expected, **counts}


NOT_BOTH = "Send a plan, or rows and seats_per_row; not both."
ONE_OF_TWO = "Send a plan, or rows and seats_per_row."
WHOLE = "Send a whole number."
SIZE = {"rows": 2, "seats_per_row": 3}


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"number": "This field is required."}),
        ({"number": 1}, {"plan": ONE_OF_TWO}),
        ({"number": 1, "rows": None, "seats_per_row": None}, {"plan": ONE_OF_TWO}),
        ({"number": 1, "rows": 2}, {"seats_per_row": "This field is required."}),
        ({"number": 1, "seats_per_row": 2}, {"rows": "This field is required."}),
        ({"number": 1, "plan": "s", **SIZE}, {"plan": NOT_BOTH, "rows": NOT_BOTH, "seats_per_row": NOT_BOTH}),
        ({"number": 1, "plan": "s", "rows": 2}, {"plan": NOT_BOTH, "rows": NOT_BOTH}),
        (
            {"number": 1, "rows": 0, "seats_per_row": 61},
            {"rows": "Give 1 to 60 rows.", "seats_per_row": "Give 1 to 60 seats in a row."},
        ),
        (
            {"number": 1, "rows": 10**30, "seats_per_row": 1},
            {"rows": "Give 1 to 60 rows."},
        ),
        ({"number": "1", "rows": True, "seats_per_row": 2.5}, {"number": WHOLE, "rows": WHOLE, "seats_per_row": WHOLE}),
        ({"number": 10**30, "plan": "s"}, {"number": "Give a number from 1 to 999."}),
        (
            {"number": -1, "plan": ""},
            {"number": "Give a number from 1 to 999.", "plan": "A room has at least one seat."},
        ),
        (
            {"number": 1, "plan": " s"},
            {"plan": f"Line 1, column 1: a space does not belong in a plan. Use {ALLOWED_SIGNS}."},
        ),
        (
            {"number": 1, "plan": "座"},
            {"plan": f"Line 1, column 1: “座” does not belong in a plan. Use {ALLOWED_SIGNS}."},
        ),
        ({"number": 1, "plan": None}, {"plan": "This field may not be null."}),
        ({"number": 1, "plan": ["s"]}, {"plan": "Not a valid string."}),
        ({"number": 1, "plan": "s", "name": "n" * 81}, {"name": "At most 80 characters."}),
        ({"number": 1, "plan": "s", "name": 5}, {"name": "Not a valid string."}),
        ({"number": 1, "plan": "s", "turnaround_minutes": 241}, {"turnaround_minutes": "Give 0 to 240 minutes."}),
        ({"number": 1, "plan": "s", "seats": 5, "movie": 1}, {"seats": "Unknown field.", "movie": "Unknown field."}),
        ([], {"body": "Invalid data. Expected a dictionary, but got list."}),
    ],
)
def test_invalid_fields_are_named(ask, manager, refusal, body, errors):
    assert refusal(ask("POST", "rooms", manager, body)) == (400, "validation_failed", errors)
    assert Room.objects.count() == 0


def test_a_plan_with_a_null_character(ask, manager, refusal):
    status, _, errors = refusal(ask("POST", "rooms", manager, {"number": 1, "plan": "s\0"}))
    assert (status, list(errors)) == (400, ["plan"])


def test_a_number_in_use(ask, room, manager, refusal):
    duplicate = (409, "duplicate", {"number": "There is already a room with this number."})
    assert refusal(ask("POST", "rooms", manager, {"number": 7, "plan": "s"})) == duplicate
    other = editing.create_room(8, plan="s")
    assert refusal(ask("PATCH", f"rooms/{other.pk}", manager, {"number": 7})) == duplicate


def test_changing_a_room(ask, room, manager):
    assert ask("PATCH", f"rooms/{room.pk}", manager, {}).json() == room_json(room)
    answer = ask("PATCH", f"rooms/{room.pk}", manager, {"name": "Stalls", "turnaround_minutes": 0})
    assert (answer.status_code, answer.json()) == (200, room_json(room, name="Stalls", turnaround_minutes=0))
    answer = ask("PATCH", f"rooms/{room.pk}", manager, {"rows": 1, "seats_per_row": 4, "number": 9})
    counts = {"rows": 1, "seats_per_row": 4, "seats_total": 4, "wheelchair_places": 0, "companion_seats": 0}
    assert answer.json() == room_json(room, number=9, name="Stalls", turnaround_minutes=0, plan="ssss", **counts)
    read_only = {"id": 5, "seats_total": 1, "wheelchair_places": 2, "companion_seats": 3}
    assert ask("PATCH", f"rooms/{room.pk}", manager, read_only).json() == answer.json()


def test_a_plan_without_a_sold_seat(ask, room, manager):
    session = SessionFactory(room=room)
    TicketFactory(session=session, seat=room.seats.get(row="A", number=4))
    answer = ask("PATCH", f"rooms/{room.pk}", manager, {"plan": "s"})
    body = answer.json()
    assert (answer.status_code, body["code"]) == (409, "seats_lost")
    assert body["errors"] == [{"field": "plan", "message": f"{session}: A4 would be removed."}]
    assert body["details"] == {"sessions": [{"id": session.pk, "seats": ["A4"], "sold": 1, "held": 0}]}
    assert ask("GET", f"rooms/{room.pk}").json() == room_json(room)


def test_a_turnaround_that_is_too_long(ask, room, manager, refusal):
    session = SessionFactory(room=room)
    following = SessionFactory(room=room, starts_at=session.room_free_at)
    status, code, errors = refusal(ask("PATCH", f"rooms/{room.pk}", manager, {"turnaround_minutes": 21}))
    assert (status, code) == (409, "room_taken")
    assert errors == {"turnaround_minutes": f"20 minutes between {session} and {following}."}


def test_deleting_a_room(ask, room, manager, refusal):
    session = SessionFactory(room=room)
    assert refusal(ask("DELETE", f"rooms/{room.pk}", manager))[:2] == (409, "conflict")
    TicketFactory(session=session)
    assert refusal(ask("DELETE", f"rooms/{room.pk}", manager))[:2] == (409, "has_tickets")
    other = RoomFactory()
    answer = ask("DELETE", f"rooms/{other.pk}", manager)
    assert (answer.status_code, answer.content) == (204, b"")
    assert list(Room.objects.all()) == [room]


def test_previewing_a_plan(ask, manager, refusal):
    answer = ask("POST", "rooms/preview", manager, {"plan": "S_W"})
    assert answer.status_code == 200
    assert answer.json() == {
        "plan": "s_w",
        "rows": 1,
        "seats_per_row": None,
        "seats_total": 2,
        "wheelchair_places": 1,
        "companion_seats": 0,
        "seats": [
            {"label": "A1", "row": "A", "number": 1, "kind": "standard", "line": 0, "column": 0},
            {"label": "A2", "row": "A", "number": 2, "kind": "wheelchair", "line": 0, "column": 2},
        ],
    }
    assert ask("POST", "rooms/preview", manager, {"rows": 2, "seats_per_row": 2}).json()["plan"] == "ss\nss"
    status, _, errors = refusal(ask("POST", "rooms/preview", manager, {"plan": "x", "number": 1}))
    assert (status, errors) == (400, {"number": "Unknown field."})
    mistake = {"plan": f"Line 1, column 1: “x” does not belong in a plan. Use {ALLOWED_SIGNS}."}
    assert refusal(ask("POST", "rooms/preview", manager, {"plan": "x"})) == (400, "validation_failed", mistake)
    assert refusal(ask("POST", "rooms/preview", manager, {})) == (400, "validation_failed", {"plan": ONE_OF_TWO})
    assert Room.objects.count() == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "rooms"), ("POST", "rooms/preview"), ("PATCH", "rooms/{}"), ("DELETE", "rooms/{}")],
)
def test_only_managers_write(ask, room, customer, refusal, method, path):
    path = path.format(room.pk)
    assert refusal(ask(method, path, None, {}))[:2] == (401, "not_authenticated")
    assert refusal(ask(method, path, customer, {}))[:2] == (403, "permission_denied")
    assert ask("GET", f"rooms/{room.pk}", customer).json() == room_json(room)
