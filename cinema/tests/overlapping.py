"""Two transactions of which the second starts before the first commits."""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

from movies.tests.at_once import at_once

WAITING_FOR_US = "SELECT 1 FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))"


def run_overlapping(first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    """Run both, each on its own connection, and return what each returned or raised.

    `second` starts when `first` has done everything but commit. `first` commits once `second` waits for it or is done.
    """
    acted, done = threading.Event(), threading.Event()

    def begin() -> Any:
        try:
            with transaction.atomic():
                result = first()
                acted.set()
                _wait_until_blocking(done)
                return result
        finally:
            acted.set()

    def follow() -> Any:
        assert acted.wait(60)
        try:
            return second()
        finally:
            done.set()

    return at_once([begin, follow])


def _wait_until_blocking(done: threading.Event) -> None:
    deadline = time.monotonic() + 60
    with connection.cursor() as cursor:
        while not done.is_set():
            cursor.execute(WAITING_FOR_US)
            if cursor.fetchone():
                return
            assert time.monotonic() < deadline
