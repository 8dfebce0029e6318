"""The films that a search ranks: all that match, or of a common word the most popular ones.

Ranking reads a film's whole row, and a quarter of a million films may have a word. Therefore films are looked for in
tiers of popularity, each with an index of its own, and in the next, larger tier only while too few are found.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import Func, QuerySet
from django.db.models.lookups import Exact

from movies.models import Movie
from movies.models.catalogue import TIER, TIERS
from movies.search.tokens import matching

# When so many films match, less popular ones are not looked for.
ENOUGH = 100
# More films are never ranked.
MOST = 300
# Films that another step than these finds come between the two.
PLACES = {"exact": 0, "all": 2}

Step = tuple[str, str, tuple[Any, ...]]  # the name of what it looks for, and a statement with its parameters


def find_candidates(
    films: QuerySet[Movie],
    own: QuerySet[Movie] | None,
    query: str,
    titled: str,
    indexed: str = "",
    title: Func | None = None,
) -> list[int]:
    """Return the ids of those of `films` that match `query`, in one statement.

    First come the films of the catalogue with this folded `title`, those of the query `titled` and those of `own`, then
    the others, each the most popular first. Of each less popular ones may be missing where ENOUGH match, but none of
    `own`. For `indexed` see `matching`.
    """
    is_match = matching(query, indexed)
    steps = [*_by_tier("titled", films.filter(matching(query, titled))), *_by_tier("all", films.filter(is_match))]
    if title is not None:
        # The index by title has the films of the catalogue only; films of the reader's own are found below.
        steps.append(("exact", *_compile(films.filter(owner=None, sort_title=title))))
    if own is not None:
        steps.append(("own", *_compile(own.filter(is_match))))
    tables, parameters = _chain(steps, ENOUGH)
    found = " UNION ALL ".join(
        f"SELECT {PLACES.get(name, 1)} AS place, id, popularity FROM step{place}"  # noqa: S608 (names of ours)
        for place, (name, *_) in enumerate(steps)
    )
    statement = f"{tables} SELECT id FROM ({found}) AS found ORDER BY place, popularity DESC, id DESC LIMIT {MOST}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(dict.fromkeys(pk for (pk,) in cursor.fetchall()))


def find_first(films: QuerySet[Movie], queries: Sequence[tuple[str, str]]) -> int | None:
    """Return the index of the first (query, indexed) that has a film, in one statement that ends there."""
    if not queries:
        return None
    steps = [("any", *_compile(films.filter(matching(*query)))) for query in queries]
    tables, parameters = _chain(steps, 1)
    places = " UNION ALL ".join(f"(SELECT {place} FROM step{place} LIMIT 1)" for place in range(len(steps)))  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"{tables} {places}", parameters)
        row = cursor.fetchone()
        return row[0] if row else None


def _by_tier(name: str, films: QuerySet[Movie]) -> Iterator[Step]:
    # Compiled once, because that takes longer than most of these queries: the filter added last has the last parameter.
    statement, (*values, _) = _compile(films.filter(Exact(TIER, 0)))
    for tier in (*TIERS, 0):
        yield name, statement, (*values, tier)


def _compile(films: QuerySet[Movie]) -> tuple[str, tuple[Any, ...]]:
    statement, values = films.order_by().values_list("id", "popularity").query.sql_with_params()
    return statement, tuple(values)


def _chain(steps: Sequence[Step], enough: int) -> tuple[str, list[Any]]:
    """Return a WITH clause and its parameters: a table for each step, of which those of one name are filled until they
    have `enough` rows together.
    """
    tables: list[str] = []
    parameters: list[Any] = []
    for place, (name, statement, values) in enumerate(steps):
        # Only so many rows are read of a step before; a limit in the step would let the planner hope for a match among
        # the first rows of the whole table.
        before = [
            f"(SELECT count(*) FROM (SELECT FROM step{other} LIMIT {enough}) AS first)"  # noqa: S608
            for other in range(place)
            if steps[other][0] == name
        ]
        # PostgreSQL checks this condition first, because it depends on no row of the step.
        condition = f" WHERE {' + '.join(before)} < {enough}" if before else ""
        tables.append(f"step{place} AS MATERIALIZED (SELECT * FROM ({statement}) AS films{condition})")  # noqa: S608
        parameters += values
    return f"WITH {', '.join(tables)}", parameters
