from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, UserFactory
from movies import queries
from movies.models import Movie
from movies.tests.factories import GenreFactory, MovieFactory

pytestmark = pytest.mark.django_db


def test_private_films_exist_for_their_owner_only():
    ana, ben = UserFactory(), UserFactory()
    common, anas = MovieFactory(), MovieFactory(owner=ana, tmdb_id=None)
    assert set(queries.catalogue()) == {common}
    assert set(queries.visible_to(AnonymousUser())) == {common}
    assert set(queries.visible_to(ben)) == {common}
    assert set(queries.visible_to(ana)) == {common, anas}
    assert set(queries.owned_by(ana)) == {anas}
    assert set(queries.owned_by(ben)) == set()
    assert set(queries.owned_by(AnonymousUser())) == set()


def test_who_may_edit_which_film():
    ana, manager = UserFactory(), ManagerFactory()
    common, anas, managers = (
        MovieFactory(),
        MovieFactory(owner=ana, tmdb_id=None),
        MovieFactory(owner=manager, tmdb_id=None),
    )
    expected = {ana: {anas}, UserFactory(): set(), manager: {common, managers}, AnonymousUser(): set()}
    for user, films in expected.items():
        assert {film for film in (common, anas, managers) if queries.may_edit(user, film)} == films


def test_private_films_are_in_no_row_and_no_count():
    genre = GenreFactory()
    seen = MovieFactory(genres=[genre])
    MovieFactory(genres=[genre], owner=UserFactory(), tmdb_id=None)
    assert queries.popular(10) == [seen]
    assert [(row.films, row.top_movies) for row in queries.genre_rows(10, 1, 10)] == [(1, [seen])]
    assert queries.similar_to(MovieFactory(genres=[genre], popularity=-0.0), 10) == [seen]


@pytest.mark.parametrize(
    ("criteria", "titles"),
    [
        ({}, {"Old", "New", "Family"}),
        ({"year": 1950}, {"Old"}),
        ({"year_min": 1999}, {"New", "Family"}),
        ({"year_max": 1999}, {"Old", "Family"}),
        ({"year_min": 1960, "year_max": 2000}, {"Family"}),
        ({"rating_min": 7.5}, {"New"}),
        ({"rating_min": 0}, {"New"}),
        ({"age_max": 12}, {"Family"}),
        ({"now_showing": True}, {"New"}),
        ({"now_showing": False}, {"Old", "Family"}),
    ],
)
def test_every_filter(criteria, titles):
    MovieFactory(title="Old", year=1950)
    MovieFactory(title="New", year=2020, age_restriction=17, ratings_sum=15, ratings_count=2,
                 showing_until=timezone.now() + timedelta(days=1))  # fmt: skip
    MovieFactory(title="Family", year=1999, age_restriction=0, showing_until=timezone.now() - timedelta(days=1))
    assert {movie.title for movie in queries.narrow(Movie.objects.all(), **criteria)} == titles


def test_several_genres_are_wanted_all():
    drama, comedy = GenreFactory(), GenreFactory()
    both, one = MovieFactory(genres=[drama, comedy]), MovieFactory(genres=[drama])
    assert set(queries.narrow(Movie.objects.all(), genre=[drama.pk])) == {both, one}
    assert set(queries.narrow(Movie.objects.all(), genre=[drama.pk, comedy.pk])) == {both}


def test_similar_films_share_most_genres_first_then_fame():
    drama, comedy, war = (GenreFactory() for _ in range(3))
    movie = MovieFactory(genres=[drama, comedy])
    famous = MovieFactory(genres=[drama, war], popularity=90)
    close = MovieFactory(genres=[drama, comedy], popularity=1)
    known = MovieFactory(genres=[comedy], popularity=5)
    MovieFactory(genres=[war])
    assert queries.similar_to(movie, 10) == [close, famous, known]
    assert queries.similar_to(movie, 1) == [close]
    assert queries.similar_to(MovieFactory(), 10) == []


def test_genre_rows_are_the_richest_and_bounded():
    drama, comedy, war = GenreFactory(name="Drama"), GenreFactory(name="Comedy"), GenreFactory(name="War")
    for popularity in range(4):
        MovieFactory(title=f"D{popularity}", genres=[drama], popularity=popularity)
    for popularity in range(3):
        MovieFactory(title=f"C{popularity}", genres=[comedy], popularity=popularity)
    MovieFactory(genres=[war])
    rows = queries.genre_rows(films_each=2, at_least=2, limit=5)
    assert [(row.name, [movie.title for movie in row.top_movies]) for row in rows] == [
        ("Drama", ["D3", "D2"]),
        ("Comedy", ["C2", "C1"]),
    ]
    assert len(queries.genre_rows(films_each=2, at_least=1, limit=1)) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_of_home_do_not_grow(count, django_assert_num_queries):
    genres = [GenreFactory() for _ in range(count)]
    for _ in range(count):
        MovieFactory(genres=genres)
    with django_assert_num_queries(2):
        assert [len(movie.genres.all()) for movie in queries.popular(12)] == [count] * count
    with django_assert_num_queries(3):
        rows = queries.genre_rows(films_each=12, at_least=1, limit=6)
        assert [len(movie.genres.all()) for row in rows for movie in row.top_movies] == [count] * count**2


@pytest.mark.parametrize("name", list(queries.ORDERINGS))
def test_no_ordering_key_is_ever_null(name):
    """Keyset pages compare rows; a null would drop a film out of the list."""
    MovieFactory(year=None, release_date=None)
    MovieFactory(release_date=date(2000, 1, 1), ratings_sum=5, ratings_count=1)
    assert not Movie.objects.annotate(key=queries.ORDERINGS[name]).filter(key=None).exists()
