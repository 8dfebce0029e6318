"""The rate limit of requests to a provider, kept in Redis for all workers and processes."""

import math
import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from django.conf import settings
from redis import RedisError
from tenacity import RetryCallState, RetryError, Retrying, retry_if_exception_type, stop_after_delay
from tenacity.wait import wait_exponential_jitter

from catalog_sync.clients.errors import NoCapacity, Unavailable
from common.services import redis_clients

log = structlog.get_logger(__name__)
T = TypeVar("T")

REDIS_RETRY_SECONDS = 30.0  # that Redis may be away, for example during a restart, before a run gives up
FOREVER = 1e9  # seconds

# KEYS: the times of the latest permits, the newest first, some of them still to come; the pause. Each caller gets the
# next free place in the moving window, at which it may send: who waits asks once, and no place is left unused.
# ARGV: permits in any second, the longest wait in seconds. Returns the seconds to wait.
RESERVE = """
local now = redis.call("time")
now = tonumber(now[1]) + tonumber(now[2]) / 1000000
local place, pause = now, redis.call("pttl", KEYS[2])
if pause >= 0 then place = now + (pause + 1) / 1000 end
local newest = redis.call("lindex", KEYS[1], 0)
if newest then place = math.max(place, tonumber(newest)) end
local first_of_window = redis.call("lindex", KEYS[1], ARGV[1] - 1)
if first_of_window then place = math.max(place, tonumber(first_of_window) + 1) end
if place - now <= tonumber(ARGV[2]) then
    redis.call("lpush", KEYS[1], string.format("%.6f", place))
    redis.call("ltrim", KEYS[1], 0, ARGV[1] - 1)
    redis.call("pexpire", KEYS[1], math.ceil((place - now + 1) * 1000))
end
return tostring(place - now)
"""

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
        self._redis = redis_clients.client(redis_url or settings.BROKER_URL)
        self._name, self._per_second = name, per_second
        self._permits_key, self._pause_key = f"marquee:{name}:permits", f"marquee:{name}:pause"
        self._reserve_permit = self._redis.register_script(RESERVE)
        self._lengthen_pause = self._redis.register_script(LENGTHEN_PAUSE)
        self._retry_seconds, self._max_wait = retry_seconds, max_wait

    def acquire(self) -> None:
        """Block until one request may be sent; raises Unavailable when Redis stays away.

        Raises NoCapacity when it would take longer than `max_wait` seconds.
        """
        latest = time.monotonic() + self._max_wait
        while (delay := self._reserve(latest - time.monotonic())) > 0:
            time.sleep(delay)
            if not self._is_paused():
                return

    def pause(self, seconds: float) -> None:
        """Make every worker wait, as the provider asks."""
        milliseconds = max(1, round(seconds * 1000))
        self._run(lambda: self._lengthen_pause(keys=[self._pause_key], args=[milliseconds]))

    def _reserve(self, longest: float = math.inf) -> float:
        """Reserve a permit; return the seconds until it is valid. Raises NoCapacity if that are more than `longest`."""
        arguments = [self._per_second, min(longest, FOREVER)]
        keys = [self._permits_key, self._pause_key]
        delay = float(self._run(lambda: self._reserve_permit(keys=keys, args=arguments)))
        if delay > longest:
            raise NoCapacity("Too many requests to the provider are waiting.")
        return delay

    def _is_paused(self) -> bool:
        return bool(self._run(lambda: self._redis.exists(self._pause_key)))

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
