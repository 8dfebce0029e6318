"""Clients of Redis that never wait for long: short timeouts, no retries, and a breaker for each server.

A request counts and caches on its way; where Redis is down or hangs, that must be a matter of an instant.
"""

from functools import cache
from typing import Any

from redis import Connection, ConnectionPool, Redis, SSLConnection, UnixDomainSocketConnection
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from common.services.breaker import Breaker, breaker_of

TIMEOUT_SECONDS = 0.3


class _Reporting:
    """A mixin of connections that reports to the breaker of the server how it goes."""

    breaker: Breaker

    def connect(self, *arguments: Any, **options: Any) -> None:
        try:
            super().connect(*arguments, **options)  # type: ignore[misc]
        except (RedisConnectionError, RedisTimeoutError):
            self.breaker.fail()
            raise

    def read_response(self, *arguments: Any, **options: Any) -> Any:
        try:
            response = super().read_response(*arguments, **options)  # type: ignore[misc]
        except RedisTimeoutError:
            self.breaker.fail()
            raise
        self.breaker.succeed()
        return response


class _ReportingConnection(_Reporting, Connection):
    pass


class _ReportingSSLConnection(_Reporting, SSLConnection):
    pass


class _ReportingUnixConnection(_Reporting, UnixDomainSocketConnection):
    pass


_REPORTING = {
    Connection: _ReportingConnection,
    SSLConnection: _ReportingSSLConnection,
    UnixDomainSocketConnection: _ReportingUnixConnection,
}


class GuardedPool(ConnectionPool):
    """A pool of connections that raises ConnectionError at once while the breaker of its server skips it."""

    def __init__(self, connection_class: type[Any] = Connection, **options: Any) -> None:
        options.setdefault("socket_connect_timeout", TIMEOUT_SECONDS)
        options.setdefault("socket_timeout", TIMEOUT_SECONDS)
        options.setdefault("retry", Retry(NoBackoff(), retries=0))
        super().__init__(_REPORTING.get(connection_class, connection_class), **options)
        self.breaker = breaker_of((options.get("path"), options.get("host"), options.get("port")))

    def get_connection(self, *arguments: Any, **options: Any) -> Any:
        if self.breaker.is_skipping():
            raise RedisConnectionError("Redis failed a moment ago, so it is not tried now.")
        return super().get_connection(*arguments, **options)

    def make_connection(self) -> Any:
        connection: Any = super().make_connection()
        connection.breaker = self.breaker
        return connection


@cache
def client(url: str) -> Redis:
    """Return this process' client of the Redis at `url`. Its calls raise RedisError, quickly."""
    return Redis(connection_pool=GuardedPool.from_url(url))


def breaker_at(url: str) -> Breaker:
    """Return the breaker of the server at `url`."""
    pool: Any = client(url).connection_pool
    found: Breaker = pool.breaker
    return found
