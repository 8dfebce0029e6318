"""Mapping of provider rows to our records: pure functions, without network or database.

A row is refused if its id, its title or a number of it is invalid. Optional values (a date, a poster, a genre) are
left out when they cannot be used.
"""

from catalog_sync.mapping.details import map_details
from catalog_sync.mapping.lists import map_changed_id, map_found_id, map_genre, map_movie, map_release
from catalog_sync.mapping.omdb import OmdbTitle, map_omdb_film, map_omdb_ratings, parse_omdb_title
from catalog_sync.mapping.values import BadRecord

__all__ = [
    "BadRecord",
    "OmdbTitle",
    "map_changed_id",
    "map_details",
    "map_found_id",
    "map_genre",
    "map_movie",
    "map_omdb_film",
    "map_omdb_ratings",
    "map_release",
    "parse_omdb_title",
]
