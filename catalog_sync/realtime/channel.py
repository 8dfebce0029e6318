"""The Redis channel from the workers to the processes that hold the sockets."""

import socket
import sys
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ConstantBackoff, NoBackoff
from redis.retry import Retry

# macOS has the same under another name.
KEEPIDLE: int = getattr(socket, "TCP_KEEPALIVE" if sys.platform == "darwin" else "TCP_KEEPIDLE")
# Socket.IO's room of all connected clients, who are managers.
ROOM = "managers"


def redis_url() -> str:
    """Return the address of the broker's Redis: workers need it anyway, and the cache may be flushed at any time."""
    return settings.BROKER_URL


def channel_name() -> str:
    """Return the name of the channel, with the number of the database.

    Redis publishes across databases: without the number, all installations on one Redis would share their events.
    """
    return f"marquee:{urlsplit(redis_url()).path.strip('/') or '0'}:realtime"


def publisher_options() -> dict[str, Any]:
    """Return the options of a client that tries once, and not for long."""
    return {"socket_connect_timeout": 0.5, "socket_timeout": 0.5, "retry": Retry(NoBackoff(), retries=0)}


def subscriber_options() -> dict[str, Any]:
    """Return the options of a client without read timeout, which reconnects every second while Redis is away.

    python-socketio alone would wait up to a minute. The keepalives detect a machine that vanished.
    """
    return {
        "socket_connect_timeout": 2,
        "socket_timeout": None,
        "retry": AsyncRetry(ConstantBackoff(1), retries=-1),
        "socket_keepalive": True,
        "socket_keepalive_options": {KEEPIDLE: 30, socket.TCP_KEEPINTVL: 10, socket.TCP_KEEPCNT: 3},
    }
