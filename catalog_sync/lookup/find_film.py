"""Who gets the answer from where: the cache, the database, or OMDb, which one asks while the others wait."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.core.cache import cache
from django.db.models import QuerySet
from redis import RedisError

from catalog_sync.lookup.errors import Busy, NotAFilm, UnknownFilm, told, translate_redis_errors
from catalog_sync.lookup.omdb import Permit, ask_omdb
from catalog_sync.lookup.query import Question, question
from catalog_sync.lookup.single_flight import Answer, InProgress, Known, Lease, Paused, SingleFlight, flights
from common.errors import DomainError, UpstreamUnavailable
from movies.models import Movie
from movies.queries.films import catalogue_films, for_detail

Films = QuerySet[Movie]

# How many seconds somebody waits while another asks. A web process has few threads, and they are everybody's.
PATIENCE = 3.0
POLL = 0.05
# So many threads of a process ask OMDb at a time; the others are for those who don't wait for it.
AT_ONCE = 2
FOR_A_PLACE = 0.5
# How long a question is left alone that OMDb answers with something useless.
USELESS_FOR = 60.0
# How OMDb's words for what is no film are said.
KINDS = {"series": "a series", "episode": "an episode of a series", "game": "a game"}

places = threading.BoundedSemaphore(AT_ONCE)


def anybody() -> None:
    """Lets everybody ask OMDb."""


def find(
    title: str = "",
    year: int | None = None,
    imdb_id: str = "",
    *,
    films: Films | None = None,
    permit: Permit = anybody,
) -> Movie:
    """The catalogue film with this IMDb id, or of this title and year; without a year the best-known one.

    `films`: how it is to be read (as for_detail), catalogue films only. `permit` is called before OMDb is
    asked, and may raise. Raises ValidationError by field; UnknownFilm, NotAFilm and UpstreamUnavailable (with `wait`),
    each with a sentence for whoever asked.
    """
    asked = question(title, year, imdb_id)
    readable = for_detail(catalogue_films()) if films is None else films
    key = f"lookup:{asked.key}"
    remembered = cache.get(key)
    if remembered and (movie := readable.filter(pk=remembered).first()):
        return movie
    movie = asked.among(readable).first() or from_omdb(asked, readable, permit)
    cache.set(key, movie.pk, settings.LOOKUP_TTL)
    return movie


def by_title(title: str, year: int | None = None, *, films: Films | None = None, permit: Permit = anybody) -> Movie:
    return find(title, year, films=films, permit=permit)


def by_imdb_id(imdb_id: str, *, films: Films | None = None, permit: Permit = anybody) -> Movie:
    return find(imdb_id=imdb_id, films=films, permit=permit)


def from_omdb(asked: Question, films: Films, permit: Permit) -> Movie:
    """What OMDb said lately, or says now."""
    known = flights("lookup")
    with translate_redis_errors():
        while True:
            answer = answered(asked, known, permit)
            if "film" not in answer:
                raise no_film(asked, answer)
            if movie := films.filter(pk=answer["film"]).first():
                return movie
            # It was deleted since then.
            known.forget(asked.key)


def answered(asked: Question, known: SingleFlight, permit: Permit) -> Answer:
    while True:
        match known.board(asked.key):
            case Known(answer):
                return answer
            case Paused(seconds, reason):
                raise UpstreamUnavailable(reason, wait=seconds + 1)
            case Lease() as flight:
                return fly(asked, known, flight, permit)
            case InProgress(seconds) if seconds > PATIENCE:
                raise Busy("This film is being looked up, and it takes its time. Try again in a moment.")
        time.sleep(POLL * random.uniform(1, 2))  # noqa: S311  no secret hangs on it


def fly(asked: Question, known: SingleFlight, flight: Lease, permit: Permit) -> Answer:
    """Ask OMDb, for all who want to know; whatever comes of it, the next one need not wait for the lease to end."""
    answer: Answer = {}
    try:
        with a_place(), told(known):
            answer = ask_omdb(asked, flight, permit)
    finally:
        # Without Redis the lease ends by itself, and what was found is in the database.
        with suppress(RedisError):
            flight.land(answer, remembered_for(answer))
    return answer


def remembered_for(answer: Answer) -> float:
    """Seconds."""
    if "film" in answer:
        return settings.LOOKUP_TTL
    return USELESS_FOR if "useless" in answer else settings.LOOKUP_UNKNOWN_TTL


@contextmanager
def a_place() -> Iterator[None]:
    """One of those threads of this process that may wait for OMDb."""
    if not places.acquire(timeout=FOR_A_PLACE):
        raise Busy("Many films are being looked up. Try again in a moment.")
    try:
        yield
    finally:
        places.release()


def no_film(asked: Question, answer: Answer) -> DomainError:
    if kind := KINDS.get(answer.get("kind", "")):
        return NotAFilm(f"“{answer['title']}” is {kind}; Marquee has films only.")
    if "useless" in answer:
        return UpstreamUnavailable("OMDb has no usable answer to this question.", wait=USELESS_FOR)
    return UnknownFilm(f"Neither we nor OMDb know {asked}.")
