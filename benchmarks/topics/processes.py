"""What a web process costs: the time until its first answer, its memory, and what granian's options change.

Started over a warm database: what is migrated and has been asked before. The memory is that of the worker after
100,000 requests of eight connections: most are answered from memory, the others ask for ever new addresses.
"""

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median

import psutil
from django.conf import settings
from django.core.management import call_command

from benchmarks.report.goals import Goal, at_most
from devstack.processes import free_port
from movies.models import Movie

FILMS, STARTS, CONNECTIONS = 500, 5, 8
REQUESTS, FRESH_EVERY, SAMPLES = 100_000, 20, 10
SECONDS, TURNS = 1.5, 3
LIVE = "/api/v1/health/live"
LISTED = "/api/v1/movies?limit=20"
ASKED = ("/", "/movies/", LISTED, "/api/v1/genres", "/api/v1/movies?ordering=title")
MB = 2**20
GROWS = "about 200 bytes for each request, not profiled yet"

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


@dataclass
class Server:
    port: int
    process: subprocess.Popen[bytes]
    seconds: float  # until the first answer

    def workers(self) -> list[psutil.Process]:
        """Return the processes that answer: those of granian's children that started none."""
        return [one for one in psutil.Process(self.process.pid).children(recursive=True) if not one.children()]

    def memory(self) -> float:
        """Return the megabytes of the workers."""
        return sum(worker.memory_info().rss for worker in self.workers()) / MB

    def cpu(self) -> float:
        """Return the seconds that the workers have computed."""
        return sum(sum(worker.cpu_times()[:2]) for worker in self.workers())


def measure() -> Iterator[str | Goal]:
    films = Movie.objects.bulk_create(Movie(title=f"Film {number}", popularity=number) for number in range(FILMS))
    (web,) = re.findall(r"^web: exec (.*)$", (settings.BASE_DIR / "Procfile").read_text(), re.MULTILINE)
    call_command("collectstatic", interactive=False, verbosity=0)
    yield from measure_starts(web)
    yield from measure_memory(web)
    yield from measure_options(web)
    Movie.objects.filter(pk__in=[film.pk for film in films]).delete()


def measure_starts(web: str) -> Iterator[str | Goal]:
    times = []
    for _ in range(STARTS):
        with serve(web) as server:
            times.append(server.seconds)
    yield f"seconds from the start to the first list of 20 films: {', '.join(f'{each:.2f}' for each in sorted(times))}"
    yield at_most("First answer after a start", 2, median(times), "s", bound="imports: see docs/decisions.md")


def measure_memory(web: str) -> Iterator[str | Goal]:
    with serve(web) as server, ThreadPoolExecutor(CONNECTIONS) as pool:
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
    yield at_most("Its growth over the last half", 0.02, growth, "%", bound=GROWS)


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
        with serve(web) as usual, serve(with_options(web, changed)) as other:
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


@contextmanager
def serve(command: str) -> Iterator[Server]:
    """Start a web process over the database of the benchmark, and wait for its first answer."""
    port = free_port()
    limits = dict.fromkeys(("THROTTLE_ANON", "THROTTLE_PAGES_ANON", "THROTTLE_REFUSED"), "100000000/min")
    environment = os.environ | limits | {"PORT": str(port), "DEBUG": "0", "LOG_LEVEL": "ERROR"}
    environment.pop("PUBLIC_URL", None)
    name, *arguments = command.replace("$PORT", str(port)).split()
    started = time.monotonic()
    process = subprocess.Popen(
        [Path(sys.executable).parent / name, *arguments, "--log-level", "error"], cwd=settings.BASE_DIR, env=environment
    )
    try:
        while not is_answered(port):
            time.sleep(0.01)
        yield Server(port, process, time.monotonic() - started)
    finally:
        process.terminate()
        process.wait()


def is_answered(port: int) -> bool:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        client.request("GET", LISTED)
        return client.getresponse().status == 200
    except OSError:  # it does not listen yet
        return False
    finally:
        client.close()
