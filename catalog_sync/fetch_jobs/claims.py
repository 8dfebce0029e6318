"""Who works on a fetch job: one process at a time, and one that dies is followed by another.

As with the syncs, the row is the truth about what was done, film by film, and a sign of life says whether its process
is there. Every claim is counted, and what is saved names its claim: a process that lost its connection, and with it the
sign of life, cannot write into what another has taken up.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import structlog
from celery import current_app as app
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest, Now

from catalog_sync.adoption.adopt import schedule_completion
from catalog_sync.clients.errors import UpstreamError
from catalog_sync.models import FetchJob
from catalog_sync.realtime import job_events
from common import advisory_locks
from common.advisory_locks import ClaimLost

log = structlog.get_logger(__name__)

Status = FetchJob.Status

# By name, because the tasks know this module.
TASK = "catalog_sync.tasks.carry_out_fetch"
# A message that nobody took until the next round of `resume` is not needed any more.
ROUND_SECONDS = 60
# The clocks of the database and of who asked may differ; nothing ends before it began.
AT_THIS_MOMENT = Greatest(Now(), "created_at")


def send(pk: int, **options: Any) -> None:
    app.send_task(TASK, [pk], **options)


def resume() -> list[int]:
    """Give the active jobs that nobody works on to the workers, and return their keys.

    Among them are those that only wait for a free worker: of two messages, the second finds nothing to do.
    """
    active = FetchJob.objects.filter(status__in=FetchJob.ACTIVE).order_by("pk").values_list("pk", flat=True)
    left = [pk for pk in active if not advisory_locks.is_locked(lock_name(pk))]
    for pk in left:
        send(pk, expires=ROUND_SECONDS)
    return left


def lock_name(pk: int) -> str:
    return f"marquee.fetch_job.{pk}"


@contextmanager
def claimed(pk: int) -> Iterator[FetchJob | None]:
    """The job to carry out; None when it is over, or somebody is at it.

    On leaving it is completed; UpstreamError and every other Exception make it failed, and the latter goes on.
    A signal that ends the process, or a lost database, leaves it running, to be taken up again.
    """
    try:
        with advisory_locks.claim_job(lock_name(pk), partial(take, pk), _fail) as job:
            try:
                yield job
                if job:
                    finish(job, Status.COMPLETED)
            except UpstreamError as error:
                if job:
                    _fail(job, str(error))
    except ClaimLost:
        log.info("fetch_left", job=pk)


def take(pk: int) -> FetchJob | None:
    """The job, which is ours from now on; None when it is over."""
    with transaction.atomic():  # so that the row is read as this claim left it
        changed = FetchJob.objects.filter(pk=pk, status__in=FetchJob.ACTIVE).update(
            status=Status.RUNNING,
            started_at=Coalesce("started_at", AT_THIS_MOMENT),
            attempts=F("attempts") + 1,
        )
        if not changed:
            return None
        job = FetchJob.objects.get(pk=pk)
    if job.attempts > 1:
        log.info("fetch_resumed", job=pk, attempt=job.attempts, progress=job.progress, total=job.total)
    job_events.progress(job)
    return job


def check(job: FetchJob) -> None:
    """Raises ClaimLost. Asked before every call, so that a cancelled job makes none."""
    if not FetchJob.objects.filter(pk=job.pk, status=Status.RUNNING, attempts=job.attempts).exists():
        raise ClaimLost


def record(job: FetchJob, **columns: Any) -> None:
    """Save these columns, in the transaction of what they tell of. Raises ClaimLost, which undoes that."""
    ours = FetchJob.objects.filter(pk=job.pk, status=Status.RUNNING, attempts=job.attempts)
    if not ours.update(**columns):
        raise ClaimLost
    for name, value in columns.items():
        setattr(job, name, value)


def _fail(job: FetchJob, error: str) -> None:
    """End the job as failed, unless it was cancelled meanwhile. The films stored until then stay."""
    try:
        finish(job, Status.FAILED, error)
    except ClaimLost:
        log.info("fetch_left", job=job.pk)


def finish(job: FetchJob, status: FetchJob.Status, error: str = "") -> None:
    with transaction.atomic():
        record(job, status=status, finished_at=AT_THIS_MOMENT, error=error)
        schedule_completion(job.movie_ids)
    job.refresh_from_db()
    event = log.info if status == Status.COMPLETED else log.error
    event(f"fetch_{status.value}", job=job.pk, films=job.total, created=job.created, failed=job.failed, error=error)
    if status == Status.COMPLETED:
        job_events.completed(job)
    else:
        job_events.error(job)
