"""Several web processes over the database of the test itself, as a site with many visitors has them."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from threading import Barrier
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import requests
from django.db import connection

from accounts.models import User
from accounts.sign_in import tokens
from devstack.processes import free_port
from tests.conftest import process, wait_until

PROCESSES = 3
CROWD = 60  # so many people are at it in the same moment; a larger number comes in turns
UNLIMITED = "1000000/min"


class Call(NamedTuple):
    """What somebody asks of the API; `path` begins after /api/v1."""

    user: User
    method: str
    path: str
    body: dict[str, Any]
    headers: dict[str, str] = {}


class Answer(NamedTuple):
    status: int
    body: dict[str, Any]

    @property
    def said(self) -> str:
        """The code of a refusal, in place of which "" means that it went well."""
        return self.body.get("code", "") if self.status >= 400 else ""


Crowd = Callable[[Sequence[Call]], list[Answer]]


@pytest.fixture
def crowd(transactional_db: None, tmp_path: Path) -> Iterator[Crowd]:
    """Makes all the calls, as many at once as there are in the crowd, each at the next process; answers in order."""
    with ExitStack() as started:
        urls = [started.enter_context(web_process(tmp_path, number)) for number in range(PROCESSES)]
        yield lambda calls: make_all(calls, urls)


class web_process:  # noqa: N801 - reads as a noun
    """The address of a web process, which runs until the block ends."""

    def __init__(self, folder: Path, number: int) -> None:
        self.folder = folder / str(number)
        self.folder.mkdir()

    def __enter__(self) -> str:
        port = free_port()
        options = f"--interface wsgi --host 127.0.0.1 --port {port} --blocking-threads 4 config.wsgi:application"
        database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
        limits = dict.fromkeys(("THROTTLE_ANON", "THROTTLE_USER", "THROTTLE_PURCHASE"), UNLIMITED)
        environment = os.environ | limits | {"DATABASE_URL": database.geturl(), "PORT": str(port), "DEBUG": "0"}
        environment.pop("PUBLIC_URL", None)
        self.running = process([Path(sys.executable).parent / "granian", *options.split()], environment, self.folder)
        self.running.__enter__()
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(url))
        return url

    def __exit__(self, *_: object) -> None:
        self.running.__exit__()


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/api/v1/health/live", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def make_all(calls: Sequence[Call], urls: Sequence[str]) -> list[Answer]:
    passes = {user: tokens.open_sign_in(user).access for user in {call.user for call in calls}}
    at_once = min(len(calls), CROWD)
    barrier = Barrier(at_once)

    def one(index: int, call: Call, url: str) -> Answer:
        if index < at_once:
            barrier.wait(30)
        headers = {"Authorization": f"Bearer {passes[call.user]}", **call.headers}
        response = requests.request(
            call.method, f"{url}/api/v1{call.path}", json=call.body, headers=headers, timeout=60
        )
        return Answer(response.status_code, response.json() if response.content else {})

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(one, range(len(calls)), calls, cycle(urls)))
