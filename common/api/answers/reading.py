"""Reading of the rows of a list, as objects of the ORM; `rows` has the ways to read them as tuples."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from common.api.cursors import Keyset
from common.database.counting import Total, count_rows

Source = Keyset | QuerySet[Any]


class Reader:
    """The rows as objects."""

    def begin(self, make_queryset: Callable[[], QuerySet[Any]]) -> QuerySet[Any]:
        """Return the queryset of the list."""
        return make_queryset()

    def select(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset

    def read_page(self, source: Source, start: int, stop: int) -> list[Any]:
        return list(self.select(_order(source))[start:stop])

    def read_after(self, keyset: Keyset, position: Any, count: int) -> list[Any]:
        """Return as many rows after the position (value, id)."""
        return list(self.select(keyset.beyond(position))[:count])

    def count(self, queryset: QuerySet[Any]) -> Total:
        return count_rows(queryset)


OBJECTS = Reader()


def _order(source: Source) -> QuerySet[Any]:
    if isinstance(source, Keyset):
        return source.queryset
    return source if source.ordered else source.order_by("pk")
