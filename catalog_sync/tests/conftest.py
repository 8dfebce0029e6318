from collections.abc import Iterator

import pytest
from pytest_django import Settings

from catalog_sync.tests.fakes.images import FakeImages
from catalog_sync.tests.fakes.omdb import FakeOMDb
from catalog_sync.tests.fakes.server import KEY, FakeServer
from catalog_sync.tests.fakes.tmdb import FakeTMDB


@pytest.fixture
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Record the waits in `slept` and `limiter` of the fake that the client calls."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running = FakeServer.running
    monkeypatch.setattr("catalog_sync.clients.base.RateLimiter", lambda host, _per_second, **_: running[host].limiter)
    monkeypatch.setattr(
        "catalog_sync.clients.base.ProviderClient._sleep",
        lambda client, seconds: running[client._host].slept.append(seconds),
    )


@pytest.fixture
def fake_tmdb(settings: Settings, _no_waiting: None) -> Iterator[FakeTMDB]:
    """Start a TMDB for this test, which every `TMDBClient()` calls."""
    fake = FakeTMDB()
    settings.TMDB_BASE_URL = fake.url
    settings.TMDB_API_KEY = KEY
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def fake_omdb(settings: Settings, _no_waiting: None) -> Iterator[FakeOMDb]:
    """Start an OMDb for this test, which every `OMDbClient()` calls."""
    fake = FakeOMDb()
    settings.OMDB_BASE_URL = fake.url
    settings.OMDB_API_KEY = KEY
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def fake_images(settings: Settings, monkeypatch: pytest.MonkeyPatch, _no_waiting: None) -> Iterator[FakeImages]:
    """Start an image host for this test, which every `ImageClient()` calls."""
    fake = FakeImages()
    settings.TMDB_IMAGE_URL = fake.url
    monkeypatch.setattr("catalog_sync.clients.images.RateLimiter", lambda _host, _per_second: fake.limiter)
    fake.start()
    yield fake
    fake.stop()
