"""Cursors of keyset pagination: the position of the last row, in a signed text.

A cursor is signed, so that its value needs no checking, and its signature covers the model and the ordering,
so that the cursor of another list is as broken as an invented one.
"""

from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import F, Model, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.utils.functional import cached_property
from rest_framework.exceptions import ValidationError

SORT_VALUE = "sort_value"


class Keyset:
    """`queryset` in the order of `expression` and id; both flip together, so one index (expression, id) serves both."""

    def __init__(self, queryset: QuerySet[Any], name: str, expression: Combinable) -> None:
        self.name = name
        self.descending = name.startswith("-")
        self.expression = expression
        self._unordered = queryset
        self._signer = Signer(salt=f"cursor:{queryset.model.__qualname__}:{name}")

    @cached_property
    def queryset(self) -> QuerySet[Any]:
        return self._sort(self._unordered)

    def _sort(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        sign = "-" if self.descending else ""
        return rows.annotate(**{SORT_VALUE: self.expression}).order_by(f"{sign}{SORT_VALUE}", f"{sign}pk")

    def after(self, cursor: str) -> QuerySet[Any]:
        """Return the rows after that of `cursor`. Raises ValidationError for one of another list or ordering."""
        return self.beyond(self.read(cursor))

    def read(self, cursor: str) -> Any:
        """Return the position that `cursor` names, as (value, id). Raises ValidationError as `after` does."""
        try:
            return self._signer.unsign_object(cursor)
        except BadSignature as error:
            raise ValidationError({"cursor": ["This cursor is not one of this list in this ordering."]}) from error

    def beyond(self, position: Any) -> QuerySet[Any]:
        """Return the rows after `position`, by one row comparison, which an index can answer."""
        beyond = TupleLessThan if self.descending else TupleGreaterThan
        return self.queryset.filter(beyond(Tuple(self.expression, F("pk")), position))

    def among(self, ids: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows with these ids, in the same order."""
        return self._sort(self._unordered.model.objects.filter(pk__in=ids))

    def cursor(self, row: Model | tuple[Any, ...]) -> str:
        """Return the cursor that reads on after `row`, an object, or a tuple that ends with its sort value and id."""
        value, pk = row[-2:] if isinstance(row, tuple) else (getattr(row, SORT_VALUE), row.pk)
        # Numbers and texts survive JSON as they are; str() of a date, time or decimal is what its field reads back.
        position = (value if isinstance(value, int | float | str) else str(value), pk)
        return self._signer.sign_object(position)
