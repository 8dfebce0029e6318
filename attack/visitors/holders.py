"""Clients that hold connections: bodies, headers and answers that take for ever."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from urllib.parse import urlsplit

import requests

from attack.site.running import HOST
from attack.visitors.visitor import forwarded

PAUSE_SECONDS = 0.5


def slow_body() -> bytes:
    """Return the beginning of a request whose body comes byte by byte."""
    headers = forwarded("203.0.113.66") | {"Content-Type": "application/json", "Content-Length": "1000"}
    lines = ["POST /api/v1/auth/login HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n{").encode()


def slow_headers() -> bytes:
    return f"GET /api/v1/movies HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: ".encode()


def slow_reader(path: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in forwarded("203.0.113.67").items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Holders:
    """Sockets that were opened together; one that the site ends is opened again."""

    def __init__(self, url: str, beginning: bytes, many: int, drip: bytes) -> None:
        parts = urlsplit(url)
        self.place = (parts.hostname or "", parts.port or 0)
        self.beginning, self.drip = beginning, drip
        self.ended = 0
        self.refused = 0
        self.sockets: list[socket.socket | None] = [None] * many

    def open_all(self) -> None:
        for index, held in enumerate(self.sockets):
            if held is None:
                self.sockets[index] = self._open()

    def _open(self) -> socket.socket | None:
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        held.settimeout(1)
        try:
            held.connect(self.place)
            held.sendall(self.beginning)
        except OSError:
            self.refused += 1
            held.close()
            return None
        held.settimeout(0)
        return held

    def send_some(self) -> None:
        """Send a byte each, and forget those that the site has ended."""
        for index, held in enumerate(self.sockets):
            if held is None:
                continue
            try:
                if self.drip:
                    held.send(self.drip)
                    ended = held.recv(1024) == b""
                else:
                    ended = held.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0
            except BlockingIOError:
                ended = False
            except OSError:
                ended = True
            if ended:
                self.ended += 1
                held.close()
                self.sockets[index] = None

    def close(self) -> None:
        for held in self.sockets:
            if held is not None:
                with suppress(OSError):
                    held.close()


@contextmanager
def held(url: str, beginning: bytes, many: int, *, drip: bytes = b" ") -> Iterator[Holders]:
    """Hold `many` connections until the block ends. Without `drip`, they neither send nor read any more."""
    holders, end = Holders(url, beginning, many, drip), Event()
    holders.open_all()

    def hold() -> None:
        while not end.wait(PAUSE_SECONDS):
            holders.send_some()
            holders.open_all()

    with in_background(hold, end):
        end.wait(1)  # what opening them costs is over
        yield holders
    holders.close()


@contextmanager
def in_background(work: Callable[[], None], end: Event) -> Iterator[None]:
    thread = Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


@contextmanager
def repeated(work: Callable[[], object], many: int) -> Iterator[None]:
    """Do `work` in `many` threads, again and again, until the block ends."""
    end = Event()

    def repeat() -> None:
        while not end.is_set():
            try:
                work()
            except requests.RequestException:
                end.wait(0.2)

    threads = [Thread(target=repeat) for _ in range(many)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        end.set()
        for thread in threads:
            thread.join()
