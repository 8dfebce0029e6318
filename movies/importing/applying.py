"""Bringing in what was found to be new. Each batch is one transaction with its progress, so a crash repeats nothing."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.models import User
from common.errors import Code, Conflict
from movies.catalogue import editing
from movies.importing import matching, own_films, working
from movies.importing.deciding import Library, moment_of
from movies.importing.own_films import OwnFilms
from movies.importing.working import Status
from movies.library import ratings, watchlist
from movies.models import LibraryImport, LibraryImportRow, Movie, Rating, Viewing, WatchlistItem
from movies.queries.films import visible_films

log = structlog.get_logger(__name__)

Kind, Outcome = LibraryImportRow.Kind, LibraryImportRow.Outcome

ROWS_AT_ONCE = 500
TO_DO = [Outcome.CREATE, Outcome.CHANGE]
GONE = "The film is not there any more."


def begin(job: LibraryImport) -> LibraryImport:
    """Lets a worker bring in what was checked. Raises Conflict unless it is checked and nothing was brought in yet,
    and IntegrityError (library_import_one_at_a_time)."""
    with transaction.atomic():
        # As it is now: what the caller holds may have been read before the last rows were checked.
        held = LibraryImport.objects.select_for_update().filter(pk=job.pk, status=Status.CHECKED).first()
        if held is None:
            raise Conflict(Code.CONFLICT, "Only what is checked and not brought in yet can be brought in.")
        held.status = Status.APPLYING
        held.progress = held.total - sum(held.counts.get(outcome, 0) for outcome in TO_DO)
        held.save(update_fields=["status", "progress"])
        working.enqueue(held)
    return held


def apply(pk: int) -> None:
    """Brings in the job, or what a crash left of it; nothing when there is nothing to bring in."""
    with working.claimed(pk, Status.APPLYING) as job:
        if job is None:
            return
        apply_films(job)
        while rows := list(to_do(job).exclude(kind=Kind.FILM).order_by("pk")[:ROWS_AT_ONCE]):
            apply_batch(job, rows)
        working.record(job, status=Status.DONE, finished_at=timezone.now())
        log.info("library_import_done", job=pk, source=job.source, **job.counts)


def to_do(job: LibraryImport) -> QuerySet[LibraryImportRow]:
    return job.rows.filter(outcome__in=TO_DO, applied=False)


def apply_films(job: LibraryImport) -> None:
    """One by one: a film has a poster, whose files are written outside of any transaction."""
    pks = list(to_do(job).filter(kind=Kind.FILM).order_by("pk").values_list("pk", flat=True))
    own = OwnFilms(job) if pks else None
    for pk in pks:
        if own:
            apply_film(job, own, job.rows.get(pk=pk))


def apply_film(job: LibraryImport, own: OwnFilms, row: LibraryImportRow) -> None:
    before = row.outcome
    try:
        write_film(job, own, row)
    except ValidationError as error:
        row.outcome, row.message = Outcome.INVALID, own_films.sentences(error)
    except (Conflict, IntegrityError) as error:
        row.outcome = Outcome.INVALID
        row.message = error.message if isinstance(error, Conflict) else "There is such a film already."
    except (Http404, PermissionDenied):
        row.outcome, row.message = Outcome.UNMATCHED, GONE
    finish(job, [row], [before])


def write_film(job: LibraryImport, own: OwnFilms, row: LibraryImportRow) -> None:
    if row.movie_id is None and row.outcome == Outcome.CREATE:
        own_films.create(own, job, row)
    elif row.outcome == Outcome.CHANGE:
        film = own.by_pk.get(row.movie_id or 0)
        if film is None:
            raise Http404
        own.by_pk[film.pk] = editing.edit_film(film, job.user, own.facts_of(row))
    film = get_object_or_404(Movie.objects.only("poster_key", "owner"), pk=row.movie_id)
    if "poster" in row.said and not film.poster_key:
        row.message = own_films.add_poster(film, row.said["poster"])


@transaction.atomic
def apply_batch(job: LibraryImport, rows: Sequence[LibraryImportRow]) -> None:
    """Decides once more, because the library may have changed since it was checked, and writes."""
    before = [row.outcome for row in rows]
    place(job, rows)
    library = Library(job, rows)
    for row in rows:
        if row.outcome in TO_DO:
            library.decide(row)
    create([row for row in rows if row.outcome == Outcome.CREATE], job)
    change([row for row in rows if row.outcome == Outcome.CHANGE], library)
    finish(job, rows, before)


def place(job: LibraryImport, rows: Sequence[LibraryImportRow]) -> None:
    """Gives the rows about films of the same file their films, and holds all films until the batch is written: in one
    order, because a rating moves its film, and two batches must not wait for each other in a circle."""
    in_file = matching.films_of_file(job) if any(row.movie_id is None for row in rows) else {}
    for row in rows:
        if row.movie_id is None:
            matching.of_this_file(row, in_file)
    wanted = {row.movie_id for row in rows if row.movie_id}
    films = visible_films(job.user).filter(pk__in=wanted).order_by("pk")
    there = set(films.select_for_update(no_key=True).values_list("pk", flat=True))
    for row in rows:
        if row.movie_id not in there:
            row.movie_id, row.outcome, row.message = None, Outcome.UNMATCHED, GONE


def create(rows: Iterable[LibraryImportRow], job: LibraryImport) -> None:
    """As `ratings.rate`, `watchlist.add` and `history.add` would, one by one. What somebody writes by hand in the same
    moment stays."""
    added: dict[str, list[Any]] = {kind: [] for kind in MAKERS}
    for row in rows:
        added[row.kind].append(MAKERS[Kind(row.kind)](job.user, row.movie_id or 0, row))
    Rating.objects.bulk_create(added[Kind.RATING], ignore_conflicts=True)
    WatchlistItem.objects.bulk_create(added[Kind.WATCHLIST], ignore_conflicts=True)
    Viewing.objects.bulk_create(added[Kind.VIEWING], ignore_conflicts=True)


def made_rating(user: User, movie_id: int, row: LibraryImportRow) -> Rating:
    now = timezone.now()
    at = moment_of(row) or now
    return Rating(
        user=user,
        movie_id=movie_id,
        rating=row.said["rating"],
        review=row.said.get("review", ""),
        created_at=at,
        updated_at=min(moment_of(row, "changed_at") or at, now),
    )


def made_item(user: User, movie_id: int, row: LibraryImportRow) -> WatchlistItem:
    is_favorite = row.said.get("is_favorite", False)
    return WatchlistItem(
        user=user, movie_id=movie_id, is_favorite=is_favorite, added_at=moment_of(row) or timezone.now()
    )


def made_viewing(user: User, movie_id: int, row: LibraryImportRow) -> Viewing:
    """By hand, whatever the file calls it: a file must not be able to forge a ticket."""
    return Viewing(
        user=user, movie_id=movie_id, watched_at=moment_of(row) or timezone.now(), source=Viewing.Source.BY_HAND
    )


MAKERS: dict[LibraryImportRow.Kind, Callable[[User, int, LibraryImportRow], Any]] = {
    Kind.RATING: made_rating,
    Kind.WATCHLIST: made_item,
    Kind.VIEWING: made_viewing,
}


def change(rows: Iterable[LibraryImportRow], library: Library) -> None:
    """What was removed by hand in the same moment stays removed."""
    for row in rows:
        film = row.movie_id or 0
        with suppress(Rating.DoesNotExist, WatchlistItem.DoesNotExist):
            if row.kind == Kind.RATING:
                ratings.change(library.ratings[film], row.said["rating"], row.said.get("review"))
            else:
                watchlist.set_favorite(library.watchlist[film], row.said["is_favorite"])


@transaction.atomic
def finish(job: LibraryImport, rows: Sequence[LibraryImportRow], before: Sequence[str]) -> None:
    """The rows are done: what was written is marked so, and the job counts what has turned out otherwise."""
    for row in rows:
        row.applied = row.outcome in TO_DO
    LibraryImportRow.objects.bulk_update(rows, ["movie", "outcome", "message", "applied"])
    counts = Counter(job.counts)
    counts.subtract(before)
    counts.update(str(row.outcome) for row in rows)
    working.record(job, counts=dict(+counts), progress=job.progress + len(rows))
