"""Which writes of a film compute its words anew."""

from dataclasses import asdict

import pytest
from django.db import connection

from movies.models import Movie
from movies.providers.details import DetailsRow, store_details
from movies.providers.upsert import Counts, upsert_movies
from movies.tests.factories import MovieFactory, MovieRowFactory, RatingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def computed():
    """Return a function that says which films' words were computed since the fixture began."""

    def titles():
        words = Movie.objects.values_list("title", "search_vector")
        return {title for title, vector in words if vector == "'computed'"}

    def mark():
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE OR REPLACE FUNCTION marquee_search_vector(title text, original_title text, directors text[],"
                " actors text[], year smallint, alternative_titles text[]) RETURNS tsvector"
                " LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 'computed'::tsvector"
            )
        return titles

    return mark


def test_ratings_and_figures_leave_the_words_as_they_are(computed):
    movie = MovieFactory(title="Solaris")
    titles = computed()
    RatingFactory(movie=movie)
    Movie.objects.filter(pk=movie.pk).update(popularity=5)
    assert titles() == set()
    Movie.objects.filter(pk=movie.pk).update(title="Solyaris")
    assert titles() == {"Solyaris"}


def test_a_sync_computes_the_words_of_films_whose_words_it_changes(computed):
    rows = [MovieRowFactory(tmdb_id=number, title=f"Film {number}", popularity=1) for number in (1, 2, 3)]
    upsert_movies(rows)
    MovieFactory(tmdb_id=4, title="Film 4", locked_fields=["title"])
    titles = computed()
    one, two = (MovieRowFactory(tmdb_id=number, title=f"Film {number}", popularity=2) for number in (1, 2))
    renamed = MovieRowFactory(tmdb_id=2, title="Film Two", popularity=2)
    assert upsert_movies([one, two, renamed, rows[2]]) == Counts(updated=2, unchanged=2)
    assert titles() == {"Film Two"}
    assert set(Movie.objects.exclude(tmdb_id=4).values_list("popularity", flat=True)) == {1, 2}


def test_details_compute_the_words_of_films_whose_words_they_change(computed):
    for number in (1, 2):
        MovieFactory(tmdb_id=number, title=f"Film {number}", cast=[], directors=[])
    titles = computed()
    one, two = (asdict(MovieRowFactory(tmdb_id=number, title=f"Film {number}")) for number in (1, 2))
    store_details([DetailsRow(**one, runtime=90), DetailsRow(**two, directors=("Andrei Tarkovsky",))])
    assert titles() == {"Film 2"}
    assert list(Movie.objects.order_by("tmdb_id").values_list("directors", flat=True)) == [[], ["Andrei Tarkovsky"]]
