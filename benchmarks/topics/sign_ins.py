"""What readers notice of a hundred people who sign in at the same moment, at the cost of a hash that OWASP advises.

One web process. Four readers, who are signed in, ask one request after another: alone, and until the last one of the
crowd is in. Our sign-ins wait in a line of their own, and the process hashes one password at a time; compared with
sign-ins that are requests like all others.
"""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from statistics import median, quantiles
from typing import TypeVar
from urllib.parse import urlsplit

from django.contrib.auth.hashers import make_password

from accounts.models import User
from accounts.sign_in import tokens
from benchmarks.report.goals import Goal, at_least, at_most
from benchmarks.servers.sites import serve

CROWD, READERS, ROUNDS, ALONE_SECONDS = 100, 4, 3, 3.0
Result = TypeVar("Result")
PASSWORD = "correct horse battery"
BOUND = "cores: the crowd, the site and PostgreSQL have two"


def measure() -> Iterator[str | Goal]:
    hashed = make_password(PASSWORD)
    people = User.objects.bulk_create(
        User(username=f"person{n}", email=f"person{n}@example.org", password=hashed) for n in range(CROWD)
    )
    access = tokens.open_sign_in(people[0]).access
    with (
        serve("benchmarks.peers.web:application") as ours,
        serve("benchmarks.peers.web:application", SIGN_INS="together") as other,
    ):
        alone = [read_while(ours, access, partial(time.sleep, ALONE_SECONDS))[0] for _ in range(ROUNDS)]
        apart, a_second, refused = sign_in_beside_readers(ours, access)
        together, a_second_together, refused_together = sign_in_beside_readers(other, access)
    User.objects.filter(pk__in=[user.pk for user in people]).delete()
    quiet = [each for one in alone for each in one]
    yield f"{READERS} readers and {CROWD} people who sign in at once, {ROUNDS} times; one process; milliseconds"
    yield f"{'':<24}{'readers p50':>12}{'p99':>8}{'sign-ins a second':>20}{'refused':>9}"
    yield f"{'no one signs in':<24}{median(quiet):>12,.1f}{p99(quiet):>8,.1f}"
    yield f"{'in a line of their own':<24}{median(apart):>12,.1f}{p99(apart):>8,.1f}{a_second:>20,.0f}{refused:>9}"
    yield (
        f"{'like other requests':<24}{median(together):>12,.1f}{p99(together):>8,.1f}{a_second_together:>20,.0f}"
        f"{refused_together:>9}"
    )
    yield at_most("A reader's median while 100 sign in, against none", 2, median(apart) / median(quiet), bound=BOUND)
    yield at_least("A reader's p99 against sign-ins like other requests: times shorter", 5, p99(together) / p99(apart))


def p99(times: list[float]) -> float:
    return quantiles(times, n=100)[98]


def sign_in_beside_readers(url: str, access: str) -> tuple[list[float], float, int]:
    """Return the readers' times while crowds sign in, the sign-ins a second, and how many were refused in all."""
    times: list[float] = []
    seconds, refused = 0.0, 0
    for _ in range(ROUNDS):
        found, took, statuses = read_while(url, access, partial(sign_in_together, url))
        times += found
        seconds += took
        refused += sum(status != 200 for status in statuses)
    return times, (CROWD * ROUNDS - refused) / seconds, refused


def sign_in_together(url: str) -> list[int]:
    def sign_in(number: int) -> int:
        client = http.client.HTTPConnection(str(urlsplit(url).netloc))
        body = json.dumps({"username": f"person{number}", "password": PASSWORD})
        client.request("POST", "/api/v1/auth/login", body, {"Content-Type": "application/json"})
        with client.getresponse() as response:
            response.read()
        client.close()
        return response.status

    with ThreadPoolExecutor(CROWD) as crowd:
        return list(crowd.map(sign_in, range(CROWD)))


def read_while(url: str, access: str, act: Callable[[], Result]) -> tuple[list[float], float, Result]:
    """Let readers ask until `act` returns; return their milliseconds, the seconds of `act`, and what it returned."""
    is_over = threading.Event()

    def reader(_: int) -> list[float]:
        client, times = http.client.HTTPConnection(str(urlsplit(url).netloc)), []
        while not is_over.is_set():
            started = time.perf_counter()
            client.request("GET", "/api/v1/auth/me", headers={"Authorization": f"Bearer {access}"})
            with client.getresponse() as response:
                assert response.read()
                assert response.status == 200
            times.append((time.perf_counter() - started) * 1000)
        client.close()
        return times

    with ThreadPoolExecutor(READERS) as readers:
        asked = [readers.submit(reader, number) for number in range(READERS)]
        started = time.perf_counter()
        result = act()
        seconds = time.perf_counter() - started
        is_over.set()
        return [each for one in asked for each in one.result()], seconds, result
