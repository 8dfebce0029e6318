"""What every test may use."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings
from redis import Redis

pytest_plugins = ["tests.answers", "tests.s3", "tests.visits"]


@pytest.fixture(autouse=True)
def _fresh_redis() -> None:
    """No test sees another's cache, limits or queue."""
    for url in {django_settings.REDIS_URL, django_settings.BROKER_URL}:
        with Redis.from_url(url) as redis:
            redis.flushdb()


@pytest.fixture
def events(caplog: pytest.LogCaptureFixture) -> Callable[[str], list[dict[str, Any]]]:
    """What was logged under the name of an event so far, as its fields.

    Not structlog's `capture_logs`: a logger that was used before has its processors already.
    """

    def named(event: str) -> list[dict[str, Any]]:
        said = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
        return [fields for fields in said if fields.get("event") == event]

    return named


@pytest.fixture(autouse=True)
def _own_files(settings: Settings, tmp_path: Path) -> None:
    """Uploads go to the test's own folder, and pages name static files that nobody collected."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.WHITENOISE_AUTOREFRESH = True
