"""Requests byte by byte, as no library sends them."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

HOST = b"Host: 127.0.0.1\r\n"
SLOW_BODY = (
    b"POST /api/v1/auth/login HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
)
SLOW_HEADERS = b"POST /api/v1/auth/login HTTP/1.1\r\n" + HOST + b"Content-Ty"


def connect(url: str, data: bytes) -> socket.socket:
    """Open a connection and send `data`."""
    address = urlsplit(url)
    connection = socket.create_connection((str(address.hostname), address.port), timeout=60)
    connection.sendall(data)
    return connection


@contextmanager
def hold(url: str, data: bytes, number: int) -> Iterator[list[socket.socket]]:
    """Hold so many connections open, each of which has sent no more than `data`."""
    with ExitStack() as held:
        yield [held.enter_context(connect(url, data)) for _ in range(number)]


def read_to_end(connection: socket.socket) -> bytes:
    """Return all that comes until the server closes the connection."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass  # the server had not read all that was sent
    return b"".join(parts)


def converse(url: str, data: bytes) -> tuple[int, bytes]:
    """Return the status and all bytes of the answer to a request that asks to close the connection."""
    with connect(url, data) as connection:
        answer = read_to_end(connection)
    return int(answer.split(b" ")[1]), answer
