"""A search over a million films: how long it takes by kind of query, what it finds, and what its upkeep costs a sync.

Two queries are under way at a time, as many as a process lets in. `title__icontains` and PostgreSQL's `similarity`
(pg_trgm, with its index) answer the same queries in the same run. `--films N` makes a smaller catalogue, and
`--titles FILE` takes real titles from a file of JSON lines (which may be compressed), followed by made-up ones.
"""

import gzip
import itertools
import json
import os
import random
import string
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection, transaction
from django.db.models import QuerySet

from benchmarks.data.films import empty_catalogue, fill_catalogue, quick_loading
from benchmarks.report.goals import Goal, at_least, at_most
from movies.models import Movie, SearchWord
from movies.models.catalogue import TIERS
from movies.providers.upsert import COLUMNS, MovieRow, upsert_movies
from movies.queries.films import DETAIL_ONLY, filter_films, for_cards, listed_films, public_films
from movies.search.matching import MAX_SUGGESTIONS, search
from movies.search.vocabulary import learn_words, rebuild_vocabulary

# So many queries of each kind that the slowest hundredth is two of them.
FILMS, QUERIES, NAIVE_QUERIES, CHANGED = 1_000_000, 200, 4, 10_000
LIMIT, LONG = 20, 5
LONGEST = 500  # letters of a title in the database
THREADS = min(2, os.cpu_count() or 1)
VISITOR = AnonymousUser()
TRIGRAMS = "benchmark_trigrams"  # of the peer pg_trgm, and only while it answers
# What no search would cost: the triggers do nothing, and nothing is computed or indexed.
WITHOUT_SEARCH = f"""
DROP INDEX movie_search_words, {", ".join(f"movie_search_tier_{tier}" for tier in TIERS)};
ALTER TABLE movies_movie DISABLE TRIGGER movie_new_words;
ALTER TABLE movies_movie DISABLE TRIGGER movie_other_words;
CREATE OR REPLACE FUNCTION marquee_search_vector(
    title text, original_title text, directors text[], actors text[], year smallint, alternative_titles text[]
) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN ''::tsvector;
"""

ENTRIES = "a film that changed gets new entries of all its words, in one index or two"
TWINS = "a more popular film has the title with an article, or as its original one"

Found = list[tuple[int, str]]  # ids and titles
Way = Callable[[str], Found]


def measure(films: int = FILMS, titles: Path | None = None) -> Iterator[str | Goal]:
    yield from _prepare(films, titles)
    chance = random.Random(1)
    numbers = chance.sample(range(1, films + 1), min(films, 10 * QUERIES))
    sample = list(public_films().filter(tmdb_id__in=numbers).order_by("tmdb_id"))
    chance.shuffle(sample)
    classes = {
        name: list(itertools.islice(itertools.cycle(queries), QUERIES))
        for name, queries in query_classes(sample, chance).items()
        if queries
    }
    yield from _compare_classes(classes)
    yield from _compare_recall(sample[:QUERIES], chance)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {TRIGRAMS}")
    yield from _compare_upkeep(films, chance)
    empty_catalogue()


def query_classes(sample: Sequence[Movie], chance: random.Random) -> dict[str, list[str]]:
    common = SearchWord.objects.order_by("-films").values_list("word", flat=True)
    ideographs = [movie.title for movie in sample if "\u3040" < movie.title[0] < "\u9fff"]
    accents = [movie.title for movie in sample if not movie.title.isascii() and movie.title[0].lower() < "\u0250"]
    return {
        "a whole title": [movie.title for movie in sample],
        "a title begun": [movie.title[: max(3, len(movie.title) * 2 // 3)] for movie in sample],
        "one letter": list(string.ascii_lowercase),
        "two letters": [movie.title[:2] for movie in sample],
        "three letters": [movie.title[:3] for movie in sample],
        "a common word": [word for word in common[:60] if not word.isdecimal()],
        "a rare word": [max(movie.title.split(), key=len) for movie in sample],
        "words in another order": [" ".join(reversed(movie.title.split())) for movie in sample],
        "a director and a word": [f"{movie.directors[0].split()[-1]} {movie.title.split()[-1]}" for movie in sample],
        "accents": accents,
        "Chinese and Japanese": [title[:2] for title in ideographs] + ideographs,
        "a number": [f"{movie.title.split()[0]} 2" for movie in sample],
        "one typing error": [with_error(movie.title, chance) for movie in sample],
        "one in every long word": [with_errors(movie.title, chance) for movie in sample],
        "nothing that is there": ["".join(chance.choices("qxzjv", k=9)) for _ in sample],
    }


def with_error(text: str, chance: random.Random) -> str:
    """Return the text with one letter left out, added, changed, or swapped with the next."""
    place = chance.choice([n for n, letter in enumerate(text) if letter.isalpha()] or [0])
    letter = chance.choice(string.ascii_lowercase)
    before, here, after = text[:place], text[place : place + 1], text[place + 1 :]
    return before + chance.choice([after, letter + here + after, letter + after, after[:1] + here + after[1:]])


def with_errors(text: str, chance: random.Random) -> str:
    return " ".join(with_error(word, chance) if len(word) >= LONG else word for word in text.split())


def page(text: str, films: QuerySet[Movie] | None = None) -> Found:
    """Return the first page of the search, which also says how many films there are."""
    found = search(for_cards(listed_films(VISITOR) if films is None else films), text, VISITOR).films
    found.count()
    return _shown(found[:LIMIT])


def suggestions(text: str) -> Found:
    return _shown(search(listed_films(VISITOR).defer(*DETAIL_ONLY), text, VISITOR).films[:MAX_SUGGESTIONS])


def by_part(text: str) -> Found:
    return _shown(public_films().filter(title__icontains=text).order_by("-popularity", "-id")[:LIMIT])


def by_similarity(text: str) -> Found:
    films = public_films().filter(title__trigram_similar=text).annotate(likeness=TrigramSimilarity("title", text))
    return _shown(films.order_by("-likeness", "-popularity", "-id")[:LIMIT])


NAIVE: dict[str, Way] = {"icontains": by_part, "pg_trgm": by_similarity}


def _shown(films: QuerySet[Movie]) -> Found:
    return [(film.pk, film.title) for film in films]


def _prepare(films: int, titles: Path | None) -> Iterator[str]:
    started = time.perf_counter()
    fill_catalogue(films, titles and itertools.chain(_read_titles(titles), itertools.repeat(None)))  # type: ignore[arg-type]
    loaded = time.perf_counter()
    with connection.cursor() as cursor:
        with quick_loading(cursor, SearchWord._meta.db_table):
            rebuild_vocabulary()
        counted = time.perf_counter()
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute(f"CREATE INDEX {TRIGRAMS} ON movies_movie USING gin (title gin_trgm_ops)")
    yield (
        f"{films:,} films in {loaded - started:.0f} s, {SearchWord.objects.count():,} words counted in "
        f"{counted - loaded:.0f} s; {THREADS} queries at a time"
    )


def _read_titles(file: Path) -> Iterator[tuple[str, str]]:
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        for line in lines:
            film = json.loads(line)
            if title := (film["title"] or "").strip()[:LONGEST]:
                yield title, (film.get("original_title") or title)[:LONGEST]


def _compare_classes(classes: dict[str, list[str]]) -> Iterator[str | Goal]:
    pages, suggested = [], []
    yield f"{'milliseconds':<26}{'page p50':>9}{'p99':>7}{'suggest p50':>13}{'p99':>7}{'icontains':>11}{'pg_trgm':>9}"
    for name, queries in classes.items():
        as_page, as_suggestions = _time_all(page, queries), _time_all(suggestions, queries)
        naive = [median(_time_all(way, queries[:NAIVE_QUERIES])) for way in NAIVE.values()]
        pages.append((_p99(as_page), name))
        suggested.append((_p99(as_suggestions), name))
        yield _row(name, as_page, as_suggestions) + f"{naive[0]:>11,.0f}{naive[1]:>9,.0f}"
    genre = Movie.genres.through.objects.values_list("genre_id", flat=True)[0]
    filters: dict[str, dict[str, Any]] = {
        "of a year": {"year": 1999}, "of a decade": {"year_min": 1990, "year_max": 1999},
        "of a genre": {"genre": [genre]}, "for children": {"age_max": 6},
    }  # fmt: skip
    for name, options in filters.items():
        films = filter_films(listed_films(VISITOR), **options)
        queries = classes["a rare word"][: QUERIES // 2] + classes["a common word"][: QUERIES // 2]
        times = _time_all(lambda text, films=films: page(text, films), queries)  # type: ignore[misc]
        pages.append((_p99(times), name))
        yield _row(name, times)
    for name, (slowest, where), most in (("page", max(pages), 20), ("suggestions", max(suggested), 10)):
        bound = f"the slowest is {where}"
        yield at_most(f"Search, {name}: p99 of the slowest kind of query", most, slowest, "ms", bound=bound)


def _row(name: str, *times: Sequence[float]) -> str:
    return f"{name:<26}" + "".join(
        f"{median(one):>{9 if place == 0 else 13}.1f}{_p99(one):>7.1f}" for place, one in enumerate(times)
    )


def _compare_recall(sample: Sequence[Movie], chance: random.Random) -> Iterator[str | Goal]:
    firsts = [(film.title, [title for _, title in page(film.title)[:1]]) for film in sample]
    exact = sum([title.casefold()] == [found.casefold() for found in first] for title, first in firsts) / len(firsts)
    once = [(film.title, with_error(film.title, chance)) for film in sample]
    often = [(film.title, with_errors(film.title, chance)) for film in sample]
    yield f"{f'found among the first {LIMIT}':<26}{'ours':>9}{'icontains':>20}{'pg_trgm':>11}"
    recalls = []
    for name, cases in {"one typing error": once, "one in every long word": often}.items():
        ways = [(page, cases), *((way, cases[:NAIVE_QUERIES]) for way in NAIVE.values())]
        ours, *naive = (_recall(way, some) for way, some in ways)
        recalls.append(ours)
        yield f"{name:<26}{ours:>9.0%}{naive[0]:>20.0%}{naive[1]:>11.0%}"
    yield at_least("Search: films found with one typing error", 0.9, recalls[0], "%", bound="very short titles")
    yield at_least("Search: films found with one in every long word", 0.7, recalls[1], "%", bound="very short titles")
    yield at_least("Search: the film of the whole title comes first", 0.99, exact, "%", bound=TWINS)


def _recall(way: Way, cases: Sequence[tuple[str, str]]) -> float:
    return sum(title in (found for _, found in way(typed)) for title, typed in cases) / len(cases)


def _compare_upkeep(films: int, chance: random.Random) -> Iterator[str | Goal]:
    """Time a sync of films of which all have other figures and a tenth another title, and undo it."""
    numbers = chance.sample(range(1, films + 1), min(CHANGED, films // 2))
    rows = list(_changed_rows(numbers, chance))
    seconds: dict[str, list[float]] = {"with the search": [], "without": []}
    for _ in range(3):
        for name, times in seconds.items():
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = 0")
                    cursor.execute(WITHOUT_SEARCH if name == "without" else "SELECT")
                started = time.perf_counter()
                upsert_movies(rows)
                learn_words()
                times.append(time.perf_counter() - started)
                transaction.set_rollback(True)
    ours, without = (median(times) for times in seconds.values())
    yield f"a sync of {len(rows):,} changed films: {ours:.1f} s, without index and vocabulary {without:.1f} s"
    yield at_most("Sync of changed films: index and vocabulary against none", 2, ours / without, bound=ENTRIES)


def _changed_rows(numbers: Sequence[int], chance: random.Random) -> Iterator[MovieRow]:
    fields = [name for name in COLUMNS if name not in {"region", "region_date"}]
    for number, values in enumerate(Movie.objects.filter(tmdb_id__in=numbers).values("tmdb_id", *fields)):
        values["popularity"] *= 1.1
        values["vote_count"] += 1
        if number % 10 == 0:
            values["title"] = f"{values['title']} {with_error(values['title'].split()[0], chance)}"
        yield MovieRow(**values, genre_tmdb_ids=())


def _time_all(way: Way, queries: Sequence[str]) -> list[float]:
    """Return the milliseconds of each query, THREADS at a time."""

    def ask(text: str) -> float:
        started = time.perf_counter()
        way(text)
        return (time.perf_counter() - started) * 1000

    return list(_threads().map(ask, queries))


@cache
def _threads() -> ThreadPoolExecutor:
    """Start the threads, which keep their connections from one kind of query to the next as those of a site do."""
    return ThreadPoolExecutor(THREADS, initializer=_connect)


def _connect() -> None:
    """Connect the thread, without the limit of a request: the naive ways may need longer."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")


def _p99(times: Sequence[float]) -> float:
    return quantiles(times, n=100, method="inclusive")[-1]
