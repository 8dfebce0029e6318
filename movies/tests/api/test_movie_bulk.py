"""POST and DELETE /movies/bulk: all or none, errors by index."""

import pytest

from accounts.tests.factories import UserFactory
from movies.models import Movie
from movies.tests.factories import GenreFactory, MovieFactory

pytestmark = pytest.mark.django_db

BULK = "movies/bulk"


def test_many_films_are_added(ask, manager):
    drama = GenreFactory(name="Drama")
    films = [
        {"title": "Second", "genres": [drama.pk], "release_date": "2001-04-25", "imdb_id": "tt0000001"},
        {"title": "First", "genres": [{"id": drama.pk, "name": "Drama"}], "popularity": 9},
    ]
    response = ask("POST", BULK, manager, films)
    body = response.json()
    assert (response.status_code, body["meta"]) == (
        201,
        {"page": 1, "limit": 500, "total": 2, "total_pages": 1, "total_is_exact": True, "next_cursor": None},
    )
    listed = {film["id"]: film for film in ask("GET", "movies").json()["items"]}
    assert body["items"] == [listed[film["id"]] for film in body["items"]]
    assert [(film["title"], film["year"], film["genres"], film["popularity"]) for film in body["items"]] == [
        ("Second", 2001, [{"id": drama.pk, "name": "Drama"}], 0),
        ("First", None, [{"id": drama.pk, "name": "Drama"}], 0),
    ]
    assert Movie.objects.filter(owner=None).count() == 2


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ([{"title": "X"}, {"title": "", "year": 1}, {"title": "Y", "cast": [""]}], ["1.title", "1.year", "2.cast"]),
        ([{"title": "X"}, {"titel": "Y"}, 5, [], None], ["1.titel", "1.title", "2", "3", "4"]),
        ([{"title": "X", "genres": [0]}, {"title": "X", "runtime": "long"}], ["0.genres.0", "1.runtime"]),
        ([{"title": "nul\0"}], ["0.title"]),
        ([], ["body"]),
        ([{"title": "X"}] * 501, ["body"]),
        ({"title": "X"}, ["body"]),
        ("null", ["body"]),
        ('"text"', ["body"]),
    ],
    ids=range(9),
)
def test_errors_of_a_list_name_index_and_field(ask, manager, refusal, body, fields):
    status, code, errors = refusal(ask("POST", BULK, manager, body))
    assert (status, code, sorted(errors)) == (400, "validation_failed", fields)
    assert not Movie.objects.exists()


def test_duplicates_are_named_by_index(ask, manager, refusal):
    MovieFactory(tmdb_id=7)
    films = [{"title": "A", "imdb_id": "tt0000001"}, {"title": "B", "imdb_id": "tt0000001", "tmdb_id": 7}]
    assert refusal(ask("POST", BULK, manager, films)) == (
        409,
        "duplicate",
        {
            "1.tmdb_id": "There is a film with this TMDB id already.",
            "1.imdb_id": "There is a film with this IMDb id already.",
        },
    )
    assert Movie.objects.count() == 1


def test_many_films_are_deleted(ask, manager):
    films = [MovieFactory() for _ in range(3)]
    response = ask("DELETE", BULK, manager, {"ids": [films[0].pk, films[1].pk, films[0].pk]})
    assert (response.status_code, response.json()) == (200, {"deleted": 2})
    assert list(Movie.objects.all()) == films[2:]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["ids"]),
        ({"ids": []}, ["ids"]),
        ({"ids": None}, ["ids"]),
        ({"ids": 5}, ["ids"]),
        ({"ids": list(range(1, 502))}, ["ids"]),
        ({"ids": [0, -1, "a", None, True, 1.5, 10**30, []]}, [f"ids.{n}" for n in range(8)]),
        ({"ids": [99, 99]}, ["ids.0", "ids.1"]),
        ({"ids": [99], "id": 1}, ["id"]),
        ([1], ["body"]),
        ("", ["ids"]),
    ],
    ids=range(10),
)
def test_invalid_ids_are_named_by_index(ask, manager, refusal, body, fields):
    MovieFactory(id=2000)
    status, code, errors = refusal(ask("DELETE", BULK, manager, body))
    assert (status, code, sorted(errors)) == (400, "validation_failed", fields)
    assert Movie.objects.count() == 1


def test_private_films_cannot_be_deleted_in_bulk(ask, manager, refusal):
    film, mine = MovieFactory(), MovieFactory(owner=UserFactory(), tmdb_id=None)
    message = "There is no such film in the catalogue."
    assert refusal(ask("DELETE", BULK, manager, {"ids": [film.pk, mine.pk, mine.pk + 1]})) == (
        400,
        "validation_failed",
        {"ids.1": message, "ids.2": message},
    )
    assert Movie.objects.count() == 2


@pytest.mark.parametrize(("method", "body"), [("POST", [{"title": "X"}]), ("DELETE", {"ids": [1]})])
def test_bulk_is_for_managers(ask, customer, refusal, method, body):
    MovieFactory(id=1)
    assert refusal(ask(method, BULK, None, body))[:2] == (401, "not_authenticated")
    assert refusal(ask(method, BULK, customer, body))[:2] == (403, "permission_denied")
    assert Movie.objects.count() == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH"])
def test_other_methods_are_refused(ask, manager, refusal, method):
    response = ask(method, BULK, manager)
    assert (refusal(response)[0], response["Allow"]) == (405, "POST, DELETE, OPTIONS")


@pytest.mark.parametrize("count", [3, 30])
def test_the_queries_do_not_grow_with_the_films(client, manager, count, django_assert_num_queries):
    genre = GenreFactory()
    films = [{"title": f"F{n}", "tmdb_id": n + 1, "imdb_id": f"tt{n:07}", "genres": [genre.pk]} for n in range(count)]
    client.force_login(manager)
    with django_assert_num_queries(12):  # session, person, genres; seven of the write; films and genres to show
        answer = client.post("/api/v1/movies/bulk", films, "application/json")
    ids = [film["id"] for film in answer.json()["items"]]
    with django_assert_num_queries(18):
        answer = client.delete("/api/v1/movies/bulk", {"ids": ids}, "application/json")
    assert answer.json() == {"deleted": count}
