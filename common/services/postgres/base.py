"""The backend: limits on each wait of a request for the database, a breaker, and what is written.

The server ends slow statements itself, and TCP notices a machine that vanished. A server that takes connections and
says nothing is noticed only by a limit on our side. Requests alone have one: a worker may wait for its long statements.
"""

import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from django.core.signals import request_finished, request_started
from django.db.backends.postgresql import base
from psycopg.abc import PQGen
from psycopg.errors import _WaitTimeout

from common.services.breaker import Breaker, breaker_of
from common.services.postgres.writes import WatchedConnection, WatchedCursor

RV = TypeVar("RV")

# Longer than `statement_timeout` in the settings, so that a server that works has the last word.
STATEMENT_SECONDS = 17.0
# For the question at the beginning of a request whether its connection still works.
CHECK_SECONDS = 2.0
# A connection that answered so recently is only looked at.
RECENT_SECONDS = 1.0


class _Limit(threading.local):
    """The seconds that this thread waits for one answer of the database; None outside of requests."""

    seconds: float | None = None


_limit = _Limit()


def begin_request(**_: Any) -> None:
    _limit.seconds = STATEMENT_SECONDS


def end_request(**_: Any) -> None:
    _limit.seconds = None


request_started.connect(begin_request)
request_finished.connect(end_request)


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Wait for each answer in the block no longer than `seconds`."""
    before, _limit.seconds = _limit.seconds, seconds
    try:
        yield
    finally:
        _limit.seconds = before


class Connection(WatchedConnection):
    """A connection that is closed when the server does not answer in time."""

    breaker: Breaker
    answered_at = 0.0
    """When the server answered the last time, by the monotonic clock."""

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Raise OperationalError after the limit of this thread, if the caller gives no other."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            answer = super().wait(gen, interval, _limit.seconds)
            self.answered_at = time.monotonic()
            return answer
        except _WaitTimeout:
            self.breaker.fail()
            self.close()
            raise psycopg.OperationalError("The database does not answer.") from None


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        """Connect in one short attempt. A request raises OperationalError at once where the last attempt failed."""
        breaker = breaker_of(("postgres", conn_params.get("host"), conn_params.get("port")))
        if _limit.seconds is not None and breaker.is_skipping():
            raise psycopg.OperationalError("The database failed a moment ago, so it is not tried now.")
        self.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        try:
            connection = Connection.connect(**conn_params | {"cursor_factory": WatchedCursor})
        except psycopg.OperationalError:
            breaker.fail()
            raise
        breaker.succeed()
        connection.breaker = breaker
        return connection

    def is_usable(self) -> bool:
        """Return whether the connection works. One that answered a moment ago is not asked, if it was not closed."""
        if _limit.seconds is None:
            return super().is_usable()
        if time.monotonic() - self.connection.answered_at < RECENT_SECONDS:
            return not _is_readable(self.connection)
        with limit(CHECK_SECONDS):
            return super().is_usable()


def _is_readable(connection: Connection) -> bool:
    """Return whether something arrived that was not asked for: the end, when the server closed the connection."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
