"""Fixtures for services that are down or hang, over real sockets, and for the breakers that skip them.

All other tests wait long for PostgreSQL and Redis: a busy machine is no outage.
"""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from time import monotonic
from typing import Any

import pytest
from django.db import connection
from redis.connection import Connection

from common.services import breaker, publishing, redis_clients
from common.services.breaker import breaker_of
from devstack.processes import free_port

Ports = Callable[[], int]

LONG_SECONDS = 120
REDIS_SECONDS = redis_clients.TIMEOUT_SECONDS
DATABASE_OPTIONS: dict[str, Any] = {}
"""How the site itself connects to PostgreSQL."""


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Let every connection of the tests wait longer for PostgreSQL and for locks than the site's do."""
    DATABASE_OPTIONS.update(connection.settings_dict["OPTIONS"])
    longer = re.sub(r"(statement|lock)_timeout=\d+s", rf"\1_timeout={LONG_SECONDS}s", DATABASE_OPTIONS["options"])
    connection.settings_dict["OPTIONS"] = DATABASE_OPTIONS | {"options": longer, "connect_timeout": LONG_SECONDS}


def _wait_for_redis(patch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the clients of Redis that are made from now on wait so long for an answer."""
    patch.setattr(redis_clients, "TIMEOUT_SECONDS", seconds)
    for name in ("socket_connect_timeout", "socket_timeout"):
        patch.setitem(publishing.TRANSPORT_OPTIONS, name, seconds)


@pytest.fixture(scope="session", autouse=True)
def _long_waits_for_redis() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        _wait_for_redis(patch, LONG_SECONDS)
        yield


@pytest.fixture
def short_waits_for_redis() -> Iterator[None]:
    """Make clients of Redis that wait as long as the site's."""
    with pytest.MonkeyPatch.context() as patch:
        _wait_for_redis(patch, REDIS_SECONDS)
        yield


@pytest.fixture(autouse=True)
def _no_breaker_open() -> None:
    """No test sees another's outages."""
    breaker_of.cache_clear()


@pytest.fixture
def breaker_clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Stop the clock of the breakers, and return its seconds in a list of one."""
    now = [monotonic()]
    monkeypatch.setattr(breaker, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def redis_attempts(monkeypatch: pytest.MonkeyPatch, breaker_clock: list[float]) -> list[int]:
    """Return a list of the ports at which Redis is tried, while the clock of the breakers stands still."""
    real, ports = Connection._connect, []

    def connect(self: Any) -> Any:
        ports.append(self.port)
        return real(self)

    monkeypatch.setattr(Connection, "_connect", connect)
    return ports


@pytest.fixture
def hung_port(short_waits_for_redis: None) -> Iterator[Ports]:
    """Return a function that starts a server, which takes connections and never says a word, and returns its port."""
    with ExitStack() as opened:

        def start() -> int:
            server = opened.enter_context(socket.create_server(("127.0.0.1", 0), backlog=128))
            port: int = server.getsockname()[1]
            return port

        yield start


@pytest.fixture(params=["down", "hung"])
def lost_port(request: pytest.FixtureRequest, hung_port: Ports) -> int:
    """Return the port of a service that refuses connections, and in a second test of one that hangs."""
    return hung_port() if request.param == "hung" else free_port()
