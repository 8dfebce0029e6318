"""Cursors of keyset pagination: the position of the last row, in a signed text.

A cursor is signed, so that its value needs no checking, and its signature covers the model and the ordering,
so that the cursor of another list is as broken as an invented one.
"""

from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import F, Model, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from rest_framework.exceptions import ValidationError

SORT_VALUE = "sort_value"


class Keyset:
    """`queryset` in the order of `expression` and id; both flip together, so one index (expression, id) serves both."""

    def __init__(self, queryset: QuerySet[Any], name: str, expression: Combinable) -> None:
        self.descending = name.startswith("-")
        self.expression = expression
        self._signer = Signer(salt=f"cursor:{queryset.model.__qualname__}:{name}")
        sign = "-" if self.descending else ""
        self.queryset = queryset.annotate(**{SORT_VALUE: expression}).order_by(f"{sign}{SORT_VALUE}", f"{sign}pk")

    def after(self, cursor: str) -> QuerySet[Any]:
        """Return the rows after that of `cursor`, by one row comparison, which an index can answer.

        Raises ValidationError for a cursor of another list or ordering.
        """
        try:
            position = self._signer.unsign_object(cursor)
        except BadSignature as error:
            raise ValidationError({"cursor": ["This cursor is not one of this list in this ordering."]}) from error
        beyond = TupleLessThan if self.descending else TupleGreaterThan
        return self.queryset.filter(beyond(Tuple(self.expression, F("pk")), position))

    def cursor(self, row: Model) -> str:
        value = getattr(row, SORT_VALUE)
        # Numbers and texts survive JSON as they are; str() of a date, time or decimal is what its field reads back.
        position = (value if isinstance(value, int | float | str) else str(value), row.pk)
        return self._signer.sign_object(position)
