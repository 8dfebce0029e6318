"""Claims of fetch jobs: one process at a time works on a job, and another resumes it when the first one dies.

As with the syncs, the row says what was done, film by film, and an advisory lock whether the process is alive. Every
claim is counted, and every write is conditional on its number: a process that lost its connection, and with it the
lock, cannot write into a job that another has resumed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest, Now

from catalog_sync.adoption.adopt import schedule_completion
from catalog_sync.clients.errors import UpstreamError
from catalog_sync.models import FetchJob
from catalog_sync.realtime import job_events
from common.database import advisory_locks
from common.database.advisory_locks import ClaimLost
from common.services import publishing

log = structlog.get_logger(__name__)

Status = FetchJob.Status

# By name, because the tasks import this module.
TASK = "catalog_sync.tasks.carry_out_fetch"
# A message that no worker took until the next round of `resume` is not needed any more.
ROUND_SECONDS = 60
# The clocks of database and site may differ; a job must not end before it began.
NOW = Greatest(Now(), "created_at")


def enqueue(pk: int, **options: Any) -> None:
    publishing.publish(TASK, [pk], **options)


def resume() -> list[int]:
    """Send the active jobs that no process works on to the workers; return their keys.

    Some may only be waiting for a free worker: of two messages, the second has no effect.
    """
    active = FetchJob.objects.filter(status__in=FetchJob.ACTIVE).order_by("pk").values_list("pk", flat=True)
    idle = [pk for pk in active if not advisory_locks.is_locked(lock_name(pk))]
    for pk in idle:
        enqueue(pk, expires=ROUND_SECONDS)
    return idle


def lock_name(pk: int) -> str:
    return f"marquee.fetch_job.{pk}"


@contextmanager
def claim(pk: int) -> Iterator[FetchJob | None]:
    """Claim the job and yield it; None when it has ended, or another process works on it.

    At the end it is completed. UpstreamError and every other Exception make it failed, and the latter is raised again.
    A signal that ends the process, or a lost database, leaves it running, to be resumed.
    """
    try:
        with advisory_locks.claim_job(lock_name(pk), partial(begin_attempt, pk), _fail) as job:
            try:
                yield job
                if job:
                    _finish(job, Status.COMPLETED)
            except UpstreamError as error:
                if job:
                    _fail(job, str(error))
    except ClaimLost:
        log.info("fetch_left", job=pk)


def begin_attempt(pk: int) -> FetchJob | None:
    """Count this claim and return the running job; None when it has ended."""
    with transaction.atomic():  # so that the row is read as this claim wrote it
        changed = FetchJob.objects.filter(pk=pk, status__in=FetchJob.ACTIVE).update(
            status=Status.RUNNING,
            started_at=Coalesce("started_at", NOW),
            attempts=F("attempts") + 1,
        )
        if not changed:
            return None
        job = FetchJob.objects.get(pk=pk)
    if job.attempts > 1:
        log.info("fetch_resumed", job=pk, attempt=job.attempts, progress=job.progress, total=job.total)
    job_events.emit_progress(job)
    return job


def check_claim(job: FetchJob) -> None:
    """Raise ClaimLost if the job is no longer ours. Called before every request, so that a cancelled job makes none."""
    if not FetchJob.objects.filter(pk=job.pk, status=Status.RUNNING, attempts=job.attempts).exists():
        raise ClaimLost


def save_progress(job: FetchJob, **columns: Any) -> None:
    """Save these columns, in the transaction of what they count. Raises ClaimLost, which rolls that back."""
    if not FetchJob.objects.filter(pk=job.pk, status=Status.RUNNING, attempts=job.attempts).update(**columns):
        raise ClaimLost
    for name, value in columns.items():
        setattr(job, name, value)


def _fail(job: FetchJob, error: str) -> None:
    """End the job as failed, unless it was cancelled meanwhile. Films stored so far stay."""
    try:
        _finish(job, Status.FAILED, error)
    except ClaimLost:
        log.info("fetch_left", job=job.pk)


def _finish(job: FetchJob, status: FetchJob.Status, error: str = "") -> None:
    with transaction.atomic():
        save_progress(job, status=status, finished_at=NOW, error=error)
        schedule_completion(job.movie_ids)
    job.refresh_from_db()
    event = log.info if status == Status.COMPLETED else log.error
    event(f"fetch_{status.value}", job=job.pk, films=job.total, created=job.created, failed=job.failed, error=error)
    if status == Status.COMPLETED:
        job_events.emit_completed(job)
    else:
        job_events.emit_error(job)
