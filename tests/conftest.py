"""The whole running site, for tests that come to it from outside."""

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from multiprocessing import get_context
from pathlib import Path
from shutil import copytree
from typing import Any, TypeVar
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from redis import Redis

from catalog_sync.tests.fakes.omdb import FakeOMDb
from catalog_sync.tests.fakes.tmdb import KEY, FakeTMDB
from common.limits.costs import RATED
from devstack.processes import free_port
from tests.environment import REDIS, WORKER, enter_site, numbered

T = TypeVar("T")
# Each worker that meets a journey starts a site of its own, whose database begins as a copy of this one.
DEMO = "marquee_demo"
# Not UTC: what people read, and what their calendars are told, is by the cinema's clock.
TIME_ZONE = "Europe/Vienna"
# Beyond those that the parallel workers themselves use.
CACHE_NUMBER, BROKER_NUMBER = 40 + 4 * WORKER, 41 + 4 * WORKER


@dataclass
class Site:
    """A site with the demo catalogue: processes as in production, and a TMDB and an OMDb of its own."""

    url: str
    environment: dict[str, str]
    tmdb: FakeTMDB
    omdb: FakeOMDb
    web: int  # the id of the web process, whose worker serves
    # It stays for all calls, because a start takes seconds.
    interpreter: ProcessPoolExecutor

    @property
    def realtime(self) -> str:
        """Where its Socket.IO is."""
        return f"http://127.0.0.1:{self.environment['REALTIME_PORT']}"

    def manage(self, *arguments: str) -> str:
        """What `manage.py` prints; fails the test when it fails."""
        return self.run("manage.py", *arguments)

    def run(self, *arguments: str) -> str:
        """Return what Python prints; fail the test when it fails."""
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, cwd=settings.BASE_DIR, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Return what the function returns in the site's environment."""
        return self.interpreter.submit(function, *arguments).result(60)

    def execute(self, statement: str, *values: Any) -> int:
        """How many rows it changed; at once, where `manage` would take seconds. No answer of before is shown again."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            rows = connection.execute(statement, values).rowcount
        redis = Redis.from_url(self.environment["REDIS_URL"])
        if versions := redis.keys("marquee:version:*"):
            redis.delete(*versions)
        return rows

    def answers(self, path: str, url: str | None = None) -> bool:
        try:
            with urllib.request.urlopen((url or self.url) + path, timeout=5) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False


@pytest.fixture(scope="session")
def site(django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with ExitStack() as started:
        tmdb, omdb = FakeTMDB(), FakeOMDb()
        for provider in (tmdb, omdb):
            provider.start()
            started.callback(provider.stop)
        var = tmp_path_factory.mktemp("site")
        folder = tmp_path_factory.getbasetemp()
        # Parallel workers have folders of their own below the run's; the folder above a single one outlives the run.
        demo = make_or_find_demo(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder)
        copytree(demo / "static", var / "static")
        database = started.enter_context(fresh_database(f"marquee_site_{WORKER}", template=DEMO))
        port, realtime_port = free_port(), free_port()
        environment = os.environ | {
            "DATABASE_URL": database,
            "REDIS_URL": numbered(REDIS, CACHE_NUMBER),
            "BROKER_URL": numbered(REDIS, BROKER_NUMBER),
            "MARQUEE_VAR": str(var),
            "PORT": str(port),
            "REALTIME_PORT": str(realtime_port),
            "DEBUG": "0",
            "CINEMA_TIME_ZONE": TIME_ZONE,
            "TMDB_API_KEY": KEY,
            "TMDB_BASE_URL": tmdb.url,
            "OMDB_API_KEY": KEY,
            "OMDB_BASE_URL": omdb.url,
            # All journeys come from one address.
            "THROTTLE_ANON": "100000/min",
            "THROTTLE_USER": "100000/min",
            "THROTTLE_LOGIN": "100000/min",
            "THROTTLE_REGISTER": "100000/min",
            "THROTTLE_PURCHASE": "100000/min",
            "THROTTLE_PAGES_ANON": "100000/min",
            "THROTTLE_PAGES_USER": "100000/min",
            "THROTTLE_REFUSED": "100000/min",
            "THROTTLE_COSTS": ",".join(f"{cost}=100000/min" for cost in RATED),
        }
        environment.pop("PUBLIC_URL", None)
        interpreter = ProcessPoolExecutor(1, get_context("spawn"), enter_site, (environment,))
        started.callback(interpreter.shutdown)
        worker = "celery -A config worker --concurrency 1 --without-gossip --without-mingle"
        web = started.enter_context(process(read_command("web", port), environment, var))
        for command in (program(worker), read_command("realtime", realtime_port)):
            started.enter_context(process(command, environment, var))
        running = Site(f"http://127.0.0.1:{port}", environment, tmdb, omdb, web.pid, interpreter)
        wait_until(lambda: running.answers("/api/v1/health/live") and running.answers("/api/v1/health/worker"))
        wait_until(lambda: running.answers("/health/live", running.realtime))
        yield running


def make_or_find_demo(folder: Path) -> Path:
    """Return a folder with static files, once a database with the demo is there as well.

    The first of the parallel workers makes both, and the others wait for it. `folder` is common to all.
    """
    demo = folder / "demo"
    with (folder / "demo.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not demo.exists():
            environment = os.environ | {
                # Of parallel workers, a copy of the migrated database that theirs are copies of as well.
                "DATABASE_URL": create_database(DEMO, connection.settings_dict["TEST"].get("TEMPLATE", "template1")),
                "MARQUEE_VAR": str(demo),
                "DEBUG": "0",
                "CINEMA_TIME_ZONE": TIME_ZONE,
            }
            subprocess.run(
                [sys.executable, "-m", "tests.quick_prepare", "static", "demo"],
                cwd=settings.BASE_DIR,
                env=environment,
                check=True,
            )
    return demo


def read_command(name: str, port: int) -> list[Path | str]:
    """Return the Procfile's command of a process, on this port."""
    lines = (settings.BASE_DIR / "Procfile").read_text().splitlines()
    (command,) = [line.removeprefix(f"{name}: exec ") for line in lines if line.startswith(f"{name}: ")]
    return program(re.sub(r"\$\w+", str(port), command))


def program(command: str) -> list[Path | str]:
    name, *arguments = command.split()
    return [Path(sys.executable).parent / name, *arguments]


class process:  # noqa: N801 - reads as a verb
    """Runs a command until the block ends; its output is in a file of `folder`."""

    def __init__(self, command: list[Path | str], environment: dict[str, str], folder: Path) -> None:
        log = (folder / f"{Path(command[0]).name}.log").open("ab")
        self.popen = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=subprocess.STDOUT
        )

    def __enter__(self) -> subprocess.Popen[bytes]:
        return self.popen

    def __exit__(self, *_: object) -> None:
        self.popen.terminate()
        self.popen.wait(60)


@contextmanager
def fresh_database(name: str, template: str = "template1") -> Iterator[str]:
    """The address of a new database beside the tests' own, a copy of `template`; it is dropped afterwards."""
    yield create_database(name, template)
    on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def create_database(name: str, template: str = "template1") -> str:
    """Create a database on the tests' server, in place of an older one, and return its address."""
    on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    on_server(f"CREATE DATABASE {name} TEMPLATE {template}")
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def on_server(statement: str) -> None:
    server = urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)


def wait_until(happened: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.1)
