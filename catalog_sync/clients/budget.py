"""The daily budget of OMDb calls: one count in Redis for all workers and processes."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.conf import settings

from catalog_sync.clients.errors import AllowanceSpent
from catalog_sync.clients.limiter import REDIS_RETRY_SECONDS, retry_redis
from common.services import redis_clients

SPENT = "The allowance of OMDb calls for today is spent."
DAY = timedelta(days=1)

# Counts one call if one is left, in one step, so that no two processes can get the last one.
SPEND = """
local used = tonumber(redis.call("get", KEYS[1]) or "0")
if used >= tonumber(ARGV[1]) then
    return 0
end
redis.call("incr", KEYS[1])
redis.call("expire", KEYS[1], ARGV[2])
return 1
"""

# Raises the count to the limit, and never lowers it.
EXHAUST = """
if tonumber(redis.call("get", KEYS[1]) or "0") < tonumber(ARGV[1]) then
    redis.call("set", KEYS[1], ARGV[1], "ex", ARGV[2])
end
"""


def seconds_until_utc_midnight(now: datetime | None = None) -> int:
    """Return the whole seconds until the next day of UTC begins, at least 1."""
    now = now or datetime.now(UTC)
    midnight = datetime.combine(now.date() + DAY, time(), UTC)
    return max(1, math.ceil((midnight - now).total_seconds()))


class DailyBudget:
    """A budget of `limit` calls a day (UTC), shared by all processes that use the same `name`."""

    def __init__(
        self,
        name: str,
        limit: int,
        *,
        redis_url: str | None = None,
        retry_seconds: float = REDIS_RETRY_SECONDS,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        # The broker's Redis never evicts: a count lost under memory pressure would allow more calls.
        self._redis = redis_clients.client(redis_url or settings.BROKER_URL)
        self._name, self._limit, self._retry_seconds = name, limit, retry_seconds
        self._now = now or (lambda: datetime.now(UTC))
        self._spend = self._redis.register_script(SPEND)
        self._exhaust = self._redis.register_script(EXHAUST)

    def spend(self, reserve: int = 0) -> None:
        """Count one call, before it is made. Raises AllowanceSpent when only `reserve` are left.

        Raises Unavailable when Redis stays away: a call that cannot be counted is not made.
        """
        limit = max(0, self._limit - reserve)
        if not self._run(lambda: self._spend(keys=[self._key], args=[limit, self._ttl])):
            raise AllowanceSpent(SPENT)

    def remaining(self) -> int:
        used = self._run(lambda: self._redis.get(self._key))
        return max(0, self._limit - int(used or 0))

    def exhaust(self) -> None:
        """Count the whole budget as spent: the provider says so, for the key is used elsewhere too."""
        self._run(lambda: self._exhaust(keys=[self._key], args=[self._limit, self._ttl]))

    def _run(self, command: Callable[[], Any]) -> Any:
        return retry_redis(self._name, command, self._retry_seconds)

    @property
    def _key(self) -> str:
        return f"marquee:{self._name}:calls:{self._now():%Y-%m-%d}"

    @property
    def _ttl(self) -> int:
        return int((2 * DAY).total_seconds())
