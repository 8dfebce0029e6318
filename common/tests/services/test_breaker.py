import pytest

from common.services import breaker
from common.services.breaker import SKIP_SECONDS, Breaker, breaker_of


@pytest.fixture
def clock(monkeypatch):
    """The seconds that `time.monotonic` gives to breakers, in a list of one."""
    now = [1000.0]
    monkeypatch.setattr(breaker.time, "monotonic", lambda: now[0])
    return now


def test_a_service_that_works_is_never_skipped():
    service = Breaker()
    assert not service.is_skipping()
    service.succeed()
    assert not service.is_skipping()


def test_after_a_failure_one_caller_at_a_time_tries_again(clock):
    service = Breaker()
    service.fail()
    assert service.is_skipping()
    clock[0] += SKIP_SECONDS
    assert [service.is_skipping() for _ in range(3)] == [False, True, True]
    clock[0] += SKIP_SECONDS  # the one that tried has died
    assert [service.is_skipping() for _ in range(2)] == [False, True]
    service.succeed()
    assert [service.is_skipping() for _ in range(2)] == [False, False]


def test_each_service_has_its_own():
    breaker_of(("cache", 1)).fail()
    assert breaker_of(("cache", 1)).is_skipping()
    assert not breaker_of(("cache", 2)).is_skipping()
