"""One pace for all workers: how often a provider may be asked is kept in Redis, not in each process."""

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
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from tenacity import RetryCallState, RetryError, Retrying, retry_if_exception_type, stop_after_delay
from tenacity.wait import wait_exponential_jitter

from catalog_sync.clients.errors import NoCapacity, Unavailable

log = structlog.get_logger(__name__)
T = TypeVar("T")

PATIENCE = 30.0  # seconds that Redis may be away, a restart for example, before a run gives up
SPREAD = 0.02  # seconds; waiting workers do not all knock in the same millisecond

# The longest pause that anybody asked for wins, whatever the order in which the workers ask.
LENGTHEN_PAUSE = """
if redis.call("pttl", KEYS[1]) < tonumber(ARGV[1]) then
    redis.call("set", KEYS[1], "", "px", ARGV[1])
end
"""


class RateLimiter:
    """At most `per_second` permits in any second, over all processes that use the same `name`."""

    def __init__(
        self,
        name: str,
        per_second: int,
        *,
        redis_url: str | None = None,
        patience: float = PATIENCE,
        max_wait: float = math.inf,
    ) -> None:
        if per_second < 1:
            raise ValueError("per_second must be 1 or more.")
        # The broker's Redis never evicts: a limit that is forgotten under memory pressure is no limit.
        url = redis_url or settings.BROKER_URL
        self._redis = Redis.from_url(
            url, socket_connect_timeout=1, socket_timeout=2, retry=Retry(NoBackoff(), retries=0)
        )
        storage = RedisStorage(url, connection_pool=self._redis.connection_pool, key_prefix="marquee")
        # Of the strategies of `limits`, only this one never lets more than `per_second` into any second.
        self._window = MovingWindowRateLimiter(storage)
        self._rate = RateLimitItemPerSecond(per_second)
        self._name = name
        self._pause_key = f"marquee:{name}:pause"
        self._lengthen_pause = self._redis.register_script(LENGTHEN_PAUSE)
        self._patience, self._longest_wait = patience, max_wait

    def acquire(self) -> None:
        """Blocks until one request may be sent; raises Unavailable when Redis stays away.

        Raises Crowded when it would take longer than `max_wait` seconds.
        """
        latest = time.monotonic() + self._longest_wait
        while (delay := self._patiently(self._delay)) > 0:
            if time.monotonic() + delay > latest:
                raise NoCapacity("Too much is asked of the provider in this moment.")
            time.sleep(delay + random.uniform(0, SPREAD))  # noqa: S311  no secret hangs on it

    def pause(self, seconds: float) -> None:
        """Makes every worker wait: the provider asked for it."""
        milliseconds = max(1, round(seconds * 1000))
        self._patiently(lambda: self._lengthen_pause(keys=[self._pause_key], args=[milliseconds]))

    def _delay(self) -> float:
        """Seconds to wait before asking again; 0 when a permit was taken."""
        paused = int(self._redis.pttl(self._pause_key))
        if paused > 0:
            return paused / 1000
        if self._window.hit(self._rate, self._name):
            return 0
        reset = self._window.get_window_stats(self._rate, self._name).reset_time
        return max(reset - time.time(), 0.001)

    def _patiently(self, ask: Callable[[], T]) -> T:
        return retry_redis(self._name, ask, self._patience)


def retry_redis(name: str, ask: Callable[[], T], patience: float) -> T:
    """What `ask` gets from Redis, which may be away for `patience` seconds; raises Unavailable after that."""

    def note_absence(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        log.warning("limiter_redis_away", limiter=name, attempt=state.attempt_number, error=type(error).__name__)

    retrying = Retrying(
        retry=retry_if_exception_type(RedisError),
        stop=stop_after_delay(patience),
        wait=wait_exponential_jitter(multiplier=0.1, max=2, jitter=0.1),
        before_sleep=note_absence,
    )
    try:
        return retrying(ask)
    except RetryError:
        raise Unavailable(f"Redis, which paces the requests, did not answer for {patience:g} seconds.") from None
