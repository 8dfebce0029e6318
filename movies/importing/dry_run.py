"""The dry run of an import: the rows of the file, the film and the outcome of each. Writes nothing to the library."""

from collections import Counter
from collections.abc import Iterator, Sequence

import structlog
from django.db import transaction

from movies.importing import intake, jobs, matching, merging
from movies.importing.decisions import Library
from movies.importing.jobs import Status
from movies.importing.own_films import OwnFilms
from movies.models import LibraryImport, LibraryImportRow

log = structlog.get_logger(__name__)

Kind, Outcome = LibraryImportRow.Kind, LibraryImportRow.Outcome

ROWS_AT_ONCE = 500


def check_import(pk: int) -> None:
    """Check the import, or what a crash left unchecked of it; do nothing when nothing is left."""
    with jobs.claim_job(pk, Status.CHECKING) as job:
        if job is None or not intake.read_stored_file(job):
            return
        # Own films first, because other rows may be about a film of the same file.
        _check_films(job)
        _check_others(job)
        with transaction.atomic():
            merging.merge_rows(job)
            jobs.update_job(job, status=Status.CHECKED)
        log.info("library_import_checked", job=pk, source=job.source, **job.counts)


def _check_films(job: LibraryImport) -> None:
    own: OwnFilms | None = None
    for rows in _batches(job, films=True):
        own = own or OwnFilms(job)
        own.match(rows)
        for row in rows:
            own.decide(row)
        _save_batch(job, rows)


def _check_others(job: LibraryImport) -> None:
    in_file = matching.films_in_file(job)
    for rows in _batches(job, films=False):
        matching.match_rows(job.user, rows, in_file)
        library = Library(job, rows)
        for row in rows:
            if row.outcome == Outcome.UNCHECKED:
                library.decide(row)
                if row.movie_id is None and row.outcome != Outcome.INVALID:
                    row.message = f"With the film of line {in_file[row.said['marquee_id']].line}."
        _save_batch(job, rows)


def _batches(job: LibraryImport, *, films: bool) -> Iterator[list[LibraryImportRow]]:
    rows = job.rows.filter(outcome=Outcome.UNCHECKED).order_by("pk")
    rows = rows.filter(kind=Kind.FILM) if films else rows.exclude(kind=Kind.FILM)
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:ROWS_AT_ONCE]):
        yield batch
        last = batch[-1].pk


@transaction.atomic
def _save_batch(job: LibraryImport, rows: Sequence[LibraryImportRow]) -> None:
    jobs.save_rows(rows)
    counts = Counter(job.counts) + Counter(str(row.outcome) for row in rows)
    jobs.update_job(job, counts=dict(counts), progress=job.progress + len(rows))
