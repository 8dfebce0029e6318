"""The steps that keep each film up to date: which changed at TMDB, and all that it says of those that are due."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from catalog_sync import mapping
from catalog_sync.clients.errors import NotFound, UpstreamError
from catalog_sync.clients.parallel import FailureGuard, fetch_ahead
from catalog_sync.clients.tmdb import TMDBClient
from catalog_sync.models import SyncLog
from catalog_sync.nightly.lists import Connect, OnPage, ignore
from catalog_sync.nightly.records import map_rows, write_records
from catalog_sync.nightly.runs import BATCH, Plan, claimed, record_page
from movies.providers import duplicates, upkeep
from movies.providers.details import find_tmdb_ids, store_details
from movies.providers.due import films_due_for_details
from movies.providers.upsert import Counts

log = structlog.get_logger(__name__)
T = TypeVar("T")

MOST_DAYS = 13  # TMDB tells of 14 days at most; one less, whichever way it counts
Answers = Sequence[tuple[int, dict[str, Any] | UpstreamError]]


def sync_changes(connect: Connect = TMDBClient, on_page: OnPage = ignore) -> SyncLog:
    """Ask which films changed on the days since the last run, and put those that we hold in line for their details.

    Only whole days are asked for, so that none is asked for twice; a run goes on with the day that it had reached.
    Returns the finished run, also when it failed. Raises AlreadyRunning.
    """
    with claimed(SyncLog.Entity.CHANGES, lambda run: Plan(len(_days_to_sync(run.started_at)))) as run:
        tmdb = connect() if run.pages_total else None
        for day in _days_to_sync(run.started_at)[run.pages_done :]:
            rows = _fetch_changes(tmdb, day)
            ids, failed = map_rows(rows, mapping.map_changed_id)
            with transaction.atomic():
                marked = upkeep.mark_changed(set(ids), before=midnight(day + timedelta(days=1)))
                record_page(run, Counts(updated=marked, unchanged=len(ids) - marked), failed)
            on_page(run)
    return run


def _days_to_sync(now: datetime) -> list[date]:
    """From the day of the last run, which that one could not ask for as a whole, until yesterday."""
    last = SyncLog.objects.filter(entity_type=SyncLog.Entity.CHANGES, status=SyncLog.Status.SUCCESS).first()
    today = now.astimezone(UTC).date()
    first = last.started_at.astimezone(UTC).date() if last else today - timedelta(days=1)
    first = max(first, today - timedelta(days=MOST_DAYS))
    return [first + timedelta(days=number) for number in range((today - first).days)]


def _fetch_changes(tmdb: TMDBClient | None, day: date) -> list[object]:
    if tmdb is None:
        return []
    first = tmdb.changes(day, 1)
    rows = list(first.results)
    with closing(fetch_ahead(tmdb, partial(tmdb.changes, day), range(2, first.total_pages + 1))) as answers:
        for _, answer in answers:
            if isinstance(answer, UpstreamError):
                raise answer
            rows += answer.results
    return rows


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def sync_details(
    connect: Connect = TMDBClient, on_page: OnPage = ignore, films: Sequence[int] | None = None
) -> SyncLog:
    """Bring in all that TMDB says of the films that are due, at most TMDB_DETAILS_PER_NIGHT; or of `films` by key.

    Asked side by side, written in batches, each in one transaction with the progress of the run. A film that TMDB
    does not have any more stays, and is remembered as vanished. Returns the finished run, also when it failed.
    Raises AlreadyRunning.
    """
    with claimed(SyncLog.Entity.DETAILS, lambda _: Plan.of_films(due_films() if films is None else films)) as run:
        if run.pages_done < run.pages_total:
            fetch_details(run, connect(), on_page)
        upkeep.drop_expired_texts()
    return run


def due_films() -> list[int]:
    older_than = timezone.now() - timedelta(days=settings.TMDB_DETAILS_DAYS)
    return films_due_for_details(older_than, settings.TMDB_DETAILS_PER_NIGHT)


def fetch_details(run: SyncLog, tmdb: TMDBClient, on_page: OnPage) -> None:
    wanted = remaining_batches(run, find_tmdb_ids)
    guard = FailureGuard()
    with closing(fetch_ahead(tmdb, tmdb.details, (tmdb_id for batch in wanted for tmdb_id in batch))) as answers:
        for batch in wanted:
            store_batch(run, [guard.check(next(answers)) for _ in batch])
            on_page(run)


def remaining_batches(run: SyncLog, identify: Callable[[Sequence[int]], list[T]]) -> list[list[T]]:
    """What the run still has to do, by batches; a film that was deleted meanwhile leaves a gap."""
    left = run.todo_ids[run.pages_done * BATCH :]
    return [identify(left[start : start + BATCH]) for start in range(0, len(left), BATCH)]


def store_batch(run: SyncLog, answers: Answers) -> None:
    rows = [answer for _, answer in answers if not isinstance(answer, UpstreamError)]
    vanished = [tmdb_id for tmdb_id, answer in answers if isinstance(answer, NotFound)]
    facts, bad = map_rows(rows, partial(mapping.map_details, region=settings.TMDB_REGION))
    with transaction.atomic():
        settled = duplicates.merge_duplicates({film.tmdb_id: film.imdb_id for film in facts if film.imdb_id})
        counts, refused = write_records(facts, store_details)
        news = upkeep.mark_vanished(vanished)
        failed = bad + refused + log_failures(answers)
        remarks = {"vanished": news, "twins_merged": settled.merged, "twins_left_apart": settled.left_apart}
        gone = Counts(updated=news, unchanged=len(vanished) - news)
        record_page(run, counts + gone, failed, remarks=remarks)


def log_failures(answers: Iterable[tuple[object, object]]) -> int:
    """How many could not be fetched, other than those that are not there."""
    failures = list(failed_ones(answers))
    for key, error in failures:
        log.warning("record_not_fetched", key=key, reason=str(error))
    return len(failures)


def failed_ones(answers: Iterable[tuple[object, object]]) -> Iterator[tuple[object, UpstreamError]]:
    for key, answer in answers:
        if isinstance(answer, UpstreamError) and not isinstance(answer, NotFound):
            yield key, answer
