from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, UserFactory
from movies.models import Movie
from movies.queries.cards import card_of
from movies.queries.films import (
    can_edit,
    catalogue_films,
    filter_films,
    popular_films,
    private_films,
    similar_films,
    visible_films,
)
from movies.queries.genres import top_genres
from movies.tests.factories import GenreFactory, MovieFactory

pytestmark = pytest.mark.django_db


def test_only_the_owner_sees_a_private_film():
    ana, ben = UserFactory(), UserFactory()
    common, anas = MovieFactory(), MovieFactory(owner=ana, tmdb_id=None)
    assert set(catalogue_films()) == {common}
    assert set(visible_films(AnonymousUser())) == {common}
    assert set(visible_films(ben)) == {common}
    assert set(visible_films(ana)) == {common, anas}
    assert set(private_films(ana)) == {anas}
    assert set(private_films(ben)) == set()
    assert set(private_films(AnonymousUser())) == set()


def test_managers_edit_the_catalogue_and_owners_their_private_films():
    ana, manager = UserFactory(), ManagerFactory()
    common, anas, managers = (
        MovieFactory(),
        MovieFactory(owner=ana, tmdb_id=None),
        MovieFactory(owner=manager, tmdb_id=None),
    )
    expected = {ana: {anas}, UserFactory(): set(), manager: {common, managers}, AnonymousUser(): set()}
    for user, films in expected.items():
        assert {film for film in (common, anas, managers) if can_edit(user, film)} == films


def test_private_films_are_in_no_list_and_no_count_of_the_home_page():
    genre = GenreFactory()
    seen = MovieFactory(genres=[genre])
    MovieFactory(genres=[genre], owner=UserFactory(), tmdb_id=None)
    assert popular_films(10) == [card_of(seen)]
    assert [(row.films, row.top_movies) for row in top_genres(10, 1, 10)] == [(1, [card_of(seen)])]
    assert similar_films(MovieFactory(genres=[genre], popularity=-0.0), 10) == [card_of(seen)]


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
    assert {movie.title for movie in filter_films(Movie.objects.all(), **criteria)} == titles


def test_a_film_must_have_all_of_several_genres():
    drama, comedy = GenreFactory(), GenreFactory()
    both, one = MovieFactory(genres=[drama, comedy]), MovieFactory(genres=[drama])
    assert set(filter_films(Movie.objects.all(), genre=[drama.pk])) == {both, one}
    assert set(filter_films(Movie.objects.all(), genre=[drama.pk, comedy.pk])) == {both}


def test_similar_films_are_ordered_by_shared_genres_then_popularity():
    drama, comedy, war = (GenreFactory() for _ in range(3))
    movie = MovieFactory(genres=[drama, comedy])
    famous = MovieFactory(genres=[drama, war], popularity=90)
    close = MovieFactory(genres=[drama, comedy], popularity=1)
    known = MovieFactory(genres=[comedy], popularity=5)
    MovieFactory(genres=[war])
    assert similar_films(movie, 10) == [card_of(film) for film in (close, famous, known)]
    assert similar_films(movie, 1) == [card_of(close)]
    assert similar_films(MovieFactory(), 10) == []


@pytest.mark.parametrize("count", [1, 3])
def test_the_home_page_makes_the_same_queries_for_more_films(count, django_assert_num_queries):
    genres = [GenreFactory() for _ in range(count)]
    for _ in range(count):
        MovieFactory(genres=genres)
    with django_assert_num_queries(1):
        assert [len(film.genre_names) for film in popular_films(12)] == [count] * count
    with django_assert_num_queries(1):
        rows = top_genres(films_each=12, at_least=1, limit=6)
    assert [len(film.genre_names) for row in rows for film in row.top_movies] == [count] * count**2
