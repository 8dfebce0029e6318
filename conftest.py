"""What every test may use."""

import pytest
from django.conf import settings
from redis import Redis


@pytest.fixture(autouse=True)
def _fresh_redis():
    """No test sees another's cache, limits or queue."""
    for url in {settings.REDIS_URL, settings.BROKER_URL}:
        with Redis.from_url(url) as redis:
            redis.flushdb()
