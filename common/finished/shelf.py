"""What the processes share, in the cache's Redis: versions, entries, and who makes an entry at the moment."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any, TypeVar, cast

from django.conf import settings
from redis import RedisError
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisAway

from common.finished.changes import new_version, version_key
from common.finished.questions import Key
from common.services.redis_clients import TIMEOUT_SECONDS, breaker_at

T = TypeVar("T")

COUNTS = "marquee:finished-counts"
MAKING_SECONDS = 5  # after which another process makes the answer, whatever became of the first


class Shelf:
    """Each call raises RedisError, quickly: short timeouts, no retries, and the breaker of that Redis."""

    def __init__(self) -> None:
        self._breaker = breaker_at(settings.REDIS_URL)
        self._redis: Any = Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )

    async def versions(self, kinds: Sequence[str]) -> list[bytes]:
        """Return the version of each kind; those that Redis lost begin anew."""
        keys = [version_key(kind) for kind in kinds]
        found = await self._try(lambda: self._redis.mget(keys))
        if lost := [key for key, version in zip(keys, found, strict=True) if version is None]:
            pipe = self._redis.pipeline(transaction=False)
            for key in lost:
                pipe.set(key, new_version(), nx=True)
            await self._try(pipe.execute)
            found = await self._try(lambda: self._redis.mget(keys))
        return cast("list[bytes]", [version or b"" for version in found])

    async def find(self, name: str) -> bytes | None:
        return cast("bytes | None", await self._try(lambda: self._redis.get(_entry_key(name))))

    async def claim(self, name: str) -> bool:
        """Return whether this process is the first that wants to make the answer; the claim ends by itself."""
        claimed = await self._try(lambda: self._redis.set(_claim_key(name), 1, nx=True, ex=MAKING_SECONDS))
        return bool(claimed)

    async def keep(self, name: str, entry: bytes, seconds: float) -> None:
        """Keep the entry for all processes. It ends the claim."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.set(_entry_key(name), entry, px=max(1, int(seconds * 1000)))
        pipe.delete(_claim_key(name))
        await self._try(pipe.execute)

    async def give_up(self, name: str) -> None:
        with suppress(RedisError):
            await self._try(lambda: self._redis.delete(_claim_key(name)))

    async def add_counts(self, counts: Mapping[str, int]) -> None:
        """Add these numbers to the counters of all processes; without Redis they are lost."""
        pipe = self._redis.pipeline(transaction=False)
        for name, number in counts.items():
            pipe.hincrby(COUNTS, name, number)
        with suppress(RedisError):
            await self._try(pipe.execute)

    async def _try(self, call: Callable[[], Awaitable[T]]) -> T:
        if self._breaker.is_skipping():
            raise RedisAway("Redis failed a moment ago, so it is not tried now.")
        try:
            result = await call()
        except (RedisError, OSError) as error:
            self._breaker.fail()
            raise RedisAway(str(error)) from error
        self._breaker.succeed()
        return result


def name_of(key: Key) -> str:
    """Return the name of an answer in Redis and in logs, which does not tell what was asked."""
    return sha256(b"\0".join(key)).hexdigest()[:32]


def _entry_key(name: str) -> str:
    return f"marquee:finished:{name}"


def _claim_key(name: str) -> str:
    return f"marquee:making:{name}"
