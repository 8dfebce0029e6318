"""The steps that read TMDB's lists: genres, the popular films, and what is new in the cinemas of our region."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.db import transaction

from catalog_sync import mapping
from catalog_sync.clients.errors import UpstreamError
from catalog_sync.clients.parallel import fetch_ahead
from catalog_sync.clients.tmdb import MAX_PAGE, Page, TMDBClient
from catalog_sync.models import SyncLog
from catalog_sync.nightly.records import map_rows, write_records
from catalog_sync.nightly.runs import Plan, claimed, record_page
from movies.models import Genre
from movies.providers.genres import upsert_genres
from movies.providers.upsert import Counts, upsert_movies

# What comes to the cinemas soon, or came lately, is not popular yet, or no more.
RELEASE_PAGES = 10
RELEASED_SINCE, RELEASED_UNTIL = timedelta(days=60), timedelta(days=30)
IN_CINEMAS = "2|3"  # TMDB's types: limited or theatrical


class Identified(Protocol):
    @property
    def tmdb_id(self) -> int: ...


Facts = TypeVar("Facts", bound=Identified)
OnPage = Callable[[SyncLog], None]
# Called inside the run, so that a missing key is told by the run as well.
Connect = Callable[[], TMDBClient]


def ignore(run: SyncLog) -> None:
    """Nobody watches."""


def sync_genres(connect: Connect = TMDBClient, on_page: OnPage = ignore) -> SyncLog:
    """Bring our genres up to TMDB's; returns the finished run, also when it failed. Raises AlreadyRunning."""
    with claimed(SyncLog.Entity.GENRES, lambda _: Plan()) as run:
        if run.pages_done < run.pages_total:
            store_page(run, connect().genres(), mapping.genre, upsert_genres)
            on_page(run)
    return run


def sync_movies(pages: int | None = None, connect: Connect = TMDBClient, on_page: OnPage = ignore) -> SyncLog:
    """Bring in TMDB's `pages` most popular pages (20 films each; default TMDB_SYNC_PAGES).

    Each page is one transaction together with the progress of the run. A run that a crash left behind is taken
    up where it stopped, with the number of pages it was begun with. Returns the finished run, also when it failed.
    Raises AlreadyRunning.
    """
    with claimed(SyncLog.Entity.MOVIES, lambda _: Plan(pages or settings.TMDB_SYNC_PAGES)) as run:
        tmdb = connect()
        store_list(run, tmdb, tmdb.popular, on_page)
    return run


def sync_releases(connect: Connect = TMDBClient, on_page: OnPage = ignore) -> SyncLog:
    """Bring in what comes to the cinemas of TMDB_REGION around now, popular or not; else as `sync_movies`."""
    with claimed(SyncLog.Entity.RELEASES, lambda _: Plan(min(RELEASE_PAGES, settings.TMDB_SYNC_PAGES))) as run:
        tmdb, filters = connect(), release_filters(run.started_at)
        store_list(run, tmdb, lambda number: tmdb.discover(number, **filters), on_page)
    return run


def release_filters(now: datetime) -> dict[str, str | bool]:
    return {
        "region": settings.TMDB_REGION,
        "release_date.gte": (now - RELEASED_SINCE).date().isoformat(),
        "release_date.lte": (now + RELEASED_UNTIL).date().isoformat(),
        "with_release_type": IN_CINEMAS,
        "include_adult": False,
        "sort_by": "popularity.desc",
    }


def store_list(run: SyncLog, tmdb: TMDBClient, ask: Callable[[int], Page], on_page: OnPage) -> None:
    if not Genre.objects.exclude(tmdb_id=None).exists():
        upsert_genres(map_rows(tmdb.genres(), mapping.genre)[0])
    with closing(fetch_ahead(tmdb, ask, range(run.pages_done + 1, run.pages_total + 1))) as answers:
        for page in whole(answers):
            # TMDB's totals drift during a run; the list may have become shorter than what we set out for.
            run.pages_total = max(min(run.pages_total, page.total_pages, MAX_PAGE), run.pages_done + 1)
            store_page(run, page.results, mapping.map_movie, upsert_movies)
            on_page(run)
            if run.pages_done >= run.pages_total:
                break


def whole(answers: Iterable[tuple[int, Page | UpstreamError]]) -> Iterator[Page]:
    """A list without one of its pages would be no list: the first that is missing ends the run."""
    for _, answer in answers:
        if isinstance(answer, UpstreamError):
            raise answer
        yield answer


def store_page(
    run: SyncLog,
    rows: Iterable[Any],
    map_row: Callable[[Any], Facts],
    upsert: Callable[[Iterable[Facts]], Counts],
) -> None:
    """Write one page and the progress of the run in one transaction; bad records are counted and skipped.

    TMDB's pages overlap, and may say different things of one film within a run. What was said first, on the page
    nearest to the top, counts; otherwise every night would write such a film twice.
    """
    facts, failed = map_rows(rows, map_row)
    seen = set(run.seen_ids)
    fresh: dict[int, Facts] = {}
    for fact in facts:
        if fact.tmdb_id not in seen:
            fresh.setdefault(fact.tmdb_id, fact)
    with transaction.atomic():
        counts, refused = write_records(list(fresh.values()), upsert)
        repeated = Counts(unchanged=len(facts) - len(fresh))
        record_page(run, counts + repeated, failed + refused, fresh)
