"""The cost of selling no seat twice: 500 customers, 100 seats, 50 customers at a time.

By name, five customers choose each seat at the same time; of the best, each wants one. First in threads, each with
its own connection to PostgreSQL, then by HTTP with two web processes, which share the two cores with PostgreSQL and the
customers.
"""

import http.client
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from http import HTTPStatus
from typing import Any, NamedTuple, Self, TypeVar
from urllib.parse import urlsplit

from django.db import OperationalError, connection
from django.db.models import Count
from django.utils import timezone

from accounts.models import User
from accounts.sign_in import tokens
from benchmarks.peers.box_office import BY_NAME, THE_BEST, Way
from benchmarks.report.goals import Goal, at_least
from benchmarks.servers.sites import serve
from cinema.box_office import purchases
from cinema.models import Claim, MovieSession, Purchase, Room, Seat, Ticket
from common.errors import Conflict
from movies.models import Movie

BUYERS, THREADS, ROUNDS, PROCESSES = 500, 50, 3, 2
SEATS = [f"{row}{number}" for row in "ABCDEFGHIJ" for number in range(1, 11)]
# Of the cores: in turn, a sale has one at a time, in Python or in PostgreSQL; together, they have both.
NAMED = "two cores, which a sale needs for the milliseconds above"
P99 = "fifty who never stop asking wait for fifty answers, whatever the way"
BEST = "two cores: a lost choice needs them for three statements, a sale for eleven"
BY_HTTP = "two cores: the sale is a third of a request's work, and all ways share the rest"
HEAD = f"{'answers':>9}{'ratio':>8}{'p50 ms':>9}{'p99 ms':>9}{'busy':>7}{'sold':>7}{'twice':>7}"

Result = TypeVar("Result")

# Buys for the customer of this number, and returns whether the server was too busy.
Buy = Callable[[MovieSession, int], bool]


class Run(NamedTuple):
    """What one crowd was answered: answers a second, milliseconds, and counts."""

    a_second: float
    p50: float
    p99: float
    busy: int
    sold: int
    twice: int


class Crowd:
    """Threads that start together. They keep their connections, as those of a web process do: a new one is slow."""

    def __enter__(self) -> Self:
        self.pool = ThreadPoolExecutor(THREADS)
        return self

    def __exit__(self, *_: object) -> None:
        self.run(lambda _: connection.close())
        self.pool.shutdown()

    def run(self, act: Callable[[int], Result]) -> tuple[list[Result], float]:
        """Call `act` with the number of each thread; return the results, and the seconds until the last one."""
        together = threading.Barrier(THREADS + 1)

        def start(number: int) -> Result:
            together.wait()
            return act(number)

        started = [self.pool.submit(start, number) for number in range(THREADS)]
        together.wait()
        begun = time.perf_counter()
        results = [one.result() for one in started]
        return results, time.perf_counter() - begun


def measure() -> Iterator[str | Goal]:
    with Crowd() as crowd:
        yield from compare(crowd, *create_rows())


def compare(crowd: Crowd, room: Room, movie: Movie, people: list[User]) -> Iterator[str | Goal]:
    yield f"{BUYERS} customers, {len(SEATS)} seats, {THREADS} at a time, best of {ROUNDS}; answers a second"
    by_name = [(name, run_in_threads(crowd, way, movie, room, people, buy_named)) for name, way in BY_NAME.items()]
    best = [(name, run_in_threads(crowd, way, movie, room, people, buy_best)) for name, way in THE_BEST.items()]
    yield from show("by name", by_name)
    yield from show("the best seat", best)
    yield from profile(room, movie, people)
    yield from goals("in threads", by_name, best, "")
    ways = [name for name in BY_NAME if name != "look, then insert"]
    named_by_http = [(name, run_by_http(crowd, name, movie, room, people, is_named=True)) for name in ways]
    best_by_http = [(name, run_by_http(crowd, name, movie, room, people, is_named=False)) for name in THE_BEST]
    yield f"by HTTP, {PROCESSES} processes"
    yield from show("by name", named_by_http)
    yield from show("the best seat", best_by_http)
    yield from goals("by HTTP", named_by_http, best_by_http, BY_HTTP)
    delete_rows(movie, room, people)


def show(title: str, runs: Sequence[tuple[str, Run]]) -> Iterator[str]:
    """Yield a table; the ratio is that of the first way's answers to each one's."""
    yield f"{title:<20}{HEAD}"
    for name, run in runs:
        ratio = runs[0][1].a_second / run.a_second
        yield (
            f"{name:<20}{run.a_second:>9,.0f}{ratio:>8.2f}{run.p50:>9,.0f}{run.p99:>9,.0f}"
            f"{run.busy:>7}{run.sold:>7}{run.twice:>7}"
        )


def goals(where: str, named: Sequence[tuple[str, Run]], best: Sequence[tuple[str, Run]], bound: str) -> Iterator[Goal]:
    (_, ours), (_, locked), *_ = named
    ratio = ours.a_second / locked.a_second
    yield at_least(f"A named seat against select_for_update, {where}", 2, ratio, bound=bound or NAMED)
    yield at_least(f"p99 of a named seat, {where}: times shorter", 5, locked.p99 / ours.p99, bound=bound or P99)
    (_, in_turn), (_, again) = best
    ratio = in_turn.a_second / again.a_second
    yield at_least(f"The best seat against choosing again, {where}", 5, ratio, bound=bound or BEST)
    twice = ours.twice + in_turn.twice
    yield Goal(f"Seats sold twice, {where}", "0", str(twice), twice == 0, "")


def profile(room: Room, movie: Movie, people: list[User]) -> Iterator[str]:
    """Yield what one sale takes while no other is under way: with its statements, as Python waits for them."""
    session, spent = create_session(movie, room), defaultdict[str, float](float)

    def time_statement(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, *rest)
        finally:
            spent[" ".join(sql.split())[:70]] += time.perf_counter() - started

    started, busy = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(time_statement):
        for number, label in enumerate(SEATS):
            purchases.buy(session.pk, people[number], seats=[label])
    wall, busy = time.perf_counter() - started, time.process_time() - busy
    ms = 1000 / len(SEATS)
    yield f"one sale by name, alone: {wall * ms:.1f} ms, {busy * ms:.1f} of them Python; its statements:"
    yield from (f"{seconds * ms:>7.2f}  {sql}" for sql, seconds in spent.items())


def run_in_threads(
    crowd: Crowd,
    way: Way,
    movie: Movie,
    room: Room,
    people: list[User],
    buy: Callable[[MovieSession, User, int], object],
) -> Run:
    def act(session: MovieSession, number: int) -> bool:
        try:
            buy(session, people[number], number)
        except Conflict:
            pass
        except OperationalError:  # lock_timeout
            return True
        return False

    runs = []
    for _ in range(ROUNDS):
        with way():
            runs.append(buy_together(crowd, create_session(movie, room), act))
    return max(runs)


def buy_named(session: MovieSession, user: User, number: int) -> None:
    purchases.buy(session.pk, user, seats=[SEATS[number // 5]])


def buy_best(session: MovieSession, user: User, _: int) -> None:
    purchases.buy(session.pk, user, quantity=1)


def run_by_http(crowd: Crowd, way: str, movie: Movie, room: Room, people: list[User], *, is_named: bool) -> Run:
    """Let the customers ask several web processes in turn, each customer from an address of their own."""
    access = [tokens.open_sign_in(user).access for user in people]
    with ExitStack() as sites:
        urls = [sites.enter_context(serve("benchmarks.peers.web:application", SELLING=way)) for _ in range(PROCESSES)]
        clients = threading.local()

        def act(session: MovieSession, number: int) -> bool:
            body = {"session_id": session.pk} | ({"seat": SEATS[number // 5]} if is_named else {})
            headers = {
                "Authorization": f"Bearer {access[number]}",
                "Content-Type": "application/json",
                "X-Forwarded-For": f"198.18.{number // 250}.{number % 250}",
            }
            url = urls[number % PROCESSES]
            client = clients.__dict__.setdefault(url, http.client.HTTPConnection(str(urlsplit(url).netloc)))
            client.request("POST", "/api/v1/tickets", json.dumps(body), headers)
            with client.getresponse() as response:
                response.read()
            assert response.status in {HTTPStatus.CREATED, HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE}
            return response.status == HTTPStatus.SERVICE_UNAVAILABLE

        return max(buy_together(crowd, create_session(movie, room), act) for _ in range(ROUNDS))


def buy_together(crowd: Crowd, session: MovieSession, buy: Buy) -> Run:
    def buyer(thread: int) -> list[tuple[float, bool]]:
        answers = []
        for number in range(thread, BUYERS, THREADS):
            started = time.perf_counter()
            is_busy = buy(session, number)
            answers.append((time.perf_counter() - started, is_busy))
        return answers

    found, seconds = crowd.run(buyer)
    answers = sorted(each for one in found for each in one)
    times = [duration * 1000 for duration, _ in answers]
    seats = Ticket.objects.filter(session=session).values("seat").annotate(many=Count("id"))
    return Run(
        a_second=BUYERS / seconds,
        p50=times[BUYERS // 2],
        p99=times[int(BUYERS * 0.99)],
        busy=sum(is_busy for _, is_busy in answers),
        sold=Ticket.objects.count(),
        twice=seats.filter(many__gt=1).count(),
    )


def create_rows() -> tuple[Room, Movie, list[User]]:
    room = Room.objects.create(number=1)
    Seat.objects.bulk_create(
        Seat(room=room, row=label[0], number=int(label[1:]), line=ord(label[0]) - ord("A"), column=int(label[1:]))
        for label in SEATS
    )
    people = User.objects.bulk_create(User(username=f"buyer{n}", email=f"b{n}@example.org") for n in range(BUYERS))
    return room, Movie.objects.create(title="The Lantern Keeper"), people


def create_session(movie: Movie, room: Room) -> MovieSession:
    delete_sales()
    start = timezone.now() + timedelta(days=1)
    end = start + timedelta(hours=2)
    return MovieSession.objects.create(movie=movie, room=room, starts_at=start, ends_at=end, room_free_at=end)


def delete_sales() -> None:
    for model in (Ticket, Purchase, Claim, MovieSession):
        rows: Any = model.objects.all()
        rows.delete()


def delete_rows(movie: Movie, room: Room, people: list[User]) -> None:
    delete_sales()
    room.delete()
    movie.delete()
    User.objects.filter(pk__in=[user.pk for user in people]).delete()
