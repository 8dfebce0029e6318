"""A catalogue of made-up films for benchmarks: as many as asked for, the same ones in every run.

It has what makes a large catalogue slow or fast: titles in eleven languages with few frequent and very many rare words,
some equal titles, genres and years of very different sizes, and a popularity that few films have much of.
"""

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import NOT_PROVIDED, Model
from psycopg import sql

from benchmarks.data.words import GENRES, LANGUAGES, Words
from movies.models import Genre, Movie

# What make_films yields of each film, in this order. The tmdb_id is its number, from 1.
COLUMNS = (
    "tmdb_id", "title", "original_title", "original_language", "overview", "release_date", "year", "runtime",
    "directors", "cast", "certification", "age_restriction", "popularity", "vote_average", "vote_count",
    "ratings_sum", "ratings_count", "poster_key",
)  # fmt: skip
Film = tuple[Any, ...]
AGES = {None: 60, 0: 10, 6: 6, 12: 12, 16: 9, 18: 3}  # age limit: share in percent
FIRST_DAY, DAYS = date(1900, 1, 1), 46_000  # until 2025
NOW = datetime(2026, 1, 1, tzinfo=UTC)
# What a connection that loads films sets. Without synchronous commits VACUUM would find rows whose commit is not on the
# disk yet, and no count could do without the table.
QUICK = (
    "statement_timeout = 0", "session_replication_role = replica", "maintenance_work_mem = '512MB'",
    "synchronous_commit = on",
)  # fmt: skip
FILM_TABLE, GENRE_TABLE = Movie._meta.db_table, Movie.genres.through._meta.db_table


def fill_catalogue(count: int, titles: Iterable[tuple[str, str]] | None = None) -> None:
    """Replace all films by `count` made-up ones, with the genres of TMDB; indexes and statistics are up to date.

    `titles` gives (title, original title) of real films instead of made-up titles. Does nothing if as many films are
    there already, so that several benchmarks can share them; who changes films calls empty_catalogue afterwards.
    The figures of ratings are set, but there are no rows of ratings.
    """
    if Movie.objects.count() == count and titles is None:
        return
    empty_catalogue()
    genres = Genre.objects.bulk_create(Genre(tmdb_id=n, name=name, slug=f"genre-{n}") for n, (name, _) in GENRES)
    chosen = list(_choose_genres(count, [row.pk for row in genres]))
    with connection.cursor() as cursor, quick_loading(cursor, FILM_TABLE, GENRE_TABLE):
        films = ((*film, ids) for film, ids in zip(make_films(titles), chosen, strict=False))
        with _another_cursor() as other:
            _copy((cursor, other), Movie, (*COLUMNS, "genre_ids"), films)
        cursor.execute(
            f"INSERT INTO {GENRE_TABLE} (movie_id, genre_id) SELECT id, unnest(genre_ids) FROM {FILM_TABLE} ORDER BY id"
        )


def empty_catalogue() -> None:
    """Delete all films and genres, and everything that refers to them."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {FILM_TABLE}, {Genre._meta.db_table} CASCADE")


def make_films(titles: Iterable[tuple[str, str]] | None = None, seed: int = 1) -> Iterator[Film]:
    """Yield films without end, or one for each of `titles`, as values of COLUMNS."""
    chance = random.Random(seed)
    words = {language: Words(language, chance) for language in LANGUAGES}
    shares = list(itertools.accumulate(LANGUAGES.values()))
    people = words["en"].names(60_000)
    overviews = [f"{' '.join(words['en'].choose(40)).capitalize()}." for _ in range(1_000)]
    numbered = enumerate(itertools.repeat(None) if titles is None else titles, start=1)
    for number, given in numbered:
        (language,) = chance.choices(list(LANGUAGES), cum_weights=shares)
        title, original = given or words[language].make_titles(words["en"])
        yield number, title, original, language, chance.choice(overviews), *_make_rest(chance, people)


def _make_rest(chance: random.Random, people: Sequence[str]) -> Film:
    """Return the values of a film from its date on."""
    # Most films are recent; one of twenty has no date.
    day = FIRST_DAY + timedelta(days=int(DAYS * chance.random() ** 0.4)) if chance.random() < 0.95 else None
    cast = [people[int(len(people) * chance.random() ** 2)] for _ in range(5)]
    (age,) = chance.choices(list(AGES), list(AGES.values()))
    popularity = round(chance.paretovariate(1.1) - 1, 3)
    votes = int(popularity * 40 * chance.random())
    ratings = int(popularity * chance.random())
    mean = min(10.0, max(1.0, chance.gauss(6.4, 1.6)))
    return (
        day,
        day and day.year,
        chance.randint(60, 180) if chance.random() < 0.9 else None,
        cast[:1],
        cast[1:],
        "" if age is None else str(age),
        age,
        popularity,
        round(mean, 1) if votes else None,
        votes,
        round(mean * ratings),
        ratings,
        f"{chance.getrandbits(64):016x}" if popularity > 0.5 else "",
    )


def _choose_genres(count: int, genres: Sequence[int]) -> Iterator[list[int]]:
    """Yield the genres of each film: none to four, the common ones often."""
    chance = random.Random(2)
    shares = list(itertools.accumulate(share for _, (_, share) in GENRES))
    for size in chance.choices(range(5), (5, 35, 35, 20, 5), k=count):
        yield sorted(set(chance.choices(genres, cum_weights=shares, k=size)))


@contextmanager
def _another_cursor() -> Iterator[Any]:
    """Connect once more: PostgreSQL computes the generated columns of each connection's rows on a core of its own."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            for setting in QUICK:
                cursor.execute(f"SET {setting}")
            yield cursor
    finally:
        other.close()


def _copy(cursors: Sequence[Any], model: type[Model], columns: Sequence[str], rows: Iterable[Film]) -> None:
    """COPY the rows, by turns through each of the cursors; columns that they do not have get their default."""
    others = [
        field
        for field in model._meta.concrete_fields
        if field.attname not in columns
        and not (field.primary_key or field.generated or field.null)
        and field.db_default is NOT_PROVIDED
    ]
    rest = tuple(NOW if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
                 else field.get_default() for field in others)  # fmt: skip
    names = sql.SQL(", ").join(map(sql.Identifier, [*columns, *(field.attname for field in others)]))
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(model._meta.db_table), names)
    statement = command.as_string(connection.connection)
    with ExitStack() as stack:
        copies = [stack.enter_context(cursor.copy(statement)) for cursor in cursors]
        for row, copy in zip(rows, itertools.cycle(copies), strict=False):
            copy.write_row((*row, *rest))


@contextmanager
def quick_loading(cursor: Any, *tables: str) -> Iterator[None]:
    """Load these tables without triggers, foreign keys and indexes, which are made anew at the end: much faster."""
    for setting in QUICK:
        cursor.execute(f"SET {setting}")
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY (%s)"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname)",
        [list(tables)],
    )
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    try:
        yield
    finally:
        for _, definition in indexes:
            cursor.execute(definition)
        cursor.execute(f"VACUUM ANALYZE {', '.join(tables)}")
        for setting in QUICK:
            cursor.execute(f"RESET {setting.split()[0]}")
