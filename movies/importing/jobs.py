"""Jobs: each is given to one worker at a time, and to another one when that died.

The row of the job records what was done, batch by batch; an advisory lock shows whether a worker is at work on it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog
from django.db import connection, transaction
from django.utils import timezone

from common.database import advisory_locks
from common.database.advisory_locks import ClaimLost
from common.services import publishing
from movies.models import LibraryImport, LibraryImportPart, LibraryImportRow

log = structlog.get_logger(__name__)

Status = LibraryImport.Status

TASKS = {Status.CHECKING: "movies.tasks.check_library_import", Status.APPLYING: "movies.tasks.apply_library_import"}
# A message that no worker took until the next round is superseded by that round.
ROUND_SECONDS = 60
# Django's bulk_update writes a condition for each value, over which a worker and the database think ten times as long.
SAVE = """
UPDATE movies_libraryimportrow AS kept
SET movie_id = now.movie, outcome = now.outcome, message = now.message, note = now.note, applied = now.applied
FROM unnest(
    %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::boolean[]
) AS now (id, movie, outcome, message, note, applied)
WHERE kept.id = now.id
"""


def enqueue_job(job: LibraryImport) -> None:
    """Send the job to the workers after the commit; if the broker is down, the next `resume_jobs` does it."""
    status, pk = Status(job.status), job.pk
    transaction.on_commit(lambda: _send(status, pk), robust=True)


def resume_jobs() -> int:
    """Send every unfinished job to the workers again, and return how many.

    A worker ignores the message for a job that another one works on or that is finished meanwhile.
    """
    jobs = LibraryImport.objects.filter(status__in=TASKS).order_by("pk").values_list("status", "pk")
    for status, pk in jobs:
        _send(Status(status), pk, expires=ROUND_SECONDS)
    return len(jobs)


@contextmanager
def claim_job(pk: int, status: LibraryImport.Status) -> Iterator[LibraryImport | None]:
    """Yield the job, locked for this worker while the block runs; None if it has another status or another worker.

    An unexpected error marks the job failed and is raised. After a lost or busy database the job can be resumed.
    """
    jobs = LibraryImport.objects.filter(pk=pk, status=status).select_related("user")
    try:
        with advisory_locks.claim_job(f"marquee.library_import.{pk}", jobs.first, _fail_job) as job:
            yield job
    except ClaimLost:
        log.info("library_import_gone", job=pk)


def update_job(job: LibraryImport, **columns: object) -> None:
    """Save these columns in the transaction of their batch. Raises ClaimLost, which undoes the batch."""
    if not LibraryImport.objects.filter(pk=job.pk, status=job.status).update(**columns):
        raise ClaimLost
    for name, value in columns.items():
        setattr(job, name, value)


def save_rows(rows: Sequence[LibraryImportRow]) -> None:
    """Save what was found about the rows and done with them: all but what their lines say."""
    values = [(row.pk, row.movie_id, str(row.outcome), row.message, row.note, row.applied) for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(SAVE, list(map(list, zip(*values, strict=True))))


def _send(status: LibraryImport.Status, pk: int, **options: int) -> None:
    publishing.publish(TASKS[status], [pk], **options)


def _fail_job(job: LibraryImport, error: str) -> None:
    LibraryImportPart.objects.filter(job=job).delete()
    LibraryImport.objects.filter(pk=job.pk, status__in=TASKS).update(
        status=Status.FAILED, error=f"{error} What was imported until then stays.", finished_at=timezone.now()
    )
