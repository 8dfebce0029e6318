"""Pages that no one has asked for yet, made by Django in one thread, against a view that does nothing.

The naive way makes the same pages without what is kept of cards, buttons and sessions: each is rendered anew. CPU time
of this process counts, because the machine's other work moves the clock; PostgreSQL's time is not in it.
"""

import logging
import time
from collections.abc import Iterator
from statistics import median

from django.core.management import call_command
from django.test import Client, override_settings

from cinema.templatetags import programme
from movies.models import Movie
from movies.templatetags import cards, library

TURNS = 15
KEPT = (cards.render_face, library.render_buttons, programme.render_film, programme.render_chip)
NOTHING = "/api"
LIMITS = {"THROTTLE_PAGES_ANON": "100000000/min", "THROTTLE_ANON": "100000000/min"}


def measure() -> Iterator[str]:
    call_command("collectstatic", interactive=False, verbosity=0)
    if not Movie.objects.exists():
        call_command("load_demo", "--confirm", verbosity=0)
    film = Movie.objects.filter(ratings_count__gt=0).order_by("-popularity")[0]
    paths = {"home": "/", "grid": "/movies/", "film": film.get_absolute_url(), "what is on": "/whats-on/"}
    client = Client(SERVER_NAME="127.0.0.1")
    logging.disable(logging.INFO)  # else each request is a line of the output
    with override_settings(**LIMITS):
        nothing = median(ask(client, NOTHING) for _ in range(TURNS))
        yield f"a view that does nothing: {nothing * 1000:.2f} ms of CPU; each page in times of it"
        yield f"{'':>12}{'nothing kept':>14}{'cards kept':>12}{'ratio':>8}{'bytes':>10}"
        for name, path in (paths | {"by film": "/whats-on/?by=film"}).items():
            size = len(client.get(path, headers={"Accept-Encoding": "identity"}).content)
            turns = [(ask(client, path, anew=True), ask(client, path)) for _ in range(TURNS)]
            naive, ours = (median(column) for column in zip(*turns, strict=True))
            yield f"{name:>12}{naive / nothing:>14.1f}{ours / nothing:>12.1f}{naive / ours:>8.1f}{size:>10,}"
    logging.disable(logging.NOTSET)


def ask(client: Client, path: str, *, anew: bool = False) -> float:
    """Return the seconds of CPU for one page; `anew` forgets what is kept before."""
    if anew:
        for kept in KEPT:
            kept.cache_clear()
    begun = time.process_time()
    assert client.get(path).status_code == 200
    return time.process_time() - begun
