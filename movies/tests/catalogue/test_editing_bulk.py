"""Many films at once: all or none, errors by index, and the same few statements however many."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from accounts.tests.factories import ManagerFactory, UserFactory
from common.errors import Conflict
from movies.catalogue import editing
from movies.models import Movie, SearchWord
from movies.tests.factories import GenreFactory, MovieFactory, RatingFactory

pytestmark = pytest.mark.django_db

TMDB_DUPLICATE = "There is a film with this TMDB id already."
IMDB_DUPLICATE = "There is a film with this IMDb id already."


@pytest.fixture
def manager():
    return ManagerFactory()


def errors_of(act):
    with pytest.raises(ValidationError) as caught:
        act()
    return caught.value.message_dict


def test_many_films_are_created_in_order(manager, django_capture_on_commit_callbacks):
    drama, comedy = GenreFactory(), GenreFactory()
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        films = editing.create_films(
            manager,
            [
                {"title": "First", "genres": [drama, comedy], "imdb_id": "tt0000001"},
                {"title": "Second", "year": 1999},
                {"title": "Third", "genres": [drama], "tmdb_id": 3},
            ],
        )
    assert [film.title for film in films] == ["First", "Second", "Third"]
    rows = Movie.objects.in_bulk()
    assert [rows[film.pk].locked_fields for film in films] == [
        ["genres", "imdb_id", "title"],
        ["title", "year"],
        ["genres", "title"],
    ]
    assert [set(film.genres.all()) for film in films] == [{drama, comedy}, set(), {drama}]
    assert len(callbacks) == 1
    assert set(SearchWord.objects.values_list("word", flat=True)) >= {"first", "second", "third"}


def test_every_error_is_named_by_index_and_nothing_is_written(manager):
    films = [{"title": "Good"}, {"title": " ", "year": 1}, {}, {"title": "Good", "cast": [""]}]
    assert errors_of(lambda: editing.create_films(manager, films)) == {
        "1.title": ["A film needs a title."],
        "1.year": ["Give a year from 1870 to 2200."],
        "2.title": ["A film needs a title."],
        "3.cast": ["Name 1 is empty."],
    }
    assert not Movie.objects.exists()


def test_duplicate_ids_are_named_by_index(manager):
    MovieFactory(tmdb_id=7, imdb_id="tt0000007")
    MovieFactory(tmdb_id=None, imdb_id="tt0000001", owner=UserFactory())  # private, so no duplicate
    films = [
        {"title": "A", "imdb_id": "tt0000001"},
        {"title": "B", "tmdb_id": 7},
        {"title": "C", "imdb_id": "tt0000001", "tmdb_id": 8},
        *({"title": f"D{n}"} for n in range(7)),
        {"title": "E", "tmdb_id": 8, "imdb_id": "tt0000007"},
    ]
    with pytest.raises(Conflict) as caught:
        editing.create_films(manager, films)
    assert caught.value.code == "duplicate"
    assert caught.value.errors == [
        ("1.tmdb_id", TMDB_DUPLICATE),
        ("2.imdb_id", IMDB_DUPLICATE),
        ("10.tmdb_id", TMDB_DUPLICATE),
        ("10.imdb_id", IMDB_DUPLICATE),
    ]
    assert Movie.objects.count() == 2


def test_an_id_used_by_another_transaction_meanwhile_is_refused_by_the_table(manager, monkeypatch):
    MovieFactory(imdb_id="tt0000001")
    monkeypatch.setattr(editing, "_used_ids", lambda *_: set())
    with pytest.raises(IntegrityError, match="movie_imdb_id_unique"):
        editing.create_films(manager, [{"title": "A"}, {"title": "B", "imdb_id": "tt0000001"}])
    assert Movie.objects.count() == 1


def test_many_films_of_a_customer_are_private_and_count_together_for_the_limit(monkeypatch):
    monkeypatch.setattr(editing, "MAX_PRIVATE_FILMS", 3)
    customer = UserFactory()
    twins = [{"title": "A", "imdb_id": "tt0000001"}] * 2
    editing.create_films(customer, twins)
    assert Movie.objects.filter(owner=customer, imdb_id="tt0000001", locked_fields=[]).count() == 2
    with pytest.raises(Conflict):
        editing.create_films(customer, twins)
    assert Movie.objects.count() == 2


@pytest.mark.parametrize("number", [0, 501])
def test_the_number_at_once_is_limited(manager, number):
    message = ["Send 1 to 500 at once."]
    assert errors_of(lambda: editing.create_films(manager, [{"title": "X"}] * number)) == {"__all__": message}
    assert errors_of(lambda: editing.delete_films([1] * number)) == {"ids": message}


def test_500_films_are_created_and_deleted_at_once(manager):
    films = editing.create_films(manager, [{"title": f"Film {n}", "tmdb_id": n + 1} for n in range(500)])
    assert editing.delete_films([film.pk for film in films]) == 500
    assert not Movie.objects.exists()


@pytest.mark.parametrize("number", [3, 30])
def test_the_number_of_statements_does_not_grow_with_the_films(manager, number, django_assert_num_queries):
    genre = GenreFactory()
    films = [{"title": f"Film {n}", "tmdb_id": n + 1, "imdb_id": f"tt{n:07}", "genres": [genre]} for n in range(number)]
    with django_assert_num_queries(7):  # three checks for duplicate and former ids; films and links within a savepoint
        created = editing.create_films(manager, films)
    for movie in created:
        RatingFactory(movie=movie)
    with django_assert_num_queries(18):
        editing.delete_films([movie.pk for movie in created])


def test_an_id_that_comes_twice_deletes_one_film():
    films = [MovieFactory() for _ in range(3)]
    ids = [film.pk for film in films[:2]]
    assert editing.delete_films([*ids, ids[0]]) == 2
    assert list(Movie.objects.all()) == films[2:]


def test_ids_outside_the_catalogue_are_named_and_nothing_is_deleted():
    film, private = MovieFactory(), MovieFactory(owner=ManagerFactory(), tmdb_id=None)
    message = ["There is no such film in the catalogue."]
    ids = [0, film.pk, private.pk, film.pk + 1_000, -1]
    assert errors_of(lambda: editing.delete_films(ids)) == {f"ids.{n}": message for n in (0, 2, 3, 4)}
    assert Movie.objects.count() == 2
