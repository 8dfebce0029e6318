"""Two rows of one film: which of them goes on, under which TMDB id.

Films of the demo and films that a manager added have no TMDB id. Mostly `upsert` adopts them by title and year; where
the match was unclear, the list sync created a second row. The details name the IMDb id, which settles it. It also
settles under which id a film goes on that TMDB has deleted.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from common.errors import Code, Conflict
from movies.models import FormerFilm, Movie, SyncState
from movies.providers import upkeep
from movies.providers.merging import is_unused, merge_films
from movies.queries.films import catalogue_films

log = structlog.get_logger(__name__)

# The details of a new film come in the same night, or in the next one.
LATELY = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class MergeCounts:
    merged: int = 0
    left_apart: int = 0


def merge_duplicates(imdb_ids: Mapping[int, str]) -> MergeCounts:
    """Merge catalogue films that share an IMDb id. `imdb_ids` maps TMDB ids to the IMDb ids that TMDB names.

    Of two films, the one is dropped that has no rating, watchlist item, viewing or session, and that was never edited.
    If both are in use, they are merged where TMDB has deleted one of them; else they stay apart, and the state of the
    film names its twin for a manager.
    """
    by_tmdb_id = {film.tmdb_id: film for film in Movie.objects.filter(owner=None, tmdb_id__in=imdb_ids.keys())}
    by_imdb_id = {film.imdb_id: film for film in Movie.objects.filter(owner=None, imdb_id__in=imdb_ids.values())}
    merged, twins = 0, {}
    for tmdb_id, imdb_id in imdb_ids.items():
        film, holder = by_tmdb_id.get(tmdb_id), by_imdb_id.get(imdb_id)
        if film is None or holder is None or film.pk == holder.pk or "imdb_id" in film.locked_fields:
            continue
        if _merge_pair(film, holder):
            merged += 1
        else:
            twins[film.pk] = holder.pk
            log.warning("twins_left_apart", film=film.pk, holder=holder.pk, imdb_id=imdb_id)
    _store_twins(imdb_ids.keys(), twins)
    return MergeCounts(merged, len(twins))


@transaction.atomic
def continue_under(deleted_id: int, tmdb_id: int) -> None:
    """Let the film of an id that TMDB deleted go on under another id; merge the two rows if there are two.

    The row that people use goes on; of two such rows, the older TMDB id's. Nothing of the other one is lost.
    """
    films = {film.tmdb_id: film for film in _lock(Movie.objects.filter(owner=None, tmdb_id__in=[deleted_id, tmdb_id]))}
    film, other = films.get(deleted_id), films.get(tmdb_id)
    if film is None:
        return
    if other is None:
        _set_tmdb_id(film, tmdb_id)
    elif is_unused(film) and not is_unused(other):
        merge_films(other, film)
        _set_tmdb_id(other, tmdb_id)
    else:
        merge_films(film, other)
        _set_tmdb_id(film, tmdb_id)
    log.info("film_goes_on", deleted_id=deleted_id, tmdb_id=tmdb_id, merged=other is not None)


@transaction.atomic
def adopt_new_films(tmdb_ids: Collection[int]) -> int:
    """Merge films that a list made lately with a film from elsewhere of the same title and year; return how many.

    `upsert` does so at once where the list tells the year, which a list of releases does not. Only a single match
    without an id of its own is taken, and only while the new row is not in use.
    """
    elsewhere = catalogue_films().filter(tmdb_id=None, imdb_id=None)
    same = {"sort_title": OuterRef("sort_title"), "year": OuterRef("year")}
    new = catalogue_films().filter(tmdb_id__in=tmdb_ids, created_at__gte=timezone.now() - LATELY)
    adopted = 0
    for film in _lock(new.filter(Exists(elsewhere.filter(**same)))):
        matches = _lock(elsewhere.filter(sort_title=film.sort_title, year=film.year))
        if len(matches) == 1 and is_unused(film):
            tmdb_id = film.tmdb_id
            merge_films(matches[0], film)
            _set_tmdb_id(matches[0], tmdb_id)
            adopted += 1
    return adopted


@transaction.atomic
def merge_twin(movie: Movie) -> Movie:
    """Merge the film, at a manager's word, with the twin that its state names; return the row that goes on.

    Raises Conflict when there is no twin any more, or when TMDB still has both as films of their own.
    """
    twin = SyncState.objects.filter(movie=movie.pk).values_list("twin", flat=True).first()
    rows = {row.pk: row for row in _lock(catalogue_films().filter(pk__in=[movie.pk, twin or movie.pk]))}
    film, holder = rows.get(movie.pk), rows.get(twin or 0)
    if film is None or holder is None:
        raise Conflict(Code.CONFLICT, "This film has no second row any more.")
    if holder.tmdb_id is not None and not _has_vanished(holder):
        raise Conflict(Code.CONFLICT, "TMDB has both as films of their own, so they stay apart here too.")
    tmdb_id = film.tmdb_id
    merge_films(holder, film)
    _set_tmdb_id(holder, tmdb_id)
    return holder


@transaction.atomic
def _merge_pair(film: Movie, holder: Movie) -> bool:
    """Merge `film`, which has the TMDB id, and `holder`, which has the IMDb id; return whether that was possible."""
    locked = {row.pk: row for row in _lock(Movie.objects.filter(pk__in=(film.pk, holder.pk)))}
    if len(locked) < 2:
        return False
    film, holder = locked[film.pk], locked[holder.pk]
    is_deleted = holder.tmdb_id is not None and _has_vanished(holder)
    if holder.tmdb_id is not None and not is_deleted:
        return False
    tmdb_id = film.tmdb_id
    if is_unused(film) or (is_deleted and not is_unused(holder)):
        merge_films(holder, film)
        _set_tmdb_id(holder, tmdb_id)
        kept = holder
    elif is_unused(holder):
        merge_films(film, holder)
        _set_tmdb_id(film, tmdb_id)
        kept = film
    else:
        return False
    log.info("twins_merged", kept=kept.pk, tmdb_id=kept.tmdb_id)
    return True


def _lock(films: Any) -> list[Movie]:
    return list(films.defer("search_vector").select_for_update().order_by("pk"))


def _has_vanished(film: Movie) -> bool:
    return SyncState.objects.filter(movie=film.pk, tmdb_vanished_at__isnull=False).exists()


def _set_tmdb_id(film: Movie, tmdb_id: int | None) -> None:
    """Store the id under which the film goes on, and remember the one that it had; its details are wanted."""
    former, film.tmdb_id = film.tmdb_id, tmdb_id
    film.save(update_fields=["tmdb_id", "updated_at"])
    if former is not None and former != tmdb_id:
        FormerFilm.objects.update_or_create(tmdb_id=former, defaults={"movie": film})
    SyncState.objects.filter(movie=film.pk).update(tmdb_vanished_at=None, tmdb_asked_at=None, twin=None)
    upkeep.request_details([film.pk])


def _store_twins(tmdb_ids: Collection[int], twins: Mapping[int, int]) -> None:
    """Store the twins of films, and forget those of the other films of these ids.

    A twin that has a TMDB id too is asked about once: TMDB may have deleted it.
    """
    states = SyncState.objects.filter(movie__tmdb_id__in=tmdb_ids, twin__isnull=False)
    states.exclude(movie__in=twins).update(twin=None)
    known = dict(states.filter(movie__in=twins).values_list("movie_id", "twin_id"))
    SyncState.objects.bulk_create([SyncState(movie_id=pk) for pk in twins], ignore_conflicts=True)
    for pk, twin in twins.items():
        if known.get(pk) != twin:
            SyncState.objects.filter(movie=pk).update(twin=twin)
            upkeep.request_details([twin])
