"""Rooms and their plans in the admin."""

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION
from django.urls import reverse

from accounts.tests.factories import UserFactory
from cinema.models import Room, Seat
from cinema.rooms import editing
from cinema.rooms.plans import ALLOWED_SIGNS
from cinema.tests.admin.pages import action_data, form_errors, log_entries, messages_of, page_text, query_counts
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/cinema/room/"
ADD = f"{LIST}add/"
PREVIEW = f"{LIST}preview/"
FORM_DATA = {"number": "7", "name": "Varda", "turnaround_minutes": "20", "plan": "ss_ss\r\n\r\nwc_ss"}


def page(room, name="change"):
    return reverse(f"admin:cinema_room_{name}", args=[room.pk])


def labels(room):
    return [(seat.label, seat.kind) for seat in room.seats.filter(in_use=True)]


def test_a_room_is_added_with_its_seats(client, manager):
    response = client.post(ADD, FORM_DATA)
    assert (response.status_code, response["Location"]) == (302, LIST)
    room = Room.objects.get()
    assert (room.number, room.name, room.turnaround_minutes) == (7, "Varda", 20)
    assert labels(room) == [
        *[(label, "standard") for label in ("A1", "A2", "A3", "A4")],
        ("B1", "wheelchair"), ("B2", "companion"), ("B3", "standard"), ("B4", "standard"),
    ]  # fmt: skip
    assert log_entries() == [(ADDITION, "Varda", "Added.", "manager")]


def test_the_page_shows_the_plan_as_text_and_as_seats(client, manager):
    room = editing.create_room(1, plan="_ss\n\nwc")
    response = client.get(page(room))
    content = response.content.decode()
    assert ">_ss\n_\nwc</textarea>" in content
    assert 'title="Row A, seat 1"' in content
    assert 'title="Row B, seat 1, wheelchair place"' in content
    assert "4 seats, of them 1 wheelchair place and 1 companion seat" in page_text(response)


def test_saving_the_form_unchanged_changes_nothing(client, manager):
    room = editing.create_room(1, name="One", plan="_ss\n\nwc")
    before = list(Seat.objects.values_list("pk", flat=True))
    shown = {"number": "1", "name": "One", "turnaround_minutes": "15", "plan": "_ss\r\n_\r\nwc"}
    assert client.post(page(room), shown).status_code == 302
    assert list(Seat.objects.values_list("pk", flat=True)) == before
    assert log_entries() == [(CHANGE, "One", "No fields changed.", "manager")]


def test_a_plan_is_changed(client, manager):
    room = editing.create_room(7, name="Varda", turnaround_minutes=20, plan="ss")
    first = room.seats.get(number=1)
    client.post(page(room), FORM_DATA | {"plan": "ssw"})
    assert labels(room) == [("A1", "standard"), ("A2", "standard"), ("A3", "wheelchair")]
    assert room.seats.get(number=1) == first
    assert log_entries() == [(CHANGE, "Varda", "Changed Plan.", "manager")]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"number": ""}, {"number": ["This field is required."]}),
        ({"number": "0"}, {"number": ["Give a number from 1 to 999."]}),
        ({"number": "4"}, {"number": ["There is already a room with this number."]}),
        ({"turnaround_minutes": "241"}, {"turnaround_minutes": ["Give 0 to 240 minutes."]}),
        ({"name": "x" * 81}, {"name": ["Ensure this value has at most 80 characters (it has 81)."]}),
        ({"plan": ""}, {"plan": ["This field is required."]}),
        ({"plan": "___"}, {"plan": ["A room has at least one seat."]}),
        ({"plan": "ss\nsXs"}, {"plan": [f"Line 2, column 2: “X” does not belong in a plan. Use {ALLOWED_SIGNS}."]}),
        ({"plan": "a\0b"}, {"plan": ["Null characters are not allowed."]}),
        ({"plan": "席"}, {"plan": [f"Line 1, column 1: “席” does not belong in a plan. Use {ALLOWED_SIGNS}."]}),
    ],
)
@pytest.mark.parametrize("which", ["add", "change"])
def test_errors_are_shown_at_their_fields_and_nothing_is_written(client, manager, which, fields, expected):
    editing.create_room(4, plan="s")
    room = editing.create_room(5, name="Five", plan="ss")
    response = client.post(ADD if which == "add" else page(room), FORM_DATA | fields)
    assert form_errors(response) == expected
    room.refresh_from_db()
    assert (room.number, room.name, len(labels(room)), Room.objects.count(), log_entries()) == (5, "Five", 2, 2, [])


def test_sold_seats_cannot_be_removed_and_are_named(client, manager):
    session = SessionFactory(room=editing.create_room(7, plan="sss"))
    TicketFactory(session=session)
    HeldTicketFactory(session=session)
    words = form_errors(client.post(page(session.room), FORM_DATA | {"plan": "w"}))
    assert words["__all__"][0].startswith("Seats A1 and A2 are sold or held")
    assert words["plan"] == [f"{session}: A1 would be a wheelchair place and A2 would be removed."]
    assert ">w</textarea>" in client.post(page(session.room), FORM_DATA | {"plan": "w"}).content.decode()
    assert labels(session.room) == [("A1", "standard"), ("A2", "standard"), ("A3", "standard")]
    assert log_entries() == []
    words = form_errors(client.post(page(session.room), FORM_DATA | {"plan": "_sss"}))
    assert words["plan"] == [f"{session}: A1 would stand elsewhere and A2 would be called A1."]
    # Other seats may be removed.
    assert client.post(page(session.room), FORM_DATA | {"plan": "ss\r\n_s"}).status_code == 302
    assert labels(session.room) == [("A1", "standard"), ("A2", "standard"), ("B1", "standard")]


def test_the_preview_is_a_fragment(client, manager):
    response = client.post(PREVIEW, {"plan": "sS\nwc"})
    assert response.status_code == 200
    assert "<html" not in response.content.decode()
    assert "4 seats, of them 1 wheelchair place and 1 companion seat" in page_text(response)
    mistaken = client.post(PREVIEW, {"plan": "s<b>"})
    assert "This is not a plan yet: Line 1, column 2: “<” does not belong in a plan." in page_text(mistaken)
    assert "<b>" not in mistaken.content.decode()
    assert "A room has at least one seat." in page_text(client.post(PREVIEW))
    assert client.get(PREVIEW).status_code == 405


def test_an_empty_first_line_is_not_lost_when_the_form_comes_back(client, manager):
    response = client.post(ADD, FORM_DATA | {"plan": "\r\nss", "_preview": "1"})
    assert ">_\nss</textarea>" in response.content.decode()


def test_the_preview_of_a_long_plan_is_an_error(client, manager):
    assert "At most 60 lines" in page_text(client.post(PREVIEW, {"plan": "s\n" * 5000}))


def test_the_preview_button_saves_nothing_and_keeps_what_was_typed(client, manager):
    response = client.post(ADD, FORM_DATA | {"plan": "www", "_preview": "1"})
    assert response.status_code == 200
    assert form_errors(response) == {}
    assert "3 seats, of them 3 wheelchair places" in page_text(response)
    assert 'value="Varda"' in response.content.decode()
    assert not Room.objects.exists()


def test_the_list(client, manager):
    room = editing.create_room(1, name="Lumière", plan="ssw\nss")
    SessionFactory(room=room)
    response = client.get(LIST)
    row = response.context["cl"].result_list[0]
    admin = response.context["cl"].model_admin
    assert [admin.seats(row), admin.wheelchair_places(row), admin.turnaround(row), admin.sessions_to_come(row)] == [
        5, 1, "15 min", 1,
    ]  # fmt: skip
    for typed in ("lumi", "1", "x", "0" * 400):
        assert client.get(LIST, {"q": typed}).status_code == 200


def test_the_queries_of_the_list_do_not_grow(client, manager, django_assert_max_num_queries):
    one, three = query_counts(client, LIST, lambda: SessionFactory(), django_assert_max_num_queries)
    assert one == three <= 8


# --- Deleting ---------------------------------------------------------------------------------------


def test_an_empty_room_is_deleted(client, manager):
    room = editing.create_room(1, name="Gone", plan="ss")
    assert "Seats: 2" in page_text(client.get(page(room, "delete")))
    assert client.post(page(room, "delete"), {"post": "yes"})["Location"] == LIST
    assert not Room.objects.exists()
    assert log_entries() == [(DELETION, "Gone", "", "manager")]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (SessionFactory, "Sessions are or were scheduled in Room 1, so it can't be deleted."),
        (TicketFactory, "Tickets were sold for sessions in Room 1, so it can't be deleted."),
    ],
)
def test_a_room_with_sessions_cannot_be_deleted(client, manager, make, sentence):
    room = editing.create_room(1, plan="ss")
    make(**({"room": room} if make is SessionFactory else {"session": SessionFactory(room=room)}))
    response = client.post(page(room, "delete"), {"post": "yes"})
    assert (response.status_code, messages_of(response)) == (302, [sentence])
    empty = RoomFactory(number=9)
    response = client.post(LIST, action_data("delete_selected", empty, room, post="yes"))
    assert (response.status_code, messages_of(response)) == (302, [sentence])
    assert Room.objects.count() == 2
    assert log_entries() == []


def test_several_empty_rooms_are_deleted(client, manager):
    rooms = [RoomFactory(), RoomFactory()]
    assert "Rooms: 2" in page_text(client.post(LIST, action_data("delete_selected", *rooms)))
    assert client.post(LIST, action_data("delete_selected", *rooms, post="yes")).status_code == 302
    assert not Room.objects.exists()


def test_the_preview_needs_permission_to_write(client):
    client.force_login(UserFactory(is_superuser=False))
    assert client.post(PREVIEW, {"plan": "s"})["Location"].startswith(reverse("admin:login"))


def test_without_the_permissions_of_rooms_it_is_403(client, manager, settings):
    settings.MANAGER_PERMISSIONS = {"cinema.view_room"}
    room = editing.create_room(1, plan="ss")
    assert client.get(page(room)).status_code == 200
    assert client.post(page(room), FORM_DATA).status_code == 403
    assert client.post(PREVIEW, {"plan": "s"}).status_code == 403
    assert client.get(ADD).status_code == 403
    assert client.post(page(room, "delete"), {"post": "yes"}).status_code == 403
    settings.MANAGER_PERMISSIONS = set()
    assert client.get(LIST).status_code == 403
