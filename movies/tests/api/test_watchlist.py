"""API of the watchlist."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from accounts.sign_in import tokens
from accounts.tests.factories import ManagerFactory
from movies.models import WatchlistItem
from movies.tests.api.catalogue import read_errors
from movies.tests.at_once import at_once
from movies.tests.factories import GenreFactory, MovieFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db

WATCHLIST = "/api/v1/watchlist"
ADDED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def ask(ana):
    """Return a function that sends a request of Ana with an access token."""
    access = tokens.open_sign_in(ana).access

    def send(method, path="", body=None, **options):
        options.setdefault("headers", {"Authorization": f"Bearer {access}"})
        kind = {} if method == "get" else {"content_type": "application/json"}
        return getattr(Client(), method)(f"{WATCHLIST}{path}", "" if kind and body is None else body, **kind, **options)

    return send


def item_json(item):
    movie = item.movie
    return {
        "id": item.pk,
        "movie": {
            "id": movie.pk,
            "title": movie.title,
            "original_title": "",
            "year": 1999,
            "release_date": None,
            "runtime": 100,
            "genres": [{"id": genre.pk, "name": genre.name} for genre in movie.genres.all()],
            "certification": "",
            "age_restriction": None,
            "popularity": 0.0,
            "average_rating": None,
            "ratings_count": 0,
            "vote_average": None,
            "poster": None,
            "now_showing": False,
            "regional_release": None,
        },
        "is_favorite": item.is_favorite,
        "added_at": item.added_at.isoformat().replace("+00:00", "Z"),
    }


def titles(response):
    assert response.status_code == 200, response.json()
    return [item["movie"]["title"] for item in response.json()["items"]]


def test_the_list_has_own_items(ask, ana):
    item = WatchlistItemFactory(user=ana, movie=MovieFactory(genres=[GenreFactory()]), added_at=ADDED)
    WatchlistItemFactory()
    assert ask("get").json() == {
        "items": [item_json(item)],
        "meta": {"page": 1, "limit": 20, "total": 1, "total_pages": 1, "total_is_exact": True, "next_cursor": None},
    }


def test_one_item(ask, ana):
    item = WatchlistItemFactory(user=ana, added_at=ADDED, is_favorite=True)
    assert ask("get", f"/{item.pk}").json() == item_json(item)
    assert ask("get", f"/{item.pk}?fields=id,is_favorite").json() == {"id": item.pk, "is_favorite": True}


@pytest.mark.parametrize(("sent", "is_favorite"), [({}, False), ({"is_favorite": True}, True)])
def test_a_film_is_added(ask, ana, sent, is_favorite):
    movie = MovieFactory(genres=[GenreFactory()])
    response = ask("post", "", {"movie_id": movie.pk, **sent})
    item = WatchlistItem.objects.get()
    assert (response.status_code, response.headers["Location"]) == (201, f"{WATCHLIST}/{item.pk}")
    assert (item.user, item.movie, item.is_favorite) == (ana, movie, is_favorite)
    assert response.json() == item_json(item)
    assert ask("get", f"/{item.pk}").json() == response.json()


def test_a_film_is_added_once(ask, ana):
    item = WatchlistItemFactory(user=ana)
    response = ask("post", "", {"movie_id": item.movie_id})
    assert response.json()["code"] == "duplicate"
    assert read_errors(response) == (409, [("movie_id", "This film is on your watchlist already.")])
    assert WatchlistItem.objects.count() == 1


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ({}, [("movie_id", "This field is required.")]),
        ({"movie_id": None}, [("movie_id", "This field may not be null.")]),
        ({"movie_id": "one"}, [("movie_id", "Send the id of a film, a whole number.")]),
        ({"movie_id": "\0"}, [("movie_id", "Holds a character that cannot be stored.")]),
        ({"movie_id": True}, [("movie_id", "Send the id of a film, a whole number.")]),
        ({"movie_id": [1]}, [("movie_id", "Send the id of a film, a whole number.")]),
        ({"movie_id": 0}, [("movie_id", "There is no such film.")]),
        ({"movie_id": -1}, [("movie_id", "There is no such film.")]),
        ({"movie_id": 10**30}, [("movie_id", "There is no such film.")]),
        ({"is_favorite": "yes", "movie_id": 0}, [
            ("movie_id", "There is no such film."), ("is_favorite", "Must be a valid boolean.")
        ]),
        ({"is_favorite": None, "movie_id": 0, "movie": 1}, [
            ("movie_id", "There is no such film."),
            ("is_favorite", "This field may not be null."),
            ("movie", "Unknown field."),
        ]),
    ],
)  # fmt: skip
def test_what_is_refused(ask, sent, errors):
    assert read_errors(ask("post", "", sent)) == (400, errors)
    assert not WatchlistItem.objects.exists()


def test_only_visible_films_can_be_added(ask, ana):
    own = MovieFactory(owner=ana, tmdb_id=None)
    somebody_elses = MovieFactory(owner=ManagerFactory(), tmdb_id=None)
    assert ask("post", "", {"movie_id": own.pk}).status_code == 201
    response = ask("post", "", {"movie_id": somebody_elses.pk})
    assert read_errors(response) == (400, [("movie_id", "There is no such film.")])


def test_favourites_filter(ask, ana):
    for n, is_favorite in enumerate([True, False, True]):
        WatchlistItemFactory(user=ana, movie__title=f"F{n}", is_favorite=is_favorite, added_at=ADDED + timedelta(n))
    assert titles(ask("get", "?favorite=true")) == ["F2", "F0"]
    assert titles(ask("get", "?favorite=false")) == ["F1"]
    assert titles(ask("get")) == ["F2", "F1", "F0"]


@pytest.mark.parametrize(
    ("query", "field"),
    [("favorite=yes", "favorite"), ("favourite=true", "favourite"), ("ordering=year", "ordering"), ("page=0", "page"),
     ("fields=movie,x", "fields")],
)  # fmt: skip
def test_unknown_parameters_of_the_list(ask, query, field):
    status, errors = read_errors(ask("get", f"?{query}"))
    assert (status, [name for name, _ in errors]) == (400, [field])


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("added_at", ["Zoo", "Ämter", "Alien"]),
        ("-added_at", ["Alien", "Ämter", "Zoo"]),
        ("title", ["Alien", "Ämter", "Zoo"]),
        ("-title", ["Zoo", "Ämter", "Alien"]),
    ],
)
def test_orderings_by_page_and_by_cursor(ask, ana, ordering, expected):
    for n, title in enumerate(["Zoo", "Ämter", "Alien"]):
        WatchlistItemFactory(user=ana, movie__title=title, added_at=ADDED + timedelta(n))
    assert titles(ask("get", f"?ordering={ordering}")) == expected
    first = ask("get", f"?ordering={ordering}&limit=1")
    second = ask("get", "", {"ordering": ordering, "limit": 1, "cursor": first.json()["meta"]["next_cursor"]})
    third = ask("get", "", {"ordering": ordering, "limit": 1, "cursor": second.json()["meta"]["next_cursor"]})
    assert titles(first) + titles(second) + titles(third) == expected
    assert third.json()["meta"]["next_cursor"] is None


def test_a_favourite_is_marked(ask, ana):
    item = WatchlistItemFactory(user=ana, added_at=ADDED)
    response = ask("patch", f"/{item.pk}", {"is_favorite": True})
    assert (response.status_code, response.json()) == (200, item_json(item) | {"is_favorite": True})
    assert WatchlistItem.objects.get().is_favorite
    assert ask("patch", f"/{item.pk}", {}).json()["is_favorite"] is True
    assert ask("patch", f"/{item.pk}", {"is_favorite": False}).json()["is_favorite"] is False


def test_nothing_else_can_be_changed(ask, ana):
    item = WatchlistItemFactory(user=ana, added_at=ADDED)
    response = ask("patch", f"/{item.pk}", {"added_at": "2020-01-01T00:00:00Z", "is_favorite": True})
    assert read_errors(response) == (400, [("added_at", "Unknown field.")])
    assert read_errors(ask("patch", f"/{item.pk}", [])) == (
        400,
        [("body", "Invalid data. Expected a dictionary, but got list.")],
    )
    item.refresh_from_db()
    assert (item.added_at, item.is_favorite) == (ADDED, False)


def test_the_favourite_mark_is_toggled(ask, ana):
    item = WatchlistItemFactory(user=ana, added_at=ADDED)
    first = ask("patch", f"/{item.pk}/favorite")
    assert (first.status_code, first.json()) == (200, item_json(item) | {"is_favorite": True})
    assert ask("patch", f"/{item.pk}/favorite", {}).json() == item_json(item)
    assert read_errors(ask("patch", f"/{item.pk}/favorite", {"is_favorite": True})) == (
        400,
        [("is_favorite", "Unknown field.")],
    )
    item.refresh_from_db()
    assert item.is_favorite is False


def test_an_item_is_removed(ask, ana):
    item = WatchlistItemFactory(user=ana)
    response = ask("delete", f"/{item.pk}")
    assert (response.status_code, response.content) == (204, b"")
    assert ask("delete", f"/{item.pk}").status_code == 404
    assert not WatchlistItem.objects.exists()


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "/{}"), ("patch", "/{}"), ("delete", "/{}"), ("patch", "/{}/favorite"), ("get", "/{}9999999999999999999")],
)
def test_items_of_others_are_not_found(ask, method, path):
    item = WatchlistItemFactory()
    assert read_errors(ask(method, path.format(item.pk), {})) == (404, [])
    item.refresh_from_db()
    assert item.is_favorite is False


@pytest.mark.parametrize(
    ("method", "path", "body"), [("patch", "/{}", {"is_favorite": True}), ("patch", "/{}/favorite", None)]
)
def test_an_item_removed_at_the_same_moment(ask, ana, monkeypatch, method, path, body):
    item = WatchlistItemFactory(user=ana)
    from movies.api.views import watchlist as views

    found = views.WatchlistViewSet.get_object

    def found_and_lost(view):
        item = found(view)
        WatchlistItem.objects.all().delete()
        return item

    monkeypatch.setattr(views.WatchlistViewSet, "get_object", found_and_lost)
    assert ask(method, path.format(item.pk), body).status_code == 404


def test_the_watchlist_needs_a_sign_in(ask):
    assert read_errors(ask("get", headers={})) == (401, [])


@pytest.mark.parametrize("films", [1, 3])
def test_number_of_queries_of_the_list(ask, ana, films, django_assert_num_queries):
    for _ in range(films):
        WatchlistItemFactory(user=ana, movie__genres=[GenreFactory()])
    ask("get")
    # Session and user, the count, the items with their films, their genres.
    with django_assert_num_queries(3):
        assert len(ask("get").json()["items"]) == films


@pytest.mark.django_db(transaction=True)
def test_added_ten_times_at_once(ask, ana):
    movie = MovieFactory()
    answers = at_once([lambda: ask("post", "", {"movie_id": movie.pk}).status_code] * 10)
    assert sorted(answers) == [201] + [409] * 9
    assert WatchlistItem.objects.count() == 1
    assert connection.in_atomic_block is False
