"""What a web process costs: the time until its first answer, its memory, and what granian's options change.

Started over a warm database: what is migrated and has been asked before. The memory is that of the worker after
100,000 requests of eight connections: most are answered from memory, the others ask for ever new addresses.
"""

import http.client
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from statistics import median

from django.core.management import call_command

from benchmarks.report.goals import Goal, at_most
from benchmarks.servers.sites import Server, procfile_command, start_site
from movies.models import Movie

FILMS, STARTS, CONNECTIONS = 500, 5, 8
REQUESTS, FRESH_EVERY, SAMPLES = 100_000, 20, 10
SECONDS, TURNS = 1.0, 3
LIVE = "/api/v1/health/live"
LISTED = "/api/v1/movies?limit=20"
ASKED = ("/", "/movies/", LISTED, "/api/v1/genres", "/api/v1/movies?ordering=title")
GROWS = "Python's modules, and caches that fill up"

# Each is compared with the Procfile's line, whose options it changes.
OPTIONS: dict[str, dict[str, str]] = {
    "the same again": {},  # what is chance
    "two worker processes": {"--workers": "2"},
    "a runtime of several threads": {"--runtime-mode": "mt"},
    "two threads of the runtime": {"--runtime-mode": "mt", "--runtime-threads": "2"},
    "tasks of Rust": {"--task-impl": "rust"},
    "backpressure of 64": {"--backpressure": "64"},
    "granian's largest buffers": {"--http1-buffer-size": "417792"},
}


def measure() -> Iterator[str | Goal]:
    films = Movie.objects.bulk_create(Movie(title=f"Film {number}", popularity=number) for number in range(FILMS))
    web = procfile_command()
    call_command("collectstatic", interactive=False, verbosity=0)
    yield from measure_starts(web)
    yield from measure_memory(web)
    yield from measure_options(web)
    Movie.objects.filter(pk__in=[film.pk for film in films]).delete()


def measure_starts(web: str) -> Iterator[str | Goal]:
    times = []
    for _ in range(STARTS):
        with start_site(web) as server:
            times.append(server.seconds)
    yield f"seconds from the start to the first list of 20 films: {', '.join(f'{each:.2f}' for each in sorted(times))}"
    yield at_most("First answer after a start", 2, median(times), "s", bound="imports: see docs/decisions.md")


def measure_memory(web: str) -> Iterator[str | Goal]:
    with start_site(web) as server, ThreadPoolExecutor(CONNECTIONS) as pool:
        numbers, sizes = count(), [server.memory()]
        yield f"{'requests':>10}{'MB':>8}"
        yield f"{0:>10,}{sizes[0]:>8.1f}"
        for sample in range(1, SAMPLES + 1):
            each = REQUESTS // SAMPLES // CONNECTIONS
            list(pool.map(lambda _, each=each: send(server.port, numbers, each), range(CONNECTIONS)))
            sizes.append(server.memory())
            yield f"{sample * REQUESTS // SAMPLES:>10,}{sizes[-1]:>8.1f}"
    yield at_most(f"A web process after {REQUESTS:,} requests", 150, sizes[-1], "MB", bound=GROWS)
    growth = sizes[-1] / sizes[SAMPLES // 2] - 1
    yield at_most("Growth of a web process over the last half", 0.02, growth, "%", bound=GROWS)


def send(port: int, numbers: Iterator[int], times: int) -> None:
    """Ask again and again for what is known, and now and then for an address that was never asked for."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for number in (next(numbers) for _ in range(times)):
        path = ASKED[number % len(ASKED)] if number % FRESH_EVERY else fresh_address(number // FRESH_EVERY)
        read(client, path)
    client.close()


def fresh_address(number: int) -> str:
    """Return an address of a list of 20 films, another one for each number."""
    return f"{LISTED}&year_min={1874 + number % 100}&year_max={2000 + number // 100}"


def measure_options(web: str) -> Iterator[str]:
    kinds: list[Callable[[int], str]] = [lambda _: LIVE, lambda _: LISTED, fresh_address]
    yield f"{CONNECTIONS} connections: answers a second, and CPU for each, as shares of the Procfile's"
    yield f"{'':>30}{'no view':>14}{'known films':>14}{'other films':>14}{'MB':>8}"
    for name, changed in OPTIONS.items():
        with start_site(web) as usual, start_site(with_options(web, changed)) as other:
            shares = ""
            for address in kinds:
                turns = [(measure_answers(usual, address), measure_answers(other, address)) for _ in range(TURNS)]
                answers, cpu = (median(after[n] / before[n] for before, after in turns) for n in (0, 1))
                shares += f"{answers:>8.2f}{cpu:>6.2f}"
            yield f"{name:>30}{shares}{other.memory():>8.0f}"


def with_options(command: str, changed: dict[str, str]) -> str:
    for option, value in changed.items():
        command = re.sub(rf" {option} \S+", "", command).replace(" --port", f" {option} {value} --port")
    return command


def measure_answers(server: Server, address: Callable[[int], str]) -> tuple[float, float]:
    """Return answers a second, and seconds of the server's CPU for each; addresses are made from a request's number."""
    numbers, before, end = count(), server.cpu(), time.monotonic() + SECONDS

    def ask(_: int) -> int:
        client, answers = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60), 0
        while time.monotonic() < end:
            read(client, address(next(numbers)))
            answers += 1
        client.close()
        return answers

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        answers = sum(pool.map(ask, range(CONNECTIONS)))
    return answers / SECONDS, (server.cpu() - before) / answers


def read(client: http.client.HTTPConnection, path: str) -> None:
    client.request("GET", path)
    with client.getresponse() as response:
        assert response.read()
        assert response.status == 200, path
