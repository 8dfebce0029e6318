"""The cost of a film's average while sixteen users rate it at the same time.

One statement, after which a trigger adds the difference to the film, against locking the film, writing, and counting
all of its ratings, which takes longer the more there are. Each writer has its own connection.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, transaction
from django.db.models import Count, Sum

from accounts.models import User
from benchmarks.report.goals import Goal, at_least
from movies.library import ratings
from movies.models import Movie, Rating

WRITERS, EACH, BEFORE = 16, 50, (2_000, 20_000)
BOUND = "Python: sixteen writers share one interpreter"


def measure() -> Iterator[str | Goal]:
    yield f"{WRITERS} writers on one film, {EACH} writes each; ratings a second"
    yield f"{'ratings before':>15}{'one statement':>15}{'recomputed under a lock':>26}{'ratio':>8}"
    ratio = 0.0
    for before in BEFORE:
        by_trigger, recomputed = compare(before)
        ratio = by_trigger / recomputed
        yield f"{before:>15,}{by_trigger:>15,.0f}{recomputed:>26,.0f}{ratio:>8.1f}"
    yield at_least(
        "Ratings of a film that has 20,000, by sixteen people at once, against recomputing", 5, ratio, bound=BOUND
    )
    yield Goal("Films whose average is wrong afterwards", "0", "0", is_met=True, bound="")


def compare(before: int) -> tuple[float, float]:
    """Return the ratings a second of our way and of recomputing, for a film with so many ratings."""
    movie = Movie.objects.create(title="The Lantern Keeper")
    people = User.objects.bulk_create(
        User(username=f"person{n}", email=f"person{n}@example.org") for n in range(before)
    )
    Rating.objects.bulk_create(Rating(user=user, movie=movie, rating=1 + user.pk % 10) for user in people)
    writers = people[:WRITERS]
    by_trigger = measure_writes(writers, lambda user, rating: ratings.save_rating(user, movie, rating))
    assert is_exact(movie)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE movies_rating DISABLE TRIGGER USER")
        try:
            recomputed = measure_writes(writers, lambda user, rating: recompute(user, movie, rating))
            assert is_exact(movie)
        finally:
            cursor.execute("ALTER TABLE movies_rating ENABLE TRIGGER USER")
    movie.delete()
    User.objects.filter(pk__in=[user.pk for user in people]).delete()
    return by_trigger, recomputed


def measure_writes(people: list[User], write: Callable[[User, int], object]) -> float:
    """Return the ratings written per second by concurrent writers."""
    barrier = threading.Barrier(len(people) + 1)

    def writer(user: User) -> None:
        connection.ensure_connection()
        barrier.wait()
        try:
            for turn in range(EACH):
                write(user, 1 + (user.pk + turn) % 10)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        futures = [pool.submit(writer, user) for user in people]
        barrier.wait()
        started = time.perf_counter()
        for future in futures:
            future.result()
        return len(people) * EACH / (time.perf_counter() - started)


@transaction.atomic
def recompute(user: User, movie: Movie, rating: int) -> None:
    """Write the rating and count all of them, under a lock of the film."""
    Movie.objects.select_for_update().only("pk").get(pk=movie.pk)
    ratings.save_rating(user, movie, rating)
    points, count = count_ratings(movie)
    Movie.objects.filter(pk=movie.pk).update(ratings_sum=points, ratings_count=count)


def count_ratings(movie: Movie) -> tuple[int, int]:
    totals = Rating.objects.filter(movie=movie).aggregate(points=Sum("rating"), ratings=Count("id"))
    return totals["points"], totals["ratings"]


def is_exact(movie: Movie) -> bool:
    return Movie.objects.values_list("ratings_sum", "ratings_count").get(pk=movie.pk) == count_ratings(movie)
