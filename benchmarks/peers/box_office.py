"""Other ways to sell a seat once, for comparison: each replaces a part of ours while its context lasts.

Our customers queue for their seat and look whether it is gone before they lock anything else; a sale shares the session
with other sales, and one statement decides who has the seat.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any
from unittest import mock

from django.db import connection

from cinema.box_office import purchases, seat_claims, seat_selection
from cinema.core.locks import lock_session
from cinema.models import Ticket
from cinema.tests.box_office.concurrency import LOOK_THEN_INSERT


@contextmanager
def select_for_update() -> Iterator[None]:
    """Lock the session's row first, as is usual, and look at the seats under the lock."""
    with ExitStack() as patches:
        patches.enter_context(_without_first_look())
        patches.enter_context(mock.patch.object(purchases, "lock_session", lambda pk, lock: lock_session(pk)))
        yield


@contextmanager
def look_then_insert() -> Iterator[None]:
    """Look whether the seat is free, and insert the ticket; without lock and unique index, which sells seats twice."""
    (index,) = [one for one in Ticket._meta.constraints if one.name == "ticket_one_live_per_seat"]
    with connection.schema_editor() as editor:
        editor.remove_constraint(Ticket, index)
    try:
        with _without_first_look(), mock.patch.object(seat_claims, "CLAIM", LOOK_THEN_INSERT):
            yield
    finally:
        Ticket.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Ticket, index)


@contextmanager
def choose_again() -> Iterator[None]:
    """Choose the best seat without a queue, and choose again whenever another customer was faster."""
    with ExitStack() as patches:
        patches.enter_context(_without_first_look())
        patches.enter_context(mock.patch.object(seat_selection, "_wait_for_turn"))
        patches.enter_context(mock.patch.object(seat_selection, "TRIES", 1000))
        yield


def _without_first_look() -> AbstractContextManager[Any]:
    return mock.patch.object(purchases, "check_seats_left")


Way = Callable[[], AbstractContextManager[Any]]

BY_NAME: dict[str, Way] = {
    "our way": nullcontext,
    "select_for_update": select_for_update,
    "look, then insert": look_then_insert,
}
THE_BEST: dict[str, Way] = {"our way": nullcontext, "choose again": choose_again}
