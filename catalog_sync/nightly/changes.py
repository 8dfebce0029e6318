"""The step that finds out which films changed at TMDB, and marks them as due for their details."""

from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from django.db import transaction

from catalog_sync import mapping
from catalog_sync.clients.errors import UpstreamError
from catalog_sync.clients.parallel import fetch_ahead
from catalog_sync.clients.tmdb import TMDBClient
from catalog_sync.models import SyncLog
from catalog_sync.nightly.lists import MakeClient
from catalog_sync.nightly.records import map_rows
from catalog_sync.nightly.runs import OnPage, Plan, claim_run, ignore_progress, record_page
from movies.providers import upkeep
from movies.providers.upsert import Counts

MAX_DAYS = 13  # TMDB serves 14 days at most; one less, however it counts them


def sync_changes(make_client: MakeClient = TMDBClient, on_page: OnPage = ignore_progress) -> SyncLog:
    """Fetch the changed films of the days since the last run, and mark those that we have as due for details.

    Only whole days are fetched, so that none is fetched twice; a resumed run goes on with the day that it had reached.
    Return the finished run, also when it failed. Raises AlreadyRunning.
    """
    with claim_run(SyncLog.Entity.CHANGES, lambda run: Plan(len(days_to_sync(run.started_at)))) as run:
        tmdb = make_client() if run.pages_total else None
        for day in days_to_sync(run.started_at)[run.pages_done :]:
            rows = _fetch_changes(tmdb, day) if tmdb else []
            ids, failed = map_rows(rows, mapping.map_changed_id)
            midnight = datetime.combine(day + timedelta(days=1), time(), UTC)
            with transaction.atomic():
                marked = upkeep.mark_changed(set(ids), before=midnight)
                record_page(run, Counts(updated=marked, unchanged=len(ids) - marked), failed)
            on_page(run)
    return run


def days_to_sync(now: datetime) -> list[date]:
    """Return the days (UTC) from that of the last run, which was not over then, until yesterday; at most MAX_DAYS."""
    last = SyncLog.objects.filter(entity_type=SyncLog.Entity.CHANGES, status=SyncLog.Status.SUCCESS).first()
    today = now.astimezone(UTC).date()
    first = last.started_at.astimezone(UTC).date() if last else today - timedelta(days=1)
    first = max(first, today - timedelta(days=MAX_DAYS))
    return [first + timedelta(days=number) for number in range((today - first).days)]


def _fetch_changes(tmdb: TMDBClient, day: date) -> list[object]:
    """Return the rows of all pages of the day."""
    first = tmdb.changes(day, 1)
    rows = list(first.results)
    with closing(fetch_ahead(tmdb, partial(tmdb.changes, day), range(2, first.total_pages + 1))) as answers:
        for _, answer in answers:
            if isinstance(answer, UpstreamError):
                raise answer
            rows += answer.results
    return rows
