"""The realtime process: granian serves this by ASGI. Socket.IO and nothing else; the site itself is config.web."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import django
from socketio import ASGIApp

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from catalog_sync.realtime.server import BAD_PACKET, PING_SECONDS, PONG_SECONDS, RealtimeServer  # noqa: E402 - needs Django

LIVE = "/health/live"
REQUEST_SECONDS = PING_SECONDS + PONG_SECONDS + 5  # a poll that hears nothing ends before

Send = Callable[[dict[str, Any]], Awaitable[None]]


async def anything_else(scope: dict[str, Any], _receive: Any, send: Send) -> None:
    """Answer 200 to health checks of the process, 404 to every other request."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close"})
        return
    status, body = (200, b'{"status":"up"}') if scope["path"] == LIVE else (404, b'{"status":"not found"}')
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def application(scope: dict[str, Any], receive: Any, send: Send) -> None:
    """End every long-polling request after a while, whatever the client does: each occupies one of granian's slots."""
    try:
        async with asyncio.timeout(REQUEST_SECONDS if scope["type"] == "http" else None):
            await sockets(scope, receive, send)
    except (TimeoutError, *BAD_PACKET):
        await anything_else(scope, receive, send)


realtime = RealtimeServer()
sockets = ASGIApp(realtime.sio, other_asgi_app=anything_else, on_startup=realtime.start, on_shutdown=realtime.stop)
