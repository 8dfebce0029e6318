"""The order of a watchlist without a registered programme; with one, see cinema/tests/views/test_watchlist.py."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from movies.models import WatchlistItem
from movies.queries import upcoming
from movies.queries.library import watchlist_items
from movies.tests.factories import WatchlistItemFactory

pytestmark = pytest.mark.django_db


def test_without_a_programme_the_newest_is_first(monkeypatch):
    monkeypatch.setattr(upcoming, "_programme", [])
    ana = UserFactory()
    days = [5, 0, 4000]
    items = [WatchlistItemFactory(user=ana) for _ in days]
    for item, day in zip(items, days, strict=True):
        WatchlistItem.objects.filter(pk=item.pk).update(added_at=timezone.now() - timedelta(days=day))
    assert list(watchlist_items(ana).order_by("playing")) == [items[1], items[0], items[2]]


def test_the_last_registered_programme_counts(monkeypatch):
    monkeypatch.setattr(upcoming, "_programme", [])
    for programme in ("first", "second"):
        upcoming.register_programme(programme)
    assert upcoming._programme == ["second"]
