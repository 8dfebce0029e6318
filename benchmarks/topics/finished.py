"""Finished answers and those of peers, against a bare granian WSGI server that sends the bytes and headers of ours.

The peers answer 20 films as well: Express, from PostgreSQL and from what it keeps, and Django REST framework as its
documentation shows it, behind our middleware.

32 connections ask one process; all ways take turns, and the median of the turns counts.
"""

import json
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

import requests
from django.core.management import call_command

from accounts.models import User
from accounts.sign_in import tokens
from benchmarks.peers.express import serve_express
from benchmarks.report.goals import Goal, at_least
from benchmarks.servers.load import count_answers
from benchmarks.servers.sites import WSGI, run_server, serve, start_site
from devstack.processes import free_port
from movies.models import Movie

FILMS, TURNS = 500, 3
LIST, PAGE = "/api/v1/movies?limit=20", "/movies/"
COMPRESSED = {"Accept-Encoding": "gzip, deflate, br, zstd", "Accept": "*/*"}
OWN = {"date", "server", "connection", "transfer-encoding"}  # of granian
BOUND = "granian's ASGI: a task of the event loop and a scope for each request, of which WSGI needs neither"


class Sent(NamedTuple):
    answer: requests.Response
    body: bytes
    """As it was sent, compressed."""


def measure() -> Iterator[str | Goal]:
    call_command("collectstatic", interactive=False, verbosity=0)
    films = Movie.objects.bulk_create(Movie(title=f"Film {number}", popularity=number) for number in range(FILMS))
    user = User.objects.create_user("finished", "finished@example.org", "a-long-enough-password")
    with ExitStack() as started, tempfile.TemporaryDirectory() as folder:
        finished, individual = started.enter_context(serve()), started.enter_context(serve(CACHE_TTL="0"))
        whole = ask(finished, LIST)
        known = f"If-None-Match: {whole.answer.headers['ETag']}"
        bare = started.enter_context(serve_bare(Path(folder) / "200", whole))
        unchanged = ask(finished, LIST, {"If-None-Match": whole.answer.headers["ETag"]})
        page = ask(finished, PAGE)
        bare_page = started.enter_context(serve_bare(Path(folder) / "page", page))
        bare_unchanged = started.enter_context(serve_bare(Path(folder) / "304", unchanged))
        bearer = f"Authorization: Bearer {tokens.open_sign_in(user).access}"
        ways: dict[str, Callable[[], float]] = {
            "bare, the same bytes": partial(count_answers, bare, "/"),
            "bare, the same 304": partial(count_answers, bare_unchanged, "/"),
            "list, finished": partial(count_answers, finished, LIST),
            "list, not modified": partial(count_answers, finished, LIST, [known]),
            "list, HEAD": partial(count_answers, finished, LIST, method="HEAD"),
            "list, signed in": partial(count_answers, finished, LIST, [bearer]),
            "bare, the same page": partial(count_answers, bare_page, "/"),
            "page, finished": partial(count_answers, finished, PAGE),
            "list, from Django": partial(count_answers, individual, LIST),
            "list, from Django, signed in": partial(count_answers, individual, LIST, [bearer]),
        }
        ways |= start_peers(started)
        if "Express" not in ways:
            yield "Express is left out: npm could not install it."
        turns = [{name: way() for name, way in ways.items()} for _ in range(TURNS)]
        figures = {name: median(turn[name] for turn in turns) for name in ways}
        yield f"{len(whole.body)} bytes of a list, {len(page.body)} of a page, of {FILMS} films"
        yield "32 connections, one process; answers a second"
        for name, figure in figures.items():
            yield f"{name:>30}{figure:>10,.0f}{figure / figures['bare, the same bytes']:>8.1%}"
        yield from find_goals(figures)
    Movie.objects.filter(pk__in=[film.pk for film in films]).delete()
    user.delete()


def find_goals(figures: dict[str, float]) -> Iterator[Goal]:
    bare = figures["bare, the same bytes"]
    yield at_least("a finished list, against a bare server", 0.7, figures["list, finished"] / bare, "%", bound=BOUND)
    page = figures["page, finished"] / figures["bare, the same page"]
    yield at_least("a finished page, against a bare server", 0.7, page, "%", bound=BOUND)
    faster = figures["list, not modified"] / figures["list, finished"]
    yield at_least("304 of it, against 200", 1, faster)
    yield at_least("the same signed in, with its limit", 0.2, figures["list, signed in"] / bare, "%", bound=BOUND)


def start_peers(started: ExitStack) -> dict[str, Callable[[], float]]:
    """Start the peers, and return what counts the answers of each, by its name."""
    plain = started.enter_context(start_site(f"{WSGI} benchmarks.peers.plain_site:application")).url
    ways = {"plain DRF": count_peer(plain, "/plain/films")}
    ways["plain DRF, cache_page"] = count_peer(plain, "/plain/cached/films")
    if express := started.enter_context(serve_express()):
        kept = {"Express": "", "Express, kept in memory": "/memory", "Express, kept in Redis": "/redis"}
        ways |= {name: count_peer(express, f"{folder}/films?limit=20") for name, folder in kept.items()}
    return ways


def count_peer(url: str, path: str) -> Callable[[], float]:
    """Return what counts a peer's answers, once it has given one with 20 films."""
    assert len(requests.get(url + path, timeout=20).json()["results"]) == 20, path
    return partial(count_answers, url, path)


def ask(url: str, path: str, headers: dict[str, str] | None = None) -> Sent:
    """Return a finished answer: the second one, which Django was not asked for."""
    requests.get(url + path, headers=COMPRESSED, timeout=20)
    answer = requests.get(url + path, headers=COMPRESSED | (headers or {}), timeout=20, stream=True)
    return Sent(answer, answer.raw.read(decode_content=False))


@contextmanager
def serve_bare(file: Path, sent: Sent) -> Iterator[str]:
    """Run a server that knows this answer only; yield its address."""
    answer = sent.answer
    headers = [(name, value) for name, value in answer.headers.items() if name.lower() not in OWN]
    body = b64encode(sent.body).decode()
    file.write_text(json.dumps({"status": f"{answer.status_code} ", "headers": headers, "body": body}))
    port = free_port()
    command = f"granian --interface wsgi --http 1 --no-ws --workers 1 --port {port} --log-level error"
    name, *arguments = [*command.split(), "benchmarks.peers.bare:application"]
    with run_server([name, *arguments], {"BARE_ANSWER": str(file)}, lambda: is_up(f"http://127.0.0.1:{port}")):
        yield f"http://127.0.0.1:{port}"


def is_up(url: str) -> bool:
    try:
        requests.get(url, timeout=5)
    except OSError:
        return False
    return True
