"""One film held twice: found out when TMDB tells the IMDb id of one, and the other has it already.

The demo's films and a manager's own come without a TMDB id. Mostly `upsert` adopts them by title and year; where that
was not sure, the list made a second row. The details tell for sure.
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

# What a film brings along by itself, so that it does not count as somebody's use of it.
OWN: tuple[type[Model], ...] = (SyncState, Movie.genres.through)


@dataclass(frozen=True, slots=True)
class Settled:
    merged: int = 0
    left_apart: int = 0


def settle(imdb_ids: Mapping[int, str]) -> Settled:
    """Make one film of each pair that shares an IMDb id; `imdb_ids` by TMDB id, as TMDB tells them.

    Nothing that somebody made is ever lost: of two films, one that nobody has rated, listed, watched, scheduled or
    edited goes. Where both are in use, or TMDB has the film twice, they stay apart.
    """
    ours = {film.tmdb_id: film for film in Movie.objects.filter(owner=None, tmdb_id__in=imdb_ids.keys())}
    holders = {film.imdb_id: film for film in Movie.objects.filter(owner=None, imdb_id__in=imdb_ids.values())}
    merged = left_apart = 0
    for tmdb_id, imdb_id in imdb_ids.items():
        film, holder = ours.get(tmdb_id), holders.get(imdb_id)
        if film is None or holder is None or film.pk == holder.pk or "imdb_id" in film.locked_fields:
            continue
        if make_one(film, holder):
            merged += 1
        else:
            left_apart += 1
            log.warning("twins_left_apart", film=film.pk, holder=holder.pk, imdb_id=imdb_id)
    return Settled(merged, left_apart)


@transaction.atomic
def make_one(film: Movie, holder: Movie) -> bool:
    """Whether `film`, which TMDB knows, and `holder`, which has its IMDb id, are one row now."""
    locked = {
        row.pk: row for row in Movie.objects.select_for_update().filter(pk__in=(film.pk, holder.pk)).order_by("pk")
    }
    if len(locked) < 2 or locked[holder.pk].tmdb_id is not None:
        return False
    film, holder = locked[film.pk], locked[holder.pk]
    if is_unused(film):
        tmdb_id = film.tmdb_id
        film.delete()
        holder.tmdb_id = tmdb_id
        holder.save(update_fields=["tmdb_id", "updated_at"])
        kept = holder
    elif is_unused(holder):
        holder.delete()
        kept = film
    else:
        return False
    log.info("twins_merged", kept=kept.pk, tmdb_id=kept.tmdb_id)
    return True


def is_unused(film: Movie) -> bool:
    """Nobody edited it by hand, and no row of whatever app refers to it."""
    return not film.locked_fields and not any(
        model.objects.filter(**{name: film.pk}).exists() for model, name in references_to_films()
    )


def references_to_films() -> list[tuple[Any, str]]:
    """(model, name of its field) of all that points at a film, but for what a film brings along by itself."""
    return [
        (model, field.name)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if field.related_model is Movie and model not in OWN
    ]
