"""Row locks. Call these inside a transaction; a lock lasts until its end.

Every transaction locks in this order: the queues for named seats (box_office.first_look), rooms by id, sessions by id,
the user, the client's address in the session, then seats and tickets by the seat's id.
So no two transactions wait for each other in a circle. Each function returns the row as it is once no other
transaction is changing it. A wait longer than the connection's lock_timeout ends as 503 "busy".
"""

from collections.abc import Callable, Iterable
from enum import Enum
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.db import connection
from django.db.transaction import TransactionManagementError
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from cinema.models import MovieSession, Room

Params = ParamSpec("Params")
Result = TypeVar("Result")


class SessionLock(Enum):
    """How a transaction locks its session: together with other buyers, or alone."""

    SHARED = "shared"
    EXCLUSIVE = "exclusive"


class NeedsExclusiveLock(Exception):
    """The transaction has a shared lock on its session and needs an exclusive one: see `shared_then_exclusive`."""


def shared_then_exclusive(
    act: Callable[Concatenate[SessionLock, Params], Result],
) -> Callable[Params, Result]:
    """Call `act`, a transaction, with SessionLock.SHARED; if it raises NeedsExclusiveLock, again with EXCLUSIVE.

    A shared lock is never upgraded: of two transactions that have one and need more, each would wait for the other.
    So the first attempt is rolled back, and its lock released.
    """

    @wraps(act)
    def attempt(*args: Params.args, **kwargs: Params.kwargs) -> Result:
        try:
            return act(SessionLock.SHARED, *args, **kwargs)
        except NeedsExclusiveLock:
            return act(SessionLock.EXCLUSIVE, *args, **kwargs)

    return attempt


def lock_session(pk: int, lock: SessionLock = SessionLock.EXCLUSIVE) -> MovieSession:
    """Lock the session alone, to change, cancel or delete it, or to offer its seats. Raises Http404.

    Buyers wait for the end of the transaction and then see the result. With SessionLock.SHARED as
    `lock_session_shared`.
    """
    if lock is SessionLock.SHARED:
        return lock_session_shared(pk)
    return get_object_or_404(MovieSession.objects.select_for_update(), pk=pk)


def lock_session_shared(pk: int) -> MovieSession:
    """Lock the session together with other buyers: they wait only for a transaction that changes it. Raises Http404."""
    _check_transaction()
    # Django's select_for_update has no FOR SHARE.
    rows = MovieSession.objects.raw("SELECT * FROM cinema_moviesession WHERE id = %s FOR SHARE", [pk])
    for session in rows:
        return session
    raise Http404


def lock_sessions(pks: Iterable[int]) -> list[MovieSession]:
    """Lock these sessions alone, in the order of their ids. Missing ones are left out."""
    return list(MovieSession.objects.filter(pk__in=set(pks)).order_by("pk").select_for_update())


def lock_rooms(pks: Iterable[int]) -> dict[int, Room]:
    """Lock these rooms, by id, to schedule sessions in them one transaction after another. Missing ones are left out.

    The database's exclusion constraint decides that two sessions never overlap. But when two transactions insert at
    the same moment, each waits for the other there, and PostgreSQL ends one as a deadlock. With this lock the second
    waits first and then gets the constraint's answer.
    """
    rows = Room.objects.filter(pk__in=set(pks)).order_by("pk").select_for_update(no_key=True)
    return {room.pk: room for room in rows}


def lock_room(pk: int) -> Room:
    """Lock the room to change its plan or turnaround: no session is scheduled in it meanwhile. Raises Http404."""
    return get_object_or_404(Room.objects.select_for_update(), pk=pk)


def lock_user(user: User) -> User:
    """Lock the account, so that one customer's purchases are decided one after another: limit and idempotency keys.

    Returns the account as it is now. Raises Http404 if it was deleted meanwhile.
    """
    _check_transaction()
    # As select_for_update(no_key=True), without the time that Django takes to write the statement: see first_look.
    for row in User.objects.raw("SELECT * FROM accounts_user WHERE id = %s FOR NO KEY UPDATE", [user.pk]):
        return row
    raise Http404


def lock_address(session_pk: int, address_hash: str) -> None:
    """Lock a client's address in the session, so that its customers' claims are decided one after another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [address_hash, session_pk])


def _check_transaction() -> None:
    """Raise TransactionManagementError outside a transaction, as Django does for its own locks."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("A lock outside a transaction holds nothing.")
