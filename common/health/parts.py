"""Checks of the parts of the site, by name; each app registers its own when it starts."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Any
from uuid import uuid4

import structlog
from celery import current_app as app
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from redis import RedisError

from common.files import stores
from common.services import redis_clients

logger = structlog.get_logger(__name__)

State = dict[str, Any]

WORKER_TIMEOUT_SECONDS = 1.0
FRESH_SECONDS = 5.0  # in which a part is not asked again
WAIT_SECONDS = 0.75  # after the begin of a check, in which readers wait for its result
PATIENCE_SECONDS = 5.0  # after which a part whose check is still running is down
STORAGE_WRITTEN_EVERY_SECONDS = 30
PROBE_FOLDER = "health"


class PartDownError(Exception):
    """A part does not work. The message is public, so it names no host and no secret."""


@dataclass
class Part:
    """A named check, which raises when its part is down. It runs in a thread of its own, once at a time.

    Readers get the last known state. They wait for a check while it has only just begun, so that whatever hangs holds
    no reader for longer, however many ask.
    """

    name: str
    check: Callable[[], None]
    fatal: bool = True
    upstream: bool = False
    _state: State | None = field(default=None, init=False)
    _fresh_until: float = field(default=0, init=False)
    _begun: float | None = field(default=None, init=False)  # when the running check began
    _changed: Condition = field(default_factory=Condition, init=False)

    def refresh(self) -> None:
        """Begin a check, unless one is running or the state is fresh."""
        with self._changed:
            if self._begun is None and time.monotonic() >= self._fresh_until:
                self._begun = time.monotonic()
                run_in_background(self._ask)

    def state(self) -> State:
        """Return {"status": "up" | "down", "latency_ms", "error" when down}. It waits WAIT_SECONDS at most."""
        self.refresh()
        with self._changed:
            if self._begun is not None:
                remaining = self._begun + WAIT_SECONDS - time.monotonic()
                self._changed.wait_for(lambda: self._begun is None, max(0, remaining))
            running = time.monotonic() - self._begun if self._begun is not None else 0
            if self._state is None or running > PATIENCE_SECONDS:
                return {"status": "down", "latency_ms": round(running * 1000, 1), "error": "It does not answer."}
            return self._state

    def _ask(self) -> None:
        error = None
        started = time.perf_counter()
        try:
            self.check()
        except PartDownError as down:
            error = str(down)
        except Exception as unexpected:
            # The text of a driver's exception may hold hosts and users: it is for the log only.
            logger.warning("health_check_failed", part=self.name, exc_info=unexpected)
            error = f"Not usable ({type(unexpected).__name__})."
        state = {"status": "down" if error else "up", "latency_ms": round((time.perf_counter() - started) * 1000, 1)}
        with self._changed:
            self._state = {**state, "error": error} if error else state
            self._begun, self._fresh_until = None, time.monotonic() + FRESH_SECONDS
            self._changed.notify_all()


def run_in_background(work: Callable[[], None]) -> None:
    """Run `work` in a thread that ends with the process, and close the connection to the database that it opened."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    Thread(target=run, name="health", daemon=True).start()


_parts: dict[str, Part] = {}


def register(name: str, check: Callable[[], None], *, fatal: bool = True, upstream: bool = False) -> None:
    """Register a check. `fatal`: without this part the site cannot serve. `upstream`: of a provider, only reported."""
    _parts[name] = Part(name, check, fatal and not upstream, upstream)


def part(name: str) -> Part:
    return _parts[name]


def states(*, upstream: bool) -> dict[str, State]:
    for part in _parts.values():  # all of them at first: their checks take the time of the longest
        part.refresh()
    return {name: part.state() for name, part in _parts.items() if part.upstream is upstream}


def overall(checks: dict[str, State]) -> str:
    """Return ok; degraded, when a part is down and the site still serves; or down."""
    down = [name for name, state in checks.items() if state["status"] == "down"]
    if any(_parts[name].fatal for name in down):
        return "down"
    return "degraded" if down else "ok"


def check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ping(name: str, url: str) -> None:
    try:
        redis_clients.client(url).ping()
    except RedisError as error:
        raise PartDownError(f"The {name} does not answer.") from error


def check_redis() -> None:
    # Asked directly: the cache itself hides a dead Redis, so that the site goes on without it.
    _ping("cache", settings.REDIS_URL)
    _ping("broker", settings.BROKER_URL)


class StorageCheck:
    """Check the store: write and delete a file now and then, and in between only ask whether it answers."""

    def __init__(self) -> None:
        self._written_until = 0.0

    def __call__(self) -> None:
        try:
            self._probe()
        except stores.errors() as error:
            raise PartDownError(stores.sentence(error)) from error

    def _probe(self) -> None:
        name = f"{PROBE_FOLDER}/{uuid4().hex}"
        if time.monotonic() < self._written_until:
            default_storage.exists(name)
            return
        default_storage.delete(default_storage.save(name, ContentFile(b"probe")))
        self._written_until = time.monotonic() + STORAGE_WRITTEN_EVERY_SECONDS


def check_worker() -> None:
    # Without a broker the question itself would hang.
    _ping("broker", settings.BROKER_URL)
    if not app.control.ping(timeout=WORKER_TIMEOUT_SECONDS, limit=1):
        raise PartDownError("No worker answers.")


def register_own() -> None:
    register("database", check_database)
    # Without Redis the site serves from the database; without a store films have drawn posters, and tickets are sold;
    # without a worker only the nightly work waits.
    register("redis", check_redis, fatal=False)
    register("storage", StorageCheck(), fatal=False)
    register("worker", check_worker, fatal=False)
