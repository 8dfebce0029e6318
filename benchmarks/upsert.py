"""The set-based merge of films against one `update_or_create` per film.

Three nights of the same 2,000 films, in pages of 20 as in the sync: all new, 2 % changed, nothing changed.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace

from django.db import transaction

from movies.models import Genre, Movie
from movies.providers.upsert import MovieRow, upsert_movies

FILMS, PAGE = 2_000, 20


def measure() -> Iterator[str]:
    genres = {n: Genre.objects.create(tmdb_id=n, name=f"Genre {n}", slug=f"genre-{n}") for n in range(1, 20)}
    films = [make_row(number) for number in range(1, FILMS + 1)]
    changed = [replace(row, popularity=0.5) if row.tmdb_id % 50 == 0 else row for row in films]
    nights = {"all new": films, "2 % changed": changed, "nothing changed": changed}
    naive = dict(time_nights(nights, lambda page: update_or_create(page, genres)))
    Movie.objects.all().delete()
    merged = dict(time_nights(nights, upsert_movies))
    Movie.objects.all().delete()
    Genre.objects.all().delete()
    yield f"{FILMS} films in pages of {PAGE}; films a second"
    yield f"{'night':<16}{'update_or_create':>18}{'merge':>10}{'ratio':>8}"
    for night in nights:
        slow, fast = FILMS / naive[night], FILMS / merged[night]
        yield f"{night:<16}{slow:>18,.0f}{fast:>10,.0f}{fast / slow:>8.1f}"


def make_row(number: int) -> MovieRow:
    return MovieRow(
        tmdb_id=number,
        title=f"The Lantern Keeper {number}",
        original_title=f"Der Laternenwärter {number}",
        original_language="de",
        overview="A keeper tends a lantern. " * 8,
        release_date=None,
        year=1950 + number % 70,
        popularity=float(number),
        vote_average=7.25,
        vote_count=number,
        poster_source=f"/poster{number}.jpg",
        backdrop_source=f"/backdrop{number}.jpg",
        genre_tmdb_ids=(1 + number % 19, 1 + (number + 5) % 19),
    )


def time_nights(
    nights: dict[str, list[MovieRow]], write: Callable[[Sequence[MovieRow]], object]
) -> Iterator[tuple[str, float]]:
    """Yield (night, seconds) of each night, one after the other on the same table."""
    for night, rows in nights.items():
        started = time.perf_counter()
        for start in range(0, FILMS, PAGE):
            write(rows[start : start + PAGE])
        yield night, time.perf_counter() - started


@transaction.atomic
def update_or_create(page: Sequence[MovieRow], genres: dict[int, Genre]) -> None:
    """Write a page film by film."""
    for row in page:
        values = asdict(row)
        del values["adult"]
        film_genres = [genres[tmdb_id] for tmdb_id in values.pop("genre_tmdb_ids")]
        movie, _ = Movie.objects.update_or_create(tmdb_id=values.pop("tmdb_id"), defaults=values)
        movie.genres.set(film_genres)
