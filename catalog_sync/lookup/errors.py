"""Why there is no film: what a visitor is told, at both doors; the log has the details."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from redis import RedisError

from catalog_sync.clients import errors
from catalog_sync.clients.base import TransientFailure
from catalog_sync.clients.budget import seconds_until_utc_midnight
from catalog_sync.lookup.single_flight import SingleFlight
from common.errors import NotFound, UpstreamUnavailable

log = structlog.get_logger(__name__)

BUSY_FOR = 2
# How many seconds nobody asks after OMDb was out of order, and after it refused the key.
AWAY_FOR, LONGEST_AWAY, LOCKED_OUT_FOR = 10.0, 60.0, 60.0

AWAY = "OMDb, which we ask for films that we don't have, is not answering. Try again soon."
UNASKED = "We do not have this film, and this site asks nobody else."
LOCKED_OUT = "This site can't ask OMDb for films that it does not have."
SPENT = "What we may ask OMDb in a day is spent. It goes on at midnight, UTC."
UNCOUNTED = "Films that we don't have can't be looked up at the moment. Try again soon."


class UnknownFilm(NotFound):
    """Neither we nor OMDb know the film."""


class NotAFilm(NotFound):
    """OMDb knows it as something else."""


class Busy(UpstreamUnavailable):
    """Too many are looking something up in this moment."""

    def __init__(self, message: str) -> None:
        super().__init__(message, wait=BUSY_FOR)


class AllowanceSpent(UpstreamUnavailable):
    """Tomorrow OMDb may be asked again."""


@contextmanager
def told(flights: SingleFlight) -> Iterator[None]:
    """UpstreamError becomes UpstreamUnavailable. After what concerns every question, nobody knocks for a while."""
    try:
        yield
    except errors.AllowanceSpent:
        raise AllowanceSpent(SPENT, wait=seconds_until_utc_midnight()) from None
    except errors.NoCapacity:
        raise Busy("Much is being asked of OMDb. Try again in a moment.") from None
    except errors.NotConfigured:
        raise UnknownFilm(UNASKED) from None
    except errors.KeyRefused as problem:
        log.error("lookup_locked_out", reason=str(problem))
        flights.pause(LOCKED_OUT_FOR, LOCKED_OUT)
        raise UpstreamUnavailable(LOCKED_OUT, wait=LOCKED_OUT_FOR) from None
    except errors.UpstreamError as problem:
        log.warning("lookup_failed", reason=str(problem))
        wanted = problem.retry_after if isinstance(problem, TransientFailure) else 0
        seconds = min(max(AWAY_FOR, wanted), LONGEST_AWAY)
        flights.pause(seconds, AWAY)
        raise UpstreamUnavailable(AWAY, wait=seconds) from None


@contextmanager
def translate_redis_errors() -> Iterator[None]:
    """Without it nobody can count what OMDb is asked, so OMDb is not asked."""
    try:
        yield
    except RedisError as problem:
        log.warning("lookup_redis_away", error=type(problem).__name__)
        raise UpstreamUnavailable(UNCOUNTED, wait=AWAY_FOR) from None
