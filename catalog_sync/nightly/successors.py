"""Films that TMDB has deleted and has under another id, as when it merges two entries."""

from collections.abc import Collection
from typing import Any

import structlog

from catalog_sync import mapping
from catalog_sync.clients.errors import UpstreamError
from catalog_sync.clients.tmdb import TMDBClient
from catalog_sync.mapping import BadRecord
from movies.queries.films import catalogue_films

log = structlog.get_logger(__name__)


def successors_of(tmdb: TMDBClient, deleted_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return TMDB's details of the films under which those of deleted ids go on, by deleted id.

    The IMDb id is what both have. A film without one, and one that could not be asked about, is left out.
    """
    imdb_ids = dict(catalogue_films().filter(tmdb_id__in=deleted_ids).values_list("tmdb_id", "imdb_id"))
    found = {}
    for deleted_id in deleted_ids:
        if not (imdb_id := imdb_ids.get(deleted_id)):
            continue
        try:
            row = _find(tmdb, deleted_id, imdb_id)
        except (UpstreamError, BadRecord) as error:
            log.warning("successor_not_found", tmdb_id=deleted_id, reason=str(error))
            continue
        if row:
            found[deleted_id] = row
    return found


def _find(tmdb: TMDBClient, deleted_id: int, imdb_id: str) -> dict[str, Any] | None:
    """Return the details of another film that TMDB files under this IMDb id, and that names it itself."""
    for listed in tmdb.find(imdb_id):
        tmdb_id = mapping.map_found_id(listed)
        if tmdb_id != deleted_id:
            row = tmdb.details(tmdb_id)
            if mapping.map_details(row, "").imdb_id == imdb_id:
                return row
    return None
