"""Completion of films that came from OMDb: TMDB's details and poster, where TMDB has the film.

Every film is completed by itself, and every step can be repeated: what a lost worker left out is done by the sweep of
the films that are still marked. A film that TMDB does not have keeps its drawn poster.
"""

from collections.abc import Collection
from functools import partial

import structlog
from django.conf import settings
from django.db import transaction

from catalog_sync import mapping
from catalog_sync.clients.errors import Unavailable, UpstreamError
from catalog_sync.clients.images import ImageClient
from catalog_sync.clients.tmdb import TMDBClient
from catalog_sync.mapping import BadRecord
from catalog_sync.nightly.posters import record_failure
from catalog_sync.nightly.records import map_rows, write_records
from movies.posters.store import StoreUnavailable
from movies.providers import adoption, duplicates, posters, upkeep
from movies.providers.adult import flag_films
from movies.providers.details import store_details
from movies.providers.due import films_without_details

log = structlog.get_logger(__name__)


def complete_films(films: Collection[int]) -> None:
    """Fetch and store details and posters of those of the films (keys) that have no details yet.

    Raises Unavailable while TMDB is away: the remaining films are left for the next time.
    """
    try:
        tmdb, images = TMDBClient(), ImageClient()
    except UpstreamError as error:
        log.warning("films_not_completed", reason=str(error))
        return
    for pk, known_tmdb_id, imdb_id in films_without_details(films):
        try:
            tmdb_id = known_tmdb_id or _identify(tmdb, pk, imdb_id)
            if tmdb_id is not None and _store_details(tmdb, tmdb_id):
                _store_poster(images, adoption.find_pk(tmdb_id))
        except Unavailable:
            raise
        except (UpstreamError, BadRecord) as error:
            log.warning("film_not_completed", film=pk, reason=str(error))
        upkeep.end_completion(pk)


def _identify(tmdb: TMDBClient, pk: int, imdb_id: str) -> int | None:
    """Find the film's TMDB id and store it, or merge the film with the row that has the id already."""
    rows = tmdb.find(imdb_id)
    if not rows:
        log.info("film_unknown_to_tmdb", film=pk, imdb_id=imdb_id)
        return None
    tmdb_id = mapping.map_found_id(rows[0])
    if not adoption.set_tmdb_id(pk, tmdb_id):
        duplicates.merge_duplicates({tmdb_id: imdb_id})
    return tmdb_id


def _store_details(tmdb: TMDBClient, tmdb_id: int) -> bool:
    """Return whether the details could be stored, of a film whose poster is shown."""
    details, _ = map_rows([tmdb.details(tmdb_id)], partial(mapping.map_details, region=settings.TMDB_REGION))
    with transaction.atomic():
        duplicates.merge_duplicates({film.tmdb_id: film.imdb_id for film in details if film.imdb_id})
        _, refused = write_records(details, store_details)
        flag_films({film.tmdb_id: film.adult for film in details})
    return bool(details) and not refused and not details[0].adult


def _store_poster(images: ImageClient, pk: int | None) -> None:
    for film in posters.wanted_posters([] if pk is None else [pk]):
        if not film.source:
            continue
        try:
            posters.store_poster(film, images.poster(film.source))
        except StoreUnavailable as error:
            log.warning("poster_not_stored", film=film.movie, reason=str(error))
        except UpstreamError as error:
            record_failure(film, error)
