"""Scheduling one session or many over the API."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cinema.models import MovieSession
from cinema.tests.api.shapes import session_json
from cinema.tests.factories import RoomFactory, SessionFactory
from common.api.views import openapi_document
from movies.models import Movie
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

EVENING = datetime(2087, 3, 4, 18, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def film():
    return MovieFactory(title="Alien", runtime=105)


@pytest.fixture
def room():
    return RoomFactory(name="Blue Room")


def times(session):
    return session["starts_at"], session["ends_at"]


def test_scheduling_with_a_start(ask, manager, film, room):
    body = {"room": room.pk, "starts_at": "2087-03-04T19:00:30.5+01:00"}
    response = ask("POST", f"movies/{film.pk}/sessions", manager, body)
    session = MovieSession.objects.get()
    assert (response.status_code, response.headers["Location"]) == (201, f"/api/v1/movie-sessions/{session.pk}")
    assert response.json() == session_json(session)
    assert times(response.json()) == ("2087-03-04T18:00:00Z", "2087-03-04T20:00:00Z")
    assert session.published
    assert Movie.objects.get().now_showing


@pytest.mark.parametrize(
    ("zone", "body", "expected"),
    [
        ("UTC", {"timeslot": "18:00-20:30"}, ("2087-03-04T18:00:00Z", "2087-03-04T20:30:00Z")),
        ("Europe/Berlin", {"timeslot": "18:00-20:30"}, ("2087-03-04T17:00:00Z", "2087-03-04T19:30:00Z")),
        ("Europe/Berlin", {"timeslot": "23:10 – 01:00"}, ("2087-03-04T22:10:00Z", "2087-03-05T00:00:00Z")),
        ("America/New_York", {"timeslot": "21:00-23:00"}, ("2087-03-05T02:00:00Z", "2087-03-05T04:00:00Z")),
        # In the night of a clock change, four hours on the clock last three or five.
        ("Europe/Berlin", {"date": "2087-03-29", "timeslot": "23:30-03:30"},
         ("2087-03-29T22:30:00Z", "2087-03-30T01:30:00Z")),
        ("America/New_York", {"date": "2087-11-30", "timeslot": "1:30-2:30"},
         ("2087-11-30T06:30:00Z", "2087-11-30T07:30:00Z")),
        ("America/New_York", {"date": "2087-11-01", "timeslot": "23:30-03:30"},
         ("2087-11-02T03:30:00Z", "2087-11-02T08:30:00Z")),
    ],
)  # fmt: skip
def test_scheduling_with_date_and_timeslot(ask, manager, film, room, settings, zone, body, expected):
    settings.TIME_ZONE = zone
    body = {"room_number": room.number, "date": "2087-03-04", **body}
    with timezone.override("Asia/Tokyo"):
        response = ask("POST", f"movies/{film.pk}/sessions", manager, body)
    assert response.status_code == 201
    assert times(response.json()) == expected


def test_a_time_without_an_offset_is_local(ask, manager, film, room, settings, refusal):
    settings.TIME_ZONE = "Europe/Berlin"
    body = {"room": room.pk, "starts_at": "2087-07-04T20:00", "ends_at": "2087-07-04 22:00:00", "published": False}
    answer = ask("POST", f"movies/{film.pk}/sessions", manager, body).json()
    assert (*times(answer), answer["published"]) == ("2087-07-04T18:00:00Z", "2087-07-04T20:00:00Z", False)
    body = {"room": room.pk, "starts_at": "2087-03-30T02:30:00"}
    message = "On 30 March 2087 the clocks jump over 02:30; choose another time."
    answer = refusal(ask("POST", f"movies/{film.pk}/sessions", manager, body))
    assert answer == (400, "validation_failed", {"starts_at": message})


WHEN = {"starts_at": "2087-03-04T18:00:00Z"}
INVALID = [
    ({}, ["room", "starts_at"]),
    ({"room": 0, **WHEN}, ["room"]),
    ({"room": "1", **WHEN}, ["room"]),
    ({"room": True, **WHEN}, ["room"]),
    ({"room": None, **WHEN}, ["room"]),
    ({"room": {"id": 10**40}, **WHEN}, ["room"]),
    ({"room": {"number": 1}, **WHEN}, ["room"]),
    ({"room": {"id": 1, "colour": "blue"}, **WHEN}, ["room"]),
    ({"room_number": 1000, **WHEN}, ["room_number"]),
    ({"room_number": "one", **WHEN}, ["room_number"]),
    ({"starts_at": "2087-03-04"}, ["starts_at"]),
    ({"starts_at": "soon", "ends_at": 7}, ["ends_at", "starts_at"]),
    ({"starts_at": "0001-01-01T00:00:00+14:00"}, ["starts_at"]),
    ({"starts_at": "9999-12-31T23:59:00Z"}, ["starts_at"]),
    ({"starts_at": "2020-03-04T18:00:00Z"}, ["starts_at"]),
    ({"starts_at": None}, ["starts_at"]),
    ({**WHEN, "ends_at": "2087-03-04T18:00:00Z"}, ["ends_at"]),
    ({**WHEN, "ends_at": "2087-03-05T18:01:00Z"}, ["ends_at"]),
    ({"date": "2087-03-04"}, ["timeslot"]),
    ({"timeslot": "18:00-20:00"}, ["date"]),
    ({"date": "4 March", "timeslot": 18}, ["date", "timeslot"]),
    ({"date": "2087-03-04", "timeslot": "18:00"}, ["timeslot"]),
    ({"date": "9999-12-31", "timeslot": "23:00-01:00"}, ["timeslot"]),
    ({**WHEN, "date": "2087-03-05", "timeslot": "18:00-20:00"}, ["date", "timeslot"]),
    ({**WHEN, "published": "maybe"}, ["published"]),
    ({**WHEN, "price": 5, "movie_id": 1}, ["movie_id", "price"]),
    ({**WHEN, "starts_at": "\x00"}, ["starts_at"]),
    ([], ["body"]),
    ("null", ["body"]),
    ("{", ["body"]),
]


@pytest.mark.parametrize(("body", "fields"), INVALID, ids=range(len(INVALID)))
def test_invalid_fields_are_named(ask, manager, film, room, refusal, body, fields):
    if isinstance(body, dict) and body and not body.keys() & {"room", "room_number"}:
        body = {"room": room.pk, **body}
    status, code, errors = refusal(ask("POST", f"movies/{film.pk}/sessions", manager, body))
    assert (status, code, sorted(errors)) == (400, "validation_failed", fields)
    assert not MovieSession.objects.exists()


def test_room_and_room_number_must_agree(ask, manager, film, room, refusal):
    other = RoomFactory()
    body = {"room": {"id": room.pk, "number": room.number, "name": room.name}, "room_number": other.number, **WHEN}
    answer = refusal(ask("POST", f"movies/{film.pk}/sessions", manager, body))
    assert answer == (400, "validation_failed", {"room_number": "This is another room than that of `room`."})
    response = ask("POST", f"movies/{film.pk}/sessions", manager, {**body, "room_number": room.number})
    assert response.status_code == 201


def test_films_that_cannot_be_scheduled(ask, manager, film, room, customer, refusal):
    body = {"room": room.pk, **WHEN}
    own, private = MovieFactory(tmdb_id=None, owner=manager), MovieFactory(tmdb_id=None, owner=customer)
    answer = refusal(ask("POST", f"movies/{own.pk}/sessions", manager, body))
    assert (answer[0], list(answer[2])) == (400, ["movie"])
    for pk in (private.pk, 10**30):
        assert refusal(ask("POST", f"movies/{pk}/sessions", manager, body))[:2] == (404, "not_found")
    unknown = MovieFactory(runtime=None)
    answer = refusal(ask("POST", f"movies/{unknown.pk}/sessions", manager, body))
    assert answer[2] == {"ends_at": "The runtime of the film is not known, so say when the session ends."}


def test_a_taken_room_names_the_clash_and_free_slots(ask, manager, film, room, refusal):
    session = SessionFactory(movie=film, room=room, starts_at=EVENING, ends_at=EVENING + 2 * HOUR)
    response = ask("POST", f"movies/{film.pk}/sessions", manager, {"room": room.pk, **WHEN})
    assert refusal(response)[:2] == (409, "room_taken")
    details = response.json()["details"]
    shown = session_json(session)
    assert details["clashing_session"] == {
        **{name: shown[name] for name in ("id", "movie", "starts_at", "ends_at")},
        "room_free_at": "2087-03-04T20:15:00Z",
    }
    slot = details["free_slots"][0]
    assert slot == {"starts_at": "2087-03-04T20:15:00Z", "ends_at": "2087-03-04T22:15:00Z"}
    assert ask("POST", f"movies/{film.pk}/sessions", manager, {"room": room.pk, **slot}).status_code == 201


def test_scheduling_many(ask, manager, film, room, refusal):
    address = f"movies/{film.pk}/sessions/bulk"
    rows = [
        {"room": room.pk, "starts_at": "2087-03-05T18:00:00Z"},
        {"room_number": room.number, "date": "2087-03-04", "timeslot": "18:00-20:30", "published": False},
    ]
    response = ask("POST", address, manager, rows)
    body = response.json()
    created = [MovieSession.objects.get(starts_at=EVENING + day * 24 * HOUR) for day in (1, 0)]
    assert (response.status_code, body["items"]) == (201, [session_json(session) for session in created])
    assert body["meta"] == {
        "page": 1,
        "limit": 500,
        "total": 2,
        "total_pages": 1,
        "total_is_exact": True,
        "next_cursor": None,
    }
    later = [{"room": room.pk, "starts_at": f"2087-04-04T{hour}:00:00Z"} for hour in (10, 11)]
    status, code, errors = refusal(ask("POST", address, manager, later))
    assert (status, code, list(errors)) == (409, "room_taken", ["1.starts_at"])
    assert MovieSession.objects.count() == 2


def test_constant_number_of_queries_of_many(ask, manager, film):
    numbers = []
    for day, number in ((10, 1), (11, 1), (12, 10)):  # the first request of a test fills caches
        rooms = [RoomFactory() for _ in range(number)]
        rows = [{"room": room.pk, "starts_at": f"2087-04-{day}T18:00Z"} for room in rooms]
        with CaptureQueriesContext(connection) as queries:
            assert ask("POST", f"movies/{film.pk}/sessions/bulk", manager, rows).status_code == 201
        numbers.append(len(queries))
    assert numbers[1] == numbers[2]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ([{"room": 0, **WHEN}, {}, 5], ["0.room", "1.room", "1.starts_at", "2"]),
        ([{"room_nr": 1}], ["0.room_nr"]),
        ([], ["body"]),
        ([{}] * 501, ["body"]),
        ({}, ["body"]),
    ],
    ids=range(5),
)
def test_invalid_lists_name_position_and_field(ask, manager, film, refusal, body, fields):
    status, code, errors = refusal(ask("POST", f"movies/{film.pk}/sessions/bulk", manager, body))
    assert (status, code, sorted(errors)) == (400, "validation_failed", fields)


def test_invalid_times_name_position_and_field(ask, manager, film, room, refusal):
    rows = [{"room": room.pk, **WHEN}, {"room": room.pk, "starts_at": "2020-01-01T00:00:00Z"}]
    status, _, errors = refusal(ask("POST", f"movies/{film.pk}/sessions/bulk", manager, rows))
    assert (status, errors) == (400, {"1.starts_at": "This is in the past."})
    assert not MovieSession.objects.exists()


def test_the_date_of_a_late_session_is_local(ask, manager, film, room, settings):
    settings.TIME_ZONE = "America/New_York"
    body = {"room": room.pk, "starts_at": "2087-03-05T04:30:00Z"}
    answer = ask("POST", f"movies/{film.pk}/sessions", manager, body).json()
    assert (answer["date"], answer["timeslot"]) == (date(2087, 3, 4).isoformat(), "23:30-01:30")


def test_the_documented_bodies_and_parameters(settings):
    paths = openapi_document(settings.ROOT_URLCONF)["paths"]
    one, many = paths["/api/v1/movie-sessions/{id}"], paths["/api/v1/movie-sessions/bulk"]
    assert one["delete"]["requestBody"]["required"] is False
    assert many["delete"]["requestBody"]["required"] is True
    assert {parameter["name"] for parameter in paths["/api/v1/movie-sessions"]["get"]["parameters"]} == {
        "cancelled", "cursor", "date", "fields", "from", "limit", "movie", "ordering", "page", "published", "room", "to"
    }  # fmt: skip
