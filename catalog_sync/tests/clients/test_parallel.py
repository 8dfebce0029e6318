import threading
from contextlib import closing
from time import sleep

import pytest

from catalog_sync.clients.errors import KeyRefused, NotConfigured, NotFound, Unavailable
from catalog_sync.clients.parallel import AHEAD, MAX_CONSECUTIVE_FAILURES, FailureGuard, fetch_ahead


class FakeClient:
    closed = False

    def close(self):
        self.closed = True


def test_answers_come_in_the_order_of_the_items():
    def fetch(number):
        sleep(0.05 if number == 0 else 0)
        return number * 10

    assert list(fetch_ahead(FakeClient(), fetch, range(9), width=3)) == [(number, number * 10) for number in range(9)]


def test_calls_run_in_parallel_up_to_the_width():
    together = threading.Barrier(4, timeout=60)  # breaks unless four fetch at the same time
    running, most = [], []
    lock = threading.Lock()

    def fetch(number):
        with lock:
            running.append(number)
            most.append(len(running))
        together.wait()
        with lock:
            running.remove(number)

    assert len(list(fetch_ahead(FakeClient(), fetch, range(12), width=4))) == 12
    assert max(most) == 4


def test_upstream_errors_are_answers_and_other_errors_are_raised():
    def fetch(number):
        if number == 1:
            raise NotFound("gone")
        if number == 2:
            raise ZeroDivisionError
        return number

    answers = fetch_ahead(FakeClient(), fetch, range(4), width=1)
    assert next(answers) == (0, 0)
    assert isinstance(next(answers)[1], NotFound)
    with pytest.raises(ZeroDivisionError):
        next(answers)


def test_closing_early_closes_the_client_and_cancels_the_rest():
    client, fetched = FakeClient(), []
    with closing(fetch_ahead(client, fetched.append, range(1000), width=2)) as answers:
        next(answers)
    assert client.closed
    assert len(fetched) <= 2 * AHEAD + 1


def test_no_items():
    assert list(fetch_ahead(FakeClient(), None, [])) == []


def test_single_failures_pass_and_many_in_a_row_are_raised():
    guard, failure = FailureGuard(), (1, Unavailable("down"))
    for _ in range(3):
        for _ in range(MAX_CONSECUTIVE_FAILURES - 1):
            assert guard.check(failure) == failure
        guard.check((1, NotFound("gone")))
    for _ in range(MAX_CONSECUTIVE_FAILURES - 1):
        guard.check(failure)
    with pytest.raises(Unavailable, match="down"):
        guard.check(failure)


@pytest.mark.parametrize("error", [KeyRefused("no"), NotConfigured("no")])
def test_a_refused_key_is_raised_at_once(error):
    with pytest.raises(type(error)):
        FailureGuard().check((1, error))
