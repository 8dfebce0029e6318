"""Viewings with a ticket, and undoing them. Viewings entered by hand are tested in tests/api and tests/views."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from movies.library import history
from movies.models import Rating, Viewing
from movies.queries.ratings import with_verified
from movies.tests.at_once import at_once
from movies.tests.factories import RatingFactory, ViewingFactory

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 1, 20, 15, tzinfo=UTC)


@pytest.fixture
def user():
    return UserFactory()


def stored_viewings():
    return list(Viewing.objects.order_by("watched_at").values_list("user", "movie", "watched_at", "source"))


def test_a_viewing_with_a_ticket_verifies_the_rating(user, movie):
    RatingFactory(user=user, movie=movie)
    assert history.record_attendance(user, movie, START) is False
    assert stored_viewings() == [(user.pk, movie.pk, START, "ticket")]
    assert with_verified(Rating.objects.all()).get().verified is True
    history.undo_attendance(user, movie, START, by_hand=False)
    assert stored_viewings() == []
    assert with_verified(Rating.objects.all()).get().verified is False


def test_attendance_is_recorded_before_the_film_starts(user, movie):
    later = timezone.now() + timedelta(days=3)
    history.record_attendance(user, movie, later)
    assert stored_viewings() == [(user.pk, movie.pk, later, "ticket")]


def test_two_tickets_for_one_session_are_one_viewing(user, movie):
    assert [history.record_attendance(user, movie, START) for _ in range(2)] == [False, False]
    assert stored_viewings() == [(user.pk, movie.pk, START, "ticket")]


def test_a_viewing_entered_by_hand_is_restored_by_undoing(user, movie):
    ViewingFactory(user=user, movie=movie, watched_at=START)
    assert history.record_attendance(user, movie, START) is True
    assert stored_viewings() == [(user.pk, movie.pk, START, "ticket")]
    history.undo_attendance(user, movie, START, by_hand=True)
    assert stored_viewings() == [(user.pk, movie.pk, START, "by_hand")]


def test_undoing_keeps_all_other_viewings(user, movie):
    others = [
        ViewingFactory(user=user, movie=movie, watched_at=START),  # by hand
        ViewingFactory(user=user, movie=movie, watched_at=START + timedelta(hours=3), source="ticket"),
        ViewingFactory(user=user, watched_at=START, source="ticket"),
        ViewingFactory(movie=movie, watched_at=START, source="ticket"),
    ]
    history.undo_attendance(user, movie, START, by_hand=False)
    assert set(Viewing.objects.all()) == set(others)


@pytest.mark.django_db(transaction=True)
def test_checking_in_at_once_is_one_viewing(user, movie):
    assert at_once([lambda: history.record_attendance(user, movie, START)] * 8) == [False] * 8
    assert stored_viewings() == [(user.pk, movie.pk, START, "ticket")]
