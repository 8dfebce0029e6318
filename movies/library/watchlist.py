"""Writes of the watchlist: at most one item for each person and film, which the database makes sure of."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.expressions import Combinable
from django.utils import timezone

from accounts.models import User
from movies.models import Movie, WatchlistItem


@transaction.atomic
def add(user: User, movie: Movie, is_favorite: bool = False, at: datetime | None = None) -> WatchlistItem:
    """A new item, added now unless an import knows when.

    IntegrityError (watchlist_item_one_per_user_and_movie) when the film is on the list already.
    """
    return WatchlistItem.objects.create(
        user=user, movie=movie, is_favorite=is_favorite, added_at=timezone.now() if at is None else at
    )


def keep(user: User, movie: Movie) -> None:
    """The film is on the list afterwards, whether it was or not; a favourite stays one."""
    WatchlistItem.objects.bulk_create([WatchlistItem(user=user, movie=movie)], ignore_conflicts=True)


def drop(user: User, movie: Movie) -> None:
    """The film is not on the list afterwards, whether it was or not."""
    WatchlistItem.objects.filter(user=user, movie=movie).delete()


def favor(user: User, movie: Movie) -> None:
    """The film is a favourite afterwards; if it was not on the list, it is now."""
    WatchlistItem.objects.bulk_create(
        [WatchlistItem(user=user, movie=movie, is_favorite=True)],
        update_conflicts=True,
        unique_fields=["user", "movie"],
        update_fields=["is_favorite"],
    )


def unfavor(user: User, movie: Movie) -> None:
    """The film is no favourite afterwards; it stays on the list if it is there."""
    WatchlistItem.objects.filter(user=user, movie=movie).update(is_favorite=False)


def set_favorite(item: WatchlistItem, is_favorite: bool) -> WatchlistItem:
    """WatchlistItem.DoesNotExist when it was removed meanwhile."""
    return _mark(item, is_favorite)


def toggle_favorite(item: WatchlistItem) -> WatchlistItem:
    """Turns the stored state over, not the one that `item` was read with: two toggles at once are two.

    WatchlistItem.DoesNotExist when it was removed meanwhile.
    """
    return _mark(item, ~F("is_favorite"))


def remove(item: WatchlistItem) -> None:
    WatchlistItem.objects.filter(pk=item.pk).delete()


@transaction.atomic
def _mark(item: WatchlistItem, is_favorite: bool | Combinable) -> WatchlistItem:
    # The update keeps its row locked until the commit, so what is read after it is what it wrote.
    WatchlistItem.objects.filter(pk=item.pk).update(is_favorite=is_favorite)
    item.refresh_from_db(fields=["is_favorite"])
    return item
