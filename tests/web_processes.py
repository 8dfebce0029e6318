"""Several web processes over the database of the test itself, as a site with many visitors has them."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from threading import Barrier
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from django.db import connection
from urllib3 import PoolManager
from urllib3.exceptions import HTTPError

from accounts.models import User
from accounts.sign_in import tokens
from devstack.processes import free_port
from tests.conftest import process, read_command, wait_until

PROCESSES = 3
CROWD = 60  # so many people are at it in the same moment; a larger number comes in turns
UNLIMITED = "1000000/min"
# Kept connections: the crowd takes the machine's time, and the site should have it.
HTTP = PoolManager(maxsize=CROWD, retries=False)


class Call(NamedTuple):
    """A request to the API; `path` begins after /api/v1."""

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


@pytest.fixture(scope="module")
def web_processes(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Run the processes for all tests of a module; return their addresses."""
    ports = [free_port() for _ in range(PROCESSES)]
    with ExitStack() as started:
        for port in ports:
            started.enter_context(web_process(port, tmp_path_factory.mktemp("web")))
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        wait_until(lambda: all(answers(url) for url in urls))
        yield urls


@pytest.fixture
def crowd(transactional_db: None, web_processes: list[str]) -> Crowd:
    """Return a function that makes all the calls, a crowd at a time, each at the next process; answers in order."""
    return lambda calls: make_all(calls, web_processes)


def web_process(port: int, folder: Path) -> process:
    """Return a web process over the database of the tests, to be run in a `with` block."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    limits = dict.fromkeys(("THROTTLE_ANON", "THROTTLE_USER", "THROTTLE_PURCHASE", "THROTTLE_REFUSED"), UNLIMITED)
    environment = os.environ | limits | {"DATABASE_URL": database.geturl(), "PORT": str(port), "DEBUG": "0"}
    environment.pop("PUBLIC_URL", None)
    return process(read_command("web", port), environment, folder)


def answers(url: str) -> bool:
    try:
        return HTTP.request("GET", f"{url}/api/v1/health/live", timeout=5).status == 200
    except HTTPError:
        return False


def make_all(calls: Sequence[Call], urls: Sequence[str]) -> list[Answer]:
    passes = {user: tokens.open_sign_in(user).access for user in {call.user for call in calls}}
    at_once = min(len(calls), CROWD)
    barrier = Barrier(at_once)

    def one(index: int, call: Call, url: str) -> Answer:
        if index < at_once:
            barrier.wait(60)
        headers = {"Authorization": f"Bearer {passes[call.user]}", **call.headers}
        answer = HTTP.request(call.method, f"{url}/api/v1{call.path}", json=call.body, headers=headers, timeout=60)
        return Answer(answer.status, answer.json() if answer.data else {})

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(one, range(len(calls)), calls, cycle(urls)))
