import psycopg
import pytest
from django.db import connection

from accounts.tests.factories import UserFactory
from movies import tasks
from movies.models import Movie, SearchWord, SearchWordChange
from movies.providers.upsert import upsert_movies
from movies.search import vocabulary
from movies.tests.factories import MovieFactory, MovieRowFactory

pytestmark = pytest.mark.django_db


def words():
    return dict(SearchWord.objects.values_list("word", "films"))


def test_words_of_catalogue_films_are_counted_once():
    MovieFactory(title="Spider-Man", original_title="アキラ", year=2002, directors=["Sam Raimi"], cast=["Ö"])
    vocabulary.learn_words()
    MovieFactory(title="Man", year=2002)
    vocabulary.learn_words()
    vocabulary.learn_words()
    assert words() == {"2002": 2, "man": 2, "o": 1, "raimi": 1, "sam": 1, "spider": 1, "spiderman": 1}
    assert not SearchWordChange.objects.exists()


def test_the_vocabulary_follows_every_change_of_a_film():
    """Whatever writes the film, and without counting anew."""
    film = MovieFactory(title="Man Woman", year=None)
    other = MovieFactory(title="Woman", year=None)
    vocabulary.learn_words()
    Movie.objects.filter(pk=film.pk).update(title="Woman Child", popularity=5)
    vocabulary.learn_words()
    assert words() == {"woman": 2, "child": 1}
    Movie.objects.filter(pk=other.pk).update(withdrawn=True)
    Movie.objects.filter(pk=film.pk).update(popularity=7)
    vocabulary.learn_words()
    assert words() == {"woman": 1, "child": 1}
    Movie.objects.filter(pk=other.pk).update(withdrawn=False)
    film.delete()
    vocabulary.learn_words()
    assert words() == {"woman": 1}


def test_a_film_whose_words_stay_notes_nothing():
    MovieFactory(title="Man", year=None)
    vocabulary.learn_words()
    Movie.objects.update(title="Man", popularity=9, overview="Another.")
    assert not SearchWordChange.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_words_wait_while_another_transaction_adds_up():
    MovieFactory(title="Man", year=None)
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [vocabulary.KEY])
        vocabulary.learn_words()
        assert words() == {}
    vocabulary.learn_words()
    assert words() == {"man": 1}


def test_words_of_private_films_and_very_long_words_are_left_out():
    MovieFactory(title="Unheard", year=None, owner=UserFactory(), tmdb_id=None)
    MovieFactory(title="x" * 41, year=None)
    vocabulary.learn_words()
    assert words() == {}
    vocabulary.rebuild_vocabulary()
    assert words() == {}


def test_rebuilding_counts_films_and_deletes_unused_words(events):
    kept = MovieFactory(title="Man", year=2002)
    MovieFactory(title="Man Woman", year=None)
    gone = MovieFactory(title="Gone", year=None)
    SearchWord.objects.create(word="man", films=7)
    SearchWord.objects.create(word="old", films=1)
    gone.delete()
    vocabulary.rebuild_vocabulary()
    assert words() == {"man": 2, "woman": 1, "2002": 1}
    kept.delete()
    tasks.rebuild_vocabulary()
    vocabulary.learn_words()
    assert words() == {"man": 1, "woman": 1}
    logged = [{name: event[name] for name in ("written", "removed")} for event in events("vocabulary_rebuilt")]
    assert logged == [{"written": 3, "removed": 1}, {"written": 1, "removed": 1}]


def test_words_of_a_film_made_private_are_deleted():
    MovieFactory(title="Mine", year=None)
    vocabulary.learn_words()
    Movie.objects.update(owner=UserFactory(), tmdb_id=None)
    vocabulary.learn_words()
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
    MovieFactory.create_batch(count)
    with django_assert_num_queries(1):
        vocabulary.learn_words()


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
