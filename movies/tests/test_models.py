from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.utils import timezone

from accounts.tests.factories import UserFactory
from movies.models import Genre, Movie
from movies.tests.factories import GenreFactory, MovieFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("constraint", "row"),
    [
        ("movie_tmdb_id_unique", {"tmdb_id": 1}),
        ("movie_imdb_id_unique", {"imdb_id": "tt0000001"}),
        ("movie_imdb_id_shape", {"imdb_id": "nm0000001"}),
        ("movie_imdb_id_shape", {"imdb_id": "tt123"}),
        ("movie_title_not_empty", {"title": ""}),
        ("movie_year_plausible", {"year": 1869}),
        ("movie_year_plausible", {"year": 2201}),
        ("movie_runtime_positive", {"runtime": 0}),
        ("movie_popularity_not_negative", {"popularity": -0.1}),
        ("movie_vote_average_range", {"vote_average": 10.1}),
        ("movie_imdb_rating_range", {"imdb_rating": 11}),
        ("movie_metascore_range", {"metascore": 101}),
        ("movie_age_restriction_range", {"age_restriction": 22}),
        ("movie_ratings_sum_fits_count", {"ratings_sum": 11, "ratings_count": 1}),
        ("movie_ratings_sum_fits_count", {"ratings_sum": 1, "ratings_count": 2}),
    ],
)
def test_the_database_refuses_impossible_films(constraint, row):
    MovieFactory(tmdb_id=1, imdb_id="tt0000001")
    with pytest.raises(IntegrityError, match=constraint):
        MovieFactory(**row)


@pytest.mark.parametrize(
    ("constraint", "row"),
    [
        ("genre_tmdb_id_unique", {"tmdb_id": 18}),
        ("genre_name_unique", {"name": "Drama"}),
        ("genre_slug_unique", {"slug": "drama"}),
        ("genre_name_not_empty", {"name": ""}),
    ],
)
def test_the_database_refuses_impossible_genres(constraint, row):
    GenreFactory(tmdb_id=18, name="Drama", slug="drama")
    with pytest.raises(IntegrityError, match=constraint):
        GenreFactory(**row)


def test_a_private_film_cannot_have_a_tmdb_id():
    with pytest.raises(IntegrityError, match="movie_private_has_no_tmdb_id"):
        MovieFactory(owner=UserFactory(), tmdb_id=5)


def test_private_films_may_share_an_imdb_id_with_the_catalogue():
    MovieFactory(imdb_id="tt0000001")
    MovieFactory(imdb_id="tt0000001", tmdb_id=None, owner=UserFactory())
    assert Movie.objects.filter(imdb_id="tt0000001").count() == 2


@pytest.mark.parametrize("model", [Genre, Movie])
def test_every_constraint_of_the_model_is_in_the_database(model: type[Model]):
    with connection.cursor() as cursor:
        stored = connection.introspection.get_constraints(cursor, model._meta.db_table)
    assert {constraint.name for constraint in model._meta.constraints} <= set(stored)
    assert {index.name for index in model._meta.indexes} <= set(stored)


def test_the_average_is_computed_from_sum_and_count():
    movie = MovieFactory(ratings_sum=26, ratings_count=3)
    assert float(movie.average_rating) == 8.67
    Movie.objects.update(ratings_sum=0, ratings_count=0)
    movie.refresh_from_db()
    assert movie.average_rating is None


@pytest.mark.parametrize(
    ("title", "folded"),
    [("Amélie", "amelie"), ("ŁÓDŹ", "lodz"), ("七人の侍", "七人の侍"), ("Straße", "strasse"), ("АРИЯ", "ария")],
)
def test_titles_are_folded_for_sorting_and_search(title, folded):
    assert MovieFactory(title=title).sort_title == folded


def test_a_film_is_showing_until_its_last_session_starts():
    now = timezone.now()
    assert [
        MovieFactory(showing_until=until).now_showing
        for until in (None, now - timedelta(minutes=1), now + timedelta(minutes=1))
    ] == [False, False, True]


def test_poster_urls_have_three_widths():
    assert MovieFactory().poster_urls is None
    assert MovieFactory(poster_key="ab12").poster_urls == {
        "w185": "/media/posters/ab12/w185.jpg",
        "w342": "/media/posters/ab12/w342.jpg",
        "w780": "/media/posters/ab12/w780.jpg",
    }


@pytest.mark.parametrize(
    ("title", "path"),
    [("Amélie", "amelie"), ("七人の侍", "film"), ("!!!", "film"), ("2001: A Space Odyssey", "2001-a-space-odyssey")],
)
def test_the_url_of_a_film_contains_its_title(title, path):
    movie = MovieFactory(title=title)
    assert movie.get_absolute_url() == f"/movies/{movie.pk}-{path}/"


def test_models_as_text():
    assert [str(MovieFactory(title="Heat", year=1995)), str(MovieFactory(title="Heat", year=None))] == [
        "Heat (1995)",
        "Heat",
    ]
    assert str(GenreFactory(name="Drama")) == "Drama"


def test_deleting_a_user_deletes_only_their_private_films():
    owner = UserFactory()
    MovieFactory(owner=owner, tmdb_id=None)
    kept = MovieFactory()
    with transaction.atomic():
        owner.delete()
    assert list(Movie.objects.all()) == [kept]
