"""Look-up of any film by title or IMDb id: from the cache, else the database, else OMDb, whose film is then stored.

Of concurrent look-ups of one film, in any number of processes, one asks OMDb; that a film is unknown is cached too.
`find_film` is the act, `query` its input, `single_flight` lets one caller ask for all, `omdb` asks and stores, and
`errors` are what pages and API show when there is no film.
"""

from catalog_sync.lookup.errors import AllowanceSpent, Busy, NotAFilm, OtherFilm, UnknownFilm
from catalog_sync.lookup.find_film import find

__all__ = ["AllowanceSpent", "Busy", "NotAFilm", "OtherFilm", "UnknownFilm", "find"]
