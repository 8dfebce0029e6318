"""The versions of all kinds, as this process knows them: polled while requests come, or asked for a request."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from redis import RedisError

Ask = Callable[[Sequence[str]], Awaitable[list[bytes]]]

# While requests of visitors come, the versions are asked for after so many seconds, and believed for so many.
POLL_SECONDS = 0.15
BELIEVED_SECONDS = 0.4


class Versions:
    """Only the event loop uses it. `ask` returns the current version of each kind, or raises RedisError."""

    def __init__(self, kinds: Sequence[str], ask: Ask) -> None:
        self._kinds, self._ask_redis = list(kinds), ask
        self._known: dict[str, bytes] = {}
        self._asked_at = float("-inf")
        self._waiting: list[asyncio.Future[bool]] = []
        self._task: asyncio.Task[None] | None = None
        self.changes = 0
        """How many times a change was noticed: what was current at this count is so until it grows."""

    def is_known(self, now: float) -> bool:
        """Return whether the versions were current a moment ago; begins to ask for them where they grow old."""
        age = now - self._asked_at
        if age > POLL_SECONDS:
            self._begin()
        return age <= BELIEVED_SECONDS

    async def refresh(self) -> bool:
        """Ask for the versions of this moment; False without Redis. All who wait for it share one question."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        self._begin()
        return await waiter

    def of(self, kinds: Sequence[str]) -> tuple[bytes, ...]:
        return tuple([self._known[kind] for kind in kinds])

    def _begin(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        """Ask once, and again for those who came while the question was on its way."""
        waiting: list[asyncio.Future[bool]] = []
        try:
            while True:
                waiting, self._waiting = self._waiting, []
                is_answered = await self._ask()
                _tell(waiting, is_answered)
                if not self._waiting:
                    break
        finally:
            self._task = None
            _tell([*waiting, *self._waiting], is_answered=False)
            self._waiting = []

    async def _ask(self) -> bool:
        asked_at = time.monotonic()
        try:
            found = await self._ask_redis(self._kinds)
        except RedisError:
            return False
        known = dict(zip(self._kinds, found, strict=True))
        self.changes += known != self._known
        self._known = known
        self._asked_at = asked_at
        return True


def _tell(waiting: Sequence[asyncio.Future[bool]], is_answered: bool) -> None:
    for waiter in waiting:
        if not waiter.done():
            waiter.set_result(is_answered)
