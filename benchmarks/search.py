"""The cost of a search over 100,000 films, and the share of films that it finds despite a typing error.

Titles and names are made of words of the demo catalogue. The correction of typing errors is compared with the old way,
which compares the query with every title (pg_trgm's `word_similarity`).
"""

import json
import random
import statistics
import string
import time
from collections.abc import Callable, Iterator

from django.db import connection
from django.db.models import F, FloatField, Func, TextField, Value

from movies.demo.catalogue import FILMS as DEMO
from movies.models import Movie, SearchWord
from movies.queries.films import catalogue_films
from movies.search import vocabulary
from movies.search.matching import search

FILMS, LIMIT, QUERIES, OLD_QUERIES = 100_000, 20, 200, 40
MIN_SIMILARITY = 0.45  # of the old way


def measure() -> Iterator[str]:
    chance = random.Random(1)  # the same films and queries every time
    films = create_films(chance)
    started = time.perf_counter()
    vocabulary.rebuild_vocabulary()
    seconds = time.perf_counter() - started
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE movies_movie, movies_searchword")
    words = SearchWord.objects.count()
    yield f"{FILMS:,} films, {words:,} words; the vocabulary is counted in {seconds:.1f} s"
    yield f"first {LIMIT} films; milliseconds"
    yield f"{'query':<34}{'p50':>8}{'p95':>8}"
    sample = chance.sample(films, QUERIES)
    for name, queries in query_classes(sample, chance).items():
        times = [measure_milliseconds(search_by_vocabulary, text) for text in queries]
        yield f"{name:<34}{statistics.median(times):>8.1f}{statistics.quantiles(times, n=20)[-1]:>8.1f}"
    mistyped = [(movie.pk, with_error(movie.title, chance)) for movie in sample]
    yield f"a title with one typing error: share found among the first {LIMIT}, and p50"
    yield f"{'':<34}{'found':>8}{'p50':>8}"
    costs = {}
    for name, way, cases in [
        ("corrected by the vocabulary", search_by_vocabulary, mistyped),
        ("compared with every title", search_by_similarity, mistyped[:OLD_QUERIES]),
    ]:
        found = sum(pk in way(text) for pk, text in cases) / len(cases)
        costs[name] = statistics.median(measure_milliseconds(way, text) for _, text in cases)
        yield f"{name:<34}{found:>8.0%}{costs[name]:>8.1f}"
    new, old = costs.values()
    yield f"{'ratio':<42}{old / new:>8.1f}"
    Movie.objects.all().delete()
    SearchWord.objects.all().delete()


def create_films(chance: random.Random) -> list[Movie]:
    demo = json.loads(DEMO.read_text(encoding="utf-8"))
    words = sorted({word.strip(":,.!'") for film in demo for word in film["title"].split() if len(word) > 3})
    names = sorted({name for film in demo for person in film["directors"] + film["cast"] for name in person.split()})
    # Halves of two names make a new one: a catalogue this large has many more names than the demo.
    coined = [one[: len(one) // 2 + 1] + other[len(other) // 2 :].lower() for one in names for other in names[::60]]

    def make_name() -> str:
        return f"{chance.choice(names)} {chance.choice(coined)}"

    def make_title() -> str:
        parts = [chance.choice(words if chance.random() < 0.7 else coined) for _ in range(chance.choice((2, 2, 3, 4)))]
        return ("The " if chance.random() < 0.3 else "") + " ".join(parts)

    films = [
        Movie(
            tmdb_id=number,
            title=make_title(),
            year=chance.randint(1920, 2025),
            popularity=chance.paretovariate(1.2),
            directors=[make_name()],
            cast=[make_name() for _ in range(4)],
        )
        for number in range(1, FILMS + 1)
    ]
    return Movie.objects.bulk_create(films, batch_size=5_000)


def query_classes(sample: list[Movie], chance: random.Random) -> dict[str, list[str]]:
    return {
        "a whole title": [movie.title for movie in sample],
        "a title begun": [movie.title[: len(movie.title) * 2 // 3] for movie in sample],
        "one letter": list(string.ascii_lowercase),
        "three letters": [movie.title[:3] for movie in sample],
        "one common word": [max(movie.title.split(), key=len) for movie in sample],
        "words in another order": [" ".join(reversed(movie.title.split())) for movie in sample],
        "a director and a word": [f"{movie.directors[0].split()[-1]} {movie.title.split()[-1]}" for movie in sample],
        "one typing error": [with_error(movie.title, chance) for movie in sample],
        "one typing error in every word": [
            " ".join(with_error(word, chance) for word in movie.title.split()) for movie in sample
        ],
        "nothing that is there": ["".join(chance.choices("qxzjv", k=9)) for _ in sample],
    }


def with_error(text: str, chance: random.Random) -> str:
    """Return the text with one letter left out, added, changed, or swapped with the next."""
    place = chance.choice([n for n, letter in enumerate(text) if letter.isalpha()] or [0])
    letter = chance.choice(string.ascii_lowercase)
    before, here, after = text[:place], text[place : place + 1], text[place + 1 :]
    return before + chance.choice([after, letter + here + after, letter + after, after[:1] + here + after[1:]])


def search_by_vocabulary(text: str) -> list[int]:
    return list(search(catalogue_films(), text).films.values_list("pk", flat=True)[:LIMIT])


def search_by_similarity(text: str) -> list[int]:
    folded = Func(Value(text), function="marquee_fold", output_field=TextField())
    similarity = Func(folded, F("sort_title"), function="word_similarity", output_field=FloatField())
    films = catalogue_films().annotate(rank=similarity).filter(rank__gte=MIN_SIMILARITY)
    return list(films.order_by("-rank", "-popularity", "-id").values_list("pk", flat=True)[:LIMIT])


def measure_milliseconds(way: Callable[[str], list[int]], text: str) -> float:
    started = time.perf_counter()
    way(text)
    return (time.perf_counter() - started) * 1000
