"""Pages that no one has asked for yet, against a view that does nothing in the same process.

By HTTP: one web process that keeps no finished answers, and 32 connections; what counts is how many empty views are
answered in the time of one page. Beside it, in this process, the CPU time of a page with its SQL and its parts kept,
and with each part rendered anew; PostgreSQL's time is not in it.
"""

import logging
import time
from collections.abc import Iterator
from statistics import median

from django.core.management import call_command
from django.core.signals import setting_changed
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from benchmarks.report.goals import Goal, at_least
from benchmarks.servers import load
from benchmarks.servers.sites import serve
from cinema.models import MovieSession
from cinema.templatetags import programme
from movies.models import Movie
from movies.templatetags import cards, library

TURNS, TURNS_BY_HTTP = 15, 3
KEPT = (
    cards.render_face,
    cards.render_list,
    library.render_buttons,
    programme.render_film,
    programme.render_showing,
    programme.render_chip,
)
NOTHING = "/api"
UNLIMITED = "100000000/min"
LIMITS = {"THROTTLE_PAGES_ANON": UNLIMITED, "THROTTLE_ANON": UNLIMITED, "THROTTLE_COSTS": {"search": UNLIMITED}}
# Empty views in the time of a page before parts of pages were kept: 1,500 a second against 17 and 34 pages.
BEFORE = {"home": 88, "film": 44, "what is on": 44}
TIMES = 10
BOUND = "the page's statements in PostgreSQL, on the same two cores"


def measure() -> Iterator[str | Goal]:
    call_command("collectstatic", interactive=False, verbosity=0)
    if not Movie.objects.exists():
        call_command("load_demo", "--confirm", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as autovacuum does within a minute
    paths = find_pages()
    logging.disable(logging.INFO)  # else each request is a line of the output
    with serve(CACHE_TTL="0", THROTTLE_PAGES_ANON=UNLIMITED, THROTTLE_COSTS=f"search={UNLIMITED}") as url:
        by_http = dict(count_by_http(url, {"nothing": NOTHING} | paths))
    client = Client(SERVER_NAME="127.0.0.1")
    with override_settings(**LIMITS):
        nothing = median(ask(client, NOTHING) for _ in range(TURNS))
        yield f"a view that does nothing: {by_http['nothing']:,.0f} a second, {nothing * 1000:.2f} ms of CPU"
        yield f"{'':>12}{'a second':>10}{'times of nothing':>18}{'CPU':>8}{'anew':>8}{'bytes':>10}"
        for name, path in paths.items():
            size = len(client.get(path, headers={"Accept-Encoding": "identity"}).content)
            turns = [(ask(client, path, anew=True), ask(client, path)) for _ in range(TURNS)]
            naive, ours = (median(column) / nothing for column in zip(*turns, strict=True))
            times = by_http["nothing"] / by_http[name]
            yield f"{name:>12}{by_http[name]:>10,.0f}{times:>18.1f}{ours:>8.1f}{naive:>8.1f}{size:>10,}"
    logging.disable(logging.NOTSET)
    for name, before in BEFORE.items():
        times = by_http["nothing"] / by_http[name]
        yield at_least(f"An uncached page, {name}, against that of before", TIMES, before / times, bound=BOUND)


def find_pages() -> dict[str, str]:
    film = Movie.objects.filter(ratings_count__gt=0).order_by("-popularity")[0]
    session = MovieSession.objects.filter(starts_at__gt=timezone.now(), published=True, cancelled_at=None)[0]
    return {
        "home": "/",
        "grid": "/movies/",
        "search": "/movies/?query=the+night",
        "person": "/movies/?query=Hitchcock",
        "film": film.get_absolute_url(),
        "what is on": "/whats-on/",
        "by film": "/whats-on/?by=film",
        "seats": f"/sessions/{session.pk}/",
    }


def count_by_http(url: str, paths: dict[str, str]) -> Iterator[tuple[str, float]]:
    """Yield the answers a second of each path; the turns go round, so that all meet the same noise."""
    turns = [[load.count_answers(url, path) for path in paths.values()] for _ in range(TURNS_BY_HTTP)]
    yield from zip(paths, (median(column) for column in zip(*turns, strict=True)), strict=True)


def ask(client: Client, path: str, *, anew: bool = False) -> float:
    """Return the seconds of CPU for one page; `anew` forgets before what was rendered."""
    if anew:
        for kept in KEPT:
            kept.cache_clear()
        setting_changed.send(sender=ask, setting="", value=None, enter=True)  # forgets the parts of `keep`
    begun = time.process_time()
    assert client.get(path).status_code == 200
    return time.process_time() - begun
