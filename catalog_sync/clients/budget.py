"""How often OMDb may still be asked today: one number in Redis for all workers and processes."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from catalog_sync.clients.errors import AllowanceSpent
from catalog_sync.clients.limiter import PATIENCE, retry_redis

SPENT = "OMDb's allowance for today is spent."
DAY = timedelta(days=1)

# Counts one call if there is room for it, in one step, so that no two processes can take the last place.
TAKE = """
local used = tonumber(redis.call("get", KEYS[1]) or "0")
if used >= tonumber(ARGV[1]) then
    return 0
end
redis.call("incr", KEYS[1])
redis.call("expire", KEYS[1], ARGV[2])
return 1
"""

# Never less than was counted already.
USE_UP = """
if tonumber(redis.call("get", KEYS[1]) or "0") < tonumber(ARGV[1]) then
    redis.call("set", KEYS[1], ARGV[1], "ex", ARGV[2])
end
"""


def seconds_until_utc_midnight(now: datetime | None = None) -> int:
    """Whole seconds until the next day of UTC begins, at least 1."""
    now = now or datetime.now(UTC)
    midnight = datetime.combine(now.date() + DAY, time(), UTC)
    return max(1, math.ceil((midnight - now).total_seconds()))


class DailyBudget:
    """At most `limit` calls a day (UTC) over all processes that use the same `name`."""

    def __init__(
        self,
        name: str,
        limit: int,
        *,
        redis_url: str | None = None,
        patience: float = PATIENCE,
        today: Callable[[], datetime] | None = None,
    ) -> None:
        # The broker's Redis never evicts: a count that is forgotten under memory pressure is none.
        self._redis = Redis.from_url(
            redis_url or settings.BROKER_URL,
            socket_connect_timeout=1,
            socket_timeout=2,
            retry=Retry(NoBackoff(), retries=0),
        )
        self._name, self._limit, self._patience = name, limit, patience
        self._now = today or (lambda: datetime.now(UTC))
        self._take = self._redis.register_script(TAKE)
        self._exhaust = self._redis.register_script(USE_UP)

    def take(self, leave: int = 0) -> None:
        """Count one call, before it is made; raises AllowanceSpent when only `leave` are left.

        Raises Unavailable when Redis stays away: what cannot be counted is not done.
        """
        limit = max(0, self._limit - leave)
        if not retry_redis(self._name, lambda: self._take(keys=[self._key], args=[limit, self._ttl]), self._patience):
            raise AllowanceSpent(SPENT)

    def left(self) -> int:
        used = retry_redis(self._name, lambda: self._redis.get(self._key), self._patience)
        return max(0, self._limit - int(used or 0))

    def exhaust(self) -> None:
        """The provider itself says that nothing is left today: somebody else uses the same key."""
        retry_redis(self._name, lambda: self._exhaust(keys=[self._key], args=[self._limit, self._ttl]), self._patience)

    @property
    def _key(self) -> str:
        return f"marquee:{self._name}:calls:{self._now():%Y-%m-%d}"

    @property
    def _ttl(self) -> int:
        return int((2 * DAY).total_seconds())
