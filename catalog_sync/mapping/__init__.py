"""From a provider's rows to our facts: pure functions, no network, no database.

What makes a film that film (its id, its title, its figures) must be right, or the row is refused.
What only decorates it (a date, a poster, a genre) is left out when it cannot be used.
"""

from catalog_sync.mapping.details import movie_details
from catalog_sync.mapping.lists import changed_id, found_id, genre, movie_row
from catalog_sync.mapping.omdb import OmdbTitle, omdb_film, omdb_ratings, omdb_title
from catalog_sync.mapping.values import BadRecord

__all__ = [
    "BadRecord",
    "OmdbTitle",
    "changed_id",
    "found_id",
    "genre",
    "movie_details",
    "movie_row",
    "omdb_film",
    "omdb_ratings",
    "omdb_title",
]
