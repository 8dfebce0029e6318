"""API of all ratings of a film."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from accounts.tests.factories import UserFactory
from movies.models import Rating, Viewing
from movies.tests.api.ratings import published_json
from movies.tests.factories import MovieFactory, RatingFactory, ViewingFactory

pytestmark = pytest.mark.django_db

CREATED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def heat():
    return MovieFactory(title="Heat")


@pytest.fixture(params=["/api/v1/movies/{}/ratings", "/api/v1/ratings/movie/{}"])
def get_ratings(request, client):
    """Return a function that gets the ratings of a film, by each address."""
    return lambda movie, query="": client.get(request.param.format(getattr(movie, "pk", movie)) + query)


def test_anonymous_visitors_can_read_the_ratings_of_a_film(get_ratings, heat, ana):
    older = RatingFactory(movie=heat, rating=4, created_at=CREATED)
    newer = RatingFactory(movie=heat, user=ana, rating=9, review="Loud.", created_at=CREATED + timedelta(1))
    RatingFactory()
    ViewingFactory(user=ana, movie=heat, source=Viewing.Source.TICKET)
    assert get_ratings(heat).json() == {
        "items": [published_json(newer, verified=True), published_json(older)],
        "meta": {"page": 1, "limit": 20, "total": 2, "total_pages": 1, "total_is_exact": True, "next_cursor": None},
        "summary": {
            "average": 6.5,
            "count": 2,
            "spread": {str(rating): int(rating in (4, 9)) for rating in range(1, 11)},
        },
    }


def test_a_film_without_ratings_has_a_summary_too(get_ratings, heat):
    answer = get_ratings(heat).json()
    assert answer["summary"] == {"average": None, "count": 0, "spread": {str(n): 0 for n in range(1, 11)}}


def test_the_average_is_rounded_like_the_films(get_ratings, heat):
    for rating in (1, 1, 2, 1, 1, 1, 1, 2):  # 1.25; and with the ninth 1.2222...
        RatingFactory(movie=heat, rating=rating)
    assert get_ratings(heat).json()["summary"]["average"] == 1.25
    RatingFactory(movie=heat, rating=1)
    heat.refresh_from_db()
    assert get_ratings(heat).json()["summary"]["average"] == float(heat.average_rating) == 1.22


def test_the_summary_covers_all_pages(get_ratings, heat):
    for n in range(3):
        RatingFactory(movie=heat, rating=n + 1, created_at=CREATED + timedelta(n))
    first = get_ratings(heat, "?limit=2").json()
    rest = get_ratings(heat, f"?limit=2&cursor={first['meta']['next_cursor']}").json()
    assert [item["rating"] for item in first["items"] + rest["items"]] == [3, 2, 1]
    assert first["summary"] == rest["summary"]
    assert first["summary"]["count"] == 3


def test_ratings_of_a_private_film_are_for_its_owner(get_ratings, client, ana):
    own = MovieFactory(owner=ana, tmdb_id=None)
    RatingFactory(movie=own, user=ana)
    assert get_ratings(own).status_code == 404
    client.force_login(UserFactory())
    assert get_ratings(own).status_code == 404
    assert get_ratings(10**30).status_code == 404
    client.force_login(ana)
    assert get_ratings(own).json()["summary"]["count"] == 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_of_a_films_ratings_do_not_grow(get_ratings, heat, count, django_assert_num_queries):
    for _ in range(count):
        RatingFactory(movie=heat)
    with django_assert_num_queries(3):  # the film, which, the summary
        get_ratings(heat)


def test_the_newest_ratings_of_a_film_use_an_index(heat):
    people = [UserFactory() for _ in range(20)]
    Rating.objects.bulk_create(Rating(user=user, movie=MovieFactory(), rating=5) for user in people * 20)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE movies_rating")
        cursor.execute("SET LOCAL enable_sort = off")
    plan = heat.ratings.order_by("-created_at", "-id")[:20].explain()
    assert "rating_newest_of_movie" in plan
