"""The rate limit of requests to a provider, kept in Redis for all workers and processes."""

import math
import random
import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from django.conf import settings
from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import RedisError
from tenacity import RetryCallState, RetryError, Retrying, retry_if_exception_type, stop_after_delay
from tenacity.wait import wait_exponential_jitter

from catalog_sync.clients.errors import NoCapacity, Unavailable
from common.services import redis_clients

log = structlog.get_logger(__name__)
T = TypeVar("T")

REDIS_RETRY_SECONDS = 30.0  # that Redis may be away, for example during a restart, before a run gives up
JITTER = 0.02  # seconds, so that waiting workers do not all retry in the same millisecond

# The longest requested pause wins, in whatever order the workers request theirs.
LENGTHEN_PAUSE = """
if redis.call("pttl", KEYS[1]) < tonumber(ARGV[1]) then
    redis.call("set", KEYS[1], "", "px", ARGV[1])
end
"""


class RateLimiter:
    """A limit of `per_second` requests in any second, shared by all processes that use the same `name`."""

    def __init__(
        self,
        name: str,
        per_second: int,
        *,
        redis_url: str | None = None,
        retry_seconds: float = REDIS_RETRY_SECONDS,
        max_wait: float = math.inf,
    ) -> None:
        if per_second < 1:
            raise ValueError("per_second must be 1 or more.")
        # The broker's Redis never evicts: a limit lost under memory pressure would be no limit.
        url = redis_url or settings.BROKER_URL
        self._redis = redis_clients.client(url)
        storage = RedisStorage(url, connection_pool=self._redis.connection_pool, key_prefix="marquee")
        # Of the strategies of `limits`, only this one never allows more than `per_second` in any second.
        self._window = MovingWindowRateLimiter(storage)
        self._rate = RateLimitItemPerSecond(per_second)
        self._name = name
        self._pause_key = f"marquee:{name}:pause"
        self._lengthen_pause = self._redis.register_script(LENGTHEN_PAUSE)
        self._retry_seconds, self._max_wait = retry_seconds, max_wait

    def acquire(self) -> None:
        """Block until one request may be sent; raises Unavailable when Redis stays away.

        Raises NoCapacity when it would take longer than `max_wait` seconds.
        """
        latest = time.monotonic() + self._max_wait
        while (delay := self._run(self._delay)) > 0:
            if time.monotonic() + delay > latest:
                raise NoCapacity("Too many requests to the provider are waiting.")
            time.sleep(delay + random.uniform(0, JITTER))  # noqa: S311  no secret depends on it

    def pause(self, seconds: float) -> None:
        """Make every worker wait, as the provider asks."""
        milliseconds = max(1, round(seconds * 1000))
        self._run(lambda: self._lengthen_pause(keys=[self._pause_key], args=[milliseconds]))

    def _delay(self) -> float:
        """Return the seconds to wait before the next try; 0 when the request may be sent."""
        paused = int(self._redis.pttl(self._pause_key))
        if paused > 0:
            return paused / 1000
        if self._window.hit(self._rate, self._name):
            return 0
        reset = self._window.get_window_stats(self._rate, self._name).reset_time
        return max(reset - time.time(), 0.001)

    def _run(self, command: Callable[[], T]) -> T:
        return retry_redis(self._name, command, self._retry_seconds)


def retry_redis(name: str, command: Callable[[], T], seconds: float) -> T:
    """Return what `command` gets from Redis, which may be away for so many seconds. Raises Unavailable after that."""

    def log_retry(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        log.warning("limiter_redis_away", limiter=name, attempt=state.attempt_number, error=type(error).__name__)

    retrying = Retrying(
        retry=retry_if_exception_type(RedisError),
        stop=stop_after_delay(seconds),
        wait=wait_exponential_jitter(multiplier=0.1, max=2, jitter=0.1),
        before_sleep=log_retry,
    )
    try:
        return retrying(command)
    except RetryError:
        raise Unavailable(f"Redis, which limits the requests, did not answer for {seconds:g} seconds.") from None
