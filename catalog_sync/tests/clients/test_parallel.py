import threading
from contextlib import closing
from time import sleep

import pytest

from catalog_sync.clients.errors import KeyRefused, NotConfigured, NotFound, Unavailable
from catalog_sync.clients.parallel import MAX_CONSECUTIVE_FAILURES, FailureGuard, fetch_ahead


class ProviderClient:
    closed = False

    def close(self):
        self.closed = True


def test_answers_come_in_order_however_long_each_takes():
    def ask(number):
        sleep(0.05 if number == 0 else 0)
        return number * 10

    assert list(fetch_ahead(ProviderClient(), ask, range(9), width=3)) == [(number, number * 10) for number in range(9)]


def test_calls_are_in_flight_side_by_side_and_never_more():
    together = threading.Barrier(4, timeout=10)  # breaks unless four ask at the same time
    running, most = [], []
    lock = threading.Lock()

    def ask(number):
        with lock:
            running.append(number)
            most.append(len(running))
        together.wait()
        with lock:
            running.remove(number)

    assert len(list(fetch_ahead(ProviderClient(), ask, range(12), width=4))) == 12
    assert max(most) == 4


def test_what_went_wrong_upstream_is_an_answer_and_our_own_errors_are_raised():
    def ask(number):
        if number == 1:
            raise NotFound("gone")
        if number == 2:
            raise ZeroDivisionError
        return number

    answers = fetch_ahead(ProviderClient(), ask, range(4), width=1)
    assert next(answers) == (0, 0)
    assert isinstance(next(answers)[1], NotFound)
    with pytest.raises(ZeroDivisionError):
        next(answers)


def test_leaving_early_stops_the_waiting_and_drops_what_was_not_begun():
    door, asked = ProviderClient(), []
    with closing(fetch_ahead(door, asked.append, range(1000), width=2)) as answers:
        next(answers)
    assert door.closed
    assert len(asked) <= 5


def test_nothing_to_ask():
    assert list(fetch_ahead(ProviderClient(), None, [])) == []


def test_single_failures_are_borne_and_a_row_of_them_is_not():
    patience, trouble = FailureGuard(), (1, Unavailable("down"))
    for _ in range(3):
        for _ in range(MAX_CONSECUTIVE_FAILURES - 1):
            assert patience.heard(trouble) == trouble
        patience.heard((1, NotFound("gone")))
    for _ in range(MAX_CONSECUTIVE_FAILURES - 1):
        patience.heard(trouble)
    with pytest.raises(Unavailable, match="down"):
        patience.heard(trouble)


@pytest.mark.parametrize("error", [KeyRefused("no"), NotConfigured("no")])
def test_a_refused_key_is_not_borne(error):
    with pytest.raises(type(error)):
        FailureGuard().heard((1, error))
