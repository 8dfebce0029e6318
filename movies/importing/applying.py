"""Applying a checked import. Each batch is one transaction with its progress, so a crash repeats nothing."""

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
from movies.importing import jobs, matching, merging, own_films
from movies.importing.decisions import Library, moment_of, replaced_moment
from movies.importing.jobs import Status
from movies.importing.own_films import OwnFilms
from movies.library import ratings, watchlist
from movies.models import LibraryImport, LibraryImportRow, Movie, Rating, Viewing, WatchlistItem
from movies.queries.films import visible_films

log = structlog.get_logger(__name__)

Kind, Outcome = LibraryImportRow.Kind, LibraryImportRow.Outcome

ROWS_AT_ONCE = 500
TO_DO = [Outcome.CREATE, Outcome.CHANGE]
FILM_GONE = "This film no longer exists."


def start_applying(job: LibraryImport) -> LibraryImport:
    """Let a worker apply a checked import.

    Raises Conflict unless it is checked and not applied yet, and IntegrityError (library_import_one_at_a_time).
    """
    with transaction.atomic():
        # Read again under a lock: the caller may have read the job before its last rows were checked.
        checked = LibraryImport.objects.select_for_update().filter(pk=job.pk, status=Status.CHECKED).first()
        if checked is None:
            raise Conflict(Code.CONFLICT, "Only a checked file can be imported, and only once.")
        checked.status = Status.APPLYING
        checked.progress = checked.total - sum(checked.counts.get(outcome, 0) for outcome in TO_DO)
        checked.save(update_fields=["status", "progress"])
        jobs.enqueue_job(checked)
    return checked


def apply_import(pk: int) -> None:
    """Apply the import, or what a crash left of it; do nothing when nothing is left."""
    with jobs.claim_job(pk, Status.APPLYING) as job:
        if job is None:
            return
        _apply_films(job)
        with transaction.atomic():
            merging.merge_rows(job)  # films may be one since they were checked
        while rows := list(_rows_to_apply(job).exclude(kind=Kind.FILM).order_by("pk")[:ROWS_AT_ONCE]):
            _apply_batch(job, rows)
        jobs.update_job(job, status=Status.DONE, finished_at=timezone.now())
        log.info("library_import_done", job=pk, source=job.source, **job.counts)


def _rows_to_apply(job: LibraryImport) -> QuerySet[LibraryImportRow]:
    return job.rows.filter(outcome__in=TO_DO, applied=False)


def _apply_films(job: LibraryImport) -> None:
    """Apply the own films one by one: their poster files are written outside of any transaction."""
    pks = list(_rows_to_apply(job).filter(kind=Kind.FILM).order_by("pk").values_list("pk", flat=True))
    if not pks:
        return
    own = OwnFilms(job)
    for pk in pks:
        row = job.rows.get(pk=pk)
        before = row.outcome
        try:
            _write_film(job, own, row)
        except ValidationError as error:
            row.outcome, row.message = Outcome.INVALID, own_films.error_text(error)
        except Conflict as error:
            row.outcome, row.message = Outcome.INVALID, error.message
        except IntegrityError:
            row.outcome, row.message = Outcome.INVALID, "There is such a film already."
        except (Http404, PermissionDenied):
            row.outcome, row.message = Outcome.UNMATCHED, FILM_GONE
        _save_batch(job, [row], [before])


def _write_film(job: LibraryImport, own: OwnFilms, row: LibraryImportRow) -> None:
    if row.movie_id is None and row.outcome == Outcome.CREATE:
        own_films.create_own_film(own, job, row)
    elif row.outcome == Outcome.CHANGE:
        film = own.by_pk.get(row.movie_id or 0)
        if film is None:
            raise Http404
        own.by_pk[film.pk] = editing.edit_film(film, job.user, own.values_of(row))
    film = get_object_or_404(Movie.objects.only("poster_key", "owner"), pk=row.movie_id)
    if "poster" in row.said and not film.poster_key:
        row.message = own_films.add_poster(film, row.said["poster"])


@transaction.atomic
def _apply_batch(job: LibraryImport, rows: Sequence[LibraryImportRow]) -> None:
    """Decide each row again, because the library may have changed since the dry run, and write the batch."""
    before = [row.outcome for row in rows]
    _match_and_lock_films(job, rows)
    library = Library(job, rows)
    for row in rows:
        if row.outcome in TO_DO:
            library.decide(row)
    changing = [row for row in rows if row.outcome == Outcome.CHANGE]
    viewings = [row for row in changing if row.kind == Kind.VIEWING]
    _delete_replaced(viewings, job)
    _create([row for row in rows if row.outcome == Outcome.CREATE] + viewings, job)
    _change([row for row in changing if row.kind != Kind.VIEWING], library)
    _save_batch(job, rows, before)


def _match_and_lock_films(job: LibraryImport, rows: Sequence[LibraryImportRow]) -> None:
    """Set the films of rows about films of the same file, and lock all films until the batch is written.

    They are locked in the order of ids: a rating writes its film as well, and two batches must not deadlock.
    """
    in_file = matching.films_in_file(job) if any(row.movie_id is None for row in rows) else {}
    for row in rows:
        if row.movie_id is None:
            matching.match_in_file(row, in_file)
    films = visible_films(job.user).filter(pk__in={row.movie_id for row in rows if row.movie_id}).order_by("pk")
    existing = set(films.select_for_update(no_key=True).values_list("pk", flat=True))
    for row in rows:
        if row.movie_id not in existing:
            row.movie_id, row.outcome, row.message = None, Outcome.UNMATCHED, FILM_GONE


def _create(rows: Iterable[LibraryImportRow], job: LibraryImport) -> None:
    """Insert the rows as `ratings.rate_film`, `watchlist.add_item` and `history.add` would one by one.

    What the user enters by hand at the same moment stays.
    """
    new: dict[str, list[Any]] = {kind: [] for kind in BUILDERS}
    for row in rows:
        new[row.kind].append(BUILDERS[Kind(row.kind)](job.user, row.movie_id or 0, row))
    Rating.objects.bulk_create(new[Kind.RATING], ignore_conflicts=True)
    WatchlistItem.objects.bulk_create(new[Kind.WATCHLIST], ignore_conflicts=True)
    watchlist.mark_favorites(new[Kind.FAVORITE])
    Viewing.objects.bulk_create(new[Kind.VIEWING], ignore_conflicts=True)


def _delete_replaced(rows: Iterable[LibraryImportRow], job: LibraryImport) -> None:
    """Delete the viewings without a known day that these rows replace, unless they are records of tickets."""
    viewings = Viewing.objects.filter(user=job.user, source=Viewing.Source.BY_HAND)
    for row in rows:
        if moment := replaced_moment(row):
            viewings.filter(movie=row.movie_id, watched_at=moment).delete()


def _change(rows: Iterable[LibraryImportRow], library: Library) -> None:
    """Change ratings and watchlist items; what the user removes by hand at the same moment stays removed."""
    for row in rows:
        film = row.movie_id or 0
        with suppress(Rating.DoesNotExist, WatchlistItem.DoesNotExist):
            if row.kind == Kind.RATING:
                ratings.change_rating(library.ratings[film], **library.find_rating_changes(row))
            elif row.kind == Kind.FAVORITE:
                watchlist.set_favorite(library.watchlist[film], is_favorite=True)
            else:
                watchlist.set_favorite(library.watchlist[film], row.said["is_favorite"])


@transaction.atomic
def _save_batch(job: LibraryImport, rows: Sequence[LibraryImportRow], before: Sequence[str]) -> None:
    """Save the outcomes of applied rows, and update progress and counts; `before` holds their previous outcomes."""
    for row in rows:
        row.applied = row.outcome in TO_DO
    jobs.save_rows(rows)
    counts = Counter(job.counts)
    counts.subtract(before)
    counts.update(str(row.outcome) for row in rows)
    jobs.update_job(job, counts=dict(+counts), progress=job.progress + len(rows))


def _build_rating(user: User, movie_id: int, row: LibraryImportRow) -> Rating:
    now = timezone.now()
    at = moment_of(row) or now
    return Rating(
        user=user,
        movie_id=movie_id,
        rating=row.said.get("rating"),
        review=row.said.get("review", ""),
        created_at=at,
        updated_at=min(moment_of(row, "changed_at") or at, now),
    )


def _build_item(user: User, movie_id: int, row: LibraryImportRow) -> WatchlistItem:
    is_favorite = row.said.get("is_favorite", False)
    return WatchlistItem(
        user=user, movie_id=movie_id, is_favorite=is_favorite, added_at=moment_of(row) or timezone.now()
    )


def _build_favorite(user: User, movie_id: int, row: LibraryImportRow) -> WatchlistItem:
    return WatchlistItem(user=user, movie_id=movie_id, is_favorite=True, added_at=moment_of(row) or timezone.now())


def _build_viewing(user: User, movie_id: int, row: LibraryImportRow) -> Viewing:
    """Build a viewing entered by hand, whatever its source in the file: a file must not forge a ticket."""
    return Viewing(
        user=user, movie_id=movie_id, watched_at=moment_of(row) or timezone.now(), source=Viewing.Source.BY_HAND
    )


BUILDERS: dict[LibraryImportRow.Kind, Callable[[User, int, LibraryImportRow], Any]] = {
    Kind.RATING: _build_rating,
    Kind.WATCHLIST: _build_item,
    Kind.FAVORITE: _build_favorite,
    Kind.VIEWING: _build_viewing,
}
