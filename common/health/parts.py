"""Checks of the parts of the site, by name; each app registers its own when it starts."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Any
from uuid import uuid4

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from celery import current_app as app
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from common.files import stores

logger = structlog.get_logger(__name__)

REDIS_TIMEOUT_SECONDS = 0.25
WORKER_TIMEOUT_SECONDS = 1.0
WORKER_REMEMBERED_SECONDS = 5
STORAGE_WRITTEN_EVERY_SECONDS = 30
PROBE_FOLDER = "health"


class PartDownError(Exception):
    """A part does not work. The message is public, so it names no host and no secret."""


@dataclass
class Part:
    """A named check, which raises when its part is down. Its result is kept for a while, to spare the part."""

    name: str
    check: Callable[[], None]
    fatal: bool = True
    upstream: bool = False
    remembered_seconds: float = 0
    _result: dict[str, Any] = field(default_factory=dict)
    _fresh_until: float = 0
    _lock: Lock = field(default_factory=Lock)

    def state(self) -> dict[str, Any]:
        """Return {"status": "up" | "down", "latency_ms", "error" when down}."""
        if not self.remembered_seconds:
            return self._ask()
        with self._lock:
            if time.monotonic() >= self._fresh_until:
                self._result = self._ask()
                self._fresh_until = time.monotonic() + self.remembered_seconds
            return self._result

    def _ask(self) -> dict[str, Any]:
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
        return {**state, "error": error} if error else state


_parts: dict[str, Part] = {}


def register(
    name: str, check: Callable[[], None], *, fatal: bool = True, upstream: bool = False, remembered_seconds: float = 0
) -> None:
    """Register a check. `fatal`: without this part the site cannot serve. `upstream`: of a provider, only reported."""
    _parts[name] = Part(name, check, fatal and not upstream, upstream, remembered_seconds)


def part(name: str) -> Part:
    return _parts[name]


def states(*, upstream: bool) -> dict[str, dict[str, Any]]:
    return {name: part.state() for name, part in _parts.items() if part.upstream is upstream}


def overall(checks: dict[str, dict[str, Any]]) -> str:
    """Return ok; degraded, when a part is down and the site still serves; or down."""
    down = [name for name, state in checks.items() if state["status"] == "down"]
    if any(_parts[name].fatal for name in down):
        return "down"
    return "degraded" if down else "ok"


def check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@cache
def _redis(url: str) -> Redis:
    return Redis.from_url(
        url,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def _ping(name: str, url: str) -> None:
    try:
        _redis(url).ping()
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
        except (BotoCoreError, ClientError) as error:
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
    # Without Redis the site serves from the database; without a worker only the nightly work waits.
    register("redis", check_redis, fatal=False)
    register("storage", StorageCheck())
    register("worker", check_worker, fatal=False, remembered_seconds=WORKER_REMEMBERED_SECONDS)
