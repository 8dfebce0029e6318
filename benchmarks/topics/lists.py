"""Lists of a million films: pages by number and by cursor, counts, and filters, each beside what users would write."""

import random
import time
from collections.abc import Callable, Iterator
from statistics import median, quantiles
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from benchmarks.data.films import empty_catalogue, fill_catalogue
from benchmarks.report.goals import at_most
from common.api.answers.rows import CompiledRows, Rows
from common.api.cursors import Keyset
from common.database import counting
from movies.api.rows import FILM
from movies.models import Genre, Movie
from movies.queries.films import ORDERINGS, filter_films, public_films

FILMS, LIMIT, TIMES, QUERIES = 1_000_000, 20, 9, 150
COLD = "films of later pages are not in PostgreSQL's memory"
PROBES = "reading all films of a year and a rating in their index, and the total as well"
PAGES = (1, 100, 500, 10_000)


def measure() -> Iterator[str]:
    fill_catalogue(FILMS)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")  # the naive ways take longer than a request may
    yield f"{FILMS:,} films, {LIMIT} a page; milliseconds (median of {TIMES})"
    yield from measure_pages()
    yield from measure_counts()
    yield from measure_filters()
    empty_catalogue()


def measure_pages() -> Iterator[str]:
    """Yield the cost of a page as the API reads it; beyond page 500 it refuses numbers, and cursors read on."""
    keyset, rows = Keyset(public_films(), "-popularity", ORDERINGS["popularity"]), CompiledRows(FILM, FILM)
    yield f"{'page':>8}{'OFFSET':>12}{'cursor':>12}{'ratio':>8}"
    first = 0.0
    for page in PAGES:
        start = (page - 1) * LIMIT
        before = keyset.queryset[max(start - 1, 0)]
        position = (before.sort_value, before.pk)
        skipping = keyset.queryset.values_list("pk", "title")[start : start + LIMIT]
        by_number = take(lambda skipping=skipping: list(skipping.all()), 3)  # type: ignore[misc]
        by_cursor = take(lambda position=position: rows.read_after(keyset, position, LIMIT))  # type: ignore[misc]
        first = first or by_cursor
        yield f"{page:>8,}{by_number:>12.2f}{by_cursor:>12.2f}{by_number / by_cursor:>8.1f}"
        if page == 10_000:
            yield str(
                at_most("Page 10,000 of a million films by cursor, against page 1", 1.5, by_cursor / first, bound=COLD)
            )


def measure_counts() -> Iterator[str]:
    """Yield the cost of a total: the first in a minute, and later ones, which are known to be long."""
    drama = Genre.objects.get(name="Drama")
    lists: dict[str, QuerySet[Movie]] = {
        "all films": public_films(),
        "one genre": filter_films(public_films(), genre=[drama.pk]),
        "a year": filter_films(public_films(), year=2010),
        "rated 7 or better": filter_films(public_films(), rating_min=7),
    }
    yield f"{'total of':<20}{'COUNT(*)':>10}{'first':>10}{'later':>10}{'share':>8}   answer"
    worst = 0.0
    for name, films in lists.items():
        counted = take(films.count, 3)
        first = take(lambda films=films: forget_and_count(films))  # type: ignore[misc]
        later = take(lambda films=films: counting.count_rows(films))  # type: ignore[misc]
        share = first / counted
        worst = max(worst, first / take(public_films().count, 1))
        yield f"{name:<20}{counted:>10.2f}{first:>10.2f}{later:>10.2f}{share:>8.1%}   {counting.count_rows(films)}"
    yield str(
        at_most(
            "Total of a list, against COUNT(*) of a million films",
            0.05,
            worst,
            "%",
            bound="reading 10,001 entries of an index",
        )
    )


def forget_and_count(films: QuerySet[Movie]) -> counting.Total:
    counting.forget()
    return counting.count_rows(films)


def measure_filters() -> Iterator[str]:
    """Yield the cost of two genres, a year and a rating, in ways that users would write, and of the total with it."""
    genres, chance = list(Genre.objects.values_list("pk", flat=True)), random.Random(1)
    asked = [
        {
            "genre": chance.sample(genres, 2),
            "year": chance.randint(1950, 2025),
            "rating_min": chance.choice((5, 6, 7, 8)),
        }
        for _ in range(QUERIES)
    ]
    ways: dict[str, Callable[[dict[str, Any]], QuerySet[Movie]]] = {
        "ours": lambda criteria: filter_films(public_films(), **criteria),
        "join, join, distinct, with our index": join_genres,
    }
    rows = Rows(FILM, FILM)
    yield f"two genres, a year and a rating, {QUERIES} queries of random values: {'p50':>8}{'p99':>8}"
    for name, way in ways.items():
        times = sorted(take(lambda criteria=criteria, way=way: read(rows, way(criteria)), 1) for criteria in asked)  # type: ignore[misc]
        p99 = quantiles(times, n=100)[98]
        yield f"{name:<66}{median(times):>8.2f}{p99:>8.2f}"
        if name == "ours":
            goal = at_most("Two genres, a year and a rating of a million films, p99", 20, p99, "ms", bound=PROBES)
    yield str(goal)


def join_genres(criteria: dict[str, Any]) -> QuerySet[Movie]:
    films = public_films().filter(year=criteria["year"], average_rating__gte=criteria["rating_min"])
    for genre in criteria["genre"]:
        films = films.filter(genres=genre)
    return films.distinct()


def read(rows: Rows, films: QuerySet[Movie]) -> list[Any]:
    """Read a page and its total as the API does."""
    keyset = Keyset(films, "-popularity", ORDERINGS["popularity"])
    found = rows.read_page(keyset, 0, LIMIT + 1)
    if len(found) > LIMIT:
        counting.count_rows(films)
    return found


def take(act: Callable[[], object], times: int = TIMES) -> float:
    """Return the milliseconds that the act takes, the median of several times."""
    measured = []
    for _ in range(times):
        started = time.perf_counter()
        act()
        measured.append(time.perf_counter() - started)
    return median(measured) * 1000
