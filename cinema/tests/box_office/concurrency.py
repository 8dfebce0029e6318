"""Many customers at the box office at the same moment, each on their own connection, and ways to force an order."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.db import connection

from cinema.box_office import holds, purchases, seat_claims
from cinema.models import Ticket
from common.errors import Conflict
from movies.tests.at_once import at_once

SUCCESS = "success"


def outcome(act: Callable[[], Any]) -> str:
    """Return SUCCESS, or the code of the 409; anything else is raised."""
    try:
        act()
    except Conflict as refusal:
        return str(refusal.code)
    return SUCCESS


def run_crowd(acts: Sequence[Callable[[], Any]], threads: int) -> Counter:
    """Run the acts in this many threads, which start each next act together, and count their outcomes.

    Raises any unexpected exception.
    """
    together = threading.Barrier(threads)
    rounds = len(acts) // threads

    def customer(number: int) -> Callable[[], list[str]]:
        def act() -> list[str]:
            ended = []
            for turn in range(rounds):
                together.wait(60)
                ended.append(outcome(acts[turn * threads + number]))
            return ended

        return act

    answers = at_once([customer(number) for number in range(threads)])
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return Counter(ended for answer in answers for ended in answer)


def start(act: Callable[[], Any]) -> Future:
    """Start `act` in another thread; the future has what it returned or raised."""

    def run() -> Any:
        try:
            return act()
        finally:
            connection.close()

    pool = ThreadPoolExecutor(1)
    future = pool.submit(run)
    pool.shutdown(wait=False)
    return future


def count_deadlocks() -> int:
    """Return the number of deadlocks that this database has seen. Connections report them when they end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


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


@contextmanager
def without_queues() -> Iterator[None]:
    """Let customers who name the same seat meet at the claim."""
    with mock.patch.object(purchases, "check_seats_left"), mock.patch.object(holds, "check_seats_left"):
        yield


@contextmanager
def without_protection() -> Iterator[None]:
    """Claim seats the obvious way: look whether they are free, then insert; without the index, queues and turns.

    The index is created again at the end, after the tickets are deleted.
    """
    (index,) = [constraint for constraint in Ticket._meta.constraints if constraint.name == "ticket_one_live_per_seat"]
    with connection.schema_editor() as editor:
        editor.remove_constraint(Ticket, index)
    try:
        with (
            without_queues(),
            mock.patch.object(seat_claims, "CLAIM", LOOK_THEN_INSERT),
            mock.patch("cinema.box_office.seat_selection._wait_for_turn"),
        ):
            yield
    finally:
        Ticket.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Ticket, index)
