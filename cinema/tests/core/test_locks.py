import threading

import pytest
from django.db import OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.http import Http404

from accounts.tests.factories import UserFactory
from cinema.core import locks
from cinema.models import MovieSession, Room
from cinema.tests.factories import RoomFactory, SessionFactory, TicketFactory


@pytest.mark.django_db
def test_rows_that_are_not_there_are_404(django_assert_num_queries):
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
def test_many_at_once_are_those_that_are_there():
    first, second = SessionFactory(), SessionFactory()
    with CapturedOrder() as order:
        assert locks.lock_rooms([second.room_id, first.room_id, first.room_id, 10**9]) == {
            first.room_id: first.room,
            second.room_id: second.room,
        }
        assert locks.lock_sessions([second.pk, first.pk, 10**9]) == [first, second]
    assert all("ORDER BY" in sql for sql in order.statements)


class CapturedOrder:
    def __enter__(self):
        self.statements = []
        self._wrapper = connection.execute_wrapper(self._note)
        self._wrapper.__enter__()
        return self

    def __exit__(self, *args):
        self._wrapper.__exit__(*args)

    def _note(self, execute, sql, params, many, context):
        self.statements.append(sql)
        return execute(sql, params, many, context)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_can_be_held():
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


def meanwhile(act):
    """What `act` comes to on a connection of its own, which waits for nobody: True, or False where it would wait."""
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
    thread.join(20)
    return outcome[0]


@pytest.mark.django_db(transaction=True)
def test_who_waits_for_whom():
    ticket = TicketFactory()
    session, room, user = ticket.session, ticket.room, ticket.user
    share, hold = (lambda: locks.lock_session_shared(session.pk)), (lambda: locks.lock_session(session.pk))
    with transaction.atomic():
        share()
        assert meanwhile(share)
        assert not meanwhile(hold)
        assert not meanwhile(lambda: locks.lock_sessions([session.pk]))
        assert not meanwhile(lambda: MovieSession.objects.filter(pk=session.pk).update(revision=1))
    with transaction.atomic():
        hold()
        assert not meanwhile(share)
        assert not meanwhile(lambda: TicketFactory(session=session, user=user, seat=room.seats.all()[1]))
    with transaction.atomic():
        locks.lock_rooms([room.pk])
        assert not meanwhile(lambda: locks.lock_rooms([room.pk]))
        assert not meanwhile(lambda: locks.lock_room(room.pk))
        # A plan's seats and tickets refer to the room, and go on.
        assert meanwhile(lambda: TicketFactory(session=session, user=user, seat=room.seats.last()))
        assert not meanwhile(lambda: Room.objects.filter(pk=room.pk).update(name="New"))
    with transaction.atomic():
        locks.lock_room(room.pk)
        assert not meanwhile(lambda: locks.lock_rooms([room.pk]))
    with transaction.atomic():
        locks.lock_user(user)
        assert not meanwhile(lambda: locks.lock_user(user))
        # What only refers to the person goes on.
        assert meanwhile(lambda: TicketFactory(user=user, session=SessionFactory(room=RoomFactory())))


@pytest.mark.django_db(transaction=True)
def test_what_comes_back_is_the_row_after_the_wait():
    session = SessionFactory()
    held, seen = threading.Event(), []

    def move():
        with transaction.atomic():
            MovieSession.objects.filter(pk=session.pk).update(revision=7)
            held.set()
            # The other one stands in the queue before this transaction ends.
            with connection.cursor() as cursor:
                for _ in range(2000):
                    cursor.execute("SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))")
                    if cursor.fetchone()[0]:
                        return
                    cursor.execute("SELECT pg_sleep(0.005)")
        raise AssertionError("Nobody waited.")

    def look():
        try:
            held.wait(20)
            with transaction.atomic():
                seen.append(locks.lock_session_shared(session.pk).revision)
        finally:
            connection.close()

    looker = threading.Thread(target=look)
    looker.start()
    move()
    looker.join(20)
    assert seen == [7]
