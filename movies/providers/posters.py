"""Making a provider's picture the poster of a film, and remembering which one it was, or why it did not come in."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from movies.models import Movie, SyncState
from movies.posters import files, uploads
from movies.posters.files import Poster
from movies.providers.due import poster_in_place, poster_not_by_hand
from movies.providers.upsert import Counts

# After each failure in a row; after the last one the picture is left, until the provider shows another.
WAITS = (timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=3), timedelta(days=7))
PROBLEM_LENGTH = 200
UNCHANGED = Counts(unchanged=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A film and the provider's picture to fetch for it; empty where there is none, or it is in place already."""

    movie: int
    source: str


def wanted(pks: Collection[int]) -> list[Wanted]:
    """For those films that are still there and have no poster by hand, in the order of `pks`."""
    films = poster_not_by_hand().filter(pk__in=pks)
    sources = dict(films.values_list("pk", "poster_source"))
    in_place = set(films.filter(poster_in_place()).values_list("pk", flat=True))
    return [Wanted(pk, "" if pk in in_place else sources[pk]) for pk in pks if pk in sources]


def keep(film: Wanted, poster: Poster) -> Counts:
    """Store the files and name them, in one step; a film that was edited or deleted meanwhile stays as it is.

    Raises StoreUnavailable, and then nothing has changed. Not inside a transaction.
    """
    with files.kept(poster) as key:
        row = still(film)
        if row is None:
            files.forget(key)
            return UNCHANGED
        former = row.poster_key
        if former != key:
            uploads.change_key(row, key, by_hand=False)
        remember(film, poster_source_stored=film.source, poster_key_stored=key)
    if former == key:
        return UNCHANGED
    return Counts(updated=1) if former else Counts(created=1)


@transaction.atomic
def take_away(film: Wanted) -> Counts:
    """What we made of a picture that the provider does not show any more; nothing that somebody put there."""
    row = still(film)
    state = SyncState.objects.filter(movie=film.movie).first()
    if not row or not state or not row.poster_key or row.poster_key != state.poster_key_stored:
        return UNCHANGED
    uploads.change_key(row, "", by_hand=False)
    remember(film, poster_source_stored="", poster_key_stored="")
    return Counts(updated=1)


@transaction.atomic
def note_failure(film: Wanted, problem: str, *, for_good: bool = False) -> None:
    """The picture did not come in: it is tried again later, or (`for_good`) not before there is another."""
    if still(film) is None:
        return
    state = SyncState.objects.filter(movie=film.movie).first()
    before = state.poster_failures if state and state.poster_source_failed == film.source else 0
    remember(
        film,
        poster_source_failed=film.source,
        poster_failures=before + 1,
        poster_problem=problem[:PROBLEM_LENGTH],
        poster_retry_at=None if for_good or before >= len(WAITS) else timezone.now() + WAITS[before],
    )


def still(film: Wanted) -> Movie | None:
    """Its row, held until the transaction ends, if it still wants this picture."""
    rows = poster_not_by_hand().select_for_update(of=("self",)).only("poster_key", "poster_source")
    row = rows.filter(pk=film.movie).first()
    return row if row and row.poster_source == film.source else None


def remember(film: Wanted, **facts: str | int | datetime | None) -> None:
    """All is well with its poster, but for what `facts` say otherwise."""
    well = {"poster_source_failed": "", "poster_failures": 0, "poster_problem": "", "poster_retry_at": None}
    defaults = {"poster_tried_at": timezone.now()} | well | facts
    SyncState.objects.update_or_create(movie_id=film.movie, defaults=defaults)
