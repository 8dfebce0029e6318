"""Any film, asked for by title or by IMDb id: from the cache, else the database, else OMDb, which makes it ours.

However many ask for one film at once, in whatever processes, OMDb is asked once; what it does not know is remembered
as well. `questions` is what may be asked, `finding` who gets the answer from where, `flights` that one asks for all,
`asking` what OMDb says, and `troubles` what both doors say when there is no film.
"""

from catalog_sync.lookup.errors import AllowanceSpent, Busy, NotAFilm, UnknownFilm
from catalog_sync.lookup.find_film import by_imdb_id, by_title, find

__all__ = ["AllowanceSpent", "Busy", "NotAFilm", "UnknownFilm", "by_imdb_id", "by_title", "find"]
