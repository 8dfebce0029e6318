"""The realtime process: granian serves this by ASGI. Socket.IO and nothing else; the site itself is config.web."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import django
from socketio import ASGIApp

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from catalog_sync.realtime.connections import Addresses, Hearing, TooManyError  # noqa: E402 - needs Django
from catalog_sync.realtime.server import (  # noqa: E402 - needs Django
    BAD_PACKET,
    PING_SECONDS,
    PONG_SECONDS,
    SILENT_SECONDS,
    RealtimeServer,
)

LIVE = "/health/live"
REQUEST_SECONDS = PING_SECONDS + PONG_SECONDS + 5  # a poll that hears nothing ends before

Send = Callable[[dict[str, Any]], Awaitable[None]]


async def anything_else(scope: dict[str, Any], _receive: Any, send: Send) -> None:
    """Answer 200 to health checks of the process, 404 to every other request."""
    is_live = scope["path"] == LIVE
    await answer(scope, send, 200 if is_live else 404, b'{"status":"up"}' if is_live else b'{"status":"not found"}')


async def answer(scope: dict[str, Any], send: Send, status: int, body: bytes) -> None:
    """Answer a request, and close a WebSocket."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close"})
        return
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def application(scope: dict[str, Any], receive: Any, send: Send) -> None:
    """Serve Socket.IO, within the bounds of its connections; each of them occupies one of granian's places."""
    if scope["type"] == "lifespan":
        await sockets(scope, receive, send)
        return
    try:
        with addresses.take(scope):
            await (serve_websocket if scope["type"] == "websocket" else serve_request)(scope, receive, send)
    except TooManyError:
        await answer(scope, send, 429, b'{"status":"too many connections"}')


async def serve_websocket(scope: dict[str, Any], receive: Any, send: Send) -> None:
    """Serve a WebSocket until its client has been silent for a while without being a manager's."""
    hearing = Hearing(receive, lambda: realtime.is_authenticated(scope), SILENT_SECONDS)
    try:
        await sockets(scope, hearing, send)
    except BAD_PACKET:
        await anything_else(scope, receive, send)
    finally:
        hearing.stop()


async def serve_request(scope: dict[str, Any], receive: Any, send: Send) -> None:
    """Serve a request of long-polling, and end it after a while, whatever the client does."""
    try:
        async with asyncio.timeout(REQUEST_SECONDS):
            await sockets(scope, receive, send)
    except (TimeoutError, *BAD_PACKET):
        await anything_else(scope, receive, send)


addresses = Addresses()
realtime = RealtimeServer()
sockets = ASGIApp(realtime.sio, other_asgi_app=anything_else, on_startup=realtime.start, on_shutdown=realtime.stop)
