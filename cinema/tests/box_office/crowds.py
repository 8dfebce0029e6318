"""Many people at the box office at the same moment, each on a connection of their own, and how to force an order."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.db import connection

from cinema.box_office import seat_claims
from cinema.models import Ticket
from common.errors import Conflict
from movies.tests.at_once import at_once

BOUGHT = "bought"


def outcome(act: Callable[[], Any]) -> str:
    """`BOUGHT`, or the code of the 409; anything else is raised."""
    try:
        act()
    except Conflict as refusal:
        return str(refusal.code)
    return BOUGHT


def rush(acts: Sequence[Callable[[], Any]], threads: int) -> Counter:
    """How the acts ended. So many threads begin each next act together; raises what nobody expected."""
    together = threading.Barrier(threads)
    rounds = len(acts) // threads

    def person(number: int) -> Callable[[], list[str]]:
        def act() -> list[str]:
            be_patient()
            ended = []
            for turn in range(rounds):
                together.wait(60)
                ended.append(outcome(acts[turn * threads + number]))
            return ended

        return act

    answers = at_once([person(number) for number in range(threads)])
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return Counter(one for answer in answers for one in answer)


def be_patient() -> None:
    """On this connection: a machine that is busy with other tests is no reason to give up."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '60s'; SET statement_timeout = '60s'")


def begin(act: Callable[[], Any]) -> Future:
    """`act`, in another thread from now on; the result has what it returned or raised."""

    def run() -> Any:
        be_patient()
        try:
            return act()
        finally:
            connection.close()

    pool = ThreadPoolExecutor(1)
    future = pool.submit(run)
    pool.shutdown(wait=False)
    return future


def until_somebody_waits() -> None:
    """For a lock that this transaction has. (pg_stat_activity would show the same moment for all of a transaction.)"""
    with connection.cursor() as cursor:
        for _ in range(2000):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))")
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_sleep(0.005)")
    raise AssertionError("Nobody waited.")


def deadlocks() -> int:
    """How many this database has ever seen. A connection that ends says what it saw."""
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
def without_protection() -> Iterator[None]:
    """The obvious way: look whether the seats are free, then insert; no index, and nobody waits for a turn.

    The index comes back at the end, when the tickets are gone.
    """
    (index,) = [one for one in Ticket._meta.constraints if one.name == "ticket_one_live_per_seat"]
    with connection.schema_editor() as editor:
        editor.remove_constraint(Ticket, index)
    try:
        with (
            mock.patch.object(seat_claims, "CLAIM", LOOK_THEN_INSERT),
            mock.patch("cinema.box_office.seat_selection._wait_for_turn"),
        ):
            yield
    finally:
        Ticket.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Ticket, index)
