"""A proxy in front of PostgreSQL that can stop forwarding, as a server that hangs: it still takes connections."""

import os
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection, connections

from common.services.postgres.base import DatabaseWrapper
from tests.outages import DATABASE_OPTIONS


class PostgresProxy:
    def __init__(self) -> None:
        self._target = urlsplit(os.environ["DATABASE_URL"])
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._flowing, self._closed = threading.Event(), threading.Event()
        self._flowing.set()
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, name: str) -> str:
        """Return the address of the database `name` behind this proxy."""
        who = self._target.netloc.rpartition("@")[0]
        return self._target._replace(netloc=f"{who}@127.0.0.1:{self.port}", path=f"/{name}").geturl()

    def hang(self) -> None:
        self._flowing.clear()

    def resume(self) -> None:
        self._flowing.set()

    def close(self) -> None:
        self._closed.set()
        self._flowing.set()
        self._server.close()

    def _accept(self) -> None:
        with suppress(OSError):  # the server is closed
            while True:
                client, _ = self._server.accept()
                threading.Thread(target=self._forward, args=[client], daemon=True).start()

    def _forward(self, client: socket.socket) -> None:
        with ExitStack() as opened, suppress(OSError):
            opened.enter_context(client)
            self._flowing.wait()
            address = (self._target.hostname or "127.0.0.1", self._target.port or 5432)
            server = opened.enter_context(socket.create_connection(address))
            other = {client: server, server: client}
            while not self._closed.is_set():
                readable, _, _ = select.select(list(other), [], [], 0.1)
                for side in readable:
                    self._flowing.wait()
                    data = side.recv(65536)
                    if not data:
                        return
                    other[side].sendall(data)


@pytest.fixture
def postgres_proxy() -> Iterator[PostgresProxy]:
    proxy = PostgresProxy()
    yield proxy
    proxy.close()


def database_at(port: int) -> DatabaseWrapper:
    """Return the database of the test, as the site reaches it at this port."""
    return DatabaseWrapper(connection.settings_dict | {"HOST": "127.0.0.1", "PORT": port, "OPTIONS": DATABASE_OPTIONS})


@pytest.fixture
def through() -> Callable[[int, Callable[[DatabaseWrapper], Any]], Any]:
    """Return a function that calls another one in a thread whose database is reached at this port."""

    def call(port: int, function: Callable[[DatabaseWrapper], Any]) -> Any:
        outcome = []

        def run() -> None:
            connections["default"] = database = database_at(port)
            outcome.append(function(database))
            database.close()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(60)
        assert outcome, "It did not come back, or failed."
        return outcome[0]

    return call
