"""Rows of an import about one film, once the films are known: two lines may name one film in different words."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.utils import timezone

from movies.importing import jobs, matching
from movies.importing.decisions import Library
from movies.importing.jobs import Status
from movies.importing.rows import LENGTH_OF_DAY, Row, day_or_time
from movies.importing.superseding import mark_superseded, outcome_of
from movies.models import LibraryImport, LibraryImportRow

Kind, Outcome = LibraryImportRow.Kind, LibraryImportRow.Outcome

DUPLICATE_LINE = "Another line of the file says the same."
TO_DO = [Outcome.CREATE, Outcome.CHANGE]
DECIDED = {Status.CHECKING: [*TO_DO, Outcome.KEPT, Outcome.UNCHANGED], Status.APPLYING: TO_DO}


def merge_rows(job: LibraryImport) -> None:
    """Merge rows about one film as `superseding` merges those that name it alike, and save what changes.

    Of viewings at one time one row counts. A viewing replaces one of an earlier import whose day was not known, unless
    the file has that day as well. Call it in a transaction, when every row is decided, and again before they are
    applied: films may be merged meanwhile. Raises ClaimLost.
    """
    films = _find_films(job)
    undated = _find_undated(job, films) if job.status == Status.CHECKING else {}
    number = Counter(films.values())
    pks = [
        pk for pk, (kind, film) in films.items() if number[kind, film] > 1 or (kind == Kind.VIEWING and film in undated)
    ]
    rows = list(job.rows.filter(pk__in=pks).order_by("pk"))
    before = {row.pk: (row.said, row.outcome, row.message) for row in rows}
    _supersede(rows, films)
    viewings = [row for row in rows if row.kind == Kind.VIEWING and "sometime" not in row.said]
    _drop_repeated(viewings, films)
    _mark_replacing(viewings, undated)
    changed = [row for row in rows if before[row.pk] != (row.said, row.outcome, row.message)]
    if changed:
        _decide_again(job, [row for row in changed if row.movie_id and row.said != before[row.pk][0]])
        _save(job, changed, [before[row.pk][1] for row in changed])


def _find_films(job: LibraryImport) -> dict[int, tuple[str, int]]:
    """Return kind and film of every row that has one; a film yet to be created counts as its row's negative id."""
    in_file = matching.films_in_file(job)
    rows = job.rows.exclude(kind=Kind.FILM).filter(outcome__in=DECIDED[Status(job.status)], applied=False)
    rows = rows.exclude(outcome=Outcome.UNCHANGED, movie=None)  # decided while reading, without a film
    values = rows.order_by("pk").values_list("pk", "kind", "movie_id", "said__marquee_id")
    new = {marquee_id: -film.row for marquee_id, film in in_file.items()}
    films = {pk: (kind, movie or new.get(marquee_id)) for pk, kind, movie, marquee_id in values}
    return {pk: (kind, film) for pk, (kind, film) in films.items() if film}


def _find_undated(job: LibraryImport, films: Mapping[int, tuple[str, int]]) -> dict[int, str]:
    """Return, for each film, the day that an earlier import gave to a viewing without one."""
    viewed = {film for kind, film in films.values() if kind == Kind.VIEWING}
    rows = LibraryImportRow.objects.filter(job__user=job.user, kind=Kind.VIEWING, applied=True, said__sometime=True)
    days = rows.exclude(job=job).filter(movie__in=viewed).values_list("movie_id", "said__at")
    return {movie: at for movie, at in days if len(at) == LENGTH_OF_DAY}


def _supersede(rows: Sequence[LibraryImportRow], films: Mapping[int, tuple[str, int]]) -> None:
    """Set said, outcome and message of the rows as they are with the other rows of their films."""
    known = [Row(row.line, Kind(row.kind), row.said, file=row.file, film=films[row.pk][1]) for row in rows]
    for row, marked in zip(rows, mark_superseded(known), strict=True):
        row.said = marked.said
        if marked.superseded_by is not None:
            row.outcome, row.message = outcome_of(marked)


def _drop_repeated(viewings: Sequence[LibraryImportRow], films: Mapping[int, tuple[str, int]]) -> None:
    """Let one row of each film and time count; a day gives way to a time on it."""
    moments = {row.pk: day_or_time(row.said["at"]) for row in viewings}
    seen: set[tuple[int, date | datetime]] = set()
    for row in sorted(viewings, key=lambda row: (not isinstance(moments[row.pk], datetime), row.pk)):
        film, at = films[row.pk][1], moments[row.pk]
        if (film, at) in seen:
            row.outcome, row.message = Outcome.UNCHANGED, DUPLICATE_LINE
        seen |= {(film, at), (film, timezone.localdate(at) if isinstance(at, datetime) else at)}


def _mark_replacing(viewings: Sequence[LibraryImportRow], undated: Mapping[int, str]) -> None:
    """Say in the first new viewing of each film which day of an earlier import it replaces."""
    by_film: dict[int, list[LibraryImportRow]] = defaultdict(list)
    for row in viewings:
        by_film[row.movie_id or 0].append(row)
    for film, day in undated.items():
        new = [row for row in by_film[film] if row.outcome == Outcome.CREATE]
        if new and not any(row.said["at"].startswith(day) for row in by_film[film]):
            new[0].said = new[0].said | {"replaces": day}


def _decide_again(job: LibraryImport, rows: Sequence[LibraryImportRow]) -> None:
    library = Library(job, rows)
    for row in rows:
        library.decide(row)


def _save(job: LibraryImport, rows: Sequence[LibraryImportRow], before: Sequence[str]) -> None:
    """Save the rows, and the counts and progress of the job; `before` holds their previous outcomes."""
    LibraryImportRow.objects.bulk_update(rows, ["said", "outcome", "message"])
    counts = Counter(job.counts)
    counts.subtract(before)
    counts.update(str(row.outcome) for row in rows)
    done = sum(row.outcome not in TO_DO for row in rows) if job.status == Status.APPLYING else 0
    jobs.update_job(job, counts=dict(+counts), progress=job.progress + done)
