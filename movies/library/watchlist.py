"""Writes to watchlists; a constraint of the database allows one item for each user and film."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.expressions import Combinable
from django.utils import timezone

from accounts.models import User
from movies.models import Movie, WatchlistItem


@transaction.atomic
def add_item(user: User, movie: Movie, is_favorite: bool = False, at: datetime | None = None) -> WatchlistItem:
    """Add an item, dated now unless an import has a date.

    Raises IntegrityError (watchlist_item_one_per_user_and_movie) when the film is on the list already.
    """
    return WatchlistItem.objects.create(
        user=user, movie=movie, is_favorite=is_favorite, added_at=timezone.now() if at is None else at
    )


def keep_film(user: User, movie: Movie) -> None:
    """Put the film on the list, if it is not there; a favourite stays one."""
    WatchlistItem.objects.bulk_create([WatchlistItem(user=user, movie=movie)], ignore_conflicts=True)


def drop_film(user: User, movie: Movie) -> None:
    """Take the film off the list, if it is there."""
    WatchlistItem.objects.filter(user=user, movie=movie).delete()


def mark_favorite(user: User, movie: Movie) -> None:
    """Make the film a favourite; put it on the list, if it is not there."""
    mark_favorites([WatchlistItem(user=user, movie=movie, is_favorite=True)])


def mark_favorites(items: list[WatchlistItem]) -> None:
    """Do the same for these items, of different films, which are not stored yet."""
    WatchlistItem.objects.bulk_create(
        items,
        update_conflicts=True,
        unique_fields=["user", "movie"],
        update_fields=["is_favorite"],
    )


def unmark_favorite(user: User, movie: Movie) -> None:
    """Make the film no favourite; it stays on the list if it is there."""
    WatchlistItem.objects.filter(user=user, movie=movie).update(is_favorite=False)


def set_favorite(item: WatchlistItem, is_favorite: bool) -> WatchlistItem:
    """Set whether the item is a favourite. Raises WatchlistItem.DoesNotExist when it was deleted."""
    return _update_favorite(item, is_favorite)


def toggle_favorite(item: WatchlistItem) -> WatchlistItem:
    """Invert the stored state, not the one that `item` was read with, so that two toggles at once both count.

    Raises WatchlistItem.DoesNotExist when the item was deleted.
    """
    return _update_favorite(item, ~F("is_favorite"))


def delete_item(item: WatchlistItem) -> None:
    WatchlistItem.objects.filter(pk=item.pk).delete()


@transaction.atomic
def _update_favorite(item: WatchlistItem, is_favorite: bool | Combinable) -> WatchlistItem:
    # The update locks the row until the commit, so what is read here is what it wrote.
    WatchlistItem.objects.filter(pk=item.pk).update(is_favorite=is_favorite)
    item.refresh_from_db(fields=["is_favorite"])
    return item
