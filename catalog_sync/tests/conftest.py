from collections.abc import Iterator

import pytest
from pytest_django import Settings

from catalog_sync.tests.fake_tmdb import KEY, FakeTMDB


@pytest.fixture
def fake_tmdb(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeTMDB]:
    """A TMDB of this test's own, which every `TMDB()` asks; no client waits, the waits are in `slept` and `limiter`."""
    fake = FakeTMDB()
    settings.TMDB_BASE_URL = fake.url
    settings.TMDB_API_KEY = KEY
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("catalog_sync.door.RateLimiter", lambda _name, _per_second: fake.limiter)
    monkeypatch.setattr("catalog_sync.door.Door._rest", lambda _door, seconds: fake.slept.append(seconds))
    fake.start()
    yield fake
    fake.stop()
