"""Changing, moving and deleting sessions over the API, and permissions to write."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from cinema.models import MovieSession, Ticket
from cinema.tests.api.shapes import session_json
from cinema.tests.factories import RoomFactory, SessionFactory, TicketFactory
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


@pytest.fixture
def session(film, room):
    return SessionFactory(movie=film, room=room, starts_at=EVENING, ends_at=EVENING + 2 * HOUR)


@pytest.fixture
def patch(ask, manager, session):
    return lambda **changes: ask("PATCH", f"movie-sessions/{session.pk}", manager, changes)


def test_sending_back_an_answer_changes_nothing(ask, patch, session):
    before = ask("GET", f"movie-sessions/{session.pk}").json()
    answer = patch(**before)
    assert (answer.status_code, answer.json()) == (200, before)
    session.refresh_from_db()
    assert session.revision == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"starts_at": "2087-03-04T19:00:00Z"}, ("2087-03-04T19:00:00Z", "2087-03-04T21:00:00Z")),
        ({"ends_at": "2087-03-04T19:00:00Z"}, ("2087-03-04T18:00:00Z", "2087-03-04T19:00:00Z")),
        ({"ends_at": None}, ("2087-03-04T18:00:00Z", "2087-03-04T20:00:00Z")),
        ({"date": "2087-03-05"}, ("2087-03-05T18:00:00Z", "2087-03-05T20:00:00Z")),
        ({"timeslot": "20:00-21:00"}, ("2087-03-04T20:00:00Z", "2087-03-04T21:00:00Z")),
        ({"date": "2087-03-05", "timeslot": "23:00-01:00"}, ("2087-03-05T23:00:00Z", "2087-03-06T01:00:00Z")),
    ],
    ids=range(6),
)
def test_moving_a_session(patch, session, changes, expected):
    TicketFactory(session=session)
    answer = patch(**changes)
    assert (answer.status_code, times(answer.json())) == (200, expected)
    session.refresh_from_db()
    assert answer.json() == session_json(session, seats_free=9)


def test_moving_to_another_room_as_a_draft(patch, session):
    hall = RoomFactory(plan__rows=3)
    answer = patch(room_number=hall.number, published=False).json()
    session.refresh_from_db()
    assert (session.room, session.published) == (hall, False)
    assert answer == session_json(session, seats_total=15, seats_free=15)


def test_refused_changes(ask, patch, session, manager, customer, refusal):
    assert refusal(patch(starts_at="2020-01-01T00:00Z"))[2] == {"starts_at": "This is in the past."}
    assert refusal(patch(date="2087-03-09", starts_at="2087-03-10T10:00Z"))[2] == {
        "date": "Send starts_at and ends_at, or date and timeslot: these contradict each other."
    }
    assert list(refusal(patch(seats=5))[2]) == ["seats"]
    TicketFactory(session=session)
    assert refusal(patch(published=False))[:2] == (409, "has_tickets")
    small = RoomFactory(plan__rows=0)
    assert refusal(patch(room=small.pk))[:2] == (409, "seats_lost")
    assert refusal(ask("PATCH", f"movie-sessions/{session.pk + 1}", manager, {}))[:2] == (404, "not_found")
    MovieSession.objects.update(cancelled_at=timezone.now())
    assert refusal(patch(published=True))[:2] == (409, "session_started")


def test_deleting_or_cancelling_a_session(ask, manager, session, refusal):
    ticket = TicketFactory(session=session)
    address = f"movie-sessions/{session.pk}"
    assert refusal(ask("DELETE", address, manager))[:2] == (409, "has_tickets")
    assert refusal(ask("DELETE", address, manager, {"cancel_tickets": "perhaps"}))[0] == 400
    assert refusal(ask("DELETE", address, manager, {"cancel": True}))[2] == {"cancel": "Unknown field."}
    answer = ask("DELETE", address, manager, {"cancel_tickets": True})
    assert (answer.status_code, answer.content) == (204, b"")
    ticket.refresh_from_db()
    assert ticket.cancelled_by == manager
    assert ask("GET", address).json() == ask("GET", address, manager).json()
    assert ask("GET", address).json()["cancelled_at"]
    assert refusal(ask("DELETE", address, manager))[:2] == (409, "session_started")
    other = SessionFactory()
    assert ask("DELETE", f"movie-sessions/{other.pk}", manager).status_code == 204
    assert refusal(ask("DELETE", f"movie-sessions/{other.pk}", manager))[:2] == (404, "not_found")


def test_deleting_many(ask, manager, session, refusal):
    other, sold = SessionFactory(), TicketFactory().session
    address = "movie-sessions/bulk"
    status, code, errors = refusal(ask("DELETE", address, manager, {"ids": [session.pk, sold.pk]}))
    assert (status, code, list(errors)) == (409, "has_tickets", ["ids.1"])
    assert list(refusal(ask("DELETE", address, manager, {"ids": [session.pk, 10**12]}))[2]) == ["ids.1"]
    answer = ask("DELETE", address, manager, {"ids": [session.pk, sold.pk, sold.pk], "cancel_tickets": True})
    assert (answer.status_code, answer.json()) == (200, {"deleted": 2})
    assert set(MovieSession.objects.all()) == {other, sold}
    assert not Ticket.objects.filter(cancelled_at=None).exists()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["ids"]),
        ({"ids": []}, ["ids"]),
        ({"ids": [1] * 501}, ["ids"]),
        ({"ids": ["1", True, 0, 2**63]}, ["ids.0", "ids.1", "ids.2", "ids.3"]),
        ({"ids": 5}, ["ids"]),
        ({"ids": [1], "all": True}, ["all"]),
        ([1], ["body"]),
    ],
    ids=range(7),
)
def test_invalid_lists_of_ids(ask, manager, refusal, body, fields):
    status, code, errors = refusal(ask("DELETE", "movie-sessions/bulk", manager, body))
    assert (status, code, sorted(errors)) == (400, "validation_failed", fields)


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_only_managers_write(ask, customer, session, method, refusal):
    address = f"movies/{session.movie_id}/sessions" if method == "POST" else f"movie-sessions/{session.pk}"
    assert refusal(ask(method, address, None, {}))[:2] == (401, "not_authenticated")
    assert refusal(ask(method, address, customer, {}))[:2] == (403, "permission_denied")
    bulk = "movie-sessions/bulk" if method == "DELETE" else f"movies/{session.movie_id}/sessions/bulk"
    if method != "PATCH":
        assert refusal(ask(method, bulk, customer, {}))[:2] == (403, "permission_denied")
