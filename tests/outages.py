"""Fixtures for services that are down or hang, over real sockets."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from common.services.breaker import breaker_of
from devstack.processes import free_port

Ports = Callable[[], int]


@pytest.fixture(autouse=True)
def _no_breaker_open() -> None:
    """No test sees another's outages."""
    breaker_of.cache_clear()


@pytest.fixture
def hung_port() -> Iterator[Ports]:
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
