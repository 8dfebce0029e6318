"""Concurrent first sessions of a film are notified once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Notification
from accounts.tests.factories import UserFactory
from cinema.box_office import purchases as box_office
from cinema.programme import scheduling
from cinema.tests.factories import RoomFactory, SessionFactory
from cinema.tests.overlapping import run_overlapping
from movies.catalogue import showing
from movies.tests.at_once import at_once
from movies.tests.factories import MovieFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 8


@pytest.fixture
def film():
    film = MovieFactory()
    for _ in range(3):
        WatchlistItemFactory(movie=film)
    return film


def first_sessions(film):
    """Return one call for each day: their subjects differ, so the constraint alone does not prevent duplicates."""
    days = [timezone.now() + timedelta(days=day) for day in range(1, THREADS + 1)]
    rooms = [RoomFactory() for _ in days]
    return [
        lambda room=room, day=day: scheduling.schedule(film, room, day) for room, day in zip(rooms, days, strict=True)
    ]


def test_concurrent_first_sessions_are_notified_once(film):
    made = at_once(first_sessions(film))
    assert not [one for one in made if isinstance(one, Exception)]
    assert Notification.objects.count() == 3
    assert Notification.objects.values("subject").distinct().count() == 1


def test_the_second_waits_and_sees_the_first(film):
    first, second, *_ = first_sessions(film)
    assert not [one for one in run_overlapping(first, second) if isinstance(one, Exception)]
    assert Notification.objects.count() == 3


def test_without_the_lock_both_are_notified(film, monkeypatch):
    """The control: the same as above without the lock."""
    monkeypatch.setattr(showing, "lock_films", set)
    monkeypatch.setattr(showing, "set_showing_until", lambda starts: None)
    first, second, *_ = first_sessions(film)
    assert not [one for one in run_overlapping(first, second) if isinstance(one, Exception)]
    assert Notification.objects.count() == 6


def test_a_repeated_concurrent_purchase_is_one_notification():
    session, ana = SessionFactory(), UserFactory()
    purchases = at_once([lambda: box_office.buy(session.pk, ana, seats=["A1"], key="twice")] * 4)
    assert len({purchase.pk for purchase in purchases}) == 1
    assert Notification.objects.count() == 1
