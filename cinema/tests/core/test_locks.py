"""Row locks: which transactions wait for which, on real PostgreSQL."""

import threading

import pytest
from django.db import OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.http import Http404

from accounts.tests.factories import UserFactory
from cinema.core import locks
from cinema.models import MovieSession, Room
from cinema.tests.factories import RoomFactory, SessionFactory, TicketFactory
from movies.tests.at_once import wait_until_blocking


@pytest.mark.django_db
def test_locking_a_missing_row_raises_404(django_assert_num_queries):
    session, user = SessionFactory(), UserFactory()
    gone = type(user).objects.get(pk=user.pk)
    user.delete()
    for act in (
        lambda: locks.lock_session_shared(session.pk + 1),
        lambda: locks.lock_session(session.pk + 1),
        lambda: locks.lock_room(session.room_id + 1),
        lambda: locks.lock_user(gone),
    ):
        with pytest.raises(Http404):
            act()
    assert locks.lock_session_shared(session.pk) == session == locks.lock_session(session.pk)
    assert locks.lock_room(session.room_id) == session.room


@pytest.mark.django_db
def test_several_rows_are_locked_in_order_and_missing_ones_left_out():
    first, second = SessionFactory(), SessionFactory()
    with CapturedStatements() as captured:
        assert locks.lock_rooms([second.room_id, first.room_id, first.room_id, 10**9]) == {
            first.room_id: first.room,
            second.room_id: second.room,
        }
        assert locks.lock_sessions([second.pk, first.pk, 10**9]) == [first, second]
    assert all("ORDER BY" in sql for sql in captured.statements)


class CapturedStatements:
    def __enter__(self):
        self.statements = []
        self._wrapper = connection.execute_wrapper(self._record)
        self._wrapper.__enter__()
        return self

    def __exit__(self, *args):
        self._wrapper.__exit__(*args)

    def _record(self, execute, sql, params, many, context):
        self.statements.append(sql)
        return execute(sql, params, many, context)


@pytest.mark.django_db(transaction=True)
def test_locking_outside_a_transaction_is_an_error():
    session = SessionFactory()
    for act in (
        lambda: locks.lock_session_shared(session.pk),
        lambda: locks.lock_session(session.pk),
        lambda: locks.lock_sessions([session.pk]),
        lambda: locks.lock_rooms([session.room_id]),
        lambda: locks.lock_room(session.room_id),
        lambda: locks.lock_user(TicketFactory(session=session).user),
    ):
        with pytest.raises(TransactionManagementError):
            act()


def succeeds_meanwhile(act):
    """Return whether `act` succeeds on another connection without waiting for a lock."""
    outcome = []

    def run():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '50ms'")
                act()
            outcome.append(True)
        except OperationalError:
            outcome.append(False)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    return outcome[0]


@pytest.mark.django_db(transaction=True)
def test_which_locks_wait_for_each_other():
    ticket = TicketFactory()
    session, room, user = ticket.session, ticket.room, ticket.user
    lock_shared, lock = (lambda: locks.lock_session_shared(session.pk)), (lambda: locks.lock_session(session.pk))
    with transaction.atomic():
        lock_shared()
        assert succeeds_meanwhile(lock_shared)
        assert not succeeds_meanwhile(lock)
        assert not succeeds_meanwhile(lambda: locks.lock_sessions([session.pk]))
        assert not succeeds_meanwhile(lambda: MovieSession.objects.filter(pk=session.pk).update(revision=1))
    with transaction.atomic():
        lock()
        assert not succeeds_meanwhile(lock_shared)
        assert not succeeds_meanwhile(lambda: TicketFactory(session=session, user=user, seat=room.seats.all()[1]))
    with transaction.atomic():
        locks.lock_rooms([room.pk])
        assert not succeeds_meanwhile(lambda: locks.lock_rooms([room.pk]))
        assert not succeeds_meanwhile(lambda: locks.lock_room(room.pk))
        # Inserting rows that only refer to the room does not wait.
        assert succeeds_meanwhile(lambda: TicketFactory(session=session, user=user, seat=room.seats.last()))
        assert not succeeds_meanwhile(lambda: Room.objects.filter(pk=room.pk).update(name="New"))
    with transaction.atomic():
        locks.lock_room(room.pk)
        assert not succeeds_meanwhile(lambda: locks.lock_rooms([room.pk]))
    with transaction.atomic():
        locks.lock_user(user)
        assert not succeeds_meanwhile(lambda: locks.lock_user(user))
        # Inserting rows that only refer to the user does not wait.
        assert succeeds_meanwhile(lambda: TicketFactory(user=user, session=SessionFactory(room=RoomFactory())))


@pytest.mark.django_db(transaction=True)
def test_a_lock_returns_the_row_as_it_is_after_the_wait():
    session = SessionFactory()
    changed, seen = threading.Event(), []

    def change():
        with transaction.atomic():
            MovieSession.objects.filter(pk=session.pk).update(revision=7)
            changed.set()
            wait_until_blocking()

    def look():
        try:
            changed.wait(60)
            with transaction.atomic():
                seen.append(locks.lock_session_shared(session.pk).revision)
        finally:
            connection.close()

    looker = threading.Thread(target=look)
    looker.start()
    change()
    looker.join(60)
    assert seen == [7]


@pytest.mark.django_db(transaction=True)
def test_an_act_is_repeated_with_an_exclusive_lock_after_its_shared_lock_is_released():
    session, modes = SessionFactory(), []

    @locks.shared_then_exclusive
    @transaction.atomic
    def act(lock, pk, *, name):
        modes.append(lock)
        locks.lock_session(pk, lock)
        is_free = succeeds_meanwhile(lambda: locks.lock_session_shared(pk))
        assert is_free is (lock is locks.SessionLock.SHARED)
        MovieSession.objects.filter(pk=pk).update(revision=len(modes))
        if lock is locks.SessionLock.SHARED:
            raise locks.NeedsExclusiveLock
        return name

    assert act(session.pk, name="done") == "done"
    assert modes == [locks.SessionLock.SHARED, locks.SessionLock.EXCLUSIVE]
    session.refresh_from_db()
    assert session.revision == 2
