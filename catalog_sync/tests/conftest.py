from collections.abc import Iterator

import pytest
from pytest_django import Settings

from catalog_sync.tests.fakes.images import FakeImages
from catalog_sync.tests.fakes.omdb import FakeOMDb
from catalog_sync.tests.fakes.server import KEY, FakeServer
from catalog_sync.tests.fakes.tmdb import FakeTMDB


@pytest.fixture
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The waits are in `slept` and `limiter` of the fake whose door it is."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running = FakeServer.running
    monkeypatch.setattr("catalog_sync.clients.base.RateLimiter", lambda host, _per_second, **_: running[host].limiter)
    monkeypatch.setattr(
        "catalog_sync.clients.base.ProviderClient._sleep",
        lambda door, seconds: running[door._host].slept.append(seconds),
    )


@pytest.fixture
def fake_tmdb(settings: Settings, _no_waiting: None) -> Iterator[FakeTMDB]:
    """A TMDB of this test's own, which every `TMDBClient()` asks."""
    fake = FakeTMDB()
    settings.TMDB_BASE_URL = fake.url
    settings.TMDB_API_KEY = KEY
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def fake_omdb(settings: Settings, _no_waiting: None) -> Iterator[FakeOMDb]:
    """An OMDb of this test's own, which every `OMDbClient()` asks."""
    fake = FakeOMDb()
    settings.OMDB_BASE_URL = fake.url
    settings.OMDB_API_KEY = KEY
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def fake_images(settings: Settings, monkeypatch: pytest.MonkeyPatch, _no_waiting: None) -> Iterator[FakeImages]:
    """A host of pictures of this test's own, which every `ImageClient()` asks."""
    fake = FakeImages()
    settings.TMDB_IMAGE_URL = fake.url
    monkeypatch.setattr("catalog_sync.clients.images.RateLimiter", lambda _host, _per_second: fake.limiter)
    fake.start()
    yield fake
    fake.stop()
