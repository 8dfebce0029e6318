"""Which tables a transaction writes to, whatever wrote the SQL: listeners are told after its commit."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Self, cast

import psycopg
from psycopg.abc import Query
from psycopg.sql import Composable

Listener = Callable[[frozenset[str]], None]

listeners: list[Listener] = []
"""Called with the names of the tables, in the thread that committed."""

harmless: set[str] = set()
"""The beginnings of statements that write, and change nothing that a listener wants to know."""

# Also within a WITH. What stands in texts or comments is found too, and does no harm.
WRITE = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?|COPY)\s+(?:ONLY\s+)?"
    r'(?:"?\w+"?\.)?"?(\w+)"?',
    re.IGNORECASE,
)
SHORT = 4_000  # characters; longer statements insert many rows, and are hardly the same twice


def find_tables(statement: str) -> frozenset[str]:
    """Return the tables to which the statement may write. A plain SELECT writes to none."""
    if statement.startswith("SELECT "):
        return frozenset()
    return _find(statement) if len(statement) <= SHORT else _find.__wrapped__(statement)


@lru_cache(maxsize=2_000)
def _find(statement: str) -> frozenset[str]:
    if any(statement.startswith(beginning) for beginning in harmless):
        return frozenset()
    return frozenset(name.lower() for name in WRITE.findall(statement))


class WatchedConnection(psycopg.Connection[Any]):
    """A connection that tells what it wrote.

    What a savepoint undoes is told as well: to take something for changed that is not costs little.
    """

    written: frozenset[str] = frozenset()

    def note(self, query: Query, cursor: psycopg.Cursor[Any]) -> None:
        """Note what a statement wrote that has just ended; outside of a transaction, it is committed by then."""
        text = query.as_string(cursor) if isinstance(query, Composable) else query
        tables = find_tables(text.decode() if isinstance(text, bytes) else str(text))
        if tables:
            self.written |= tables
        if self.written and self.autocommit:
            self._tell()

    def commit(self) -> None:
        super().commit()
        self._tell()

    def rollback(self) -> None:
        self.written = frozenset()
        super().rollback()

    def _tell(self) -> None:
        if self.written:
            tables, self.written = self.written, frozenset()
            for listener in listeners:
                listener(tables)


class WatchedCursor(psycopg.ClientCursor[Any]):
    """A cursor, of the kind that Django uses, that notes what it executes. Those with a name only read."""

    def execute(self, query: Query, *arguments: Any, **options: Any) -> Self:
        super().execute(query, *arguments, **options)
        self._note(query)
        return self

    def executemany(self, query: Query, *arguments: Any, **options: Any) -> None:
        super().executemany(query, *arguments, **options)
        self._note(query)

    @contextmanager
    def copy(self, statement: Query, *arguments: Any, **options: Any) -> Iterator[psycopg.Copy]:
        with super().copy(statement, *arguments, **options) as copy:
            yield copy
        self._note(statement)

    def _note(self, query: Query) -> None:
        cast("WatchedConnection", self.connection).note(query, self)
