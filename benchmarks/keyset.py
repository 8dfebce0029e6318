"""The cost of a deep page of the catalogue by number (OFFSET) and by cursor (keyset), with 100,000 films."""

import time
from collections.abc import Callable, Iterator

from django.db import connection
from django.db.models import QuerySet

from common.api.cursors import Keyset
from movies.models import Movie
from movies.queries.films import ORDERINGS, catalogue_films

FILMS, LIMIT, TIMES = 100_000, 20, 5


def measure() -> Iterator[str]:
    Movie.objects.bulk_create(
        (Movie(tmdb_id=n, title=f"Film {n}", popularity=n % 1_000) for n in range(1, FILMS + 1)), batch_size=5_000
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE movies_movie")
    keyset = Keyset(catalogue_films(), "-popularity", ORDERINGS["popularity"])
    yield f"{FILMS:,} films, {LIMIT} a page; milliseconds (best of {TIMES})"
    yield f"{'page':>8}{'by number':>12}{'by cursor':>12}{'ratio':>8}"
    for page in (1, 100, 2_500, 5_000):
        start = (page - 1) * LIMIT
        by_number = best(lambda start=start: keyset.queryset[start : start + LIMIT])  # type: ignore[misc]
        before = keyset.cursor(keyset.queryset[max(start - 1, 0)])
        by_cursor = best(lambda before=before: keyset.after(before)[:LIMIT])  # type: ignore[misc]
        yield f"{page:>8,}{by_number:>12.2f}{by_cursor:>12.2f}{by_number / by_cursor:>8.1f}"
    Movie.objects.all().delete()


def best(rows: Callable[[], QuerySet[Movie]]) -> float:
    """Return the milliseconds of the fastest of several reads."""
    durations = []
    for _ in range(TIMES):
        started = time.perf_counter()
        list(rows().values_list("pk", "title"))
        durations.append(time.perf_counter() - started)
    return min(durations) * 1000
