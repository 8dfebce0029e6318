"""Who works on a job: one process at a time, and one that dies is followed by another.

As with the syncs, two things say it. The row is the truth about what was done, batch by batch; a sign of life says
whether its process is there.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from celery import current_app
from django.db import transaction
from django.utils import timezone

from common import advisory_locks
from common.advisory_locks import ClaimLost
from movies.models import LibraryImport

log = structlog.get_logger(__name__)

Status = LibraryImport.Status

TASKS = {Status.CHECKING: "movies.tasks.check_library_import", Status.APPLYING: "movies.tasks.apply_library_import"}
# A message that nobody took until the next round is not needed any more.
ROUND_SECONDS = 600


def enqueue(job: LibraryImport) -> None:
    """Once this transaction is committed. Where the broker is away, the next round of `resume` does it."""
    status, pk = Status(job.status), job.pk
    # Not a partial, of which Django could not say the name when it fails.
    transaction.on_commit(lambda: send(status, pk), robust=True)


def send(status: LibraryImport.Status, pk: int, **options: int) -> None:
    current_app.send_task(TASKS[status], [pk], **options)


def resume() -> int:
    """Sends every unfinished job to the workers again, and returns how many: a job that somebody works on, or that
    is finished meanwhile, is left alone by whoever takes the message."""
    jobs = LibraryImport.objects.filter(status__in=TASKS).order_by("pk").values_list("status", "pk")
    for status, pk in jobs:
        send(Status(status), pk, expires=ROUND_SECONDS)
    return len(jobs)


@contextmanager
def claimed(pk: int, status: LibraryImport.Status) -> Iterator[LibraryImport | None]:
    """The job to work on, for as long as the block lasts; None when there is nothing (more) to do, or somebody does it.

    What nobody expected makes the job failed, and goes on. A lost or busy database leaves it to be taken up again.
    """
    name = f"marquee.library_import.{pk}"
    jobs = LibraryImport.objects.filter(pk=pk, status=status).select_related("user")
    try:
        with advisory_locks.claim_job(name, jobs.first, _stop) as job:
            yield job
    except ClaimLost:
        log.info("library_import_gone", job=pk)


def _stop(job: LibraryImport, error: str) -> None:
    fail(job.pk, f"{error} What was brought in until then stays.")


def record(job: LibraryImport, **columns: object) -> None:
    """Save these columns in the transaction of their batch. Raises ClaimLost, which undoes the batch."""
    if not LibraryImport.objects.filter(pk=job.pk, status=job.status).update(**columns):
        raise ClaimLost
    for name, value in columns.items():
        setattr(job, name, value)


def fail(pk: int, error: str) -> None:
    LibraryImport.objects.filter(pk=pk, status__in=TASKS).update(
        status=Status.FAILED, error=error, finished_at=timezone.now()
    )
