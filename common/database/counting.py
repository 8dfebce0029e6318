"""Counting of long lists at a bounded cost: exact where that is cheap, else up to DEEPEST, or as PostgreSQL estimates.

Counting a million rows takes a thousand times as long as reading a page of them.
"""

import time
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.utils.functional import cached_property

# The items of a list that can be reached by the number of a page, and that are counted.
DEEPEST = 10_000
# In PostgreSQL's units, of which a page read from disk in sequence costs 1: some milliseconds of work.
MOST_COST = 5_000
# For so many seconds a list counts as long, or as cheap to count, without asking again.
REMEMBERED, MOST_REMEMBERED = 60.0, 1_000


class Total(NamedTuple):
    """A number of rows, at most DEEPEST. If it is not exact, it is an estimate, or there are more rows."""

    number: int
    is_exact: bool

    def __str__(self) -> str:
        if self.is_exact:
            return f"{self.number:,}"
        return f"More than {DEEPEST:,}" if self.number == DEEPEST else f"About {self.number:,}"


# By statement: until when it is known, and the total; None where the rows are counted each time.
_known: dict[str, tuple[float, Total | None]] = {}


def count_rows(queryset: QuerySet[Any]) -> Total:
    """Return the total of the rows. Two statements at most, and only the first time in a minute."""
    try:
        return count_selected(*queryset.order_by().values("pk").query.sql_with_params())
    except EmptyResultSet:  # a condition that no row can meet
        return Total(0, is_exact=True)


def count_selected(sql: str, parameters: Sequence[Any], key: str = "") -> Total:
    """Return the total of the rows that the statement, which has no limit, selects.

    Statements with the same `key` cost about the same; without one, those that are the same.
    """
    limited, values = f"{sql} LIMIT %s", (*parameters, DEEPEST + 1)
    key = key or f"{limited}{values}"
    until, total = _known.get(key, (0.0, None))
    if until < time.monotonic():
        total = _estimate(limited, values)
        _remember(key, total)
    if total is None:
        number = _ask(f"SELECT count(*) FROM ({limited}) AS counted", values)  # noqa: S608 # SQL of Django
        total = Total(min(number, DEEPEST), number <= DEEPEST)
        if not total.is_exact:
            _remember(key, total)
    return total


def forget() -> None:
    """Forget what is known of lists, for tests."""
    _known.clear()


def _estimate(sql: str, parameters: Sequence[Any]) -> Total | None:
    """Return PostgreSQL's estimate where counting costs too much; None where the rows can be counted."""
    (explained,) = _ask(f"EXPLAIN (FORMAT JSON) {sql}", parameters)
    plan = explained["Plan"]
    return None if plan["Total Cost"] <= MOST_COST else Total(min(int(plan["Plan Rows"]), DEEPEST), is_exact=False)


def _ask(sql: str, parameters: Sequence[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()[0]


def _remember(key: str, total: Total | None) -> None:
    if len(_known) >= MOST_REMEMBERED:
        _known.clear()
    _known[key] = (time.monotonic() + REMEMBERED, total)


class BoundedPaginator(Paginator):
    """The pages of the first DEEPEST rows of a queryset."""

    @cached_property
    def total(self) -> Total:
        return count_rows(cast("QuerySet[Any]", self.object_list))

    @cached_property
    def count(self) -> int:
        return self.total.number
