import pytest
from django.db import connection

from accounts.tests.factories import UserFactory
from movies import tasks
from movies.models import Movie, SearchWord
from movies.providers.upsert import upsert_movies
from movies.search import vocabulary
from movies.tests.factories import MovieFactory, MovieRowFactory

pytestmark = pytest.mark.django_db


def words():
    return dict(SearchWord.objects.values_list("word", "films"))


def test_words_of_catalogue_films_are_added_once():
    one = MovieFactory(title="Spider-Man", original_title="アキラ", year=2002, directors=["Sam Raimi"], cast=["Ö"])
    other = MovieFactory(title="Man", year=2002)
    vocabulary.learn_words([one.pk, other.pk, 0])
    vocabulary.learn_words(iter([one.pk]))
    expected = ["2002", "man", "o", "raimi", "sam", "spider", "spiderman"]
    assert words() == dict.fromkeys(expected, 1)


def test_without_films_there_is_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        vocabulary.learn_words([])


def test_words_of_private_films_and_very_long_words_are_left_out():
    private = MovieFactory(title="Unheard", year=None, owner=UserFactory(), tmdb_id=None)
    endless = MovieFactory(title="x" * 41, year=None)
    vocabulary.learn_words([private.pk, endless.pk])
    vocabulary.rebuild_vocabulary()
    assert words() == {}


def test_rebuilding_counts_films_and_deletes_unused_words(events):
    kept = MovieFactory(title="Man", year=2002)
    MovieFactory(title="Man Woman", year=None)
    gone = MovieFactory(title="Gone", year=None)
    vocabulary.learn_words(Movie.objects.values_list("pk", flat=True))
    gone.delete()
    vocabulary.rebuild_vocabulary()
    assert words() == {"man": 2, "woman": 1, "2002": 1}
    kept.delete()
    tasks.rebuild_vocabulary()
    assert words() == {"man": 1, "woman": 1}
    logged = [{name: event[name] for name in ("written", "removed")} for event in events("vocabulary_rebuilt")]
    assert logged == [{"written": 1, "removed": 1}, {"written": 1, "removed": 1}]


def test_words_of_a_film_made_private_are_deleted():
    movie = MovieFactory(title="Mine", year=None)
    vocabulary.learn_words([movie.pk])
    Movie.objects.update(owner=UserFactory(), tmdb_id=None)
    vocabulary.rebuild_vocabulary()
    assert words() == {}


def test_a_sync_adds_words_after_its_commit(django_capture_on_commit_callbacks):
    row = MovieRowFactory(title="Interstellar", year=2014)
    with django_capture_on_commit_callbacks(execute=True):
        upsert_movies([row])
        assert words() == {}
    assert words() == {"interstellar": 1, "2014": 1}
    with django_capture_on_commit_callbacks() as callbacks:
        upsert_movies([row])
    assert callbacks == []


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_statements_does_not_grow_with_the_films(count, django_assert_num_queries):
    pks = [MovieFactory().pk for _ in range(count)]
    with django_assert_num_queries(1):
        vocabulary.learn_words(pks)


def test_a_restore_computes_the_same_columns():
    """A restore computes the columns without a search path: no function may need one when it runs."""
    movie = MovieFactory(title="Spider-Man & アキラ", directors=["Sam Raimi"], cast=["X"])
    before = Movie.objects.values_list("search_vector", "sort_title").get(pk=movie.pk)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = ''")
        cursor.execute("UPDATE public.movies_movie SET year = year RETURNING search_vector, sort_title")
        assert cursor.fetchone() == before
        cursor.execute(
            "INSERT INTO public.movies_searchword (word, films) VALUES ('word', 1) RETURNING cardinality(deletions)"
        )
        assert cursor.fetchone() == (5,)
        cursor.execute("SET LOCAL search_path = public")
