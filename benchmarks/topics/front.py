"""The front before Django's threads (`config.web`) against granian's own WSGI threads (`config.wsgi`).

Eight connections ask one process with four threads; the two servers take turns, and the median of seven turns counts.
At the end four clients send the first byte of a body, and no more.
"""

import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import product
from statistics import median
from urllib.parse import urlsplit

from benchmarks.servers.sites import WSGI, serve, start_site
from movies.models import Movie
from tests.raw_http import SLOW_BODY, hold

CONNECTIONS, SECONDS, TURNS, FILMS = 8, 2.0, 7, 500
PATHS = {"a view that does nothing": "/api", "20 films": "/api/v1/movies?limit=20"}


def measure() -> Iterator[str]:
    films = Movie.objects.bulk_create(Movie(title=f"Film {number}", popularity=number) for number in range(FILMS))
    with serve(CACHE_TTL="0") as with_front, start_site(f"{WSGI} config.wsgi:application", CACHE_TTL="0") as granian:
        without = granian.url
        for url, path in product((with_front, without), PATHS.values()):
            ask(url, path, 1)
        yield f"{CONNECTIONS} connections, one process with 4 threads; answers a second"
        yield f"{'':>26}{'front':>10}{'WSGI':>10}{'ratio':>8}"
        for name, path in PATHS.items():
            turns = [(count_answers(with_front, path), count_answers(without, path)) for _ in range(TURNS)]
            by_front, by_wsgi = (median(column) for column in zip(*turns, strict=True))
            yield f"{name:>26}{by_front:>10,.0f}{by_wsgi:>10,.0f}{by_front / by_wsgi:>8.2f}"
        with ExitStack() as slow:
            for url in (with_front, without):
                slow.enter_context(hold(url, SLOW_BODY, 4))
            held = [count_answers(url, PATHS["a view that does nothing"]) for url in (with_front, without)]
            yield f"{'and four slow bodies':>26}{held[0]:>10,.0f}{held[1]:>10,.0f}"
    Movie.objects.filter(pk__in=[film.pk for film in films]).delete()


def count_answers(url: str, path: str) -> float:
    """Return the answers a second to several connections at once."""
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return sum(pool.map(lambda _: ask(url, path, SECONDS), range(CONNECTIONS))) / SECONDS


def ask(url: str, path: str, seconds: float) -> int:
    """Return how many times one connection is answered until it has asked for so long."""
    address, count, end = urlsplit(url), 0, time.monotonic() + seconds
    client = http.client.HTTPConnection(str(address.hostname), address.port, timeout=seconds)
    try:
        while time.monotonic() < end:
            client.request("GET", path)
            with client.getresponse() as response:
                assert response.read()
                assert response.status == 200
            count += 1
    except OSError:  # it does not answer
        pass
    finally:
        client.close()
    return count
