"""API of the viewing history."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.sign_in import tokens
from accounts.tests.factories import UserFactory
from movies.models import Viewing
from movies.tests.api.answers import read_errors
from movies.tests.factories import MovieFactory, ViewingFactory

pytestmark = pytest.mark.django_db

HISTORY = "/api/v1/history"
SEEN = datetime(2026, 1, 2, 20, 15, tzinfo=UTC)


@pytest.fixture
def heat():
    return MovieFactory(title="Heat", year=1995, poster_key="ab12")


@pytest.fixture
def ask(ana):
    """Return a function that sends a request of Ana."""
    client = Client(headers={"Authorization": f"Bearer {tokens.open_sign_in(ana).access}"})

    def send(method, path="", body=None):
        content = "" if body is None else json.dumps(body)
        return client.generic(method, f"{HISTORY}{path}", content, "application/json")

    return send


def viewing_json(viewing):
    movie = viewing.movie
    poster = {width: f"/media/posters/ab12/{width}.jpg" for width in ("w185", "w342", "w780")}
    return {
        "id": viewing.pk,
        "movie": {
            "id": movie.pk,
            "title": movie.title,
            "year": movie.year,
            "poster": poster if movie.poster_key else None,
        },
        "watched_at": viewing.watched_at.isoformat().replace("+00:00", "Z"),
        "source": viewing.source,
    }


def test_a_viewing_is_added_read_and_removed(ask, ana, heat):
    response = ask("POST", "", {"movie_id": heat.pk, "watched_at": "2026-01-02T21:15:00+01:00"})
    viewing = Viewing.objects.get()
    assert (response.status_code, response["Location"]) == (201, f"{HISTORY}/{viewing.pk}")
    assert response.json() == viewing_json(viewing)
    assert (viewing.user, viewing.movie, viewing.watched_at, viewing.source) == (ana, heat, SEEN, "by_hand")
    assert ask("GET", f"/{viewing.pk}").json() == viewing_json(viewing)
    assert ask("DELETE", f"/{viewing.pk}").status_code == 204
    assert ask("DELETE", f"/{viewing.pk}").status_code == 404


@pytest.mark.parametrize(
    ("value", "zone", "stored"),
    [
        ("2026-01-02", "UTC", datetime(2026, 1, 2, 12, tzinfo=UTC)),
        ("2026-07-02", "Europe/Berlin", datetime(2026, 7, 2, 10, tzinfo=UTC)),
        ("2026-01-02T20:15:00Z", "Europe/Berlin", SEEN),
        ("2026-01-02T21:15:00", "Europe/Berlin", SEEN),
        ("1895-12-28", "UTC", datetime(1895, 12, 28, 12, tzinfo=UTC)),
    ],
)
def test_a_date_means_noon_in_the_cinemas_time_zone(ask, heat, settings, value, zone, stored):
    settings.TIME_ZONE = zone
    assert ask("POST", "", {"movie_id": heat.pk, "watched_at": value}).status_code == 201
    assert Viewing.objects.get().watched_at == stored


def test_the_default_time_is_now(ask, heat):
    before = timezone.now()
    ask("POST", "", {"movie_id": heat.pk})
    assert before <= Viewing.objects.get().watched_at <= timezone.now()


WRONG = "Send a date (2026-03-01) or a date and time (2026-03-01T20:15:00Z)."


@pytest.mark.parametrize("value", ["", "yesterday", "2026-02-30", "2026-13-01T00:00:00Z", 5, True, [], {}, "9" * 50])
def test_invalid_times_are_refused(ask, heat, value):
    response = ask("POST", "", {"movie_id": heat.pk, "watched_at": value})
    assert read_errors(response) == (400, "validation_failed", [("watched_at", WRONG)])
    assert not Viewing.objects.exists()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("1894-12-31", "There were no films to see before 1895."),
        ("0001-01-01", "There were no films to see before 1895."),
        ("9999-12-31", "This is in the future."),
        ("2200-01-01T00:00:00Z", "This is in the future."),
        (None, "This field may not be null."),
    ],
)
def test_times_before_cinema_and_after_tomorrow_are_refused(ask, heat, value, message):
    response = ask("POST", "", {"movie_id": heat.pk, "watched_at": value})
    assert read_errors(response) == (400, "validation_failed", [("watched_at", message)])


def test_a_date_further_east_may_be_tomorrow(ask, heat):
    for hours, status in ((23, 201), (25, 400)):
        ahead = (timezone.now() + timedelta(hours=hours)).isoformat()
        assert ask("POST", "", {"movie_id": heat.pk, "watched_at": ahead}).status_code == status


def test_missing_and_private_films_have_the_same_error(ask):
    private = MovieFactory(owner=UserFactory(), tmdb_id=None)
    for pk in (private.pk, private.pk + 1000, 10**30):
        response = ask("POST", "", {"movie_id": pk})
        assert read_errors(response) == (400, "validation_failed", [("movie_id", "There is no such film.")])


def test_unknown_fields_are_named(ask, heat):
    response = ask("POST", "", {"movie_id": heat.pk, "source": "ticket"})
    assert read_errors(response) == (400, "validation_failed", [("source", "Unknown field.")])
    assert not Viewing.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_time_twice_is_a_conflict(ask, heat):
    body = {"movie_id": heat.pk, "watched_at": "2026-01-02"}
    assert ask("POST", "", body).status_code == 201
    message = "This is in your history already."
    assert read_errors(ask("POST", "", body)) == (409, "duplicate", [("watched_at", message)])
    assert Viewing.objects.count() == 1


def test_a_viewing_with_a_ticket_cannot_be_deleted(ask, ana):
    viewing = ViewingFactory(user=ana, source=Viewing.Source.TICKET)
    assert read_errors(ask("DELETE", f"/{viewing.pk}")) == (409, "conflict", [])
    assert Viewing.objects.exists()


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_viewings_of_others_are_not_found(ask, method):
    viewing = ViewingFactory()
    assert ask(method, f"/{viewing.pk}").status_code == 404
    assert Viewing.objects.exists()


def test_the_list_has_own_viewings_latest_first(ask, ana, heat):
    old = ViewingFactory(user=ana, movie=heat, watched_at=SEEN)
    new = ViewingFactory(user=ana, watched_at=SEEN + timedelta(days=1), source="ticket", movie__poster_key="ab12")
    ViewingFactory()
    assert ask("GET").json() == {
        "items": [viewing_json(new), viewing_json(old)],
        "meta": {"page": 1, "limit": 20, "total": 2, "total_pages": 1, "total_is_exact": True, "next_cursor": None},
    }
    assert [item["id"] for item in ask("GET", "?ordering=watched_at").json()["items"]] == [old.pk, new.pk]
    assert ask("GET", f"?movie_id={heat.pk}&fields=id").json()["items"] == [{"id": old.pk}]
    assert read_errors(ask("GET", "?movie_id=x"))[2][0][0] == "movie_id"


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_do_not_grow(ask, ana, count, django_assert_num_queries):
    viewings = [ViewingFactory(user=ana) for _ in range(count)]
    with django_assert_num_queries(2):  # who asks, which
        ask("GET")
    with django_assert_num_queries(2):
        ask("GET", f"/{viewings[0].pk}")
    movie = MovieFactory()
    with django_assert_num_queries(3):
        ask("POST", "", {"movie_id": movie.pk})
