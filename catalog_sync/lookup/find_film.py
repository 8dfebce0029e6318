"""The look-up of one film: cache, database, then OMDb, which one caller asks while the others wait for its answer."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.core.cache import cache
from django.db.models import QuerySet
from redis import RedisError

from catalog_sync.lookup.errors import (
    Busy,
    NotAFilm,
    OtherFilm,
    UnknownFilm,
    translate_omdb_errors,
    translate_redis_errors,
)
from catalog_sync.lookup.omdb import CheckLimit, ask_omdb
from catalog_sync.lookup.query import LookupQuery, parse_query
from catalog_sync.lookup.single_flight import Answer, Answered, InProgress, Lease, Paused, SingleFlight, single_flight
from common.errors import DomainError, UpstreamUnavailable
from movies.models import Movie
from movies.queries.films import catalogue_films, for_detail, public_films

# Seconds since another caller asked, after which a caller stops waiting: a web process has few threads.
MAX_WAIT = 3.0
POLL_SECONDS = 0.05
# Threads of one process that may wait for OMDb at a time; the others stay free. And seconds to wait for a turn.
OMDB_THREADS = 2
THREAD_WAIT = 0.5
# Seconds for which an answer of OMDb's that cannot be used is kept.
UNUSABLE_TTL = 60.0
# OMDb's types of what is not a film, as messages say them.
KINDS = {"series": "a series", "episode": "an episode of a series", "game": "a game"}

omdb_threads = threading.BoundedSemaphore(OMDB_THREADS)


def find(
    title: str = "",
    year: int | None = None,
    imdb_id: str = "",
    *,
    films: QuerySet[Movie] | None = None,
    check_limit: CheckLimit = lambda: None,
) -> Movie:
    """Return the catalogue film with this IMDb id, or of this title and year; without a year the best-known one.

    `films` are catalogue films with what the caller needs of each (by default as for_detail). `check_limit` is called
    before OMDb is asked, and may raise. Raises ValidationError by field; UnknownFilm, OtherFilm,
    NotAFilm and UpstreamUnavailable (with `wait`), each with a message for the visitor.
    """
    query = parse_query(title, year, imdb_id)
    films = for_detail(public_films()) if films is None else films
    cache_key = f"lookup:{query.key}"
    cached_pk = cache.get(cache_key)
    if cached_pk and (movie := films.filter(pk=cached_pk).first()):
        return movie
    movie = query.matches(films).first()
    if movie is None:
        if query.matches(catalogue_films().filter(withdrawn=True)).exists():
            raise _no_film_error(query, {"unknown": True})
        movie = _find_at_omdb(query, films, check_limit)
    cache.set(cache_key, movie.pk, settings.LOOKUP_TTL)
    return movie


@translate_redis_errors()
def _find_at_omdb(query: LookupQuery, films: QuerySet[Movie], check_limit: CheckLimit) -> Movie:
    """Return the film of OMDb's answer: a stored one, or a new one that one caller asks for while the others wait."""
    flight = single_flight("lookup")
    while True:
        match flight.acquire(query.key):
            case Lease() as lease:
                answer = _ask_and_publish(query, flight, lease, check_limit)
            case Answered(answer):
                pass
            case Paused(seconds, reason):
                raise UpstreamUnavailable(reason, wait=seconds + 1)
            case InProgress(seconds) if seconds > MAX_WAIT:
                raise Busy("This film is still being looked up. Try again in a moment.")
            case InProgress():
                time.sleep(POLL_SECONDS * random.uniform(1, 2))  # noqa: S311  no secret depends on it
                continue
        if "film" not in answer:
            raise _no_film_error(query, answer)
        if movie := films.filter(pk=answer["film"]).first():
            return movie
        flight.forget(query.key)  # the film was deleted since


def _ask_and_publish(query: LookupQuery, flight: SingleFlight, lease: Lease, check_limit: CheckLimit) -> Answer:
    """Ask OMDb, and publish the answer to the waiting callers; after an error the next caller may ask at once."""
    answer: Answer = {}
    try:
        with _omdb_thread(), translate_omdb_errors(flight):
            answer = ask_omdb(query, lease, check_limit)
    finally:
        # Without Redis the lease expires by itself, and the film is in the database.
        with suppress(RedisError):
            lease.publish(answer, _ttl_of(answer))
    return answer


@contextmanager
def _omdb_thread() -> Iterator[None]:
    """Count this thread among those that wait for OMDb. Raises Busy when there are OMDB_THREADS already."""
    if not omdb_threads.acquire(timeout=THREAD_WAIT):
        raise Busy("Many films are being looked up. Try again in a moment.")
    try:
        yield
    finally:
        omdb_threads.release()


def _ttl_of(answer: Answer) -> float:
    """Return for how many seconds the answer is kept."""
    if "film" in answer:
        return settings.LOOKUP_TTL
    return UNUSABLE_TTL if "useless" in answer else settings.LOOKUP_UNKNOWN_TTL


def _no_film_error(query: LookupQuery, answer: Answer) -> DomainError:
    if kind := KINDS.get(answer.get("kind", "")):
        return NotAFilm(f"“{answer['title']}” is {kind}; Marquee has films only.")
    if other := answer.get("other"):
        name = f"“{other['title']}”" + (f" ({other['year']})" if other["year"] else "")
        return OtherFilm(f"Neither we nor OMDb know {query}. Did you mean {name}?", details=other)
    if "useless" in answer:
        return UpstreamUnavailable("OMDb's answer about this film can't be used.", wait=UNUSABLE_TTL)
    return UnknownFilm(f"Neither we nor OMDb know {query}.")
