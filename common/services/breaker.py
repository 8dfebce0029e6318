"""A breaker for each service: after a failure it is left alone for a moment, so that no thread waits for it."""

from collections.abc import Hashable
from functools import cache
from threading import Lock
from time import monotonic

SKIP_SECONDS = 2.0


class Breaker:
    """The state of one service as this process has seen it.

    After `fail` the service is skipped for SKIP_SECONDS. Then one caller tries it, while the others go on skipping it
    until that caller has reported `succeed`.
    """

    def __init__(self, seconds: float = SKIP_SECONDS) -> None:
        self._seconds = seconds
        self._skip_until = 0.0
        self._lock = Lock()

    def is_skipping(self) -> bool:
        """Return whether the caller shall not try the service now; False makes this caller the one that tries."""
        if not self._skip_until:
            return False
        with self._lock:
            now = monotonic()
            if now < self._skip_until:
                return True
            if self._skip_until:
                self._skip_until = now + self._seconds
            return False

    def fail(self) -> None:
        self._skip_until = monotonic() + self._seconds

    def succeed(self) -> None:
        self._skip_until = 0.0


@cache
def breaker_of(service: Hashable) -> Breaker:
    """Return this process' breaker of a service, such as ("127.0.0.1", 6379)."""
    return Breaker()
