"""Nights of 10,000 films with their genres: ours (`upsert_movies`) beside Django's two ways.

Three nights on the same table, each in one transaction: all films new, 2 % of them changed, nothing changed. All three
ways leave the same films, genres and search words. `bulk_create(update_conflicts=True)` cannot know what changed, so it
writes everything; `update_or_create` is timed on fewer films.
"""

import itertools
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from statistics import median
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.data.films import COLUMNS, empty_catalogue, make_films
from benchmarks.data.words import GENRES
from benchmarks.report.goals import at_least
from movies.models import Genre, Movie
from movies.providers.upsert import MovieRow, upsert_movies
from movies.search.vocabulary import learn_words

FILMS, FILMS_ONE_BY_ONE, ROUNDS = 10_000, 200, 3

Write = Callable[[Sequence[MovieRow]], object]


def measure() -> Iterator[object]:
    films = list(make_rows(FILMS))
    changed = [replace(row, popularity=0.5) if row.tmdb_id % 50 == 0 else row for row in films]
    nights = {"all new": films, "2 % changed": changed, "nothing changed": changed}
    one_by_one = {night: rows[:FILMS_ONE_BY_ONE] for night, rows in nights.items()}
    ways: dict[str, tuple[Write, dict[str, list[MovieRow]]]] = {
        "update_or_create": (update_or_create, one_by_one),
        "bulk_create": (bulk_create, nights),
        "ours": (upsert_movies, nights),
    }
    rounds = [{way: measure_way(write, rows) for way, (write, rows) in ways.items()} for _ in range(ROUNDS)]
    speeds = {way: {night: median(one[way][night] for one in rounds) for night in nights} for way in ways}
    yield f"{FILMS:,} films (update_or_create: {FILMS_ONE_BY_ONE:,}), median of {ROUNDS} rounds"
    yield "films a second, and ours as a multiple"
    yield f"{'night':<16}{''.join(f'{way:>18}' for way in speeds)}{'/ bulk_create':>15}{'/ update_or_create':>20}"
    for night in nights:
        one, bulk, ours = (speed[night] for speed in speeds.values())
        yield f"{night:<16}{one:>18,.0f}{bulk:>18,.0f}{ours:>18,.0f}{ours / bulk:>15.1f}{ours / one:>20.1f}"
    ratios = {night: speeds["ours"][night] / speeds["bulk_create"][night] for night in nights}
    bound = "the indexes and the search words of new films, which cost every way the same"
    yield at_least("A sync of 10,000 new films, against bulk_create", 1.8, ratios["all new"], bound=bound)
    yield at_least("A sync of 10,000 films of which 2 % changed, against bulk_create", 3.5, ratios["2 % changed"])


def make_rows(count: int) -> Iterator[MovieRow]:
    """Yield films as a list of TMDB has them."""
    chance, genres = random.Random(3), [tmdb_id for tmdb_id, _ in GENRES]
    for values in itertools.islice(make_films(), count):
        film = dict(zip(COLUMNS, values, strict=True))
        yield MovieRow(
            **{name: film[name] for name in MovieRow.__dataclass_fields__ if name in film},
            poster_source=f"/poster{film['tmdb_id']}.jpg",
            backdrop_source=f"/backdrop{film['tmdb_id']}.jpg",
            genre_tmdb_ids=tuple(chance.sample(genres, 2)),
        )


def measure_way(write: Write, rows: dict[str, list[MovieRow]]) -> dict[str, float]:
    """Measure the nights; the other ways keep no ids of genres in the films' rows, so that they need no triggers."""
    if write is upsert_movies:
        return measure_nights(rows, write)
    links = Movie.genres.through._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {links} DISABLE TRIGGER USER")
        try:
            return measure_nights(rows, write)
        finally:
            cursor.execute(f"ALTER TABLE {links} ENABLE TRIGGER USER")


def measure_nights(nights: dict[str, list[MovieRow]], write: Write) -> dict[str, float]:
    """Return the films a second of each night, one after the other on a table that is empty before and after."""
    Genre.objects.bulk_create(Genre(tmdb_id=n, name=name, slug=f"genre-{n}") for n, (name, _) in GENRES)
    speeds = {}
    for night, rows in nights.items():
        started = time.perf_counter()
        write(rows)
        speeds[night] = len(rows) / (time.perf_counter() - started)
    empty_catalogue()
    return speeds


@transaction.atomic
def update_or_create(rows: Sequence[MovieRow]) -> None:
    """Write film by film."""
    genres = {genre.tmdb_id: genre for genre in Genre.objects.all()}
    for row in rows:
        values = _columns(row)
        film, _ = Movie.objects.update_or_create(tmdb_id=values.pop("tmdb_id"), defaults=values)
        film.genres.set(genres[tmdb_id] for tmdb_id in row.genre_tmdb_ids)
    learn_words()


@transaction.atomic
def bulk_create(rows: Sequence[MovieRow]) -> None:
    """Write all films in one statement, and their genres in two."""
    genres = {genre.tmdb_id: genre for genre in Genre.objects.all()}
    now = timezone.now()
    films = [Movie(**_columns(row), updated_at=now) for row in rows]
    updated = [name for name in _columns(rows[0]) if name != "tmdb_id"]
    films = Movie.objects.bulk_create(
        films, update_conflicts=True, unique_fields=["tmdb_id"], update_fields=[*updated, "updated_at"]
    )
    link = Movie.genres.through
    link.objects.filter(movie_id__in=[film.pk for film in films]).delete()
    link.objects.bulk_create(
        link(movie=film, genre=genres[tmdb_id])
        for film, row in zip(films, rows, strict=True)
        for tmdb_id in row.genre_tmdb_ids
    )
    learn_words()


def _columns(row: MovieRow) -> dict[str, Any]:
    return {name: value for name, value in asdict(row).items() if name not in {"genre_tmdb_ids", "adult"}}
