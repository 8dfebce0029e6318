import socket
import threading
import time
from typing import Any
from uuid import uuid4

import pytest

from catalog_sync.clients.errors import NoCapacity, Unavailable
from catalog_sync.clients.limiter import RateLimiter

Permit = tuple[float, float]  # asked for, and known to be granted

# A little under a second, because the limiter reads the wall clock and this test a monotonic one.
WINDOW = 0.9


class NotingLimiter(RateLimiter):
    """Notes for each permit when Redis was asked and when it had answered: it was granted in between."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.permits: list[Permit] = []

    def _delay(self) -> float:
        asked = time.monotonic()
        delay = super()._delay()
        if delay == 0:
            self.permits.append((asked, time.monotonic()))
        return delay


@pytest.fixture
def name() -> str:
    return f"test-{uuid4()}"


def hammer(acquire: list, each: int) -> list[float]:
    """The sorted times at which workers, one per function in `acquire`, were let through, `each` times."""
    times: list[float] = []
    start = threading.Barrier(len(acquire))

    def work(wait_for_turn) -> None:
        start.wait()
        for _ in range(each):
            wait_for_turn()
            times.append(time.monotonic())

    workers = [threading.Thread(target=work, args=[function]) for function in acquire]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=30)
    return sorted(times)


def busiest(permits: list[Permit]) -> int:
    """The most permits that surely fell into one WINDOW, however late a busy machine let a worker note them."""
    return max(sum(first <= asked and granted < first + WINDOW for asked, granted in permits) for first, _ in permits)


def test_workers_together_never_exceed_the_rate(name: str):
    limiters = [NotingLimiter(name, 10) for _ in range(3)]

    times = hammer([limiter.acquire for limiter in limiters], each=7)

    permits = [permit for limiter in limiters for permit in limiter.permits]
    assert len(permits) == 21
    assert 0 < busiest(permits) <= 10
    assert 1.9 < times[-1] - times[0] < 5


def test_without_the_limiter_they_do_exceed_it():
    times = hammer([lambda: None] * 3, each=7)

    assert busiest([(moment, moment) for moment in times]) == 21


def test_limiters_of_different_names_do_not_slow_each_other(name: str):
    limiters = [NotingLimiter(f"{name}-{number}", 3) for number in range(2)]

    hammer([limiter.acquire for limiter in limiters], each=3)

    assert busiest(limiters[0].permits + limiters[1].permits) == 6


def test_who_would_wait_too_long_is_told_at_once(name: str):
    limiter = RateLimiter(name, 100, max_wait=0.5)
    limiter.acquire()
    limiter.pause(30)
    with pytest.raises(NoCapacity):
        limiter.acquire()


def test_a_pause_holds_every_worker(name: str):
    workers = [RateLimiter(name, 100) for _ in range(3)]
    paused_at = time.monotonic()
    workers[0].pause(0.4)

    times = hammer([worker.acquire for worker in workers], each=1)

    assert times[0] - paused_at >= 0.39
    assert times[-1] - paused_at < 3


def test_a_shorter_pause_does_not_end_a_longer_one(name: str):
    limiter = RateLimiter(name, 100)
    limiter.pause(30)
    limiter.pause(0.001)

    assert 25 < limiter._delay() <= 30


def test_a_longer_pause_lengthens_a_shorter_one(name: str):
    limiter = RateLimiter(name, 100)
    limiter.pause(1)
    limiter.pause(30)

    assert 25 < limiter._delay() <= 30


@pytest.fixture
def dead_redis() -> str:
    """The address of a port where nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"redis://:hush-hush@127.0.0.1:{found.getsockname()[1]}/0"


def test_redis_that_stays_away_ends_in_a_sentence(name: str, dead_redis: str, events):
    limiter = RateLimiter(name, 10, redis_url=dead_redis, patience=0.3)

    with pytest.raises(Unavailable) as caught:
        limiter.acquire()

    assert str(caught.value) == "Redis, which paces the requests, did not answer for 0.3 seconds."
    noted = events("limiter_redis_away")
    assert {field: noted[0][field] for field in ("level", "limiter", "attempt", "error")} == {
        "level": "warning",
        "limiter": name,
        "attempt": 1,
        "error": "ConnectionError",
    }
    assert "hush-hush" not in str(noted)


def test_redis_that_comes_back_is_waited_for(name: str, dead_redis: str):
    limiter = RateLimiter(name, 10, redis_url=dead_redis, patience=20)
    awake = RateLimiter(name, 10)
    answers = iter([limiter._delay, limiter._delay, awake._delay])

    limiter._patiently(lambda: next(answers)())

    assert next(answers, "all asked") == "all asked"


@pytest.mark.parametrize("per_second", [0, -1])
def test_a_rate_that_would_wait_for_ever_is_refused(name: str, per_second: int):
    with pytest.raises(ValueError, match="1 or more"):
        RateLimiter(name, per_second)
