"""The files of posters: put into the store, kept there while a film names them, and removed.

Whoever writes or removes the files of a key holds the lock of its row meanwhile, and whoever lets a film name a key
does so under that lock, after having seen its files: so no film names files that are gone. The row is committed before
the files are written and deleted after them, so that a crash leaves no file without a row.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import IO, Any

from django.db import transaction
from django.utils import timezone

from movies.models import POSTER_WIDTHS, Movie, StoredPoster
from movies.posters import store as poster_store
from movies.posters.images import Poster, PosterRefused, prepare
from movies.posters.store import StoreUnavailable

__all__ = ["Poster", "PosterRefused", "StoreUnavailable", "discard", "forget", "kept", "prepare", "store"]

ATTEMPTS = 5


def store(file: IO[Any]) -> str:
    """The key of the poster that `file` (binary) holds, whose files are then in the store.

    Until a film names the key, the daily sweep may remove its files a day later: `poster_uploads.put` stores and names
    in one. Raises PosterRefused and StoreUnavailable; inside a transaction it raises RuntimeError.
    """
    with kept(prepare(file)) as key:
        return key


@contextmanager
def kept(poster: Poster) -> Iterator[str]:
    """A transaction in which the files of `poster` are in the store, all of them, and stay: a film may name its key.

    Raises StoreUnavailable; inside a transaction RuntimeError, because its row must be committed before its files.
    """
    for _ in range(ATTEMPTS):
        register(poster.key)
        with transaction.atomic():
            if not lock(poster.key):
                continue  # somebody discarded it in between
            write_missing(poster)
            yield poster.key
            return
    raise StoreUnavailable


def register(key: str) -> None:
    """Write the row of a key, or renew it: from now on a sweep knows of its files."""
    with transaction.atomic(durable=True):
        StoredPoster.objects.update_or_create(key=key, defaults={"stored_at": timezone.now()})


def lock(key: str, *, skip_locked: bool = False) -> StoredPoster | None:
    """Its row, held until the transaction ends."""
    return StoredPoster.objects.select_for_update(skip_locked=skip_locked).filter(key=key).first()


def write_missing(poster: Poster) -> None:
    """A key names bytes: what is there in the right length is not written again, what a crash cut short is."""
    for width, data in poster.files.items():
        if poster_store.size(name_of(poster.key, width)) != len(data):
            poster_store.write(name_of(poster.key, width), data)


def name_of(key: str, width: int) -> str:
    return f"{folder_of(key)}/w{width}.jpg"


def folder_of(key: str) -> str:
    return f"posters/{key}"


@transaction.atomic
def discard(key: str, stored_before: datetime | None = None) -> bool:
    """Remove the files of `key` unless a film names it, or somebody stored it again since; returns whether it did.

    Raises StoreUnavailable.
    """
    row = lock(key, skip_locked=True)
    # Whoever holds the lock is about to name the key; and whoever held it before is seen by the second statement.
    if row is None or Movie.objects.filter(poster_key=key).exists():
        return False
    if stored_before and row.stored_at >= stored_before:
        return False
    for width in POSTER_WIDTHS:
        poster_store.delete(name_of(key, width))
    poster_store.delete_folder(folder_of(key))
    row.delete()
    return True


def forget(key: str) -> None:
    """For whoever took `key` from a film or deleted the film: once that is committed, unused files are removed.

    What the store does not do then is left to the daily sweep.
    """
    if key:
        # Not a partial: Django names a callback that failed by its `__qualname__`.
        transaction.on_commit(lambda: discard_if_possible(key), robust=True)


def discard_if_possible(key: str) -> None:
    with suppress(StoreUnavailable):
        discard(key)
