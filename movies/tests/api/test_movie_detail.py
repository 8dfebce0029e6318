"""API of one film, with the user's own rating and watchlist item."""

from datetime import UTC, datetime

import pytest

from accounts.tests.factories import UserFactory
from movies.tests.factories import GenreFactory, MovieFactory, RatingFactory, ViewingFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db

CREATED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def film():
    return MovieFactory()


def test_the_detail_has_the_users_rating_and_watchlist_item(ask, customer, film):
    rating = RatingFactory(movie=film, user=customer, rating=8, review="Good.", created_at=CREATED, updated_at=CREATED)
    item = WatchlistItemFactory(movie=film, user=customer, is_favorite=True, added_at=CREATED)
    other = RatingFactory(movie=film)
    WatchlistItemFactory(movie=film, user=other.user)
    RatingFactory(user=customer)
    expected_rating = {
        "id": rating.pk,
        "rating": 8,
        "review": "Good.",
        "verified": False,
        "created_at": "2026-01-02T03:04:05Z",
        "updated_at": "2026-01-02T03:04:05Z",
    }
    expected_item = {"id": item.pk, "is_favorite": True, "added_at": "2026-01-02T03:04:05Z"}

    def own_values(user):
        body = ask("GET", f"movies/{film.pk}", user).json()
        return body["my_rating"], body["my_watchlist_item"]

    assert own_values(customer) == (expected_rating, expected_item)
    assert own_values(None) == own_values(UserFactory()) == (None, None)
    ViewingFactory(movie=film, user=customer, source="ticket")
    assert own_values(customer)[0]["verified"] is True


@pytest.mark.parametrize("count", [1, 3])
def test_number_of_queries_of_a_detail(client, customer, count, django_assert_num_queries):
    film = MovieFactory(genres=[GenreFactory() for _ in range(count)])
    for user in [customer, *(UserFactory() for _ in range(count))]:
        RatingFactory(movie=film, user=user)
        WatchlistItemFactory(movie=film, user=user)
    with django_assert_num_queries(2):  # film, genres
        client.get(f"/api/v1/movies/{film.pk}")
    client.force_login(customer)
    with django_assert_num_queries(6):  # session, person; film, genres, own rating, own watchlist item
        client.get(f"/api/v1/movies/{film.pk}")
