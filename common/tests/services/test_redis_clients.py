"""Redis that is down or hangs: a call costs one short attempt, and the next ones none."""

import signal
from time import monotonic

import pytest
from django.core.cache import caches
from django.test import override_settings
from django_redis.cache import RedisCache
from redis import ConnectionPool, RedisError, SSLConnection

from common.services import redis_clients
from common.services.breaker import SKIP_SECONDS
from common.services.redis_clients import TIMEOUT_SECONDS, GuardedPool
from tests.own_redis import OwnRedis, wait_until


def test_a_client_works(settings):
    client = redis_clients.client(settings.BROKER_URL)
    client.set("a", 1)
    assert client.get("a") == b"1"
    assert not redis_clients.breaker_at(settings.BROKER_URL).is_skipping()


@pytest.fixture
def attempts(monkeypatch):
    """Return a list of the connections that were asked of a pool below its breaker."""
    real, made = ConnectionPool.get_connection, []

    def counting(self, *arguments, **options):
        made.append(self)
        return real(self, *arguments, **options)

    monkeypatch.setattr(ConnectionPool, "get_connection", counting)
    return made


def test_after_one_failed_attempt_it_is_skipped(lost_port, attempts):
    client = redis_clients.client(f"redis://127.0.0.1:{lost_port}/0")
    began = monotonic()
    for _ in range(20):
        with pytest.raises(RedisError):
            client.get("a")
    if monotonic() - began < SKIP_SECONDS:
        assert len(attempts) == 1
    assert len(attempts) <= 1 + (monotonic() - began) / SKIP_SECONDS
    assert monotonic() - began < 5  # twenty waits of a hung Redis would be longer


def is_one(client):
    try:
        return client.get("a") == b"1"
    except RedisError:
        return False


def test_a_redis_that_stops_in_the_middle_is_skipped_and_found_again(tmp_path, attempts):
    redis = OwnRedis(tmp_path)
    redis.start()
    client = redis_clients.client(redis.url)
    try:
        client.set("a", 1)
        redis.process.send_signal(signal.SIGSTOP)
        with pytest.raises(RedisError, match="Timeout reading"):
            client.get("a")
        redis.process.send_signal(signal.SIGCONT)
        wait_until(lambda: is_one(client), lambda: "It is skipped for ever.")
    finally:
        redis.stop()


def test_every_pool_has_short_timeouts_also_over_tls():
    pool = GuardedPool.from_url("rediss://cache.example:6380/0")
    assert issubclass(pool.connection_class, SSLConnection)
    assert pool.connection_kwargs["socket_timeout"] == TIMEOUT_SECONDS
    assert pool.connection_kwargs["socket_connect_timeout"] == TIMEOUT_SECONDS
    assert pool.connection_kwargs["retry"].get_retries() == 0


def test_the_cache_is_skipped_after_one_failure(settings, lost_port, attempts):
    location = f"redis://127.0.0.1:{lost_port}/0"
    with override_settings(CACHES={"default": settings.CACHES["default"] | {"LOCATION": location}}):
        cache = caches["default"]
        assert isinstance(cache, RedisCache)
        began = monotonic()
        assert [cache.get("a", "none") for _ in range(20)] == ["none"] * 20
        assert len(attempts) <= 1 + (monotonic() - began) / SKIP_SECONDS
