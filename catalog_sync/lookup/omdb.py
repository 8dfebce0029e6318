"""What OMDb says to a question, as it is remembered; what is a film becomes one of ours."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from django.db import DataError, IntegrityError

from catalog_sync import mapping
from catalog_sync.adoption import adopt
from catalog_sync.clients import budget, errors
from catalog_sync.clients.omdb import InteractiveOMDbClient
from catalog_sync.lookup.query import Question
from catalog_sync.lookup.single_flight import Answer, Lease
from catalog_sync.mapping import BadRecord

log = structlog.get_logger(__name__)

Permit = Callable[[], None]


def ask_omdb(question: Question, flight: Lease, permit: Permit) -> Answer:
    """{"film": its key}, {"kind", "title"} of what is no film, {"unknown": True}; or {"useless": True} this time.

    Raises the UpstreamErrors that are not about this question only, and whatever `permit` raises.
    """
    omdb = InteractiveOMDbClient(on_attempt=flight.renew)
    if not omdb.budget.left():
        raise errors.AllowanceSpent(budget.SPENT)
    permit()
    try:
        row = row_of(question, omdb)
        flight.renew()
        movie = adopt.adopt(row)
    except (errors.KeyRefused, errors.Unavailable):
        raise
    except errors.NotFound:
        return {"unknown": True}
    except adopt.NotAFilm as other:
        return {"kind": other.kind, "title": other.title}
    except (BadRecord, IntegrityError, DataError) as problem:
        log.warning("lookup_not_stored", error=type(problem).__name__, reason=str(problem)[:200])
        return {"unknown": True}
    except errors.UpstreamError as problem:
        log.warning("lookup_useless", reason=str(problem))
        return {"useless": True}
    log.info("film_looked_up", film=movie.pk, imdb_id=movie.imdb_id)
    if not movie.poster_key:
        adopt.schedule_completion([movie.pk])
    return {"film": movie.pk}


def row_of(question: Question, omdb: InteractiveOMDbClient) -> dict[str, Any]:
    """Of a title that several things have, the film's; else what the one thing is."""
    if question.imdb_id:
        row = omdb.by_id(question.imdb_id)
        if (found := mapping.parse_omdb_title(row).imdb_id) != question.imdb_id:
            raise BadRecord(f"{question.imdb_id}: OMDb answered with {found}")
        return row
    row = omdb.by_title(question.title, question.year, films_only=False)
    if mapping.parse_omdb_title(row).kind != "movie":
        with suppress(errors.NotFound):
            return omdb.by_title(question.title, question.year)
    return row
