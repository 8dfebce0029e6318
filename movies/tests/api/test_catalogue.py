"""API of the catalogue."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection

from accounts.tests.factories import UserFactory
from common.api.cursors import Keyset
from movies.models import Movie
from movies.queries.films import ORDERINGS, catalogue_films, for_cards
from movies.tests.api.catalogue import MOVIES, read_errors, titles
from movies.tests.factories import GenreFactory, MovieFactory

pytestmark = pytest.mark.django_db

CREATED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def amelie():
    genre = GenreFactory(tmdb_id=35, name="Comedy")
    movie = MovieFactory(
        tmdb_id=194,
        imdb_id="tt0211915",
        title="Amélie",
        original_title="Le Fabuleux Destin d'Amélie Poulain",
        original_language="fr",
        overview="A waitress in Montmartre.",
        tagline="She'll change your life.",
        release_date=date(2001, 4, 25),
        year=2001,
        runtime=122,
        directors=["Jean-Pierre Jeunet"],
        cast=["Audrey Tautou", "Mathieu Kassovitz"],
        certification="R",
        age_restriction=17,
        popularity=35.5,
        vote_average=7.9,
        vote_count=11_000,
        imdb_rating=8.3,
        imdb_votes=800_000,
        metascore=69,
        ratings_sum=17,
        ratings_count=2,
        poster_key="ab12",
        genres=[genre],
    )
    Movie.objects.update(created_at=CREATED, updated_at=CREATED)
    return movie


def in_list(movie):
    return {
        "id": movie.pk,
        "title": "Amélie",
        "original_title": "Le Fabuleux Destin d'Amélie Poulain",
        "year": 2001,
        "release_date": "2001-04-25",
        "runtime": 122,
        "genres": [{"id": movie.genres.get().pk, "name": "Comedy"}],
        "certification": "R",
        "age_restriction": 17,
        "popularity": 35.5,
        "average_rating": 8.5,
        "ratings_count": 2,
        "vote_average": 7.9,
        "poster": {width: f"/media/posters/ab12/{width}.jpg" for width in ("w185", "w342", "w780")},
        "now_showing": False,
        "regional_release": None,
    }


def test_a_film_in_a_list(client, amelie):
    assert client.get(MOVIES).json() == {
        "items": [in_list(amelie)],
        "meta": {"page": 1, "limit": 20, "total": 1, "total_pages": 1, "total_is_exact": True, "next_cursor": None},
    }


def test_a_film_in_detail(client, amelie):
    assert client.get(f"{MOVIES}/{amelie.pk}").json() == in_list(amelie) | {
        "tmdb_id": 194,
        "imdb_id": "tt0211915",
        "original_language": "fr",
        "overview": "A waitress in Montmartre.",
        "tagline": "She'll change your life.",
        "directors": ["Jean-Pierre Jeunet"],
        "cast": ["Audrey Tautou", "Mathieu Kassovitz"],
        "vote_count": 11_000,
        "imdb_rating": 8.3,
        "imdb_votes": 800_000,
        "metascore": 69,
        "trailer": "",
        "is_private": False,
        "locked_fields": [],
        "my_rating": None,
        "my_watchlist_item": None,
        "created_at": "2026-01-02T03:04:05Z",
        "updated_at": "2026-01-02T03:04:05Z",
    }


def test_a_film_with_few_values(client):
    movie = MovieFactory(title="Lost", year=None, runtime=None)
    answer = client.get(f"{MOVIES}/{movie.pk}").json()
    empty = ("year", "release_date", "runtime", "age_restriction", "average_rating", "vote_average", "poster",
             "imdb_id", "imdb_rating", "metascore")  # fmt: skip
    assert {name: answer[name] for name in empty} == dict.fromkeys(empty)
    assert (answer["genres"], answer["cast"], answer["overview"]) == ([], [], "")


@pytest.mark.parametrize("path", ["/0", "/999", "/99999999999999999999999", "/-1", "/abc", "/1/"])
def test_missing_films(client, path):
    response = client.get(MOVIES + path)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_private_films_are_visible_to_their_owner_only(client):
    ana = UserFactory()
    mine = MovieFactory(title="Mine", owner=ana, tmdb_id=None)
    MovieFactory(title="Common")
    address = f"{MOVIES}/{mine.pk}"
    for user in (None, UserFactory()):
        if user:
            client.force_login(user)
        assert client.get(address).status_code == 404
        assert client.get(MOVIES).json()["meta"]["total"] == 1
        assert client.get(f"{MOVIES}/search", {"query": "mine"}).json()["items"] == []
    assert titles(client, owner="me") == []
    client.force_login(ana)
    assert client.get(address).json()["title"] == "Mine"
    assert titles(client) == ["Common"]
    assert titles(client, owner="me") == ["Mine"]


def test_owner_me_needs_a_sign_in(client):
    response = client.get(MOVIES, {"owner": "me"})
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


def test_pages_and_links(client):
    for n in range(5):
        MovieFactory(title=f"F{n}", popularity=n)
    response = client.get(MOVIES, {"limit": 2, "page": 2, "ordering": "popularity"})
    assert [film["title"] for film in response.json()["items"]] == ["F2", "F3"]
    meta = response.json()["meta"]
    assert meta | {"next_cursor": None} == {
        "page": 2,
        "limit": 2,
        "total": 5,
        "total_pages": 3,
        "total_is_exact": True,
        "next_cursor": None,
    }
    assert response["Link"] == (
        '<http://testserver/api/v1/movies?limit=2&ordering=popularity&page=3>; rel="next", '
        '<http://testserver/api/v1/movies?limit=2&ordering=popularity&page=1>; rel="prev"'
    )
    assert titles(client, limit=2, ordering="popularity", cursor=meta["next_cursor"]) == ["F4"]
    assert titles(client, page=99) == []


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("name", list(ORDERINGS))
def test_cursor_paging_returns_every_film_once(client, name, sign):
    for n in range(7):
        MovieFactory(
            title=f"T{n % 3}",
            popularity=n % 2,
            release_date=date(2000, 1, 1 + n % 3) if n % 3 else None,
            ratings_sum=n,
            ratings_count=1 if n else 0,
        )
    whole = client.get(MOVIES, {"ordering": sign + name}).json()["items"]
    read, cursor = [], None
    while True:
        position = {"cursor": cursor} if cursor else {}
        answer = client.get(MOVIES, {"ordering": sign + name, "limit": 2} | position).json()
        read += answer["items"]
        cursor = answer["meta"]["next_cursor"]
        if not cursor:
            break
    assert read == whole
    assert len(whole) == 7


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("name", list(ORDERINGS))
def test_every_ordering_uses_an_index(name, sign):
    for n in range(30):
        MovieFactory(popularity=n, release_date=date(2000, 1, 1 + n), ratings_sum=5, ratings_count=1)
    keyset = Keyset(for_cards(catalogue_films()), sign + name, ORDERINGS[name])
    middle = keyset.cursor(keyset.queryset[10])
    with connection.cursor() as cursor:
        # A table this small would be read whole; what matters is that the index can answer.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; ANALYZE movies_movie")
    plan = keyset.after(middle)[:5].explain()
    assert "Index Cond: (ROW(" in plan
    assert "Sort" not in plan


def test_sparse_fields(client, amelie):
    assert client.get(MOVIES, {"fields": "id,title"}).json()["items"] == [{"id": amelie.pk, "title": "Amélie"}]
    assert client.get(f"{MOVIES}/{amelie.pk}", {"fields": "cast"}).json() == {
        "cast": ["Audrey Tautou", "Mathieu Kassovitz"]
    }


def test_search_ranks_and_combines_with_filters(client, amelie):
    MovieFactory(title="Amelie's Brother", year=2010, popularity=1)
    search = f"{MOVIES}/search"
    answer = client.get(search, {"query": "amelie"}).json()
    assert [film["title"] for film in answer["items"]] == ["Amélie", "Amelie's Brother"]
    assert answer["meta"]["total"] == 2
    answer = client.get(search, {"query": "amelie", "year": 2010}).json()
    assert [film["title"] for film in answer["items"]] == ["Amelie's Brother"]
    answer = client.get(search, {"query": "amelie", "limit": 1, "page": 2}).json()
    assert [film["title"] for film in answer["items"]] == ["Amelie's Brother"]


def test_genres(client):
    drama, comedy = GenreFactory(tmdb_id=18, name="Drama"), GenreFactory(tmdb_id=35, name="Comedy")
    first = {"id": comedy.pk, "name": "Comedy", "slug": "comedy", "tmdb_id": 35}
    second = {"id": drama.pk, "name": "Drama", "slug": "drama", "tmdb_id": 18}
    assert client.get("/api/v1/genres").json() == {
        "items": [first, second],
        "meta": {"page": 1, "limit": 20, "total": 2, "total_pages": 1, "total_is_exact": True, "next_cursor": None},
    }
    assert client.get(f"/api/v1/genres/{drama.pk}").json() == second
    assert client.get("/api/v1/genres/999").status_code == 404
    assert read_errors(client.get("/api/v1/genres", {"name": "x"}))[0] == 400


def test_an_unchanged_answer_is_not_sent_again(client, amelie):
    for address in (MOVIES, f"{MOVIES}/{amelie.pk}", "/api/v1/genres"):
        etag = client.get(address)["ETag"]
        assert etag.startswith('"')
        again = client.get(address, headers={"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")
    Movie.objects.update(title="Renamed")
    assert client.get(f"{MOVIES}/{amelie.pk}", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_do_not_grow_with_the_films(client, count, django_assert_num_queries):
    genres = [GenreFactory() for _ in range(count)]
    films = [MovieFactory(genres=genres, title=f"Film {n}") for n in range(count)]
    with django_assert_num_queries(1):  # films with their genres
        client.get(MOVIES)
    with django_assert_num_queries(1):
        cursor = Keyset(catalogue_films(), "-popularity", ORDERINGS["popularity"])
        client.get(MOVIES, {"cursor": cursor._signer.sign_object([99.0, 10**6])})
    with django_assert_num_queries(2):
        client.get(f"{MOVIES}/{films[0].pk}")
    with django_assert_num_queries(1):
        client.get("/api/v1/genres")
