"""The files of posters: stored, kept while a film refers to them, and discarded.

A transaction that writes or deletes the files of a key holds the lock on the key's row, and so does a transaction that
makes a film refer to the key, after it has seen the files. Therefore no film refers to deleted files. The row is
committed before its files are written and deleted after them, so that a crash leaves no file without a row.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from movies.models import POSTER_WIDTHS, Movie, StoredPoster
from movies.posters import store
from movies.posters.images import Poster
from movies.posters.store import StoreUnavailable

ATTEMPTS = 5


@contextmanager
def store_files(poster: Poster) -> Iterator[str]:
    """Store all files of `poster` and open a transaction in which a film can be given their key, which is yielded.

    Files that no film refers to after that are discarded by the daily sweep, a day later at the earliest.
    Raises StoreUnavailable; inside a transaction RuntimeError, because its row must be committed before its files.
    """
    for _ in range(ATTEMPTS):
        _register_key(poster.key)
        with transaction.atomic():
            if not _lock_key(poster.key):
                continue  # another transaction discarded the key in between
            # The key is a hash of the content: a file of the right length is complete and need not be written again.
            for width, data in poster.files.items():
                name = file_name(poster.key, width)
                if store.get_size(name) != len(data):
                    store.write(name, data)
            yield poster.key
            return
    raise StoreUnavailable


def file_name(key: str, width: int) -> str:
    """Return the name in the store of the file of this width."""
    return f"{_folder_name(key)}/w{width}.jpg"


@transaction.atomic
def discard_files(key: str, stored_before: datetime | None = None) -> bool:
    """Delete the files of `key`, and return True, unless a film refers to it or it was stored again in the meantime.

    Raises StoreUnavailable.
    """
    row = _lock_key(key, skip_locked=True)
    # A transaction that holds the lock is about to refer to the key. One that held it before has committed by now,
    # and the second query sees its film.
    if row is None or Movie.objects.filter(poster_key=key).exists():
        return False
    if stored_before and row.stored_at >= stored_before:
        return False
    for width in POSTER_WIDTHS:
        store.delete(file_name(key, width))
    store.delete_folder(_folder_name(key))
    row.delete()
    return True


def discard_files_after_commit(key: str) -> None:
    """Discard the files of `key`, if no film refers to them any more, once the current transaction is committed.

    For callers that removed `key` from a film or deleted the film. What fails then is left to the daily sweep.
    """
    if key:
        # Not a partial: Django names a callback that failed by its `__qualname__`.
        transaction.on_commit(lambda: discard_files_if_possible(key), robust=True)


def discard_files_if_possible(key: str) -> None:
    """Discard the files of `key`; leave them to the daily sweep when the store is unavailable."""
    with suppress(StoreUnavailable):
        discard_files(key)


def _register_key(key: str) -> None:
    """Insert the row of a key, or renew it, so that the sweep finds its files.

    One statement: between a query and an INSERT, another transaction could delete or insert the row.
    """
    row = StoredPoster(key=key, stored_at=timezone.now())
    with transaction.atomic(durable=True):
        StoredPoster.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["key"], update_fields=["stored_at"]
        )


def _lock_key(key: str, *, skip_locked: bool = False) -> StoredPoster | None:
    """Return the row of a key, locked until the transaction ends."""
    return StoredPoster.objects.select_for_update(skip_locked=skip_locked).filter(key=key).first()


def _folder_name(key: str) -> str:
    return f"posters/{key}"
