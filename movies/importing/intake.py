"""The intake of a file: a small one is read at once, a large one is stored in parts that a worker reads.

Reading costs far more than storing, up to seconds and some hundred megabytes for the largest files.
"""

import json
from collections import Counter
from collections.abc import Iterable
from typing import IO

from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

from movies.importing import archives, formats, jobs
from movies.importing.jobs import Status
from movies.importing.reading import MAX_BYTES, NotReadable, too_large
from movies.importing.rows import Row
from movies.importing.superseding import outcome_of
from movies.models import LibraryImport, LibraryImportPart, LibraryImportRow

Outcome = LibraryImportRow.Outcome

# A file of so many bytes is read in the request, and its faults are the request's.
READ_AT_ONCE = 128 * 1024
PART_BYTES = 256 * 1024
ROWS = "COPY {table} (job_id, file, line, kind, said, outcome, message, note, applied) FROM STDIN"
PARTS = "COPY {table} (job_id, number, content) FROM STDIN"


def is_quick(content: bytes) -> bool:
    """Return whether a whole file is read at once, by its size unpacked. Raises NotReadable, TooLarge."""
    size = archives.unpacked_size(content) if archives.is_zip(content) else len(content)
    return size <= READ_AT_ONCE


def store_parts(job: LibraryImport, beginning: bytes, rest: IO[bytes]) -> None:
    """Store a file for a worker, without holding more than a part of it in memory. Raises TooLarge."""
    size, part = 0, beginning
    with connection.cursor() as cursor, cursor.copy(_statement(PARTS, LibraryImportPart)) as copy:
        for number in range(MAX_BYTES):
            if (size := size + len(part)) > MAX_BYTES:
                raise too_large()
            copy.write_row([job.pk, number, part])
            if not (part := rest.read(PART_BYTES)):
                return


def read_stored_file(job: LibraryImport) -> bool:
    """Read the rows of a file that was stored in parts, unless they are read already.

    Return False for a file that cannot be read: its job is failed, with the reason. Raises ClaimLost.
    """
    if job.total:  # no file without rows is ever read
        return True
    parts = job.parts.order_by("number")
    content = b"".join(parts.values_list("content", flat=True).iterator(chunk_size=1))
    with transaction.atomic():
        parts.delete()
        try:
            read_rows(job, content)
        except NotReadable as error:
            jobs.update_job(job, status=Status.FAILED, error=str(error), finished_at=timezone.now())
            return False
    return True


def read_rows(job: LibraryImport, content: bytes) -> None:
    """Store the rows of the file, and in the job its source and the counts. Raises NotReadable, TooLarge, ClaimLost."""
    source, rows, notes = formats.read_file(content, job.filename, job.source)
    _store_rows(job, rows)
    counts = Counter(str(outcome_of(row)[0]) for row in rows)
    done = len(rows) - counts.pop(Outcome.UNCHECKED, 0)
    jobs.update_job(job, source=source, counts=dict(counts), progress=done, total=len(rows), notes=notes)


def _store_rows(job: LibraryImport, rows: Iterable[Row]) -> None:
    with connection.cursor() as cursor, cursor.copy(_statement(ROWS, LibraryImportRow)) as copy:
        for row in rows:
            outcome, message = outcome_of(row)
            said = json.dumps(row.said, ensure_ascii=False)
            copy.write_row([job.pk, row.file, row.line, row.kind, said, outcome, message, row.note, False])


def _statement(copy: str, model: type[LibraryImportRow | LibraryImportPart]) -> sql.Composed:
    return sql.SQL(copy).format(table=sql.Identifier(model._meta.db_table))
