"""A TCP proxy in front of one service of the site, which can be told to hang or to be dead."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

from devstack.processes import free_port

CHUNK = 65_536


class Proxy:
    """Forward what comes to `port` of 127.0.0.1 to `target` there, from a thread of its own."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = free_port()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        Thread(target=self._loop.run_forever, daemon=True).start()
        self._run(self._listen())

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Take connections and forward nothing, as a stopped process does; forward it all when the block ends."""
        self._call(self._flowing.clear)
        try:
            yield
        finally:
            self._call(self._flowing.set)

    @contextmanager
    def dead(self) -> Iterator[None]:
        """End all connections and refuse new ones until the block ends."""
        self._run(self._end())
        try:
            yield
        finally:
            self._run(self._listen())

    def close(self) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _call(self, function: Callable[[], None]) -> None:
        async def call() -> None:
            function()

        self._run(call())

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=512)

    async def _end(self) -> None:
        if self._server:
            self._server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(OSError):
            await self._flowing.wait()
            service, to_service = await asyncio.open_connection("127.0.0.1", self.target)
            self._writers.add(to_service)
            await asyncio.gather(self._pump(reader, to_service), self._pump(service, writer))
            self._writers.discard(to_service)
        self._writers.discard(writer)
        writer.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(CHUNK):
                await self._flowing.wait()
                sink.write(data)
                await sink.drain()
        sink.close()
