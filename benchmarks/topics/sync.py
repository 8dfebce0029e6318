"""How much of TMDB's limit a night uses, against a stand-in that answers as slowly and with as much as TMDB does.

The stand-in runs in a process of its own. Beside it: the same calls one after the other, as in a plain loop.
"""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

from django.conf import settings
from django.test import override_settings

from benchmarks.data.films import empty_catalogue
from benchmarks.report.goals import at_least
from benchmarks.servers.slow_tmdb import FILMS, MEDIAN, PAGES, serve
from catalog_sync.clients.tmdb import TMDBClient
from catalog_sync.models import SyncLog
from catalog_sync.nightly import changes, details, lists

ONE_BY_ONE = 40


def measure() -> Iterator[object]:
    ours, theirs = multiprocessing.Pipe()
    standin = multiprocessing.get_context("spawn").Process(target=serve, args=[theirs], daemon=True)
    standin.start()
    theirs.close()  # so that recv() fails if the process ends
    address = ours.recv()
    with override_settings(TMDB_BASE_URL=address, TMDB_API_KEY="benchmark"):
        yield from measure_night(ours)
    standin.terminate()
    SyncLog.objects.all().delete()
    empty_catalogue()


def measure_night(standin: Connection) -> Iterator[object]:
    limit = settings.TMDB_REQUESTS_PER_SECOND
    lists.sync_movies(FILMS // 20)  # the night before
    steps: dict[str, Callable[[], object]] = {
        "popular films": lambda: lists.sync_movies(PAGES),
        "changes": changes.sync_changes,
        "details": details.sync_details,
    }
    yield f"requests a second to TMDB, of {limit}; half of the answers within {MEDIAN * 1000:.0f} ms"
    yield f"{'step':<24}{'requests':>10}{'a second':>10}{'of the limit':>14}"
    one_by_one = count_requests(standin, fetch_one_by_one)
    yield write_row("one after the other", one_by_one, limit)
    counted = []
    for name, step in steps.items():
        counted.append(count_requests(standin, step))
        yield write_row(name, counted[-1], limit)
    night = sum(number for number, _ in counted), sum(seconds for _, seconds in counted)
    yield write_row("the night", night, limit)
    bound = "how fast the pages of films are stored"
    yield at_least("A night's requests to TMDB, of its 40 a second", 0.9, _rate(night) / limit, "%", bound=bound)


def fetch_one_by_one() -> None:
    tmdb = TMDBClient()
    for number in range(1, ONE_BY_ONE + 1):
        tmdb.details(number)


def count_requests(standin: Connection, work: Callable[[], object]) -> tuple[int, float]:
    """Return how many requests the stand-in got while `work` ran, and in how many seconds."""
    standin.send("count")
    before = standin.recv()
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    standin.send("count")
    return standin.recv() - before, seconds


def write_row(name: str, counted: tuple[int, float], limit: int) -> str:
    return f"{name:<24}{counted[0]:>10,}{_rate(counted):>10.1f}{_rate(counted) / limit:>14.0%}"


def _rate(counted: tuple[int, float]) -> float:
    number, seconds = counted
    return number / seconds
