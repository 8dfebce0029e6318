"""Errors of a look-up, with messages for visitors; the log has the details."""

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

# Seconds after which a visitor may try again when the site is busy.
BUSY_WAIT = 2
# Seconds without any call to OMDb after it was out of order, and after it refused the key.
OUTAGE_PAUSE, MAX_OUTAGE_PAUSE, KEY_REFUSED_PAUSE = 10.0, 60.0, 60.0

OUTAGE = "OMDb, which we ask for films that we don't have, is not answering. Try again soon."
NO_KEY = "We don't have this film, and this site cannot ask OMDb for others."
KEY_REFUSED = "This site can't look films up at OMDb at the moment."
SPENT = "Today's look-ups at OMDb are used up. Try again after midnight, UTC."
REDIS_AWAY = "Films that we don't have can't be looked up at the moment. Try again soon."


class UnknownFilm(NotFound):
    """A film that neither the catalogue nor OMDb has."""


class OtherFilm(NotFound):
    """A film that is not known; OMDb answered with another one, which `details` name: title, year and imdb_id."""


class NotAFilm(NotFound):
    """A series, an episode or a game."""


class Busy(UpstreamUnavailable):
    """Too many look-ups at this moment."""

    def __init__(self, message: str) -> None:
        super().__init__(message, wait=BUSY_WAIT)


class AllowanceSpent(UpstreamUnavailable):
    """No call to OMDb left today."""


@contextmanager
def translate_omdb_errors(flight: SingleFlight) -> Iterator[None]:
    """Raise UnknownFilm or UpstreamUnavailable for UpstreamError.

    Pause all look-ups for a while after an error that concerns every one of them.
    """
    try:
        yield
    except errors.AllowanceSpent:
        raise AllowanceSpent(SPENT, wait=seconds_until_utc_midnight()) from None
    except errors.NoCapacity:
        raise Busy("Many requests to OMDb are waiting. Try again in a moment.") from None
    except errors.NotConfigured:
        raise UnknownFilm(NO_KEY) from None
    except errors.KeyRefused as error:
        log.error("lookup_locked_out", reason=str(error))
        flight.pause(KEY_REFUSED_PAUSE, KEY_REFUSED)
        raise UpstreamUnavailable(KEY_REFUSED, wait=KEY_REFUSED_PAUSE) from None
    except errors.UpstreamError as error:
        log.warning("lookup_failed", reason=str(error))
        retry_after = error.retry_after if isinstance(error, TransientFailure) else 0
        seconds = min(max(OUTAGE_PAUSE, retry_after), MAX_OUTAGE_PAUSE)
        flight.pause(seconds, OUTAGE)
        raise UpstreamUnavailable(OUTAGE, wait=seconds) from None


@contextmanager
def translate_redis_errors() -> Iterator[None]:
    """Raise UpstreamUnavailable for RedisError: calls that cannot be counted are not made."""
    try:
        yield
    except RedisError as error:
        log.warning("lookup_redis_away", error=type(error).__name__)
        raise UpstreamUnavailable(REDIS_AWAY, wait=OUTAGE_PAUSE) from None
