"""Pagination of lists: by `page`, or by `cursor` for programs that read to the end.

Nothing costs more in a longer list: pages reach the first DEEPEST items, and items are counted up to there.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

from common.api.answers.reading import OBJECTS, Reader
from common.api.cursors import Keyset
from common.database import counting
from common.database.counting import DEEPEST, Total

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
# All that a list may read of its address. A view without orderings has no use for the last two.
PARAMETERS = ("page", "limit", "ordering", "cursor")
PAGES_REACH = (
    f"Counted from 1. A page beyond the last one is an empty list. Pages reach the first {DEEPEST:,} items; one that "
    "ends beyond them is a 400."
)


# Made once: a serializer copies its fields for every request.
_PARAMETERS: dict[str, serializers.Field[Any, Any, Any, Any]] = {
    "page": serializers.IntegerField(min_value=1),
    "limit": serializers.IntegerField(min_value=1, max_value=MAX_LIMIT),
    "ordering": serializers.CharField(),
    "cursor": serializers.CharField(),
}


def parse_parameters(given: Mapping[str, Any], orderings: dict[str, Combinable]) -> dict[str, Any]:
    """Return the values of a list's parameters. Raises ValidationError that names every mistake."""
    values: dict[str, Any] = {"limit": DEFAULT_LIMIT}
    errors: dict[str, Any] = {}
    for name, field in _PARAMETERS.items():
        if name in given:
            try:
                values[name] = field.run_validation(given[name])
            except ValidationError as error:
                errors[name] = error.detail
    allowed = names(orderings)
    if "ordering" in values and values["ordering"] not in allowed:
        errors["ordering"] = [f"Choose one of: {', '.join(allowed)}."]
    if not errors and "page" in values and "cursor" in values:
        errors["cursor"] = ["Send page or cursor, not both."]
    if not errors and values.get("page", 1) * values["limit"] > counting.DEEPEST:
        other = "read on by `next_cursor`" if orderings else "use filters"
        errors["page"] = [f"Pages reach the first {counting.DEEPEST:,} items only: {other}."]
    if errors:
        raise ValidationError(errors)
    return values


def names(orderings: dict[str, Combinable]) -> list[str]:
    """Return every value of `ordering`: each name, and with a minus for the reverse order."""
    return [*orderings, *(f"-{name}" for name in orderings)]


class PageOrCursorPagination(BasePagination):
    """Pagination by page or cursor. The view declares its orderings:

        orderings = {"popularity": F("popularity")}   public name -> expression that is never null
        default_ordering = "-popularity"

    A view that declares none is sorted by its queryset, and has neither `ordering` nor `cursor`.
    """

    page: int | None
    total: Total | None

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        self.request = request
        self.reader: Reader = getattr(view, "reader", OBJECTS)
        orderings: dict[str, Combinable] = getattr(view, "orderings", {})
        asked = self._parameters(request, orderings)
        self.limit: int = asked["limit"]
        self.keyset: Keyset | None = None
        if orderings:
            name = asked.get("ordering", cast(Any, view).default_ordering)
            self.keyset = Keyset(queryset, name, orderings[name.removeprefix("-")])
            if "cursor" in asked:
                return self._rows_after(self.keyset, asked["cursor"])
        return self._rows_of_page(queryset, asked.get("page", 1))

    @staticmethod
    def _parameters(request: Request, orderings: dict[str, Combinable]) -> dict[str, Any]:
        known = PARAMETERS if orderings else PARAMETERS[:2]
        given = {name: value for name, value in request.query_params.items() if name in known}
        return parse_parameters(given, orderings)

    def _rows_after(self, keyset: Keyset, cursor: str) -> list[Any]:
        # One row more than asked tells whether there is a next page, without counting.
        rows = self.reader.read_after(keyset, keyset.read(cursor), self.limit + 1)
        self.page, self.total = None, None
        return self._remember(rows[: self.limit], more=len(rows) > self.limit)

    def _rows_of_page(self, queryset: QuerySet[Any], page: int) -> list[Any]:
        """Read the page; what it does not tell of the total is counted."""
        start = (page - 1) * self.limit
        rows = self.reader.read_page(self.keyset or queryset, start, start + self.limit + 1)
        more = len(rows) > self.limit
        is_last = not more and (bool(rows) or page == 1)
        read = start + len(rows)
        self.page = page
        self.total = Total(read, is_exact=True) if is_last else self.reader.count(queryset)
        if more and self.total.number < read:  # an estimate, or rows that came meanwhile
            self.total = Total(min(read, counting.DEEPEST), is_exact=False)
        return self._remember(rows[: self.limit], more=more)

    def _remember(self, rows: list[Any], *, more: bool) -> list[Any]:
        self.more = more
        self.next_cursor = self.keyset.cursor(rows[-1]) if self.keyset and more and rows else None
        return rows

    def get_paginated_response(self, data: Sequence[Any]) -> Response:
        meta = {
            "page": self.page,
            "limit": self.limit,
            "total": self.total and self.total.number,
            "total_pages": self.total and -(-self.total.number // self.limit),
            "total_is_exact": self.total and self.total.is_exact,
            "next_cursor": self.next_cursor,
        }
        links = ", ".join(f'<{url}>; rel="{rel}"' for rel, url in self._links().items())
        return Response({"items": data, "meta": meta}, headers={"Link": links} if links else None)

    def _links(self) -> dict[str, str]:
        here = self.request.build_absolute_uri()
        links = {}
        if self.more and self.page and (self.page + 1) * self.limit <= counting.DEEPEST:
            links["next"] = replace_query_param(here, "page", self.page + 1)
        elif self.more and self.next_cursor:
            links["next"] = replace_query_param(remove_query_param(here, "page"), "cursor", self.next_cursor)
        if self.page and self.page > 1:
            last = max(1, -(-cast(Total, self.total).number // self.limit))
            links["prev"] = replace_query_param(here, "page", min(self.page - 1, last))
        return links

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        number = {"type": ["integer", "null"]}
        meta = {
            "page": {**number, "description": "Null when a cursor was sent."},
            "limit": {"type": "integer"},
            "total": {
                **number,
                "description": f"Counted up to {DEEPEST:,}, or estimated where counting would take long. Null when a "
                "cursor was sent: nothing is counted then.",
            },
            "total_pages": {**number, "description": "As many as `total` fills. Null when a cursor was sent."},
            "total_is_exact": {
                "type": ["boolean", "null"],
                "description": f"False where `total` is an estimate, or {DEEPEST:,} while there are more. Null when a "
                "cursor was sent.",
            },
            "next_cursor": {
                "type": ["string", "null"],
                "description": "Where to read on; null on the last page and where a list has no cursors.",
            },
        }
        return {
            "type": "object",
            "required": ["items", "meta"],
            "properties": {
                "items": schema,
                "meta": {"type": "object", "required": list(meta), "properties": meta},
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        orderings: dict[str, Combinable] = getattr(view, "orderings", {})
        page = {"type": "integer", "minimum": 1, "maximum": DEEPEST, "default": 1}
        limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
        parameters = [
            query_parameter("page", page, PAGES_REACH),
            query_parameter("limit", limit, "How many items a page holds."),
        ]
        if orderings:
            ordering = {"type": "string", "enum": names(orderings), "default": cast(Any, view).default_ordering}
            reading_on = "`next_cursor` of the page before, with the same ordering and filters; excludes `page`."
            parameters += [
                query_parameter("ordering", ordering, "Sorted by this; with a minus the other way round."),
                query_parameter("cursor", {"type": "string"}, f"Reads on at the same cost however deep: {reading_on}"),
            ]
        return parameters


def query_parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


class OnePageMetaSerializer(serializers.Serializer[Any]):
    """`meta` of a list that always comes whole, on one page."""

    page = serializers.IntegerField(help_text="1: there are no more.")
    limit = serializers.IntegerField()
    total = serializers.IntegerField(help_text="Of the items.")
    total_pages = serializers.IntegerField()
    total_is_exact = serializers.BooleanField(help_text="Always true.")
    next_cursor = serializers.CharField(allow_null=True, help_text="Always null.")


def one_page_meta(total: int, limit: int) -> dict[str, Any]:
    """Return the `meta` of a list of `total` items that comes whole."""
    return {
        "page": 1,
        "limit": limit,
        "total": total,
        "total_pages": 1,
        "total_is_exact": True,
        "next_cursor": None,
    }
