"""What OMDb does not give of a film that came from there: TMDB's words and its poster, where TMDB knows the film.

Each film by itself and each step as often as one likes: what a lost worker left out is done the next time, or by the
nights, which take care of every film with a TMDB id. A film that TMDB does not know keeps its drawn poster.
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
from catalog_sync.nightly.posters import tell
from catalog_sync.nightly.records import map_rows, write_records
from movies.posters.store import StoreUnavailable
from movies.providers import adoption, duplicates, posters
from movies.providers.details import store_details
from movies.providers.due import films_without_details

log = structlog.get_logger(__name__)


def complete(films: Collection[int]) -> None:
    """Bring in the details and posters of those films (keys) that have no details yet.

    Raises Unavailable when TMDB stays away: then the rest waits for the next time.
    """
    try:
        tmdb, images = TMDBClient(), ImageClient()
    except UpstreamError as problem:
        log.warning("films_not_completed", reason=str(problem))
        return
    for pk, tmdb_id, imdb_id in films_without_details(films):
        try:
            found = tmdb_id or identify(tmdb, pk, imdb_id)
            if found is not None and bring_in_details(tmdb, found):
                bring_in_poster(images, adoption.find_pk(found))
        except Unavailable:
            raise
        except (UpstreamError, BadRecord) as problem:
            log.warning("film_not_completed", film=pk, reason=str(problem))


def identify(tmdb: TMDBClient, pk: int, imdb_id: str) -> int | None:
    """The film's id at TMDB, which it has from now on; of two rows for one film it makes one."""
    rows = tmdb.find(imdb_id)
    if not rows:
        log.info("film_unknown_to_tmdb", film=pk, imdb_id=imdb_id)
        return None
    tmdb_id = mapping.map_found_id(rows[0])
    if not adoption.set_tmdb_id(pk, tmdb_id):
        duplicates.merge_duplicates({tmdb_id: imdb_id})
    return tmdb_id


def bring_in_details(tmdb: TMDBClient, tmdb_id: int) -> bool:
    """Whether there is a film to show."""
    facts, _ = map_rows([tmdb.details(tmdb_id)], partial(mapping.map_details, region=settings.TMDB_REGION))
    with transaction.atomic():
        duplicates.merge_duplicates({film.tmdb_id: film.imdb_id for film in facts if film.imdb_id})
        _, refused = write_records(facts, store_details)
    return bool(facts) and not refused


def bring_in_poster(images: ImageClient, pk: int | None) -> None:
    for film in posters.wanted_posters([] if pk is None else [pk]):
        if not film.source:
            continue
        try:
            posters.store_poster(film, images.poster(film.source))
        except StoreUnavailable as problem:
            log.warning("poster_not_stored", film=film.movie, reason=str(problem))
        except UpstreamError as problem:
            tell(film, problem)
