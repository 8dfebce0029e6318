"""Rows that must not change while something is decided. A call belongs inside a transaction and lasts until its end.

The order, for everybody: rooms by id, sessions by id, the user, then seats and tickets by the seat's id. Whoever keeps
to it never waits in a circle. What comes back is the row as it is once nobody else is changing it; a transaction that
waits longer than the connection's lock_timeout ends as 503 "busy".
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import connection
from django.db.transaction import TransactionManagementError
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from cinema.models import MovieSession, Room

Result = TypeVar("Result")
SHARED, ALONE = False, True


def lock_session_shared(pk: int) -> MovieSession:
    """For buyers, who never wait for one another here, only for whoever changes the session. Raises Http404."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("A lock outside a transaction holds nothing.")
    # Django's select_for_update can't say FOR SHARE.
    rows = MovieSession.objects.raw("SELECT * FROM cinema_moviesession WHERE id = %s FOR SHARE", [pk])
    for session in rows:
        return session
    raise Http404


class NeedsExclusiveLock(Exception):
    """A session is shared that is needed for oneself."""


def sharing_if_possible(act: Callable[[bool], Result]) -> Result:
    """`act(SHARED)`, a transaction that shares its session; if it raises NotAlone, `act(ALONE)`, which holds it.

    A share is never widened: of two that have one and want more, each would wait for the other. So the first
    transaction is undone, and its share with it.
    """
    try:
        return act(SHARED)
    except NeedsExclusiveLock:
        return act(ALONE)


def share_or_hold_session(pk: int, alone: bool) -> MovieSession:
    return lock_session(pk) if alone else lock_session_shared(pk)


def lock_session(pk: int) -> MovieSession:
    """For whoever changes, cancels or deletes it: every buyer waits, and finds what became of it. Raises Http404."""
    return get_object_or_404(MovieSession.objects.select_for_update(), pk=pk)


def lock_sessions(pks: Iterable[int]) -> list[MovieSession]:
    """Those that are there, by id."""
    return list(MovieSession.objects.filter(pk__in=set(pks)).order_by("pk").select_for_update())


def lock_rooms(pks: Iterable[int]) -> dict[int, Room]:
    """For whoever puts sessions into them, one after another in each room. Those that are there, by id.

    That two sessions never overlap is decided by the database's constraint. But of two that try at the same moment,
    it finds each waiting for the other, and ends one as a deadlock; in a queue, the second is told who was first.
    """
    rows = Room.objects.filter(pk__in=set(pks)).order_by("pk").select_for_update(no_key=True)
    return {room.pk: room for room in rows}


def lock_room(pk: int) -> Room:
    """For whoever changes its plan or turnaround: nobody schedules into it meanwhile. Raises Http404."""
    return get_object_or_404(Room.objects.select_for_update(), pk=pk)


def lock_user(user: User) -> User:
    """What one person buys is decided one purchase after another: their limit, and their idempotency keys.

    As the account is now. Raises Http404 if it was deleted meanwhile.
    """
    return get_object_or_404(User.objects.select_for_update(no_key=True), pk=user.pk)
