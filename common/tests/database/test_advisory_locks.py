from threading import Thread

import pytest
from django.db import connection

from common.database import advisory_locks

NAME = "marquee.tests"


@pytest.mark.django_db
def test_it_is_seen_while_it_is_locked():
    assert not advisory_locks.is_locked(NAME)
    with advisory_locks.try_lock(NAME) as is_ours:
        assert is_ours
        assert advisory_locks.is_locked(NAME)
        assert not advisory_locks.is_locked("marquee.tests.other")
    assert not advisory_locks.is_locked(NAME)


@pytest.mark.django_db
def test_an_error_ends_it_and_stays_what_it_is():
    with pytest.raises(ZeroDivisionError), advisory_locks.try_lock(NAME):
        raise ZeroDivisionError
    assert not advisory_locks.is_locked(NAME)


@pytest.mark.django_db(transaction=True)
def test_another_process_does_not_get_it_and_does_not_end_it():
    said = []

    def another():
        with advisory_locks.try_lock(NAME) as is_theirs:
            said.append(is_theirs)
        connection.close()

    with advisory_locks.try_lock(NAME):
        thread = Thread(target=another)
        thread.start()
        thread.join()
        assert said == [False]
        assert advisory_locks.is_locked(NAME)
