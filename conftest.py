"""Fixtures for every test."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from shutil import rmtree
from typing import Any

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.test import override_settings
from redis import Redis

from accounts.sign_in.hashers import OwaspArgon2PasswordHasher
from common.database import counting
from common.health import parts as health
from config.celery import app

# A busy machine breaks no deadline, and what failed is found again by its seed.
hypothesis.settings.register_profile("tests", deadline=None, database=None, print_blob=True, report_multiple_bugs=False)
hypothesis.settings.load_profile("tests")

pytest_plugins = [
    "tests.answers",
    "tests.database",
    "tests.distribution",
    "tests.outages",
    "tests.postgres_proxy",
    "tests.s3",
    "tests.visits",
]


@cache
def _redis(url: str) -> Redis:
    return Redis.from_url(url)


@pytest.fixture(autouse=True)
def _fresh_redis() -> None:
    """No test sees another's cache, limits or queue."""
    for url in {django_settings.REDIS_URL, django_settings.BROKER_URL}:
        _redis(url).flushdb()


@pytest.fixture(autouse=True)
def _no_known_health(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees what another learned of the parts of the site, and a busy machine is no part that hangs."""
    monkeypatch.setattr(health, "WAIT_SECONDS", 60)
    monkeypatch.setattr(health, "_parts", {name: replace(part) for name, part in health._parts.items()})  # noqa: SLF001


@pytest.fixture(autouse=True)
def _no_known_totals() -> None:
    """No test sees how another's lists were counted."""
    counting.forget()


@pytest.fixture
def asked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reader of the site's health asks its parts, in the test's thread and connection; a worker answers."""
    monkeypatch.setattr(health, "run_in_background", lambda work: work())
    monkeypatch.setattr(app.control, "ping", lambda timeout, limit: [{"celery@host": {"ok": "pong"}}])
    monkeypatch.setattr(health, "FRESH_SECONDS", 0)


@pytest.fixture(scope="session")
def media_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where uploads of this process go."""
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="session", autouse=True)
def _files(media_root: Path) -> Iterator[None]:
    """Keep uploads in a folder of the tests, and let pages name static files that are not collected."""
    static_files = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with override_settings(
        MEDIA_ROOT=media_root, STORAGES=django_settings.STORAGES | static_files, WHITENOISE_AUTOREFRESH=True
    ):
        yield


@pytest.fixture(scope="session", autouse=True)
def _cheap_hashes() -> Iterator[None]:
    """Hash passwords cheaply, as hundreds of tests sign in. Those about the hashes use `real_hashes`."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(OwaspArgon2PasswordHasher, "time_cost", 1)
        patched.setattr(OwaspArgon2PasswordHasher, "memory_cost", 8)
        yield


@pytest.fixture(autouse=True)
def _no_uploads_left(media_root: Path) -> Iterator[None]:
    """No test sees another's uploads."""
    yield
    for entry in media_root.iterdir():
        rmtree(entry)


@pytest.fixture
def events(caplog: pytest.LogCaptureFixture) -> Callable[[str], list[dict[str, Any]]]:
    """Return a function from an event's name to the fields of each time it was logged.

    Not structlog's `capture_logs`: a logger that was used before has its processors already.
    """

    def named(event: str) -> list[dict[str, Any]]:
        logged = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
        return [fields for fields in logged if fields.get("event") == event]

    return named
