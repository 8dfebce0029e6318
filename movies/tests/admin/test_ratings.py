"""The admin of ratings, which is read-only."""

import pytest
from django.urls import reverse

from accounts.tests.factories import ManagerFactory, UserFactory
from movies.models import Rating
from movies.tests.factories import MovieFactory, RatingFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/movies/rating/"


@pytest.fixture
def manager(client):
    client.force_login(ManagerFactory())
    return client


def address(rating, page="change"):
    return reverse(f"admin:movies_rating_{page}", args=[rating.pk])


def test_managers_read_ratings(manager):
    rating = RatingFactory(movie__title="Heat", user__username="ana", review="Loud. " * 30)
    page = manager.get(f"{LIST}?q=loud").content.decode()
    assert all(words in page for words in ("Heat (1999)", "ana", f"{rating.review[:79]}…"))
    assert rating.review in manager.get(address(rating)).content.decode()


def test_managers_cannot_change_ratings(manager):
    rating = RatingFactory(rating=7)
    assert manager.get(reverse("admin:movies_rating_add")).status_code == 403
    assert manager.post(address(rating), {"rating": 1}).status_code == 403
    assert manager.post(address(rating, "delete"), {"post": "yes"}).status_code == 403
    assert Rating.objects.get().rating == 7


def test_ratings_of_private_films_are_not_shown(manager):
    owner = UserFactory()
    rating = RatingFactory(user=owner, movie=MovieFactory(title="Mine", owner=owner, tmdb_id=None))
    assert "Mine" not in manager.get(LIST).content.decode()
    assert manager.get(address(rating)).status_code == 302


def test_the_queries_do_not_grow(manager, django_assert_max_num_queries):
    counts = []
    manager.get(LIST)  # asks what counting costs
    for wanted in (1, 3):
        while Rating.objects.count() < wanted:
            RatingFactory()
        with django_assert_max_num_queries(20) as queries:
            manager.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]
