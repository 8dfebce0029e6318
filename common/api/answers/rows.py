"""Lists without a serializer: the columns of one query become the items, in the shape that the serializer documents.

Objects of the ORM, prefetched relations and the fields of a serializer take several times as long as the query. The
serializer stays what describes the items and checks `fields`; tests compare what both make of the same rows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, cast

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import Combinable, RawSQL
from rest_framework import mixins
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.answers.reading import Reader, Source
from common.api.answers.sparse import PARAMETER
from common.api.cursors import SORT_VALUE, Keyset
from common.database.counting import Total, count_selected


class Made(NamedTuple):
    """A field that is made of columns. `start` is called once for an answer, and returns the function of the values."""

    columns: tuple[str | Combinable, ...]
    start: Callable[[], Callable[..., Any]]


Fields = Mapping[str, str | Made]


class Rows(Reader):
    """The rows as tuples of the columns that some fields need, and the items made of them."""

    def __init__(self, fields: Fields, names: Iterable[str]) -> None:
        self._columns: list[str | Combinable] = []
        # Of each field: its name, its first column, and the end of its columns if it is made of some.
        self._places: list[tuple[str, int, int]] = []
        self._starts: dict[str, Callable[[], Callable[..., Any]]] = {}
        for name in names:
            field, first = fields[name], len(self._columns)
            if isinstance(field, Made):
                self._columns += field.columns
                self._starts[name] = field.start
            else:
                self._columns.append(field)
            self._places.append((name, first, len(self._columns)))

    def select(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the queryset of tuples: the columns, the sort value of a list with cursors, and the id."""
        sort_value = [SORT_VALUE] if SORT_VALUE in queryset.query.annotations else []
        return queryset.values_list(*self._columns, *sort_value, "pk")

    def read_page(self, source: Source, start: int, stop: int) -> list[Any]:
        keyset = cast(Keyset, source)
        return self._read_chosen(keyset, keyset.queryset[start:stop])

    def read_after(self, keyset: Keyset, position: Any, count: int) -> list[Any]:
        return self._read_chosen(keyset, keyset.beyond(position)[:count])

    def _read_chosen(self, keyset: Keyset, chosen: QuerySet[Any]) -> list[Any]:
        """Choose by id, which an index may do alone, and make the columns of the chosen rows, not of those skipped."""
        return list(self.select(keyset.among(chosen.values("pk"))))

    def make_items(self, rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
        makers = {name: start() for name, start in self._starts.items()}
        plan = [(name, first, end, makers.get(name)) for name, first, end in self._places]
        return [
            {name: row[first] if make is None else make(*row[first:end]) for name, first, end, make in plan}
            for row in rows
        ]


class CompiledRows(Rows):
    """Rows of one list without filters, whose SQL Django makes once for each ordering: that takes longer than reading.

    Nothing in the list may depend on the request or the time.
    """

    def __init__(self, fields: Fields, names: Iterable[str]) -> None:
        super().__init__(fields, names)
        self._queryset: QuerySet[Any] | None = None
        self._statements: dict[str, _Statements] = {}

    def begin(self, make_queryset: Callable[[], QuerySet[Any]]) -> QuerySet[Any]:
        if self._queryset is None:
            self._queryset = make_queryset()
        return self._queryset

    def read_page(self, source: Source, start: int, stop: int) -> list[Any]:
        statements = self._statements_of(cast(Keyset, source))
        if not start:
            sql, parameters = statements.first
            return _fetch(f"{sql} LIMIT %s", (*parameters, stop))
        # OFFSET would make all columns of the rows that it skips: read on from the one before.
        sql, parameters = statements.positions
        before = _fetch(f"{sql} LIMIT 1 OFFSET %s", (*parameters, start - 1))
        return self.read_after(cast(Keyset, source), before[0], stop - start) if before else []

    def read_after(self, keyset: Keyset, position: Any, count: int) -> list[Any]:
        sql, parameters = self._statements_of(keyset).after
        values = [position[_POSITION.index(each)] if each in _POSITION else each for each in parameters]
        return _fetch(f"{sql} LIMIT %s", (*values, count))

    def count(self, queryset: QuerySet[Any]) -> Total:
        return count_selected(*next(iter(self._statements.values())).rows)

    def _statements_of(self, keyset: Keyset) -> "_Statements":
        if keyset.name not in self._statements:
            marks = tuple(RawSQL("%s", [mark]) for mark in _POSITION)
            self._statements[keyset.name] = _Statements(
                first=self.select(keyset.queryset).query.sql_with_params(),
                after=self.select(keyset.beyond(marks)).query.sql_with_params(),
                positions=keyset.queryset.values_list(SORT_VALUE, "pk").query.sql_with_params(),
                rows=keyset.queryset.order_by().values("pk").query.sql_with_params(),
            )
        return self._statements[keyset.name]


# What stands for the position of a cursor in a statement.
_POSITION = (object(), object())
_Statement = tuple[str, tuple[Any, ...]]


class _Statements(NamedTuple):
    """SQL without limits, and its parameters."""

    first: _Statement
    after: _Statement
    positions: _Statement
    rows: _Statement


def _fetch(sql: str, parameters: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cast(list[Any], cursor.fetchall())


class ListOfRows(mixins.ListModelMixin, GenericAPIView[Any]):
    """View mixin: a list with cursors, whose items are made of `row_fields`.

    Its serializer is a SparseFields with the same fields. What depends on the request is a filter.
    """

    row_fields: Fields

    def list(self, request: Request, *args: Any, **options: Any) -> Response:
        filters: Mapping[str, Any] = cast(Any, self).filterset_class.base_filters
        is_filtered = not filters.keys().isdisjoint(request.query_params)
        kind = Rows if is_filtered else CompiledRows
        self.reader = _find_rows(kind, type(self), self._find_names())
        queryset = self.reader.begin(self.get_queryset)
        page = self.paginate_queryset(self.filter_queryset(queryset) if is_filtered else queryset)
        return self.get_paginated_response(self.reader.make_items(cast(Any, page)))

    def _find_names(self) -> tuple[str, ...]:
        """Return the names of the fields to answer with, which are all known (see KnownParametersOnly)."""
        chosen = self.request.query_params.get(PARAMETER)
        names = self.row_fields if chosen is None else {name.strip() for name in chosen.split(",")}
        return tuple(name for name in self.row_fields if name in names)


@lru_cache(maxsize=200)
def _find_rows(kind: type[Rows], view: type[ListOfRows], names: tuple[str, ...]) -> Rows:
    return kind(view.row_fields, names)
