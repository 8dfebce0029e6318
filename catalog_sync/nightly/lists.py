"""The steps that read TMDB's lists: genres, the popular films, and recent and coming releases of our region."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.db import transaction

from catalog_sync import mapping
from catalog_sync.clients.errors import UpstreamError
from catalog_sync.clients.parallel import fetch_ahead
from catalog_sync.clients.tmdb import MAX_PAGE, Page, TMDBClient
from catalog_sync.models import SyncLog
from catalog_sync.nightly.records import map_rows, write_records
from catalog_sync.nightly.runs import OnPage, Plan, claim_run, ignore_progress, record_page
from movies.models import Genre
from movies.providers.adult import flag_films
from movies.providers.genres import upsert_genres
from movies.providers.upsert import Counts, MovieRow, upsert_movies

# Films released lately or soon are often not among the popular ones.
RELEASE_PAGES = 10
RELEASED_SINCE, RELEASED_UNTIL = timedelta(days=60), timedelta(days=30)
IN_CINEMAS = "2|3"  # TMDB's release types: limited or theatrical


class Identified(Protocol):
    @property
    def tmdb_id(self) -> int: ...


Record = TypeVar("Record", bound=Identified)
# Called inside the run, so that a missing key is recorded in the run.
MakeClient = Callable[[], TMDBClient]


def sync_genres(make_client: MakeClient = TMDBClient, on_page: OnPage = ignore_progress) -> SyncLog:
    """Store TMDB's genres. Return the finished run, also when it failed. Raises AlreadyRunning."""
    with claim_run(SyncLog.Entity.GENRES, lambda _: Plan()) as run:
        if run.pages_done < run.pages_total:
            _store_page(run, make_client().genres(), mapping.map_genre, upsert_genres)
            on_page(run)
    return run


def sync_movies(
    pages: int | None = None, make_client: MakeClient = TMDBClient, on_page: OnPage = ignore_progress
) -> SyncLog:
    """Store TMDB's most popular films, so many `pages` (20 films each; default TMDB_SYNC_PAGES).

    Each page is one transaction together with the progress of the run. A run left by a crash is resumed where it
    stopped, with its own number of pages. Return the finished run, also when it failed. Raises AlreadyRunning.
    """
    with claim_run(SyncLog.Entity.MOVIES, lambda _: Plan(pages or settings.TMDB_SYNC_PAGES)) as run:
        tmdb = make_client()
        _store_list(run, tmdb, tmdb.popular, mapping.map_movie, on_page)
    return run


def sync_releases(make_client: MakeClient = TMDBClient, on_page: OnPage = ignore_progress) -> SyncLog:
    """Store the films released in TMDB_REGION around now, popular or not; otherwise as `sync_movies`."""
    with claim_run(SyncLog.Entity.RELEASES, lambda _: Plan(min(RELEASE_PAGES, settings.TMDB_SYNC_PAGES))) as run:
        tmdb, filters = make_client(), release_filters(run.started_at)
        map_row = partial(mapping.map_release, region=settings.TMDB_REGION)
        _store_list(run, tmdb, lambda number: tmdb.discover(number, **filters), map_row, on_page)
    return run


def release_filters(now: datetime) -> dict[str, str | bool]:
    return {
        "region": settings.TMDB_REGION.partition("-")[0],
        "release_date.gte": (now - RELEASED_SINCE).date().isoformat(),
        "release_date.lte": (now + RELEASED_UNTIL).date().isoformat(),
        "with_release_type": IN_CINEMAS,
        "include_adult": False,
        "sort_by": "popularity.desc",
    }


def _store_list(
    run: SyncLog,
    tmdb: TMDBClient,
    fetch: Callable[[int], Page],
    map_row: Callable[[Any], MovieRow],
    on_page: OnPage,
) -> None:
    if not Genre.objects.exclude(tmdb_id=None).exists():
        upsert_genres(map_rows(tmdb.genres(), mapping.map_genre)[0])
    with closing(fetch_ahead(tmdb, fetch, range(run.pages_done + 1, run.pages_total + 1))) as answers:
        for page in _pages_until_error(answers):
            # TMDB's totals drift during a run; the list may have become shorter than planned.
            run.pages_total = max(min(run.pages_total, page.total_pages, MAX_PAGE), run.pages_done + 1)
            _store_page(run, page.results, map_row, _upsert_listed)
            on_page(run)
            if run.pages_done >= run.pages_total:
                break


def _pages_until_error(answers: Iterable[tuple[int, Page | UpstreamError]]) -> Iterator[Page]:
    """Yield the pages. Raises the first error: a list without one of its pages would be incomplete."""
    for _, answer in answers:
        if isinstance(answer, UpstreamError):
            raise answer
        yield answer


def _store_page(
    run: SyncLog,
    rows: Iterable[Any],
    map_row: Callable[[Any], Record],
    upsert: Callable[[Iterable[Record]], Counts],
) -> None:
    """Store one page and the progress of the run in one transaction; bad records are counted and skipped.

    TMDB's pages overlap, and may differ about one film within a run. The first row counts, from the page nearest to
    the top; otherwise every night would write such a film twice.
    """
    records, failed = map_rows(rows, map_row)
    seen = set(run.seen_ids)
    new: dict[int, Record] = {}
    for record in records:
        if record.tmdb_id not in seen:
            new.setdefault(record.tmdb_id, record)
    with transaction.atomic():
        counts, refused = write_records(list(new.values()), upsert)
        repeated = Counts(unchanged=len(records) - len(new))
        adult = sum(bool(getattr(record, "adult", False)) for record in new.values())
        record_page(run, counts + repeated, failed + refused, new, remarks={"adult": adult})


def _upsert_listed(rows: Iterable[MovieRow]) -> Counts:
    """Store the films that a cinema shows. Those that TMDB flags as adult are flagged here too, and not created."""
    rows = list(rows)
    adult = {row.tmdb_id for row in rows if row.adult}
    flagged = flag_films({row.tmdb_id: row.adult for row in rows})
    return upsert_movies(row for row in rows if not row.adult) + Counts(updated=flagged, unchanged=len(adult) - flagged)
