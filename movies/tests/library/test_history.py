"""What a ticket proves, and how that is taken back. What people say by hand is tested at the doors."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from movies.library import history
from movies.models import Rating, Viewing
from movies.queries.ratings import with_verified
from movies.tests.at_once import at_once
from movies.tests.factories import MovieFactory, RatingFactory, ViewingFactory

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 1, 20, 15, tzinfo=UTC)


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def movie():
    return MovieFactory()


def kept():
    return list(Viewing.objects.order_by("watched_at").values_list("user", "movie", "watched_at", "source"))


def test_somebody_came_with_a_ticket_and_so_their_rating_is_verified(user, movie):
    RatingFactory(user=user, movie=movie)
    assert history.attended(user, movie, START) is False
    assert kept() == [(user.pk, movie.pk, START, "ticket")]
    assert with_verified(Rating.objects.all()).get().verified is True
    history.not_attended(user, movie, START, by_hand=False)
    assert kept() == []
    assert with_verified(Rating.objects.all()).get().verified is False


def test_people_come_before_the_film_starts(user, movie):
    later = timezone.now() + timedelta(days=3)
    history.attended(user, movie, later)
    assert kept() == [(user.pk, movie.pk, later, "ticket")]


def test_two_tickets_for_one_film_at_one_time_are_one_viewing(user, movie):
    assert [history.attended(user, movie, START) for _ in range(2)] == [False, False]
    assert kept() == [(user.pk, movie.pk, START, "ticket")]


def test_what_they_had_said_by_hand_is_proven_and_comes_back(user, movie):
    ViewingFactory(user=user, movie=movie, watched_at=START)
    assert history.attended(user, movie, START) is True
    assert kept() == [(user.pk, movie.pk, START, "ticket")]
    history.not_attended(user, movie, START, by_hand=True)
    assert kept() == [(user.pk, movie.pk, START, "by_hand")]


def test_taking_back_leaves_everything_else(user, movie):
    others = [
        ViewingFactory(user=user, movie=movie, watched_at=START),  # by hand
        ViewingFactory(user=user, movie=movie, watched_at=START + timedelta(hours=3), source="ticket"),
        ViewingFactory(user=user, watched_at=START, source="ticket"),
        ViewingFactory(movie=movie, watched_at=START, source="ticket"),
    ]
    history.not_attended(user, movie, START, by_hand=False)
    assert set(Viewing.objects.all()) == set(others)


@pytest.mark.django_db(transaction=True)
def test_coming_through_two_doors_at_once_is_one_viewing(user, movie):
    assert at_once([lambda: history.attended(user, movie, START)] * 8) == [False] * 8
    assert kept() == [(user.pk, movie.pk, START, "ticket")]
