"""Whole days of the programme over the API: copying days, and the timeline of the rooms."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from cinema.models import MovieSession
from cinema.tests.api.shapes import z
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
EVENING = datetime(2026, 10, 5, 20, 15, tzinfo=UTC)
WEEK = timedelta(days=7)
TO_NEXT_WEEK = {"from": "2026-10-05", "to": "2026-10-12"}


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def heat():
    return MovieFactory(title="Heat", year=1995)


@pytest.fixture
def room():
    return RoomFactory(number=1, name="Balcony")


@pytest.fixture
def session(heat, room):
    """A session from 20:15 to 22:15; its room is free at 22:30."""
    return SessionFactory(movie=heat, room=room, starts_at=EVENING, ends_at=EVENING + timedelta(hours=2))


def session_at(session):
    return {
        "id": session.pk,
        "movie": {"id": session.movie.pk, "title": session.movie.title},
        "room": {"id": session.room.pk, "number": session.room.number, "name": session.room.name},
        "starts_at": z(session.starts_at),
        "ends_at": z(session.ends_at),
    }


def copy_of(session, **values):
    return {
        "session": session_at(session),
        "starts_at": z(session.starts_at + WEEK),
        "ends_at": z(session.ends_at + WEEK),
        "outcome": "copied",
        "reason": "",
        "clashing_session": None,
        "copy_id": None,
    } | values


def meta_of(number):
    return {"page": 1, "limit": number, "total": number, "total_pages": 1, "total_is_exact": True, "next_cursor": None}


def test_copying_a_day(ask, manager, session):
    answer = ask("POST", "movie-sessions/copy", manager, TO_NEXT_WEEK | {"dry_run": True})
    assert answer.status_code == 200
    assert answer.json() == {"dry_run": True, "copied": 1, "items": [copy_of(session)], "meta": meta_of(1)}
    assert MovieSession.objects.count() == 1
    answer = ask("POST", "movie-sessions/copy", manager, TO_NEXT_WEEK)
    copy = MovieSession.objects.latest("starts_at")
    assert answer.status_code == 201
    expected = [copy_of(session, copy_id=copy.pk)]
    assert answer.json() == {"dry_run": False, "copied": 1, "items": expected, "meta": meta_of(1)}
    assert (copy.starts_at, copy.published) == (EVENING + WEEK, True)


def test_a_clash_with_a_session(ask, manager, session, refusal):
    other = SessionFactory(
        movie=MovieFactory(title="Alien", year=1979), room=session.room, starts_at=EVENING + WEEK - timedelta(hours=1)
    )
    reason = "Alien (1979) has Balcony then, 19:15-21:10."
    refused = ask("POST", "movie-sessions/copy", manager, TO_NEXT_WEEK)
    assert refusal(refused) == (409, "room_taken", {f"sessions.{session.pk}": f"{session}: {reason}"})
    assert refused.json()["details"] == {"sessions": [{"id": session.pk, "outcome": "clash"}]}
    skipped = ask("POST", "movie-sessions/copy", manager, TO_NEXT_WEEK | {"skip_clashes": True})
    assert skipped.status_code == 200
    clash = copy_of(session, outcome="clash", reason=reason, clashing_session=session_at(other))
    assert skipped.json() == {"dry_run": False, "copied": 0, "items": [clash], "meta": meta_of(1)}


def test_copying_a_week_of_some_rooms_as_drafts(ask, manager, session):
    elsewhere = SessionFactory(room=RoomFactory(number=2), starts_at=EVENING)
    later = SessionFactory(room=session.room, starts_at=EVENING + timedelta(days=6))
    body = TO_NEXT_WEEK | {"days": 7, "room_numbers": [1], "as_drafts": True}
    answer = ask("POST", "movie-sessions/copy", manager, body)
    assert [item["session"]["id"] for item in answer.json()["items"]] == [session.pk, later.pk]
    assert list(MovieSession.objects.filter(published=False).values_list("room", flat=True)) == [session.room_id] * 2
    assert elsewhere.room.sessions.count() == 1


def test_nothing_to_copy(ask, manager):
    answer = ask("POST", "movie-sessions/copy", manager, TO_NEXT_WEEK)
    assert answer.status_code == 200
    assert answer.json() == {"dry_run": False, "copied": 0, "items": [], "meta": meta_of(0)}


def test_a_time_skipped_by_the_clock_change(ask, manager, heat, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    session = SessionFactory(movie=heat, starts_at=datetime(2027, 3, 21, 1, 30, tzinfo=UTC))
    body = {"from": "2027-03-21", "to": "2027-03-28", "dry_run": True}
    [item] = ask("POST", "movie-sessions/copy", manager, body).json()["items"]
    reason = "On 28 March 2027 the clocks jump over 02:30; choose another time."
    assert item == copy_of(session, starts_at=None, ends_at=None, outcome="skipped_time", reason=reason)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"from": "This field is required.", "to": "This field is required."}),
        (TO_NEXT_WEEK | {"days": 3}, {"days": "Copy a day or a week: 1 or 7."}),
        (TO_NEXT_WEEK | {"days": "7"}, {"days": "Send a whole number."}),
        (TO_NEXT_WEEK | {"to": "2026-10-05"}, {"to": "These are the days to be copied; choose others."}),
        (TO_NEXT_WEEK | {"to": "9999-12-31"}, {"to": "There is no such day in the calendar."}),
        (TO_NEXT_WEEK | {"room_numbers": [1, 5, "1"]}, None),
        (TO_NEXT_WEEK | {"room_numbers": []}, {"room_numbers": "This list may not be empty."}),
        (TO_NEXT_WEEK | {"dry_run": "perhaps"}, {"dry_run": "Must be a valid boolean."}),
        (TO_NEXT_WEEK | {"rooms": [1]}, {"rooms": "Unknown field."}),
    ],
)
def test_invalid_fields_are_named(ask, manager, session, refusal, body, errors):
    if errors is None:
        errors = {"room_numbers.1": "There is no room with this number.", "room_numbers.2": "Send a whole number."}
    assert refusal(ask("POST", "movie-sessions/copy", manager, body)) == (400, "validation_failed", errors)
    assert MovieSession.objects.count() == 1


def test_invalid_dates(ask, manager, refusal):
    for wrong in ("5.10.2026", "2026-02-30", "", None, 5, ["2026-10-05"]):
        status, _, errors = refusal(ask("POST", "movie-sessions/copy", manager, TO_NEXT_WEEK | {"from": wrong}))
        assert (status, list(errors)) == (400, ["from"])


@pytest.mark.parametrize("number", [1, 3])
def test_constant_number_of_queries_of_a_dry_run(ask, manager, session, number, django_assert_num_queries):
    for days in range(1, number):
        SessionFactory(room=session.room, movie=session.movie, starts_at=EVENING + timedelta(days=days))
    ask("GET", "auth/me", manager)
    with django_assert_num_queries(5):  # session cookie, user, rooms, sessions on the target days, sessions to copy
        body = TO_NEXT_WEEK | {"days": 7, "dry_run": True, "room_numbers": [1]}
        assert ask("POST", "movie-sessions/copy", manager, body).json()["copied"] == number


# --- The timeline of the rooms ---


def test_the_timeline_of_a_day(ask, manager, session, room, django_assert_num_queries):
    afternoon = SessionFactory(
        movie=session.movie,
        room=room,
        starts_at=EVENING - timedelta(hours=3),
        ends_at=EVENING - timedelta(minutes=15),
        published=False,
    )
    night = SessionFactory(
        movie=session.movie, room=room, starts_at=EVENING - timedelta(hours=21), ends_at=EVENING - timedelta(hours=19)
    )
    SessionFactory(movie=session.movie, room=room, starts_at=EVENING, cancelled_at=NOW)
    SessionFactory(movie=session.movie, room=room, starts_at=EVENING + timedelta(days=1))
    TicketFactory(session=session)
    TicketFactory(session=session, used_at=NOW)
    TicketFactory(session=session, cancelled_at=NOW)
    HeldTicketFactory(session=session, held_until=NOW + timedelta(minutes=1))
    HeldTicketFactory(session=session, held_until=NOW - timedelta(minutes=1))
    empty = RoomFactory(number=2)
    ask("GET", "auth/me", manager)
    with django_assert_num_queries(4):
        answer = ask("GET", "rooms/timeline?date=2026-10-05", manager)
    begin, end = datetime(2026, 10, 5, tzinfo=UTC), datetime(2026, 10, 6, tzinfo=UTC)
    assert answer.status_code == 200
    film = {"id": session.movie.pk, "title": "Heat"}
    no_tickets = {"sold": 0, "held": 0, "checked_in": 0}

    def on_timeline(each, timeslot, **values):
        times = {name: z(getattr(each, name)) for name in ("starts_at", "ends_at", "room_free_at")}
        return {"id": each.pk, "movie": film, **times, "timeslot": timeslot, "published": True, **no_tickets, **values}

    def gap(starts_at, ends_at, minutes):
        return {"starts_at": z(starts_at), "ends_at": z(ends_at), "minutes": minutes}

    assert answer.json() == {
        "date": "2026-10-05",
        "starts_at": z(begin),
        "ends_at": z(end),
        "rooms": [
            {
                "id": room.pk,
                "number": 1,
                "name": "Balcony",
                "turnaround_minutes": 15,
                "seats_total": 10,
                "sessions": [
                    on_timeline(night, "23:15-01:15"),
                    on_timeline(afternoon, "17:15-20:00", published=False),
                    on_timeline(session, "20:15-22:15", sold=2, held=1, checked_in=1),
                ],
                "gaps": [
                    gap(night.room_free_at, afternoon.starts_at, 945),
                    gap(session.room_free_at, end, 90),
                ],
            },
            {
                "id": empty.pk,
                "number": 2,
                "name": "",
                "turnaround_minutes": 15,
                "seats_total": 10,
                "sessions": [],
                "gaps": [gap(begin, end, 1440)],
            },
        ],
    }


def test_today_by_default_and_days_of_25_hours(ask, manager, room, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    assert ask("GET", "rooms/timeline", manager).json()["date"] == "2026-10-01"
    day = ask("GET", "rooms/timeline?date=2026-10-25", manager).json()
    assert (day["starts_at"], day["ends_at"]) == ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")
    assert day["rooms"][0]["gaps"][0]["minutes"] == 25 * 60
    with time_machine.travel(datetime(2026, 10, 1, 22, tzinfo=UTC), tick=False):
        assert ask("GET", "rooms/timeline", manager).json()["date"] == "2026-10-02"


def test_a_session_that_occupies_the_room_all_day(ask, manager, heat, room):
    start = datetime(2026, 10, 4, 23, 50, tzinfo=UTC)
    session = SessionFactory(movie=heat, room=room, starts_at=start, ends_at=start + timedelta(hours=24))
    for day, gaps in (("2026-10-05", 0), ("2026-10-06", 1), ("2026-10-04", 1)):
        [shown] = ask("GET", f"rooms/timeline?date={day}", manager).json()["rooms"]
        assert (shown["sessions"][0]["id"], len(shown["gaps"])) == (session.pk, gaps)
    assert ask("GET", "rooms/timeline?date=2026-10-07", manager).json()["rooms"][0]["sessions"] == []


def test_invalid_days(ask, manager, refusal):
    for wrong in ("2026-02-30", "x", "0000-00-00", "9999-12-31", "5.10.2026", "%00"):
        status, _, errors = refusal(ask("GET", f"rooms/timeline?date={wrong}", manager))
        assert (status, list(errors)) == (400, ["date"])
    assert refusal(ask("GET", "rooms/timeline?day=2026-10-05&page=1", manager))[2].keys() == {"day", "page"}
    assert ask("GET", "rooms/timeline?date=", manager).json()["date"] == f"{timezone.now():%Y-%m-%d}"


@pytest.mark.parametrize("number", [1, 3])
def test_constant_number_of_queries_of_the_timeline(ask, manager, number, django_assert_num_queries):
    for _ in range(number):
        TicketFactory(session=SessionFactory(starts_at=EVENING))
    ask("GET", "auth/me", manager)
    with django_assert_num_queries(4):
        day = ask("GET", "rooms/timeline?date=2026-10-05", manager).json()
    assert [room["sessions"][0]["sold"] for room in day["rooms"]] == [1] * number


@pytest.mark.parametrize(("method", "path"), [("POST", "movie-sessions/copy"), ("GET", "rooms/timeline")])
def test_managers_only(ask, customer, refusal, method, path):
    body = TO_NEXT_WEEK if method == "POST" else None
    assert refusal(ask(method, path, None, body))[:2] == (401, "not_authenticated")
    assert refusal(ask(method, path, customer, body))[:2] == (403, "permission_denied")
