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


def test_learning_adds_the_words_of_catalogue_films_once():
    one = MovieFactory(title="Spider-Man", original_title="アキラ", year=2002, directors=["Sam Raimi"], cast=["Ö"])
    other = MovieFactory(title="Man", year=2002)
    vocabulary.learn([one.pk, other.pk, 0])
    vocabulary.learn(iter([one.pk]))
    expected = ["2002", "man", "o", "raimi", "sam", "spider", "spiderman"]
    assert words() == dict.fromkeys(expected, 1)


def test_nothing_to_learn_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        vocabulary.learn([])


def test_words_of_private_films_and_endless_words_are_left_out():
    private = MovieFactory(title="Unheard", year=None, owner=UserFactory(), tmdb_id=None)
    endless = MovieFactory(title="x" * 41, year=None)
    vocabulary.learn([private.pk, endless.pk])
    vocabulary.rebuild()
    assert words() == {}


def test_the_night_counts_exactly_and_forgets(events):
    kept = MovieFactory(title="Man", year=2002)
    MovieFactory(title="Man Woman", year=None)
    gone = MovieFactory(title="Gone", year=None)
    vocabulary.learn(Movie.objects.values_list("pk", flat=True))
    gone.delete()
    vocabulary.rebuild()
    assert words() == {"man": 2, "woman": 1, "2002": 1}
    kept.delete()
    tasks.rebuild_vocabulary()
    assert words() == {"man": 1, "woman": 1}
    said = [{name: event[name] for name in ("written", "removed")} for event in events("vocabulary_rebuilt")]
    assert said == [{"written": 1, "removed": 1}, {"written": 1, "removed": 1}]


def test_a_film_that_changed_hands_leaves_the_vocabulary_at_night():
    movie = MovieFactory(title="Mine", year=None)
    vocabulary.learn([movie.pk])
    Movie.objects.update(owner=UserFactory(), tmdb_id=None)
    vocabulary.rebuild()
    assert words() == {}


def test_the_sync_teaches_what_it_wrote_once_it_is_committed(django_capture_on_commit_callbacks):
    facts = MovieRowFactory(title="Interstellar", year=2014)
    with django_capture_on_commit_callbacks(execute=True):
        upsert_movies([facts])
        assert words() == {}
    assert words() == {"interstellar": 1, "2014": 1}
    with django_capture_on_commit_callbacks() as callbacks:
        upsert_movies([facts])
    assert callbacks == []


@pytest.mark.parametrize("count", [1, 3])
def test_the_statements_do_not_grow_with_the_films(count, django_assert_num_queries):
    pks = [MovieFactory().pk for _ in range(count)]
    with django_assert_num_queries(1):
        vocabulary.learn(pks)


def test_the_words_that_are_indexed_survive_a_restore():
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
