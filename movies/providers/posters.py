"""Posters of films from a provider: which are wanted, storing them, and the state of each in SyncState."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from movies.models import Movie, SyncState
from movies.posters import files, uploads
from movies.posters.images import Poster
from movies.providers.due import films_without_poster_by_hand, has_current_poster
from movies.providers.upsert import Counts

# How long to wait after each failure in a row. After the last one, wait until the provider shows another picture.
WAITS = (timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=3), timedelta(days=7))
PROBLEM_LENGTH = 200
UNCHANGED = Counts(unchanged=1)


@dataclass(frozen=True, slots=True)
class WantedPoster:
    """A film and the provider's picture to fetch for it; empty if there is none, or if it is stored already."""

    movie: int
    source: str


def wanted_posters(pks: Collection[int]) -> list[WantedPoster]:
    """Return the wanted poster of each of these films, in the order of `pks`.

    Films that were deleted or have a poster by hand are left out.
    """
    films = films_without_poster_by_hand().filter(pk__in=pks)
    sources = dict(films.values_list("pk", "poster_source"))
    current = set(films.filter(has_current_poster()).values_list("pk", flat=True))
    return [WantedPoster(pk, "" if pk in current else sources[pk]) for pk in pks if pk in sources]


def store_poster(film: WantedPoster, poster: Poster) -> Counts:
    """Store the files and make them the film's poster, unless the film was edited or deleted in the meantime.

    Raises StoreUnavailable, and then nothing has changed. Not inside a transaction.
    """
    with files.store_files(poster) as key:
        row = _lock_if_still_wanted(film)
        if row is None:
            files.discard_files_after_commit(key)
            return UNCHANGED
        former = row.poster_key
        if former != key:
            uploads.change_poster_key(row, key, by_hand=False)
        _update_state(film, poster_source_stored=film.source, poster_key_stored=key)
    if former == key:
        return UNCHANGED
    return Counts(updated=1) if former else Counts(created=1)


@transaction.atomic
def remove_poster(film: WantedPoster) -> Counts:
    """Remove a poster that the provider no longer shows. Posters by hand stay."""
    row = _lock_if_still_wanted(film)
    state = SyncState.objects.filter(movie=film.movie).first()
    if not row or not state or not row.poster_key or row.poster_key != state.poster_key_stored:
        return UNCHANGED
    uploads.change_poster_key(row, "", by_hand=False)
    _update_state(film, poster_source_stored="", poster_key_stored="")
    return Counts(updated=1)


@transaction.atomic
def record_failure(film: WantedPoster, problem: str, *, for_good: bool = False) -> None:
    """Record that the picture could not be fetched, and when to try again.

    With `for_good` it is not tried again until the provider shows another picture.
    """
    if _lock_if_still_wanted(film) is None:
        return
    state = SyncState.objects.filter(movie=film.movie).first()
    before = state.poster_failures if state and state.poster_source_failed == film.source else 0
    _update_state(
        film,
        poster_source_failed=film.source,
        poster_failures=before + 1,
        poster_problem=problem[:PROBLEM_LENGTH],
        poster_retry_at=None if for_good or before >= len(WAITS) else timezone.now() + WAITS[before],
    )


def _lock_if_still_wanted(film: WantedPoster) -> Movie | None:
    """Return the film's row, locked until the transaction ends, or None if it no longer wants this picture."""
    rows = films_without_poster_by_hand().select_for_update(of=("self",)).only("poster_key", "poster_source")
    row = rows.filter(pk=film.movie).first()
    return row if row and row.poster_source == film.source else None


def _update_state(film: WantedPoster, **values: str | int | datetime | None) -> None:
    """Save `values` in the film's SyncState, and reset the failure fields that they do not name."""
    no_failure = {"poster_source_failed": "", "poster_failures": 0, "poster_problem": "", "poster_retry_at": None}
    defaults = {"poster_tried_at": timezone.now()} | no_failure | values
    SyncState.objects.update_or_create(movie_id=film.movie, defaults=defaults)
