"""The order of a watchlist where no programme is asked; with one, see cinema/tests/views/test_watchlist.py."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from movies import coming, queries
from movies.models import WatchlistItem
from movies.tests.factories import WatchlistItemFactory

pytestmark = pytest.mark.django_db


def test_without_a_programme_the_newest_is_first(monkeypatch):
    monkeypatch.setattr(coming, "_programme", [])
    ana = UserFactory()
    days = [5, 0, 4000]
    items = [WatchlistItemFactory(user=ana) for _ in days]
    for item, day in zip(items, days, strict=True):
        WatchlistItem.objects.filter(pk=item.pk).update(added_at=timezone.now() - timedelta(days=day))
    assert list(queries.watchlist_of(ana).order_by("playing")) == [items[1], items[0], items[2]]


def test_the_last_one_that_registers_is_asked(monkeypatch):
    monkeypatch.setattr(coming, "_programme", [])
    for programme in ("first", "second"):
        coming.register(programme)
    assert coming._programme == ["second"]
