"""Lists without a serializer: the columns of one query become the items, in the shape that the serializer documents.

Objects of the ORM, prefetched relations and the fields of a serializer take several times as long as the query. The
serializer stays what describes the items and checks `fields`; tests compare what both make of the same rows.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from copy import copy
from datetime import datetime
from functools import cache, lru_cache
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple, Self, cast

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
from common.database.kept import Parameter


class Made(NamedTuple):
    """A field that is made of columns. `start` is called once for an answer, and returns the function of the values."""

    columns: tuple[str | Combinable, ...]
    start: Callable[[], Callable[..., Any]]


class Fetched(NamedTuple):
    """A field that is an item of other rows. `read` gets the column's values of all rows; it returns items by value."""

    column: str
    read: Callable[[set[Any]], Mapping[Any, Any]]


Fields = Mapping[str, str | Made | Fetched]


class Rows(Reader):
    """The rows as tuples of the columns that some fields need, and the items made of them."""

    def __init__(self, fields: Fields, names: Iterable[str]) -> None:
        self._fields = {name: fields[name] for name in names}
        needed = [column for field in self._fields.values() for column in _columns_of(field)]
        self._columns = list(dict.fromkeys(needed))  # each once, as Django selects them
        places = {column: place for place, column in enumerate(self._columns)}
        # What gets the values of a field from a row: the value of a column, or a sequence of those that it is made of.
        self._getters: dict[str, Callable[[Any], Any]] = {}
        for name, field in self._fields.items():
            indexes = [places[column] for column in _columns_of(field)]
            is_one_of_made = len(indexes) == 1 and not isinstance(field, str)
            which = [slice(indexes[0], indexes[0] + 1)] if is_one_of_made else indexes
            self._getters[name] = itemgetter(*which)

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
        if chosen.query.annotations.keys() - {SORT_VALUE}:  # which rows that are found by id have not
            return list(self.select(chosen))
        return list(self.select(keyset.among(chosen.values("pk"))))

    def make_items(self, rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
        plan = [(name, get, _start(self._fields[name], get, rows)) for name, get in self._getters.items()]
        return [{name: get(row) if make is None else make(*get(row)) for name, get, make in plan} for row in rows]


def _columns_of(field: str | Made | Fetched) -> tuple[str | Combinable, ...]:
    if isinstance(field, Made):
        return field.columns
    return (field.column,) if isinstance(field, Fetched) else (field,)


def _start(field: str | Made | Fetched, get: Callable[[Any], Any], rows: Sequence[Any]) -> Callable[..., Any] | None:
    """Return what makes the field of its values; None if it is its value."""
    if isinstance(field, Made):
        return field.start()
    if isinstance(field, Fetched) and rows:
        return field.read({get(row)[0] for row in rows}).__getitem__
    return None


class CompiledRows(Rows):
    """Rows of one list without filters, whose SQL Django makes once for each ordering: that takes longer than reading.

    What depends on the request or the time is a Parameter in the list, and gets its value by `fill`.
    """

    _values: Mapping[str, Any] = MappingProxyType({})

    def __init__(self, fields: Fields, names: Iterable[str]) -> None:
        super().__init__(fields, names)
        self._queryset: QuerySet[Any] | None = None
        self._statements: dict[str, _Statements] = {}

    def begin(self, make_queryset: Callable[[], QuerySet[Any]]) -> QuerySet[Any]:
        if self._queryset is None:
            self._queryset = make_queryset()
        return self._queryset

    def fill(self, values: Mapping[str, Any]) -> Self:
        """Return these rows with values; what is kept is shared."""
        filled = copy(self)
        filled._values = values  # noqa: SLF001  (of this class)
        return filled

    def read_page(self, source: Source, start: int, stop: int) -> list[Any]:
        statements = self._statements_of(cast(Keyset, source))
        if not start:
            sql, parameters = statements.first
            return self.fetch(f"{sql} LIMIT %s", (*parameters, stop))
        # OFFSET would make all columns of the rows that it skips: read on from the one before.
        sql, parameters = statements.positions
        before = self.fetch(f"{sql} LIMIT 1 OFFSET %s", (*parameters, start - 1))
        return self.read_after(cast(Keyset, source), before[0], stop - start) if before else []

    def read_after(self, keyset: Keyset, position: Any, count: int) -> list[Any]:
        sql, parameters = self._statements_of(keyset).after
        values = [position[_POSITION.index(each)] if each in _POSITION else each for each in parameters]
        return self.fetch(f"{sql} LIMIT %s", (*values, count))

    def count(self, queryset: QuerySet[Any]) -> Total:
        sql, parameters = next(iter(self._statements.values())).rows
        # A moment is that of the request, at which the list is hardly longer than a minute ago.
        same = [value for value in self._values.values() if not isinstance(value, datetime)]
        return count_selected(sql, self._fill(parameters), key=f"{sql}{same}")

    def _fill(self, parameters: Sequence[Any]) -> list[Any]:
        return [self._values[each.name] if isinstance(each, Parameter) else each for each in parameters]

    def fetch(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql, self._fill(parameters))
            return cast(list[Any], cursor.fetchall())

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


def kept_items(fields: Fields, build: Callable[..., QuerySet[Any]]) -> Callable[..., dict[Any, dict[str, Any]]]:
    """Return a function that reads all items of a queryset, by id, with SQL that Django makes once.

    `build` gets a Parameter for each argument of the function.
    """
    rows = CompiledRows(fields, fields)

    @cache
    def prepare(names: tuple[str, ...]) -> _Statement:
        return rows.select(build(**{name: Parameter(name) for name in names})).query.sql_with_params()

    def read(**values: Any) -> dict[Any, dict[str, Any]]:
        found = rows.fill(values).fetch(*prepare(tuple(values)))
        return {row[-1]: item for row, item in zip(found, rows.make_items(found), strict=True)}

    return read


class ListOfRows(mixins.ListModelMixin, GenericAPIView[Any]):
    """View mixin: a list with cursors, whose items are made of `row_fields`.

    Its serializer is a SparseFields with the same fields. What depends on the request is a filter, or a Parameter of
    `kept_rows`.
    """

    row_fields: Fields

    def row_values(self) -> Mapping[str, Any]:
        """Return the values of the Parameters, by name."""
        return {}

    def row_shape(self) -> Hashable:
        """Return on what of the request `kept_rows` depends besides the values."""
        return None

    def kept_rows(self, **values: Parameter) -> QuerySet[Any]:
        """Return the list without filters."""
        return self.get_queryset()

    def list(self, request: Request, *args: Any, **options: Any) -> Response:
        filterset: Any = getattr(self, "filterset_class", None)
        names = self.find_names()
        if filterset is None or filterset.base_filters.keys().isdisjoint(request.query_params):
            values = self.row_values()
            kept = _find_compiled(type(self), names, self.row_shape())
            queryset = kept.begin(lambda: self.kept_rows(**{name: Parameter(name) for name in values}))
            self.reader: Rows = kept.fill(values)
        else:
            self.reader = _find_rows(type(self), names)
            queryset = self.filter_queryset(self.get_queryset())
        page = self.paginate_queryset(queryset)
        return self.get_paginated_response(self.reader.make_items(cast(Any, page)))

    def find_names(self) -> tuple[str, ...]:
        """Return the names of the fields to answer with, which are all known (see KnownParametersOnly)."""
        chosen = self.request.query_params.get(PARAMETER)
        names = self.row_fields if chosen is None else {name.strip() for name in chosen.split(",")}
        return tuple(name for name in self.row_fields if name in names)


@lru_cache(maxsize=200)
def _find_rows(view: type[ListOfRows], names: tuple[str, ...]) -> Rows:
    return Rows(view.row_fields, names)


@lru_cache(maxsize=200)
def _find_compiled(view: type[ListOfRows], names: tuple[str, ...], _shape: Hashable) -> CompiledRows:
    return CompiledRows(view.row_fields, names)
