"""The dry run: which film each row means, and what would become of it. The library is only read."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import structlog
from django.db import transaction

from movies.importing import matching, working
from movies.importing.deciding import SAID_BEFORE, Library, key_of
from movies.importing.own_films import OwnFilms
from movies.importing.working import Status
from movies.models import LibraryImport, LibraryImportRow

log = structlog.get_logger(__name__)

Kind, Outcome = LibraryImportRow.Kind, LibraryImportRow.Outcome

ROWS_AT_ONCE = 500


def check(pk: int) -> None:
    """Checks the job, or what a crash left unchecked of it; nothing when there is nothing to check."""
    with working.claimed(pk, Status.CHECKING) as job:
        if job is None:
            return
        check_films(job)
        check_others(job)
        working.record(job, status=Status.CHECKED)
        log.info("library_import_checked", job=pk, source=job.source, **job.counts)


def check_films(job: LibraryImport) -> None:
    """First, because other rows may be about a film of the same file."""
    own: OwnFilms | None = None
    for rows in batches(job, films=True):
        own = own or OwnFilms(job)
        own.match(rows)
        for row in rows:
            own.decide(row)
        save(job, rows)


def check_others(job: LibraryImport) -> None:
    in_file = matching.films_of_file(job)
    said_before = keys_of_checked(job)
    for rows in batches(job, films=False):
        matching.match(job.user, rows, in_file)
        library = Library(job, rows)
        for row in rows:
            if row.outcome == Outcome.UNCHECKED:
                decide_once(library, row, said_before, in_file)
        save(job, rows)


def decide_once(
    library: Library,
    row: LibraryImportRow,
    said_before: set[tuple[Any, ...]],
    in_file: dict[int, matching.InFile],
) -> None:
    """Of several lines that say one thing about one film, the first counts."""
    film = row.movie_id or -in_file[row.said["marquee_id"]].row
    key = key_of(row.kind, film, row.said)
    if key in said_before:
        row.outcome, row.message = Outcome.UNCHANGED, SAID_BEFORE
        return
    library.decide(row)
    if row.outcome != Outcome.INVALID:
        said_before.add(key)
        if row.movie_id is None:
            row.message = f"With the film of line {in_file[row.said['marquee_id']].line}."


def keys_of_checked(job: LibraryImport) -> set[tuple[Any, ...]]:
    """After a crash: what the rows before said. A film that is yet to be made is told by its row, negative."""
    outcomes = [Outcome.CREATE, Outcome.CHANGE, Outcome.KEPT, Outcome.UNCHANGED]
    done = job.rows.exclude(kind=Kind.FILM).filter(outcome__in=outcomes)
    done = done.exclude(outcome=Outcome.UNCHANGED, movie=None)  # decided while reading, about no film yet
    in_file = matching.films_of_file(job)
    return {key_of(row.kind, row.movie_id or -in_file[row.said["marquee_id"]].row, row.said) for row in done.iterator()}


def batches(job: LibraryImport, *, films: bool) -> Iterator[list[LibraryImportRow]]:
    rows = job.rows.filter(outcome=Outcome.UNCHECKED).order_by("pk")
    rows = rows.filter(kind=Kind.FILM) if films else rows.exclude(kind=Kind.FILM)
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:ROWS_AT_ONCE]):
        yield batch
        last = batch[-1].pk


@transaction.atomic
def save(job: LibraryImport, rows: Sequence[LibraryImportRow]) -> None:
    LibraryImportRow.objects.bulk_update(rows, ["movie", "outcome", "message"])
    counts = Counter(job.counts) + Counter(str(row.outcome) for row in rows)
    working.record(job, counts=dict(counts), progress=job.progress + len(rows))
