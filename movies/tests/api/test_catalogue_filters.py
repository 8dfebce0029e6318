"""Filters and parameters of the API of films."""

from datetime import timedelta

import pytest
from django.utils import timezone

from movies.tests.api.catalogue import MOVIES, read_errors, titles
from movies.tests.factories import GenreFactory, MovieFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"genre": "drama"}, ["Old"]),
        ({"genre": "DRAMA, comedy"}, []),
        ({"year": "1950"}, ["Old"]),
        ({"year_min": "1951", "year_max": "2020"}, ["New"]),
        ({"rating_min": "6.5"}, ["New"]),
        ({"age_max": "16"}, ["Old"]),
        ({"now_showing": "true"}, ["New"]),
        ({"now_showing": "false"}, ["Old"]),
        ({"ordering": "title"}, ["New", "Old"]),
        ({"genre": "", "year": ""}, ["New", "Old"]),
    ],
)
def test_filters(client, parameters, expected):
    drama, comedy = GenreFactory(name="Drama"), GenreFactory(name="Comedy")
    MovieFactory(title="Old", year=1950, age_restriction=0, genres=[drama], popularity=1)
    MovieFactory(title="New", year=2020, age_restriction=17, ratings_sum=7, ratings_count=1, genres=[comedy],
                 popularity=2, showing_until=timezone.now() + timedelta(hours=1))  # fmt: skip
    assert titles(client, **parameters) == expected


def test_genres_by_id(client):
    drama = GenreFactory()
    movie = MovieFactory(genres=[drama])
    MovieFactory()
    assert titles(client, genre=drama.pk) == [movie.title]


@pytest.mark.parametrize(
    ("parameters", "fields"),
    [
        ({"gnere": "drama"}, ["gnere"]),
        ({"gnere": "drama", "yaer": "1999"}, ["gnere", "yaer"]),
        ({"genre": "nonsense"}, ["genre"]),
        ({"year": "abc"}, ["year"]),
        ({"year": "99999999999999999999"}, ["year"]),
        ({"year_min": "1.5"}, ["year_min"]),
        ({"year_max": "0"}, ["year_max"]),
        ({"rating_min": "11"}, ["rating_min"]),
        ({"rating_min": "NaN"}, ["rating_min"]),
        ({"age_max": "-1"}, ["age_max"]),
        ({"now_showing": "perhaps"}, ["now_showing"]),
        ({"coming_soon": "perhaps"}, ["coming_soon"]),
        ({"owner": "someone"}, ["owner"]),
        ({"page": "0"}, ["page"]),
        ({"page": "9" * 30}, ["page"]),
        ({"limit": "101"}, ["limit"]),
        ({"limit": "ten", "page": "one"}, ["page", "limit"]),
        ({"ordering": "runtime"}, ["ordering"]),
        ({"cursor": "broken"}, ["cursor"]),
        ({"fields": "id,password"}, ["fields"]),
        ({"genre": "dra\0ma"}, ["genre"]),
        ({"year": ["1999", "2000"]}, ["year"]),
    ],
)
def test_invalid_parameters_are_named(client, parameters, fields):
    status, errors = read_errors(client.get(MOVIES, parameters))
    assert (status, sorted(field for field, _ in errors)) == (400, sorted(fields))


def test_an_error_lists_the_known_values(client):
    known = "genre, year, year_min, year_max, rating_min, age_max, now_showing, coming_soon, owner, page"
    expected = 400, [("gnere", f"Unknown parameter. Known: {known}, limit, ordering, cursor, fields.")]
    assert read_errors(client.get(MOVIES, {"gnere": "drama"})) == expected


@pytest.mark.parametrize(
    "parameters",
    [{}, {"query": ""}, {"query": "  "}, {"query": "x" * 201}, {"query": "nul\0"}, {"query": ["a", "b"]}],
)
def test_a_search_needs_a_query(client, parameters):
    status, errors = read_errors(client.get(f"{MOVIES}/search", parameters))
    assert (status, [field for field, _ in errors]) == (400, ["query"])


def test_a_search_cannot_be_ordered(client):
    status, errors = read_errors(client.get(f"{MOVIES}/search", {"query": "a", "ordering": "title"}))
    assert (status, [field for field, _ in errors]) == (400, ["ordering"])
