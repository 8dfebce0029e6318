"""Queries whose SQL Django puts together once: each later call only puts its values in.

To put a query together takes Django several times as long as to run it, and a page asks the same ones each time.
"""

from collections.abc import Callable, Hashable
from copy import copy
from functools import lru_cache, wraps
from types import SimpleNamespace
from typing import Any, TypeVar, cast

from django.db import connections
from django.db.models import QuerySet
from django.db.models.expressions import Expression

Row = TypeVar("Row")

MOST_KEPT = 16


class Parameter(Expression):
    """Stands for a value, wherever a queryset takes an expression."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, _compiler: Any, _connection: Any) -> Any:
        return "%s", [self]


def kept_query(build: Callable[..., QuerySet[Any, Row]]) -> Callable[..., list[Row]]:
    """Decorate a function that returns a queryset, of rows or values_list: it returns a list of them, in one query.

    The function is called once for each combination of positional arguments, which shape the query, such as a limit.
    Its keyword arguments are values, and it gets a Parameter for each. What a setting or the clock says has to be among
    its arguments: otherwise what it said first would be kept.
    """

    @lru_cache(maxsize=MOST_KEPT)  # some 10 kB each
    def prepare(shape: tuple[Hashable, ...], names: tuple[str, ...]) -> "_Statement":
        return _Statement(build(*shape, **{name: Parameter(name) for name in names}))

    @wraps(build)
    def read(*shape: Hashable, **values: Any) -> list[Any]:
        return prepare(shape, tuple(values)).read(values)

    return read


class _Statement:
    """A queryset with its compiler, which knows how its rows are read. It belongs to no connection."""

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        self._rows, self._alias = rows, rows.db
        self._compiler = rows.query.get_compiler(self._alias)
        self._sql, self._parameters = self._compiler.as_sql()
        self._compiler.connection = cast("Any", None)

    def read(self, values: dict[str, Any]) -> list[Any]:
        filled = tuple([values[one.name] if isinstance(one, Parameter) else one for one in self._parameters])
        compiler: Any = copy(self._compiler)
        compiler.connection = connections[self._alias]
        compiler.as_sql = lambda: (self._sql, filled)
        query = SimpleNamespace(get_compiler=lambda *_, **__: compiler)
        rows = SimpleNamespace(db=self._alias, query=query, _known_related_objects={})
        return list(cast("Any", self._rows)._iterable_class(rows))  # noqa: SLF001  (as QuerySet.iterator does)
