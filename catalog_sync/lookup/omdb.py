"""The question to OMDb: its answer as it is kept in Redis; a film is stored in the catalogue on the way."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from django.db import DataError, IntegrityError

from catalog_sync import mapping
from catalog_sync.adoption import adopt
from catalog_sync.clients import budget, errors
from catalog_sync.clients.omdb import InteractiveOMDbClient
from catalog_sync.lookup.query import LookupQuery
from catalog_sync.lookup.same_film import is_same_film
from catalog_sync.lookup.single_flight import Answer, Lease
from catalog_sync.mapping import BadRecord

log = structlog.get_logger(__name__)

CheckLimit = Callable[[], None]


def ask_omdb(query: LookupQuery, lease: Lease, check_limit: CheckLimit) -> Answer:
    """Return {"film": its key}, {"kind", "title"} of what is not a film, {"unknown": True} or {"useless": True}.

    Or {"other": {"title", "year", "imdb_id"}} of another film than the one that was asked for, which is not stored.
    The film that was asked for is adopted, and completed later. The lease is renewed between the steps. Raises the
    UpstreamErrors that are not about this query only, and whatever `check_limit` raises.
    """
    omdb = InteractiveOMDbClient(on_attempt=lease.renew)
    if not omdb.budget.remaining():
        raise errors.AllowanceSpent(budget.SPENT)
    check_limit()
    try:
        row = _fetch_row(query, omdb)
        title = mapping.parse_omdb_title(row)
        if title.kind == "movie" and query.title and not is_same_film(query, title):
            log.info("lookup_answered_otherwise", asked=str(query), imdb_id=title.imdb_id)
            return {"other": {"title": title.title, "year": title.year, "imdb_id": title.imdb_id}}
        lease.renew()
        movie = adopt.adopt_row(row)
    except (errors.KeyRefused, errors.Unavailable):
        raise
    except errors.NotFound:
        return {"unknown": True}
    except adopt.NotAFilm as other:
        return {"kind": other.kind, "title": other.title}
    except (BadRecord, IntegrityError, DataError) as error:
        log.warning("lookup_not_stored", error=type(error).__name__, reason=str(error)[:200])
        return {"unknown": True}
    except errors.UpstreamError as error:
        log.warning("lookup_useless", reason=str(error))
        return {"useless": True}
    if movie.withdrawn:
        return {"unknown": True}
    log.info("film_looked_up", film=movie.pk, imdb_id=movie.imdb_id)
    if not movie.poster_key:
        adopt.schedule_completion([movie.pk])
    return {"film": movie.pk}


def _fetch_row(query: LookupQuery, omdb: InteractiveOMDbClient) -> dict[str, Any]:
    """Return OMDb's row, of whatever title. Where a film and something else have the title, the film's.

    The first call names no type, so that a series or a game can be told from an unknown title.
    """
    if query.imdb_id:
        row = omdb.by_id(query.imdb_id)
        if (answered := mapping.parse_omdb_title(row).imdb_id) != query.imdb_id:
            raise BadRecord(f"{query.imdb_id}: OMDb answered with {answered}")
        return row
    row = omdb.by_title(query.title, query.year, films_only=False)
    if mapping.parse_omdb_title(row).kind != "movie":
        with suppress(errors.NotFound, BadRecord):
            film = omdb.by_title(query.title, query.year)
            if is_same_film(query, mapping.parse_omdb_title(film)):
                return film
    return row
