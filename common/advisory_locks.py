"""Whether somebody is at it: an advisory lock of the database, which PostgreSQL drops with the connection.

So it ends with its process, however that died, and no row has to be believed that says "running".
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def held(name: str) -> Iterator[bool]:
    """Holds the sign of life `name`; whether we do, or another process does."""
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


def is_held(name: str) -> bool:
    """Whether a process holds it; taking it, to find out, would stand in the way of a beginner."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database d ON d.oid = database"
            " WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND datname = current_database()"
            " AND (classid::bigint << 32 | objid::bigint) = hashtextextended(%s, 0))",
            [name],
        )
        return bool(cursor.fetchone()[0])
