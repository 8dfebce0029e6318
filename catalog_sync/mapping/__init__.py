"""From a provider's rows to our facts: pure functions, no network, no database.

What makes a film that film (its id, its title, its figures) must be right, or the row is refused.
What only decorates it (a date, a poster, a genre) is left out when it cannot be used.
"""

from catalog_sync.mapping.details import map_details
from catalog_sync.mapping.lists import map_changed_id, map_found_id, map_genre, map_movie
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
    "parse_omdb_title",
]
