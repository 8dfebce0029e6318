"""Bounds on connections: how many an address has, and how long one lasts without a signed-in manager."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

from django.http import HttpRequest

from common.client_ip import client_block

CONNECTIONS_PER_ADDRESS = 128  # a cinema's managers behind one router, and not all places of the process
LOOK_SECONDS = 1.0  # between two looks at a WebSocket whose client is silent

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]


class TooManyError(Exception):
    """The address has all its connections already."""


class Addresses:
    """The number of connections of each address."""

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()

    @contextmanager
    def take(self, scope: Scope) -> Iterator[None]:
        """Count a connection until the block ends. Raises TooManyError."""
        address = address_of(scope)
        if self.open[address] >= CONNECTIONS_PER_ADDRESS:
            raise TooManyError
        self.open[address] += 1
        try:
            yield
        finally:
            self.open[address] -= 1
            if not self.open[address]:
                del self.open[address]


def address_of(scope: Scope) -> str:
    """Return the address that limits count by, from behind our proxies as everywhere on the site."""
    forwarded = [value.decode("latin-1") for name, value in scope.get("headers", []) if name == b"x-forwarded-for"]
    meta = {"REMOTE_ADDR": (scope.get("client") or ("",))[0], "HTTP_X_FORWARDED_FOR": ",".join(forwarded)}
    return client_block(cast("HttpRequest", SimpleNamespace(META=meta)))


class Hearing:
    """The messages of a WebSocket, until its client was silent for `seconds` without being a manager's.

    python-socketio waits 45 s for a message, and for ever for that of an upgrade, although the connection is closed.
    """

    def __init__(self, receive: Receive, is_authenticated: Callable[[], bool], seconds: float) -> None:
        self._receive = receive
        self._is_authenticated = is_authenticated
        self._seconds = seconds
        self._since = time.monotonic()
        # One that arrives while no call waits for it is the next call's.
        self._message: asyncio.Future[Message] | None = None

    async def __call__(self) -> Message:
        """Return the next message, or that the connection has ended."""
        message = self._message = self._message or asyncio.ensure_future(self._receive())
        while not message.done():
            await asyncio.wait({message}, timeout=LOOK_SECONDS)
            if not message.done() and self._is_over():
                self.stop()  # granian closes no WebSocket while it waits for a message
                return {"type": "websocket.disconnect", "code": 1008}
        self._message = None
        return message.result()

    def stop(self) -> None:
        if self._message is not None:
            self._message.cancel()

    def _is_over(self) -> bool:
        now = time.monotonic()
        if self._is_authenticated():
            self._since = now
        return now - self._since >= self._seconds
