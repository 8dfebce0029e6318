"""Where a file comes in: read, recognised and kept row by row, to be checked by a worker."""

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
from movies.importing import formats, working
from movies.importing.reading import MAX_BYTES
from movies.importing.rows import Row
from movies.models import LibraryImport, LibraryImportRow

Outcome = LibraryImportRow.Outcome

COPY = sql.SQL("COPY {table} (job_id, line, kind, said, outcome, message, applied) FROM STDIN")


def start(
    user: User, file: IO[bytes], filename: str = "", *, overwrite: bool = False, source: str = ""
) -> LibraryImport:
    """The job, which nobody works on before this is committed.

    Raises NotReadable, TooLarge, and IntegrityError (library_import_one_at_a_time).
    """
    name = plain_name(filename)
    found, rows = formats.read(read_up_to(file, MAX_BYTES + 1), name, source)
    counts = Counter(str(decided(row)[0]) for row in rows)
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
        store(job, rows)
        working.enqueue(job)
    return job


def plain_name(filename: str) -> str:
    """The name without a folder, and without what cannot be seen."""
    visible = "".join(sign for sign in filename if sign.isprintable())
    return PurePath(re.sub(r"[\\/]+", "/", visible)).name[-200:]


def store(job: LibraryImport, rows: Iterable[Row]) -> None:
    table = sql.Identifier(LibraryImportRow._meta.db_table)
    with connection.cursor() as cursor, cursor.copy(COPY.format(table=table).as_string(cursor.connection)) as copy:
        for row in rows:
            outcome, message = decided(row)
            said = json.dumps(row.said, ensure_ascii=False)
            copy.write_row([job.pk, row.line, row.kind, said, outcome, message, False])


def decided(row: Row) -> tuple[LibraryImportRow.Outcome, str]:
    """What reading alone can tell."""
    if row.problem:
        return Outcome.INVALID, row.problem
    if row.superseded_by is not None:
        return Outcome.UNCHANGED, f"Line {row.superseded_by} says it later."
    return Outcome.UNCHECKED, ""
