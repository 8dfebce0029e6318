"""One run of a step at a time: claimed, recorded page by page, taken up again after a crash.

Two things say that a run is under way. Its row in SyncLog is the truth about what was done; an advisory lock of the
database says whether its process is alive, because PostgreSQL drops it the moment the connection ends, however the
process died. So a row in progress without its lock was left by a crash, and the next run goes on where it stopped.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from catalog_sync.clients.errors import UpstreamError
from catalog_sync.models import SyncLog
from common import advisory_locks
from common.advisory_locks import ClaimLost
from movies.providers.upsert import Counts

log = structlog.get_logger(__name__)


class AlreadyRunning(Exception):
    """Somebody else runs this sync; the message says since when and how far it is."""


# How many films make a batch: they are stored in one transaction, and a crash loses at most one batch of calls.
BATCH = 50


@dataclass(frozen=True, slots=True)
class Plan:
    """What a new run sets out to do: a number of pages, or films, which go by batches."""

    pages: int = 1
    films: Sequence[int] = ()

    @classmethod
    def of_films(cls, films: Sequence[int]) -> "Plan":
        return cls(pages=-(-len(films) // BATCH), films=films)


@contextmanager
def claimed(entity: SyncLog.Entity, plan: Callable[[SyncLog], Plan]) -> Iterator[SyncLog]:
    """The run to carry out: the one that a crash left behind or somebody asked for, or else a new one.

    On leaving it is a success; UpstreamError and every other Exception make it failed, and the latter goes on.
    A signal that ends the process, or a lost database, leaves it in progress, to be taken up again.
    Raises AlreadyRunning.
    """
    with advisory_locks.claim_job(lock_name(entity), partial(_find_or_create, entity), _fail) as run:
        if run is None:
            raise AlreadyRunning(describe_running(entity))
        try:
            if not run.planned:
                begin(run, plan)
            yield run
        except UpstreamError as error:
            _fail(run, str(error))
        else:
            finish(run, SyncLog.Status.SUCCESS)


def _find_or_create(entity: SyncLog.Entity) -> SyncLog:
    run = in_progress(entity)
    if run is None:
        return SyncLog.objects.create(entity_type=entity)
    if run.pages_done:
        log.info("sync_resumed", entity=entity.value, run=run.pk, pages_done=run.pages_done)
    return run


def _fail(run: SyncLog, error: str) -> None:
    finish(run, SyncLog.Status.FAILED, error)


def in_progress(entity: SyncLog.Entity) -> SyncLog | None:
    return SyncLog.objects.filter(entity_type=entity, status=SyncLog.Status.IN_PROGRESS).first()


def begin(run: SyncLog, plan: Callable[[SyncLog], Plan]) -> None:
    run.started_at = timezone.now()  # it may have waited for a worker
    planned = plan(run)
    run.pages_total, run.todo_ids, run.planned = planned.pages, list(planned.films), True
    run.save(update_fields=["started_at", "pages_total", "todo_ids", "planned"])


@contextmanager
def alive(entity: SyncLog.Entity) -> Iterator[None]:
    """Hold the sign of life of the one run of `entity`; raises AlreadyRunning when another process holds it."""
    with advisory_locks.try_lock(lock_name(entity)) as is_ours:
        if not is_ours:
            raise AlreadyRunning(describe_running(entity))
        yield


def lock_name(entity: SyncLog.Entity) -> str:
    return f"marquee.sync.{entity.value}"


def is_alive(entity: SyncLog.Entity) -> bool:
    """Whether a process holds the sign of life."""
    return advisory_locks.is_locked(lock_name(entity))


def interrupted() -> list[SyncLog]:
    """Runs in progress whose process is gone, or that wait for one."""
    runs = SyncLog.objects.filter(status=SyncLog.Status.IN_PROGRESS).order_by("pk")
    return [run for run in runs if not is_alive(SyncLog.Entity(run.entity_type))]


def describe_running(entity: SyncLog.Entity) -> str:
    run = in_progress(entity)
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
    """Add a stored page to the run, in the transaction that stored it; raises ClaimLost when the run is not ours.

    `remarks` are added up by name over the run.
    """
    told = {**run.remarks}
    for name, number in (remarks or {}).items():
        told[name] = told.get(name, 0) + number
    changed = SyncLog.objects.filter(pk=run.pk, status=SyncLog.Status.IN_PROGRESS, pages_done=run.pages_done).update(
        pages_done=F("pages_done") + 1,
        pages_total=run.pages_total,
        last_sync_date=timezone.now(),
        seen_ids=[*run.seen_ids, *new_ids],
        remarks={name: number for name, number in told.items() if number},
        total_synced=F("total_synced") + counts.created + counts.updated + counts.unchanged + failed,
        created=F("created") + counts.created,
        updated=F("updated") + counts.updated,
        unchanged=F("unchanged") + counts.unchanged,
        failed=F("failed") + failed,
    )
    if not changed:
        raise ClaimLost
    run.refresh_from_db()


def finish(run: SyncLog, status: SyncLog.Status, error: str = "") -> None:
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
