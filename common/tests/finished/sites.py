"""Fronts with finished answers around an application that stands for Django, in the words of ASGI."""

import asyncio
from collections.abc import Callable, Coroutine
from threading import Event, Lock
from typing import Any
from unittest.mock import patch

from common.finished import answering
from common.finished.answering import FinishedAnswers
from common.finished.people import Person
from common.front.application import Front
from common.tests.front.clients import LIVE, Client

GENRES = "/api/v1/genres"  # its kind is "genres"
FILM = "/api/v1/movies/5"  # people who are signed in get their own answer
SESSION = ("cookie", "sessionid=secret")
BEARER = ("authorization", "Bearer good")


class Django:
    """Counts what it is asked, and waits while it is `held`."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.status, self.text = "200 OK", "first"
        self.headers: list[tuple[str, str]] = []
        self.entered, self.released = Event(), Event()
        self.released.set()
        self._lock = Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        with self._lock:
            self.asked.append(environ)
            status, text = self.status, self.text
        self.entered.set()
        assert self.released.wait(20)
        tag = ("ETag", f'"{text}"')
        start_response(status, [("Content-Type", "text/plain"), ("X-Request-ID", "of-django"), tag, *self.headers])
        return [text.encode()]

    def hold(self) -> None:
        self.entered.clear()
        self.released.clear()

    async def is_entered(self) -> None:
        await asyncio.to_thread(self.entered.wait, 20)

    def environ(self, name: str) -> list[Any]:
        return [environ.get(name) for environ in self.asked]


class Process:
    """One web process; several of them share Redis."""

    def __init__(self, django: Django, people: dict[str, Person] | None = None) -> None:
        self.people = people or {"good": Person(7, is_manager=False, until=2**40)}
        self.verified: list[str] = []
        self.finished = FinishedAnswers(self._verify, self._verify)
        self.front = Front(django, LIVE, self.finished)

    def _verify(self, token: str) -> Person | None:
        self.verified.append(token)
        return self.people.get(token)

    async def get(self, path: str = GENRES, *headers: tuple[str, str], method: str = "GET") -> Client:
        return await Client(method=method, path=path, headers=[("host", "a.example"), *headers]).ask(self.front)


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run the test where old answers are old for longer: a busy machine may take a second for anything."""
    with patch.object(answering, "OLD_SECONDS", 60):
        asyncio.run(test())


async def wait_until(happened: Callable[[], Coroutine[Any, Any, bool]]) -> None:
    async with asyncio.timeout(20):
        while not await happened():
            await asyncio.sleep(0.01)
