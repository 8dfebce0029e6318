"""Runs of a sync step, one at a time: claimed, recorded page by page, resumed after a crash.

The row in SyncLog says what was done; an advisory lock of the database says whether the process of the run is alive,
because PostgreSQL releases it as soon as the connection ends, however the process died. So a row in progress without
its lock was left by a crash, and the next run goes on where it stopped.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from catalog_sync.clients.errors import UpstreamError
from catalog_sync.models import SyncLog
from common.database import advisory_locks
from common.database.advisory_locks import ClaimLost
from movies.providers.upsert import Counts

log = structlog.get_logger(__name__)
T = TypeVar("T")


class AlreadyRunning(Exception):
    """Another process runs this sync; the message says since when and how far it is."""


# Films of a batch: they are stored in one transaction, and a crash loses the calls of at most one batch.
BATCH = 50
# Without the plan, which does not change and may have a hundred thousand films.
REFRESHED = [field.name for field in SyncLog._meta.concrete_fields if field.name != "todo_ids"]


OnPage = Callable[[SyncLog], None]


def ignore_progress(run: SyncLog) -> None:
    """Do nothing after a page."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The work of a new run: a number of pages, or films in batches."""

    pages: int = 1
    films: Sequence[int] = ()

    @classmethod
    def of_films(cls, films: Sequence[int]) -> "Plan":
        return cls(pages=-(-len(films) // BATCH), films=films)


@contextmanager
def claim_run(entity: SyncLog.Entity, plan: Callable[[SyncLog], Plan]) -> Iterator[SyncLog]:
    """Yield the run to carry out: one left by a crash or started by a manager, or else a new one.

    At the end it is a success. UpstreamError and every other Exception make it failed, and the latter is raised again.
    A signal that ends the process, or a lost database, leaves it in progress, to be resumed.
    Raises AlreadyRunning.
    """
    with advisory_locks.claim_job(lock_name(entity), partial(_find_or_create, entity), _fail) as run:
        if run is None:
            raise AlreadyRunning(describe_running(entity))
        try:
            if not run.planned:
                _begin(run, plan)
            yield run
        except UpstreamError as error:
            _fail(run, str(error))
        else:
            _finish(run, SyncLog.Status.SUCCESS)


def current_run(entity: SyncLog.Entity) -> SyncLog | None:
    return SyncLog.objects.filter(entity_type=entity, status=SyncLog.Status.IN_PROGRESS).first()


def lock_name(entity: SyncLog.Entity) -> str:
    return f"marquee.sync.{entity.value}"


def is_running(entity: SyncLog.Entity) -> bool:
    """Return whether a process holds the lock."""
    return advisory_locks.is_locked(lock_name(entity))


def interrupted_runs() -> list[SyncLog]:
    """Return the runs in progress whose process has died, or that wait for a worker."""
    runs = SyncLog.objects.filter(status=SyncLog.Status.IN_PROGRESS).order_by("pk")
    return [run for run in runs if not is_running(SyncLog.Entity(run.entity_type))]


def describe_running(entity: SyncLog.Entity) -> str:
    run = current_run(entity)
    if run is None:
        return f"A sync of {entity.label} is just starting or ending; try again in a moment."
    return f"A sync of {entity.label} is already running since {run.started_at:%Y-%m-%d %H:%M} UTC, at {run.progress}."


def record_page(
    run: SyncLog,
    counts: Counts,
    failed: int,
    new_ids: Iterable[int] = (),
    remarks: Mapping[str, int] | None = None,
) -> None:
    """Add a stored page to the run, in the transaction that stored it; `remarks` are added up by name over the run.

    Raises ClaimLost when another process has taken over the run.
    """
    totals = {**run.remarks}
    for name, number in (remarks or {}).items():
        totals[name] = totals.get(name, 0) + number
    changed = SyncLog.objects.filter(pk=run.pk, status=SyncLog.Status.IN_PROGRESS, pages_done=run.pages_done).update(
        pages_done=F("pages_done") + 1,
        pages_total=run.pages_total,
        last_sync_date=timezone.now(),
        seen_ids=[*run.seen_ids, *new_ids],
        remarks={name: number for name, number in totals.items() if number},
        total_synced=F("total_synced") + counts.created + counts.updated + counts.unchanged + failed,
        created=F("created") + counts.created,
        updated=F("updated") + counts.updated,
        unchanged=F("unchanged") + counts.unchanged,
        failed=F("failed") + failed,
    )
    if not changed:
        raise ClaimLost
    run.refresh_from_db(fields=REFRESHED)


def start_over(run: SyncLog) -> None:
    """Begin the work of a run anew, with all counts at 0: what it has stored before is found unchanged."""
    counts = dict.fromkeys(("pages_done", "total_synced", "created", "updated", "unchanged", "failed"), 0)
    SyncLog.objects.filter(pk=run.pk).update(**counts, remarks={}, started_at=timezone.now())
    run.refresh_from_db()


def remaining_batches(run: SyncLog, identify: Callable[[Sequence[int]], list[T]]) -> list[list[T]]:
    """Return the batches of films that the run has still to do; a film deleted meanwhile is missing from its batch."""
    remaining = run.todo_ids[run.pages_done * BATCH :]
    return [identify(remaining[start : start + BATCH]) for start in range(0, len(remaining), BATCH)]


def _find_or_create(entity: SyncLog.Entity) -> SyncLog:
    run = current_run(entity)
    if run is None:
        return SyncLog.objects.create(entity_type=entity)
    if run.pages_done:
        log.info("sync_resumed", entity=entity.value, run=run.pk, pages_done=run.pages_done)
    return run


def _begin(run: SyncLog, plan: Callable[[SyncLog], Plan]) -> None:
    run.started_at = timezone.now()  # it may have waited for a worker
    work = plan(run)
    run.pages_total, run.todo_ids, run.planned = work.pages, list(work.films), True
    run.save(update_fields=["started_at", "pages_total", "todo_ids", "planned"])


def _fail(run: SyncLog, error: str) -> None:
    _finish(run, SyncLog.Status.FAILED, error)


def _finish(run: SyncLog, status: SyncLog.Status, error: str = "") -> None:
    with transaction.atomic():
        SyncLog.objects.filter(pk=run.pk, status=SyncLog.Status.IN_PROGRESS).update(
            status=status,
            finished_at=timezone.now(),
            error_message=error,
            pages_total=run.pages_total,
            seen_ids=[],
            todo_ids=[],
        )
    run.refresh_from_db()
    event = log.info if status == SyncLog.Status.SUCCESS else log.error
    event(
        f"sync_{status.value}",
        entity=run.entity_type,
        run=run.pk,
        seen=run.total_synced,
        created=run.created,
        updated=run.updated,
        unchanged=run.unchanged,
        failed=run.failed,
        remarks=run.remarks,
        error=error,
    )
