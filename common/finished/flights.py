"""Single flight: of all who want the same at once, one makes it, and the others wait for the result."""

import asyncio
from collections.abc import Awaitable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Flights(Generic[T]):
    """Only the event loop uses it."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, list[asyncio.Future[T | None]]] = {}

    def __contains__(self, flight: Hashable) -> bool:
        return flight in self._waiting

    async def fly(self, flight: Hashable, making: Awaitable[T]) -> T:
        """Make it. Who waits gets None if that fails, and has to look for itself."""
        self._waiting[flight] = []
        made: T | None = None
        try:
            made = await making
        finally:
            for waiter in self._waiting.pop(flight):
                if not waiter.done():
                    waiter.set_result(made)
        return made

    async def wait(self, flight: Hashable) -> T | None:
        """Each waits by a future of its own, so that one who goes takes nothing from the others."""
        waiter: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()
        self._waiting[flight].append(waiter)
        return await waiter
