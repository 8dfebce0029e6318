"""The line in Redis between whoever does the work and the processes that hold the sockets."""

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
# Managers only, so everybody who is connected is in it.
ROOM = "managers"


def url() -> str:
    """The broker's Redis: whoever has work to tell of needs it anyway, and the other one may be flushed at any time."""
    return settings.BROKER_URL


def channel() -> str:
    """Published messages know no databases: without the number, every installation on one Redis would hear all."""
    return f"marquee:{urlsplit(url()).path.strip('/') or '0'}:realtime"


def speaking() -> dict[str, Any]:
    """Options of a client that tries once, and not for long."""
    return {"socket_connect_timeout": 0.5, "socket_timeout": 0.5, "retry": Retry(NoBackoff(), retries=0)}


def listening() -> dict[str, Any]:
    """Options of a client that listens through any silence, and knocks every second where Redis is away.

    python-socketio's own way back waits up to a minute. The keepalives find out about a machine that vanished.
    """
    return {
        "socket_connect_timeout": 2,
        "socket_timeout": None,
        "retry": AsyncRetry(ConstantBackoff(1), retries=-1),
        "socket_keepalive": True,
        "socket_keepalive_options": {KEEPIDLE: 30, socket.TCP_KEEPINTVL: 10, socket.TCP_KEEPCNT: 3},
    }
