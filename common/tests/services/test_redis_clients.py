"""Redis that is down or hangs: a call costs one short attempt, and the next ones none."""

import signal

import pytest
from django.core.cache import caches
from django.test import override_settings
from django_redis.cache import RedisCache
from redis import RedisError, SSLConnection

from common.services import redis_clients
from common.services.redis_clients import GuardedPool
from tests.own_redis import OwnRedis, wait_until


def test_a_client_works(settings):
    client = redis_clients.client(settings.BROKER_URL)
    client.set("a", 1)
    assert client.get("a") == b"1"
    assert not redis_clients.breaker_at(settings.BROKER_URL).is_skipping()


def test_after_one_failed_attempt_it_is_skipped(lost_port, redis_attempts):
    client = redis_clients.client(f"redis://127.0.0.1:{lost_port}/0")
    for _ in range(20):
        with pytest.raises(RedisError):
            client.get("a")
    assert redis_attempts == [lost_port]


def is_one(client):
    try:
        return client.get("a") == b"1"
    except RedisError:
        return False


def test_a_redis_that_stops_in_the_middle_is_skipped_and_found_again(tmp_path, monkeypatch):
    monkeypatch.setattr(redis_clients, "TIMEOUT_SECONDS", 1)
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


def test_every_pool_has_short_timeouts_also_over_tls(short_waits_for_redis):
    pool = GuardedPool.from_url("rediss://cache.example:6380/0")
    assert issubclass(pool.connection_class, SSLConnection)
    assert pool.connection_kwargs["socket_timeout"] == 0.3
    assert pool.connection_kwargs["socket_connect_timeout"] == 0.3
    assert pool.connection_kwargs["retry"].get_retries() == 0


def test_the_cache_is_skipped_after_one_failure(settings, lost_port, redis_attempts):
    location = f"redis://127.0.0.1:{lost_port}/0"
    with override_settings(CACHES={"default": settings.CACHES["default"] | {"LOCATION": location}}):
        cache = caches["default"]
        assert isinstance(cache, RedisCache)
        assert [cache.get("a", "none") for _ in range(20)] == ["none"] * 20
    assert redis_attempts == [lost_port]
