"""The nightly jobs: genres, then the popular films, page by page."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

import structlog
from django.conf import settings
from django.db import DataError, IntegrityError, transaction

from catalog_sync import mapping
from catalog_sync.models import SyncLog
from catalog_sync.runs import claimed, record_page
from catalog_sync.tmdb import MAX_PAGE, TMDB
from movies.genres import upsert_genres
from movies.models import Genre
from movies.upsert import Counts, upsert_movies

log = structlog.get_logger(__name__)


class Identified(Protocol):
    @property
    def tmdb_id(self) -> int: ...


Facts = TypeVar("Facts", bound=Identified)
OnPage = Callable[[SyncLog], None]
# Called inside the run, so that a missing key is told by the run as well.
Connect = Callable[[], TMDB]


def ignore(run: SyncLog) -> None:
    """Nobody watches."""


def sync_genres(connect: Connect = TMDB, on_page: OnPage = ignore) -> SyncLog:
    """Bring our genres up to TMDB's; returns the finished run, also when it failed. Raises AlreadyRunning."""
    with claimed(SyncLog.Entity.GENRES, pages=1) as run:
        if run.pages_done < run.pages_total:
            store_page(run, connect().genres(), mapping.genre, upsert_genres)
            on_page(run)
    return run


def sync_movies(pages: int | None = None, connect: Connect = TMDB, on_page: OnPage = ignore) -> SyncLog:
    """Bring in TMDB's `pages` most popular pages (20 films each; default TMDB_SYNC_PAGES).

    Each page is one transaction together with the progress of the run. A run that a crash left behind is taken
    up where it stopped, with the number of pages it was begun with. Returns the finished run, also when it failed.
    Raises AlreadyRunning.
    """
    with claimed(SyncLog.Entity.MOVIES, pages=pages or settings.TMDB_SYNC_PAGES) as run:
        tmdb = connect()
        if not Genre.objects.exclude(tmdb_id=None).exists():
            upsert_genres(good_records(tmdb.genres(), mapping.genre)[0])
        while run.pages_done < run.pages_total:
            page = tmdb.popular(run.pages_done + 1)
            # TMDB's totals drift during a run; the list may have become shorter than what we set out for.
            run.pages_total = max(min(run.pages_total, page.total_pages, MAX_PAGE), run.pages_done + 1)
            store_page(run, page.results, mapping.movie_row, upsert_movies)
            on_page(run)
    return run


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
    facts, failed = good_records(rows, map_row)
    seen = set(run.seen_ids)
    fresh: dict[int, Facts] = {}
    for fact in facts:
        if fact.tmdb_id not in seen:
            fresh.setdefault(fact.tmdb_id, fact)
    with transaction.atomic():
        counts, refused = upsert_whatever_fits(list(fresh.values()), upsert)
        repeated = Counts(unchanged=len(facts) - len(fresh))
        record_page(run, counts + repeated, failed + refused, fresh)


def good_records(rows: Iterable[Any], map_row: Callable[[Any], Facts]) -> tuple[list[Facts], int]:
    """The rows that make sense, and how many did not."""
    facts, failed = [], 0
    for row in rows:
        try:
            facts.append(map_row(row))
        except mapping.BadRecord as reason:
            failed += 1
            log.warning("record_skipped", reason=str(reason))
    return facts, failed


def upsert_whatever_fits(facts: list[Facts], upsert: Callable[[Iterable[Facts]], Counts]) -> tuple[Counts, int]:
    """Write all at once or, when the database refuses that, one by one; returns how many were refused, too."""
    try:
        with transaction.atomic():
            return upsert(facts), 0
    except (IntegrityError, DataError) as error:
        if len(facts) == 1:
            log.warning("record_refused", fact=str(facts[0])[:200], error=type(error).__name__)
            return Counts(), 1
    outcomes = [upsert_whatever_fits([fact], upsert) for fact in facts]
    return sum((counts for counts, _ in outcomes), Counts()), sum(refused for _, refused in outcomes)
