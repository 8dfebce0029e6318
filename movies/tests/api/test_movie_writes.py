"""POST, PUT, PATCH and DELETE of films."""

from datetime import UTC, date, datetime

import pytest

from accounts.tests.factories import UserFactory
from movies.models import Movie
from movies.tests.factories import GenreFactory, MovieFactory, RatingFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db

CREATED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
WITHOUT_FIGURES = {
    "popularity": 0.0,
    "average_rating": None,
    "ratings_count": 0,
    "vote_average": None,
    "poster": None,
    "now_showing": False,
    "regional_release": None,
    "vote_count": 0,
    "imdb_rating": None,
    "imdb_votes": None,
    "metascore": None,
    "my_rating": None,
    "my_watchlist_item": None,
}


@pytest.fixture
def drama():
    return GenreFactory(name="Drama")


@pytest.fixture
def values(drama):
    """Values of all fields of a film."""
    return {
        "title": "Amélie",
        "original_title": "Le Fabuleux Destin d'Amélie Poulain",
        "original_language": "fr",
        "overview": "A waitress\nin Montmartre.",
        "tagline": "She'll change your life.",
        "release_date": "2001-04-25",
        "year": 2001,
        "runtime": 122,
        "genres": [drama.pk],
        "directors": ["Jean-Pierre Jeunet"],
        "cast": ["Audrey Tautou", "Mathieu Kassovitz"],
        "certification": "R",
        "age_restriction": 17,
        "trailer": "https://example.org/amelie",
        "imdb_id": "tt0211915",
    }


@pytest.fixture
def film(drama):
    """A film of the sync, with values that people may not write."""
    movie = MovieFactory(
        title="Tab\tbed",
        release_date=date(1995, 12, 15),
        year=1996,
        cast=[f"Name {n}" for n in range(250)],
        trailer="a video",
        popularity=5,
        poster_key="ab12",
        genres=[drama],
        locked_fields=["runtime", "cast"],
    )
    Movie.objects.update(created_at=CREATED, updated_at=CREATED)
    return movie


def test_a_manager_adds_a_film_to_the_catalogue(ask, manager, drama, values):
    response = ask("POST", "movies", manager, values | {"tmdb_id": 194})
    movie = Movie.objects.get()
    assert (response.status_code, response["Location"]) == (201, f"/api/v1/movies/{movie.pk}")
    body = response.json()
    times = {"created_at": body["created_at"], "updated_at": body["updated_at"]}
    assert body == values | WITHOUT_FIGURES | times | {
        "id": movie.pk,
        "genres": [{"id": drama.pk, "name": "Drama"}],
        "tmdb_id": 194,
        "is_private": False,
        "locked_fields": sorted(values),
    }
    assert ask("GET", f"movies/{movie.pk}").json() == body


def test_a_customer_adds_a_private_film(ask, customer, drama, values):
    response = ask("POST", "movies", customer, values)
    movie = Movie.objects.get()
    assert response.status_code == 201
    body = response.json()
    assert (movie.owner, body["is_private"], body["locked_fields"], body["tmdb_id"]) == (customer, True, [], None)
    assert ask("GET", response["Location"].removeprefix("/api/v1/"), customer).json() == body


def test_only_the_title_is_required(ask, customer):
    assert ask("POST", "movies", customer, {"title": "X"}).status_code == 201


@pytest.mark.parametrize("who", ["manager", "customer"])
def test_titles_and_names_lose_invisible_signs(request, ask, who):
    film = ask(
        "POST", "movies", request.getfixturevalue(who), {"title": "\u202eHe\u200bat", "cast": ["\u2067Al\u2069"]}
    )
    assert (film.status_code, film.json()["title"], film.json()["cast"]) == (201, "Heat", ["Al"])


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("who", ["manager", "owner"])
def test_a_film_can_be_sent_back_as_it_was_read(ask, manager, film, method, who):
    if who == "owner":
        Movie.objects.update(owner=(user := UserFactory()), tmdb_id=None, locked_fields=[])
    else:
        user = manager
    RatingFactory(movie=film, user=user)
    WatchlistItemFactory(movie=film, user=user)
    Movie.objects.update(updated_at=CREATED)
    read = ask("GET", f"movies/{film.pk}", user).json()
    before = Movie.objects.values().get()
    response = ask(method, f"movies/{film.pk}", user, read)
    assert (response.status_code, response.json()) == (200, read)
    assert Movie.objects.values().get() == before


def test_read_only_fields_change_nothing(ask, manager, film):
    other = {
        "id": 99,
        "popularity": 99,
        "average_rating": "ten",
        "poster": {"w185": "https://example.org/x.jpg"},
        "my_rating": {"rating": 10},
        "is_private": True,
        "created_at": None,
    }
    before = Movie.objects.values().get()
    assert ask("PATCH", f"movies/{film.pk}", manager, other).status_code == 200
    assert Movie.objects.values().get() == before


def test_changed_fields_are_locked(ask, manager, film):
    body = ask("PATCH", f"movies/{film.pk}", manager, {"tagline": " New ", "certification": ""}).json()
    assert (body["tagline"], body["title"], body["locked_fields"]) == (
        "New",
        "Tab\tbed",
        ["cast", "runtime", "tagline"],
    )
    assert body["updated_at"] > "2026-01-02T03:04:05Z"


def test_genres_can_be_sent_as_ids_or_objects(ask, manager, film, drama):
    comedy = GenreFactory(name="Comedy")
    both = [{"id": comedy.pk, "name": "Comedy"}, {"id": drama.pk, "name": "Drama"}]
    for sent in ([comedy.pk, drama.pk], both, [comedy.pk, both[1]], [{"id": comedy.pk}, drama.pk, drama.pk]):
        film.genres.clear()
        assert ask("PATCH", f"movies/{film.pk}", manager, {"genres": sent}).json()["genres"] == both


def test_a_film_is_replaced(ask, manager, film):
    body = ask("PUT", f"movies/{film.pk}", manager, {"title": "Heat", "tmdb_id": film.tmdb_id}).json()
    emptied = ("year", "release_date", "runtime", "cast", "genres", "trailer")
    assert [body[name] for name in emptied] == [None, None, None, [], [], ""]
    assert body["locked_fields"] == ["cast", "genres", "release_date", "runtime", "title", "trailer", "year"]
    assert body["popularity"] == 5


def test_fields_are_unlocked_by_name(ask, manager, film, refusal):
    address = f"movies/{film.pk}"
    assert ask("PATCH", address, manager, {"locked_fields": ["cast"]}).json()["locked_fields"] == ["cast"]
    message = "Names can only be removed here, not added: title."
    for body in ({"locked_fields": ["title"]}, {"locked_fields": ["cast", "title"]}):
        assert refusal(ask("PATCH", address, manager, body)) == (400, "validation_failed", {"locked_fields": message})
    assert ask("PATCH", address, manager, {"locked_fields": []}).json()["locked_fields"] == []


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["title"]),
        ({"title": ""}, ["title"]),
        ({"title": "   "}, ["title"]),
        ({"title": None}, ["title"]),
        ({"title": 5}, ["title"]),
        ({"title": ["X"]}, ["title"]),
        ({"title": "nul\0"}, ["title"]),
        ({"title": "two\nlines"}, ["title"]),
        ({"title": "x" * 501}, ["title"]),
        ({"title": "X", "titel": "Y"}, ["titel"]),
        ({"title": "X", "owner": 1}, ["owner"]),
        ({"title": "X", "poster_key": "ab"}, ["poster_key"]),
        ({"title": "X", "showing_until": None}, ["showing_until"]),
        ({"title": "X", "year": 1869}, ["year"]),
        ({"title": "X", "year": "1999"}, ["year"]),
        ({"title": "X", "year": 1999.5}, ["year"]),
        ({"title": "X", "year": True}, ["year"]),
        ({"title": "X", "year": 10**40}, ["year"]),
        ({"title": "X", "year": 2000, "release_date": "2001-04-25"}, ["year"]),
        ({"title": "X", "runtime": 0}, ["runtime"]),
        ({"title": "X", "age_restriction": 22}, ["age_restriction"]),
        ({"title": "X", "release_date": "25.4.2001"}, ["release_date"]),
        ({"title": "X", "release_date": 2001}, ["release_date"]),
        ({"title": "X", "release_date": "0001-01-01"}, ["release_date"]),
        ({"title": "X", "overview": None}, ["overview"]),
        ({"title": "X", "overview": {}}, ["overview"]),
        ({"title": "X", "directors": "Michael Mann"}, ["directors"]),
        ({"title": "X", "directors": None}, ["directors"]),
        ({"title": "X", "directors": [5]}, ["directors.0"]),
        ({"title": "X", "cast": ["A", ""]}, ["cast"]),
        ({"title": "X", "cast": ["A", None]}, ["cast.1"]),
        ({"title": "X", "trailer": "javascript:alert(1)"}, ["trailer"]),
        ({"title": "X", "imdb_id": "tt1"}, ["imdb_id"]),
        ({"title": "X", "imdb_id": 211915}, ["imdb_id"]),
        ({"title": "X", "tmdb_id": 0}, ["tmdb_id"]),
        ({"title": "X", "genres": 1}, ["genres"]),
        ({"title": "X", "genres": None}, ["genres"]),
        ({"title": "X", "genres": {"id": 1}}, ["genres"]),
        ({"title": "X", "genres": ["drama", True, {}, {"id": None}, 0, 10**30]}, [f"genres.{n}" for n in range(6)]),
        ({"title": "X", "genres": [{"id": 1, "nmae": "Drama"}]}, ["genres.0"]),
        ({"title": "X", "locked_fields": ["title"]}, ["locked_fields"]),
        ({"year": 1, "runtime": "long", "nonsense": 1}, ["nonsense", "runtime", "title"]),
        ([], ["body"]),
        ([{"title": "X"}], ["body"]),
        ("null", ["body"]),
        ('"text"', ["body"]),
        ('{"title": "X", "title": "Y"}', ["body"]),
        ("{", ["body"]),
    ],
)
def test_errors_of_a_body_name_the_field(ask, manager, refusal, body, fields):
    status, code, errors = refusal(ask("POST", "movies", manager, body))
    assert (status, code, sorted(errors)) == (400, "validation_failed", fields)
    assert not Movie.objects.exists()


def test_a_body_can_be_too_large(ask, manager, refusal):
    huge = ask("POST", "movies", manager, {"title": "x" * 10_000_000})
    assert refusal(huge)[:2] == (413, "payload_too_large")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize(("name", "value"), [("imdb_id", "tt0211915"), ("tmdb_id", 194)])
def test_a_duplicate_film_is_a_conflict(ask, manager, film, refusal, method, name, value):
    MovieFactory(**{"tmdb_id": None, name: value})
    address = "movies" if method == "POST" else f"movies/{film.pk}"
    kind = {"imdb_id": "IMDb", "tmdb_id": "TMDB"}[name]
    expected = 409, "duplicate", {name: f"There is a film with this {kind} id already."}
    assert refusal(ask(method, address, manager, {"title": "X", name: value})) == expected


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_customers_cannot_change_the_catalogue(ask, customer, film, refusal, method):
    before = Movie.objects.values().get()
    for user, status in ((None, 401), (customer, 403)):
        assert refusal(ask(method, f"movies/{film.pk}", user, {"title": "Mine"}))[0] == status
    assert Movie.objects.values().get() == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_private_films_of_others_are_not_found(ask, manager, customer, refusal, method):
    mine = MovieFactory(owner=UserFactory(), tmdb_id=None)
    before = Movie.objects.values().get()
    for user in (manager, customer):
        answer = ask(method, f"movies/{mine.pk}", user, {"title": "Theirs"})
        nowhere = ask(method, "movies/999999", user, {"title": "Theirs"})
        assert refusal(answer) == refusal(nowhere) == (404, "not_found", {})
    assert Movie.objects.values().get() == before


def test_adding_a_film_needs_a_sign_in(ask, refusal):
    assert refusal(ask("POST", "movies", None, {"title": "X"}))[:2] == (401, "not_authenticated")


def test_a_film_is_deleted(ask, manager, customer, film, refusal):
    mine = MovieFactory(owner=customer, tmdb_id=None)
    for movie, user in ((film, manager), (mine, customer)):
        response = ask("DELETE", f"movies/{movie.pk}", user)
        assert (response.status_code, response.content) == (204, b"")
        assert refusal(ask("DELETE", f"movies/{movie.pk}", user))[0] == 404
    assert not Movie.objects.exists()


def test_unknown_parameters_are_named(ask, manager, film, refusal):
    assert refusal(ask("PATCH", f"movies/{film.pk}?dry_run=1", manager, {}))[2].keys() == {"dry_run"}


@pytest.mark.parametrize("count", [1, 3])
def test_number_of_queries_of_a_change(client, manager, count, django_assert_num_queries):
    film = MovieFactory(genres=[GenreFactory() for _ in range(count)])
    changes = {"genres": [GenreFactory().pk for _ in range(count)], "cast": ["A"] * count, "title": "New"}
    client.force_login(manager)
    with django_assert_num_queries(16):  # session, person, genres, film; eight of the write; four of the answer
        client.patch(f"/api/v1/movies/{film.pk}", changes, "application/json")
