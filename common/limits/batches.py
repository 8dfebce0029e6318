"""Limits of requests that cost next to nothing: counted here at first, and in Redis ten times a second.

Asking Redis for each would cost several times what the answer costs. Several processes together may let a little more
through than a limit says: what they count within a tenth of a second.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.conf import settings
from redis import RedisError
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from common.limits.counting import Limit, Standing, describe_standing
from common.services.breaker import breaker_of
from common.services.redis_clients import TIMEOUT_SECONDS

log = structlog.get_logger(__name__)

FLUSH_SECONDS = 0.1
BELIEVED_SECONDS = 1.0  # after which a client's counters are read before its next request
MOST = 2_000  # clients

# As `counting.COUNT`, but for several events, which have been let through already.
ADD = """
local now = redis.call('time')
now = tonumber(now[1]) + tonumber(now[2]) / 1000000
local found = {}
for i, key in ipairs(KEYS) do
    local window, events = tonumber(ARGV[i * 2 - 1]), tonumber(ARGV[i * 2])
    local oldest = redis.call('lindex', key, -1)
    while oldest and tonumber(oldest) <= now - window do
        redis.call('rpop', key)
        oldest = redis.call('lindex', key, -1)
    end
    local text = string.format('%.6f', now)
    for _ = 1, events do redis.call('lpush', key, text) end
    if events > 0 then redis.call('expire', key, window) end
    oldest = redis.call('lindex', key, -1) or now
    found[i] = {redis.call('llen', key), tostring(tonumber(oldest) - now)}
end
return found
"""


@dataclass
class Client:
    """The limits of one client, as Redis knew them last, and what was let through since."""

    limits: Sequence[Limit]
    standings: list[Standing] = field(default_factory=list)
    known_at: float = float("-inf")
    pending: int = 0
    reading: asyncio.Task[None] | None = None

    def has_room(self) -> bool:
        return all(
            standing.remaining > (self.pending if each.is_counted else 0)
            for each, standing in zip(self.limits, self.standings, strict=False)
        )


class Batches:
    """Only the event loop uses it."""

    def __init__(self) -> None:
        self._clients: OrderedDict[object, Client] = OrderedDict()
        self._breaker = breaker_of(("counters", settings.BROKER_URL))
        redis: Any = Redis.from_url(
            settings.BROKER_URL,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._add = redis.register_script(ADD)
        self._flushing: asyncio.Task[None] | None = None

    def find(self, who: object) -> Client | None:
        return self._clients.get(who)

    def begin(self, who: object, limits: Sequence[Limit]) -> Client:
        client = self._clients[who] = Client(limits)
        if len(self._clients) > MOST:
            self._clients.popitem(last=False)
        return client

    async def take(self, client: Client) -> bool:
        """Count a request; False if it is to be refused. Without Redis nothing is limited, as everywhere."""
        if time.monotonic() - client.known_at > BELIEVED_SECONDS:
            await self._read(client)
        if not client.has_room():
            await self._read(client)
            if not client.has_room():
                return False
        client.pending += 1
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().create_task(self._flush_soon())
        return True

    async def _flush_soon(self) -> None:
        await asyncio.sleep(FLUSH_SECONDS)
        self._flushing = None
        for client in [each for each in self._clients.values() if each.pending]:
            await self._read(client)

    async def _read(self, client: Client) -> None:
        """Tell Redis what was let through, and read the counters; all who want that at once share it."""
        if client.reading is None:
            client.reading = asyncio.get_running_loop().create_task(self._exchange(client))
        await asyncio.shield(client.reading)

    async def _exchange(self, client: Client) -> None:
        events, client.pending = client.pending, 0
        try:
            if not self._breaker.is_skipping():
                arguments = [part for each in client.limits for part in (each.window, events * each.is_counted)]
                found = await self._add(keys=[each.key for each in client.limits], args=arguments)
                client.standings = [
                    describe_standing(each, count, float(age), has_room=count < each.quota)
                    for each, (count, age) in zip(client.limits, found, strict=True)
                ]
                self._breaker.succeed()
        except (RedisError, OSError) as error:
            log.warning("throttle_redis_away", error=type(error).__name__)
            self._breaker.fail()
            client.standings = []
        finally:
            client.known_at = time.monotonic()
            client.reading = None
