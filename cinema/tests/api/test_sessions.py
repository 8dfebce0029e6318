"""Reading the programme over the API."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from cinema.core.local_time import day_bounds
from cinema.tests.api.shapes import page_of, session_json
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory
from movies.providers.merging import merge_films
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
EVENING = datetime(2087, 3, 4, 18, 0, tzinfo=UTC)


def ids(response):
    assert response.status_code == 200, response.content
    return [session["id"] for session in response.json()["items"]]


def test_reading_a_session(ask, settings):
    settings.TIME_ZONE = "America/New_York"
    session = SessionFactory(
        movie=MovieFactory(title="Alien"),
        room=RoomFactory(name="Blue Room", plan__rows=3, plan__seats_per_row=4),
        starts_at=datetime(2087, 3, 5, 3, 30, tzinfo=UTC),
        ends_at=datetime(2087, 3, 5, 5, 40, tzinfo=UTC),
    )
    TicketFactory(session=session)
    HeldTicketFactory(session=session)
    expected = {
        "id": session.pk,
        "movie": {"id": session.movie_id, "title": "Alien"},
        "room": {"id": session.room_id, "number": session.room.number, "name": "Blue Room"},
        "room_number": session.room.number,
        "starts_at": "2087-03-05T03:30:00Z",
        "ends_at": "2087-03-05T05:40:00Z",
        "date": "2087-03-04",
        "timeslot": "22:30-00:40",
        "seats_total": 12,
        "seats_free": 10,
        "wheelchair_places_free": 0,
        "companion_seats_free": 0,
        "published": True,
        "cancelled_at": None,
    }
    film = f"movies/{session.movie_id}/sessions"
    assert ask("GET", f"movie-sessions/{session.pk}").json() == expected
    assert ask("GET", f"{film}/{session.pk}").json() == expected
    for address in ("movie-sessions", film):
        assert ask("GET", address).json() == page_of(expected)


def test_sparse_fields(ask):
    session = SessionFactory()
    fields = "fields=id,seats_free"
    expected = {"id": session.pk, "seats_free": 10}
    assert ask("GET", f"movie-sessions/{session.pk}?{fields}").json() == expected
    assert ask("GET", f"movie-sessions?{fields}").json()["items"] == [expected]


def test_only_managers_list_drafts_and_cancelled_sessions(ask, customer, manager):
    public = SessionFactory(starts_at=EVENING)
    draft = SessionFactory(published=False, starts_at=EVENING + HOUR, movie=public.movie)
    cancelled = SessionFactory(cancelled_at=timezone.now(), starts_at=EVENING + 2 * HOUR, movie=public.movie)
    film = f"movies/{public.movie_id}/sessions"
    for user in (None, customer):
        for address in ("movie-sessions", film):
            assert ids(ask("GET", address, user)) == [public.pk]
            assert ids(ask("GET", f"{address}?published=false", user)) == []
            assert ids(ask("GET", f"{address}?cancelled=true", user)) == []
            assert ask("GET", f"{address}/{draft.pk}", user).status_code == 404
            assert ask("GET", f"{address}/{cancelled.pk}", user).json() == session_json(cancelled)
        assert ask("GET", f"movie-sessions/{draft.pk}/seats", user).status_code == 404
        assert ask("GET", f"movie-sessions/{cancelled.pk}/seats", user).json()["session"] == session_json(cancelled)
    for address in ("movie-sessions", film):
        assert ids(ask("GET", address, manager)) == [public.pk, draft.pk]
        assert ids(ask("GET", f"{address}?published=false", manager)) == [draft.pk]
        assert ids(ask("GET", f"{address}?cancelled=true", manager)) == [cancelled.pk]
        assert ask("GET", f"{address}/{cancelled.pk}", manager).json() == session_json(cancelled)


def test_past_sessions_are_listed_only_by_time(ask):
    now = timezone.now().replace(microsecond=0)
    over, running = SessionFactory(starts_at=now - 50 * HOUR), SessionFactory(starts_at=now - HOUR)
    soon, later = SessionFactory(starts_at=now + HOUR), SessionFactory(starts_at=now + 99 * HOUR)

    def listed_ids(**parameters):
        return ids(ask("GET", "movie-sessions?" + "&".join(f"{name}={value}" for name, value in parameters.items())))

    def iso(moment):
        return quote(moment.isoformat())

    assert listed_ids() == [running.pk, soon.pk, later.pk]
    assert listed_ids(ordering="-starts_at") == [later.pk, soon.pk, running.pk]
    assert listed_ids(**{"from": iso(over.starts_at)}) == [over.pk, running.pk, soon.pk, later.pk]
    assert listed_ids(**{"from": iso(running.starts_at), "to": iso(later.starts_at)}) == [running.pk, soon.pk]
    assert listed_ids(to=f"{now - 2 * HOUR:%Y-%m-%dT%H:%M:%SZ}") == [over.pk]
    for address in ("movie-sessions", f"movies/{over.movie_id}/sessions"):
        assert ask("GET", f"{address}/{over.pk}").json() == session_json(over)
    assert ask("GET", f"movie-sessions/{over.pk}/seats").status_code == 200
    # An unescaped plus sign is accepted.
    assert listed_ids(to=(now - 2 * HOUR).isoformat()) == [over.pk]
    assert listed_ids(movie=soon.movie_id) == [soon.pk]
    assert listed_ids(room=later.room_id) == [later.pk]
    assert listed_ids(movie=soon.movie_id, room=later.room_id) == listed_ids(movie=10**30) == []


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2027, 3, 28), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2027, 11, 7), 25),
    ],
)
def test_days_are_in_the_time_zone_of_the_cinema(ask, settings, zone, day, hours):
    settings.TIME_ZONE = zone
    begin, end = day_bounds(day)
    assert end - begin == hours * HOUR
    sessions = [SessionFactory(starts_at=begin + hour * HOUR) for hour in (-1, 0, hours - 1, hours)]
    response = ask("GET", f"movie-sessions?date={day}")
    assert ids(response) == [session.pk for session in sessions[1:3]]
    assert {session["date"] for session in response.json()["items"]} == {day.isoformat()}
    midnight = f"{day}T00:00"
    assert ids(ask("GET", f"movie-sessions?from={midnight}")) == [session.pk for session in sessions[1:]]


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("date=tomorrow", ["date"]),
        ("date=31/12/2026", ["date"]),
        ("date=9999-12-31", ["date"]),
        ("date=0001-01-01", ["date"]),
        ("from=2026-01-01", ["from"]),
        ("from=later&to=9999-99-99T10:00", ["from", "to"]),
        ("from=0001-01-01T00:00:00%2B14:00", ["from"]),
        ("to=2027-03-28T02:30", ["to"]),
        ("movie=x&room=0", ["movie", "room"]),
        ("published=perhaps&cancelled=1", ["cancelled", "published"]),
        ("ordering=title", ["ordering"]),
        ("film=3", ["film"]),
        ("date=2026-12-31&date=2026-12-30", ["date"]),
        ("from=%00", ["from"]),
    ],
)
def test_invalid_parameters_are_named(ask, refusal, settings, query, fields):
    settings.TIME_ZONE = "Europe/Berlin"
    status, code, errors = refusal(ask("GET", f"movie-sessions?{query}"))
    assert (status, code, sorted(errors)) == (400, "validation_failed", fields)


def test_a_film_lists_only_its_sessions(ask, customer, refusal):
    session, other = SessionFactory(), SessionFactory()
    private = MovieFactory(tmdb_id=None, owner=customer)
    assert ids(ask("GET", f"movies/{session.movie_id}/sessions")) == [session.pk]
    assert ask("GET", f"movies/{session.movie_id}/sessions/{other.pk}").status_code == 404
    assert ids(ask("GET", f"movies/{private.pk}/sessions", customer)) == []
    for address in (f"movies/{private.pk}/sessions", f"movies/{10**30}/sessions", f"movie-sessions/{10**30}"):
        assert refusal(ask("GET", address))[:2] == (404, "not_found")
    status, _, errors = refusal(ask("GET", f"movies/{session.movie_id}/sessions?movie=1"))
    assert (status, list(errors)) == (400, ["movie"])


def test_pages_and_cursors_reach_every_session(ask):
    expected = [SessionFactory(starts_at=EVENING + hour * HOUR).pk for hour in range(5)]
    first = ask("GET", "movie-sessions?limit=2")
    assert first.json()["meta"]["total"] == 5
    assert 'rel="next"' in first.headers["Link"]
    assert ids(first) + ids(ask("GET", "movie-sessions?limit=3&page=2")) == [*expected[:2], *expected[3:]]
    found, cursor = ids(first), first.json()["meta"]["next_cursor"]
    while cursor:
        page = ask("GET", f"movie-sessions?limit=2&cursor={cursor}")
        found, cursor = found + ids(page), page.json()["meta"]["next_cursor"]
    assert found == expected


@pytest.mark.parametrize("number", [1, 3])
def test_constant_number_of_queries(ask, django_assert_num_queries, number):
    film = MovieFactory()
    for hour in range(number):
        TicketFactory(session=SessionFactory(movie=film, starts_at=EVENING + hour * HOUR))
    with django_assert_num_queries(1):
        assert len(ids(ask("GET", "movie-sessions"))) == number
    with django_assert_num_queries(2):
        assert len(ids(ask("GET", f"movies/{film.pk}/sessions"))) == number


def test_unchanged_answers_are_304(ask):
    session = SessionFactory()
    for address in ("movie-sessions", f"movies/{session.movie_id}/sessions", f"movie-sessions/{session.pk}"):
        answer = ask("GET", address)
        assert ask("GET", address, **{"If-None-Match": answer.headers["ETag"]}).status_code == 304
    etag = ask("GET", "movie-sessions").headers["ETag"]
    TicketFactory(session=session)
    assert ask("GET", "movie-sessions", **{"If-None-Match": etag}).status_code == 200


def test_the_seat_map_by_user(ask, customer, other, refusal, django_assert_num_queries):
    session = SessionFactory(room=RoomFactory(name="Blue Room", plan__rows=2, plan__seats_per_row=3))
    a1, a2, a3, b1 = session.room.seats.all()[:4]
    session.room.seats.filter(pk=b1.pk).update(kind="wheelchair")
    session.room.seats.filter(row="B", number=2).update(in_use=False)
    ticket = TicketFactory(session=session, user=customer, seat=a1)
    TicketFactory(session=session, user=other, seat=a2)
    HeldTicketFactory(session=session, user=other, seat=a3)
    HeldTicketFactory(session=session, user=customer, seat=b1)
    address = f"movie-sessions/{session.pk}/seats"
    with django_assert_num_queries(2):
        plan = ask("GET", address).json()
    assert plan["session"] == session_json(session, seats_free=1, seats_total=5)  # B1 is held
    assert plan["room"] == {
        "id": session.room_id,
        "number": session.room.number,
        "name": "Blue Room",
        "lines": 2,
        "columns": 3,
    }
    assert plan["seats"][3] == {
        "label": "B1",
        "row": "B",
        "number": 1,
        "kind": "wheelchair",
        "line": 1,
        "column": 0,
        "state": "taken",
        "ticket_id": None,
    }

    def states(user=None):
        return [(seat["label"], seat["state"], seat["ticket_id"]) for seat in ask("GET", address, user).json()["seats"]]

    labels = ["A1", "A2", "A3", "B1", "B3"]
    assert states() == list(zip(labels, ["taken"] * 4 + ["free"], [None] * 5, strict=True))
    seat_states = ["mine", "taken", "held", "yours", "free"]
    assert states(customer) == list(zip(labels, seat_states, [ticket.pk, *[None] * 4], strict=True))
    assert refusal(ask("GET", f"{address}?fields=seats"))[:2] == (400, "validation_failed")
    assert refusal(ask("GET", f"movie-sessions/{session.pk + 1}/seats"))[:2] == (404, "not_found")


def test_the_seat_map_of_a_room_without_seats(ask):
    session = SessionFactory(room=RoomFactory(plan__rows=0))
    plan = ask("GET", f"movie-sessions/{session.pk}/seats").json()
    assert (plan["room"]["lines"], plan["room"]["columns"], plan["seats"]) == (0, 0, [])


def test_head_and_wrong_methods(refusal):
    session = SessionFactory()
    client = Client()
    assert client.head("/api/v1/movie-sessions").status_code == 200
    assert refusal(client.post("/api/v1/movie-sessions"))[0] in (401, 405)
    assert client.put(f"/api/v1/movie-sessions/{session.pk}").status_code in (401, 405)


def test_the_id_of_a_row_that_was_merged_into_the_film(ask, manager):
    session, row = SessionFactory(), MovieFactory()
    with transaction.atomic():
        merge_films(session.movie, row)
    for address in (f"movies/{row.pk}/sessions", f"movie-sessions?movie={row.pk}"):
        assert ids(ask("GET", address)) == [session.pk]
    assert ask("GET", f"movies/{row.pk}/sessions/{session.pk}").json() == session_json(session)
    for address, body in ((f"movies/{row.pk}/sessions", {}), (f"movies/{row.pk}/sessions/bulk", [{}])):
        answer = ask("POST", address, manager, body)
        assert (answer.status_code, answer.json()["details"]) == (409, {"movie_id": session.movie_id})
