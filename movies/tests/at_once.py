"""Functions that run at the same moment, each on its own database connection, and waiting for one another."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run every act in its own thread, all at once, and return what each returned or raised, in order."""
    barrier = threading.Barrier(len(acts))

    def start(act: Callable[[], Any]) -> Any:
        connection.ensure_connection()
        barrier.wait(60)
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        futures = [pool.submit(start, act) for act in acts]
    return [future.exception() or future.result() for future in futures]


def wait_until_blocking(done: Callable[[], bool] = lambda: False) -> bool:
    """Wait until another transaction waits for a lock of this one; return False if `done` is true first.

    Reads pg_locks, as pg_stat_activity shows the same moment for the whole of a transaction.
    """
    with connection.cursor() as cursor:
        for _ in range(12_000):  # at least a minute
            cursor.execute("SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))")
            if cursor.fetchone()[0]:
                return True
            if done():
                return False
            cursor.execute("SELECT pg_sleep(0.005)")
    raise AssertionError("No transaction waited.")
