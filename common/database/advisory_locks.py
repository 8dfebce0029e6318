"""Advisory locks that tell whether a process is at work; PostgreSQL drops them with the connection.

A lock ends with its process, however that died, so no row has to be believed that says "running".
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

Job = TypeVar("Job")


class ClaimLost(Exception):
    """The job was cancelled or deleted, or another process has taken it over."""


@contextmanager
def try_lock(name: str) -> Iterator[bool]:
    """Take the lock `name` for the block, without waiting; yield whether this process has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        # After a lost connection the lock is gone already, and asking again would hide the first error.
        if is_ours and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def is_locked(name: str) -> bool:
    """Return whether a process has the lock, without taking it, which could stop one that starts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database d ON d.oid = database"
            " WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND datname = current_database()"
            " AND (classid::bigint << 32 | objid::bigint) = hashtextextended(%s, 0))",
            [name],
        )
        return bool(cursor.fetchone()[0])


@contextmanager
def claim_job(name: str, find: Callable[[], Job | None], fail: Callable[[Job, str], object]) -> Iterator[Job | None]:
    """Take the lock `name` and yield the job that `find` returns; None where another process has the lock.

    An unexpected error calls `fail` with the job and a sentence, and goes on. ClaimLost and a lost or busy database
    only go on: the job is left as it is, to be taken up again.
    """
    with try_lock(name) as is_ours:
        job = find() if is_ours else None
        try:
            yield job
        except (ClaimLost, OperationalError, InterfaceError):
            raise
        except Exception as error:
            if job is not None:
                fail(job, f"Stopped by an error of our own ({type(error).__name__}).")
            raise
