"""The cost of selling no seat twice: 500 buyers, 100 seats, 50 at a time, each with its own connection.

By name, five buyers choose each seat at the same time. Our statement is compared with locking the session's row first,
and with a check followed by an insert, without lock and unique index, which sells seats twice. For the best seats,
queueing is compared with choosing at once, and choosing again whenever another buyer was faster.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from typing import Any
from unittest import mock

from django.db import OperationalError, connection
from django.db.models import Count
from django.utils import timezone

from accounts.models import User
from cinema.box_office import purchases, seat_claims, seat_selection
from cinema.core.locks import lock_session
from cinema.models import MovieSession, Purchase, Room, Seat, Ticket
from common.errors import Conflict
from movies.models import Movie

BUYERS, THREADS, ROUNDS = 500, 50, 3
SEATS = [(row, number) for row in "ABCDEFGHIJ" for number in range(1, 11)]

LOOK_THEN_INSERT = """
INSERT INTO cinema_ticket (purchase_id, session_id, room_id, seat_id, user_id, code, held_until, purchased_at)
SELECT %(purchase)s, %(session)s, %(room)s, wanted.seat, %(user)s, wanted.code, %(held_until)s, %(purchased_at)s
FROM unnest(%(seats)s::bigint[], %(codes)s::text[]) AS wanted (seat, code)
WHERE NOT EXISTS (
    SELECT 1 FROM cinema_ticket AS theirs
    WHERE theirs.session_id = %(session)s AND theirs.seat_id = wanted.seat AND theirs.cancelled_at IS NULL
)
RETURNING seat_id
"""

Way = Callable[[], AbstractContextManager[Any]]
Buy = Callable[[MovieSession, int, User], None]


def measure() -> Iterator[str]:
    room = Room.objects.create(number=1)
    Seat.objects.bulk_create(
        Seat(room=room, row=row, number=number, line="ABCDEFGHIJ".index(row), column=number) for row, number in SEATS
    )
    movie = Movie.objects.create(title="The Lantern Keeper")
    people = User.objects.bulk_create(User(username=f"buyer{n}", email=f"b{n}@example.org") for n in range(BUYERS))
    named: dict[str, Way] = {
        "our statement": nullcontext,
        "session locked": lambda: mock.patch(
            "cinema.box_office.purchases.lock_session", lambda pk, lock: lock_session(pk)
        ),
        "look, then insert": look_then_insert,
    }
    best: dict[str, Way] = {"in turn": nullcontext, "choose again": choose_again}
    yield f"{BUYERS} buyers, {len(SEATS)} seats, {THREADS} at a time, best of {ROUNDS}; answers a second, slowest 1 %"
    yield f"{'by name':<20}{'answers':>9}{'ratio':>8}{'p99 ms':>9}{'busy':>7}{'sold':>7}{'twice':>7}"
    yield from compare(named, movie, room, people, buy_by_name)
    yield f"{'the best seat':<20}{'answers':>9}{'ratio':>8}{'p99 ms':>9}{'busy':>7}{'sold':>7}{'twice':>7}"
    yield from compare(best, movie, room, people, buy_best)
    delete_all(movie, room, people)


def buy_by_name(session: MovieSession, number: int, user: User) -> None:
    row, seat = SEATS[number // 5]
    purchases.buy(session.pk, user, seats=[f"{row}{seat}"])


def buy_best(session: MovieSession, _: int, user: User) -> None:
    purchases.buy(session.pk, user, quantity=1)


def compare(ways: dict[str, Way], movie: Movie, room: Room, people: list[User], buy: Buy) -> Iterator[str]:
    """Yield a line for each way; its ratio is that of the first way's answers to its own."""
    first = 0.0
    for name, way in ways.items():
        runs = []
        for _ in range(ROUNDS):
            with way():
                runs.append(buy_together(create_session(movie, room), people, buy))
        a_second, slow, busy, sold, twice = max(runs)
        first = first or a_second
        yield f"{name:<20}{a_second:>9,.0f}{first / a_second:>8.2f}{slow:>9,.0f}{busy:>7}{sold:>7}{twice:>7}"


def create_session(movie: Movie, room: Room) -> MovieSession:
    Ticket.objects.all().delete()
    Purchase.objects.all().delete()
    MovieSession.objects.all().delete()
    start = timezone.now() + timedelta(days=1)
    end = start + timedelta(hours=2)
    return MovieSession.objects.create(movie=movie, room=room, starts_at=start, ends_at=end, room_free_at=end)


def buy_together(session: MovieSession, people: list[User], buy: Buy) -> tuple[float, float, int, int, int]:
    """Return answers per second, milliseconds of the slowest hundredth, timeouts, tickets sold, seats sold twice."""
    together = threading.Barrier(THREADS + 1)
    busy: list[int] = []

    def buyer(thread: int) -> list[float]:
        connection.ensure_connection()
        together.wait()
        durations = []
        try:
            for number in range(thread, BUYERS, THREADS):
                started = time.perf_counter()
                try:
                    buy(session, number, people[number])
                except Conflict:
                    pass
                except OperationalError:
                    busy.append(number)  # lock_timeout
                durations.append(time.perf_counter() - started)
        finally:
            connection.close()
        return durations

    with ThreadPoolExecutor(THREADS) as pool:
        crowd = [pool.submit(buyer, thread) for thread in range(THREADS)]
        together.wait()
        started = time.perf_counter()
        times = sorted(each for one in crowd for each in one.result())
        seconds = time.perf_counter() - started
    seats = Ticket.objects.filter(session=session).values("seat").annotate(many=Count("id"))
    twice = seats.filter(many__gt=1).count()
    return BUYERS / seconds, times[int(BUYERS * 0.99)] * 1000, len(busy), Ticket.objects.count(), twice


@contextmanager
def look_then_insert() -> Iterator[None]:
    (index,) = [one for one in Ticket._meta.constraints if one.name == "ticket_one_live_per_seat"]
    with connection.schema_editor() as editor:
        editor.remove_constraint(Ticket, index)
    try:
        with mock.patch.object(seat_claims, "CLAIM", LOOK_THEN_INSERT):
            yield
    finally:
        Ticket.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Ticket, index)


@contextmanager
def choose_again() -> Iterator[None]:
    with mock.patch.object(seat_selection, "_wait_for_turn"), mock.patch.object(seat_selection, "TRIES", 1000):
        yield


def delete_all(movie: Movie, room: Room, people: list[User]) -> None:
    Ticket.objects.all().delete()
    Purchase.objects.all().delete()
    MovieSession.objects.all().delete()
    room.delete()
    movie.delete()
    User.objects.filter(pk__in=[user.pk for user in people]).delete()
