"""Merging two rows of the same film.

Films of the demo and films that a manager added have no TMDB id. Mostly `upsert` adopts them by title and year; where
the match was unclear, the list sync created a second row. The details name the IMDb id, which settles it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from django.apps import apps
from django.db import transaction
from django.db.models import Model

from movies.models import Movie, SyncState

log = structlog.get_logger(__name__)

# Rows that come with every film, and therefore do not count as a use of it.
OWN_MODELS: tuple[type[Model], ...] = (SyncState, Movie.genres.through)


@dataclass(frozen=True, slots=True)
class MergeCounts:
    merged: int = 0
    left_apart: int = 0


def merge_duplicates(imdb_ids: Mapping[int, str]) -> MergeCounts:
    """Merge catalogue films that share an IMDb id. `imdb_ids` maps TMDB ids to the IMDb ids that TMDB names.

    No work of a person is lost: of two films, the one is deleted that has no rating, watchlist item, viewing or
    session, and that was never edited. If both are in use, or both have a TMDB id, they stay apart.
    """
    by_tmdb_id = {film.tmdb_id: film for film in Movie.objects.filter(owner=None, tmdb_id__in=imdb_ids.keys())}
    by_imdb_id = {film.imdb_id: film for film in Movie.objects.filter(owner=None, imdb_id__in=imdb_ids.values())}
    merged = left_apart = 0
    for tmdb_id, imdb_id in imdb_ids.items():
        film, holder = by_tmdb_id.get(tmdb_id), by_imdb_id.get(imdb_id)
        if film is None or holder is None or film.pk == holder.pk or "imdb_id" in film.locked_fields:
            continue
        if _merge_pair(film, holder):
            merged += 1
        else:
            left_apart += 1
            log.warning("twins_left_apart", film=film.pk, holder=holder.pk, imdb_id=imdb_id)
    return MergeCounts(merged, left_apart)


@transaction.atomic
def _merge_pair(film: Movie, holder: Movie) -> bool:
    """Merge `film`, which has the TMDB id, and `holder`, which has the IMDb id; return whether that was possible."""
    locked = {
        row.pk: row for row in Movie.objects.select_for_update().filter(pk__in=(film.pk, holder.pk)).order_by("pk")
    }
    if len(locked) < 2 or locked[holder.pk].tmdb_id is not None:
        return False
    film, holder = locked[film.pk], locked[holder.pk]
    if _is_unused(film):
        tmdb_id = film.tmdb_id
        film.delete()
        holder.tmdb_id = tmdb_id
        holder.save(update_fields=["tmdb_id", "updated_at"])
        kept = holder
    elif _is_unused(holder):
        holder.delete()
        kept = film
    else:
        return False
    log.info("twins_merged", kept=kept.pk, tmdb_id=kept.tmdb_id)
    return True


def _is_unused(film: Movie) -> bool:
    """Return whether no manager edited the film, and no row of any app refers to it."""
    return not film.locked_fields and not any(
        model.objects.filter(**{name: film.pk}).exists() for model, name in _references_to_films()
    )


def _references_to_films() -> list[tuple[Any, str]]:
    """Return (model, field name) of every reference to a film, except for OWN_MODELS."""
    return [
        (model, field.name)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if field.related_model is Movie and model not in OWN_MODELS
    ]
