"""The start of an import: a file is read, recognised and stored row by row, for a worker to check."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePath
from typing import IO

from django.db import connection, transaction
from psycopg import sql

from accounts.models import User
from common.bodies import read_up_to
from movies.importing import formats, jobs
from movies.importing.reading import MAX_BYTES
from movies.importing.rows import Row
from movies.models import LibraryImport, LibraryImportRow

Outcome = LibraryImportRow.Outcome

COPY = sql.SQL("COPY {table} (job_id, line, kind, said, outcome, message, applied) FROM STDIN")


def start_import(
    user: User, file: IO[bytes], filename: str = "", *, overwrite: bool = False, source: str = ""
) -> LibraryImport:
    """Store the rows of the file as a job, which a worker checks once this is committed.

    Raises NotReadable, TooLarge, and IntegrityError (library_import_one_at_a_time).
    """
    name = _plain_name(filename)
    found, rows = formats.read_file(read_up_to(file, MAX_BYTES + 1), name, source)
    counts = Counter(str(_outcome_of(row)[0]) for row in rows)
    done = len(rows) - counts.pop(Outcome.UNCHECKED, 0)
    with transaction.atomic():
        job = LibraryImport.objects.create(
            user=user,
            source=found,
            filename=name,
            overwrite=overwrite,
            counts=counts,
            progress=done,
            total=len(rows),
        )
        _store_rows(job, rows)
        jobs.enqueue_job(job)
    return job


def _plain_name(filename: str) -> str:
    """Return the name without folders and invisible characters."""
    visible = "".join(character for character in filename if character.isprintable())
    return PurePath(re.sub(r"[\\/]+", "/", visible)).name[-200:]


def _store_rows(job: LibraryImport, rows: Iterable[Row]) -> None:
    table = sql.Identifier(LibraryImportRow._meta.db_table)
    with connection.cursor() as cursor, cursor.copy(COPY.format(table=table).as_string(cursor.connection)) as copy:
        for row in rows:
            outcome, message = _outcome_of(row)
            said = json.dumps(row.said, ensure_ascii=False)
            copy.write_row([job.pk, row.line, row.kind, said, outcome, message, False])


def _outcome_of(row: Row) -> tuple[LibraryImportRow.Outcome, str]:
    """Return the outcome and message that reading alone can decide."""
    if row.problem:
        return Outcome.INVALID, row.problem
    if row.superseded_by is not None:
        return Outcome.UNCHANGED, f"Replaced by line {row.superseded_by}."
    return Outcome.UNCHECKED, ""
