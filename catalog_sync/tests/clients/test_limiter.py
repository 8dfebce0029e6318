import math
import socket
import threading
import time
from typing import Any
from uuid import uuid4

import pytest

from catalog_sync.clients.errors import NoCapacity, Unavailable
from catalog_sync.clients.limiter import RateLimiter

Permit = tuple[float, float]  # times before and after the call that granted it

# A little under a second, because the limiter reads the wall clock and this test a monotonic one.
WINDOW = 0.9


class RecordingLimiter(RateLimiter):
    """Records the waits, and for each permit two times between which it became valid."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.permits: list[Permit] = []
        self.waits: list[float] = []

    def _reserve(self, longest: float = math.inf) -> float:
        before = time.monotonic()
        delay = super()._reserve(longest)
        self.permits.append((before + delay, time.monotonic() + delay))
        if delay:
            self.waits.append(delay)
        return delay


@pytest.fixture
def name() -> str:
    return f"test-{uuid4()}"


def run_workers(acquire: list, each: int) -> list[float]:
    """Run one worker per function of `acquire`, `each` times; return the sorted times of their permits."""
    times: list[float] = []
    start = threading.Barrier(len(acquire))

    def work(acquire_permit) -> None:
        start.wait()
        for _ in range(each):
            acquire_permit()
            times.append(time.monotonic())

    workers = [threading.Thread(target=work, args=[function]) for function in acquire]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    return sorted(times)


def most_in_a_window(permits: list[Permit]) -> int:
    """Return the most permits that certainly fell into one WINDOW, even if a busy machine recorded them late."""
    return max(sum(first <= before and after < first + WINDOW for before, after in permits) for first, _ in permits)


def test_workers_together_never_exceed_the_rate(name: str):
    limiters = [RecordingLimiter(name, 10) for _ in range(3)]

    times = run_workers([limiter.acquire for limiter in limiters], each=7)

    permits = [permit for limiter in limiters for permit in limiter.permits]
    assert len(permits) == 21
    assert 0 < most_in_a_window(permits) <= 10
    assert times[-1] - times[0] > 1.9


def test_who_waits_asks_redis_twice_and_no_place_is_lost(name: str, monkeypatch: pytest.MonkeyPatch):
    limiter = RateLimiter(name, 10)
    run, asked = limiter._run, []

    def count(command: Any) -> Any:
        asked.append(command)
        return run(command)

    monkeypatch.setattr(limiter, "_run", count)

    run_workers([limiter.acquire] * 5, each=4)

    assert len(asked) <= 10 + 2 * 10  # ten at once, ten that waited
    newest, *_, oldest = limiter._redis.lrange(limiter._permits_key, 0, -1)
    assert float(oldest) + 1 > float(newest)  # ten within the last second


def test_a_refused_wait_takes_no_place(name: str):
    limiter = RateLimiter(name, 1, max_wait=0.2)
    limiter.acquire()
    for _ in range(3):
        with pytest.raises(NoCapacity):
            limiter.acquire()

    assert limiter._redis.llen(limiter._permits_key) == 1


def test_control_without_the_limiter_they_exceed_it():
    times = run_workers([lambda: None] * 3, each=7)

    assert most_in_a_window([(moment, moment) for moment in times]) > 10


def test_limiters_of_different_names_do_not_slow_each_other(name: str):
    limiters = [RecordingLimiter(f"{name}-{number}", 3) for number in range(2)]

    run_workers([limiter.acquire for limiter in limiters], each=3)

    assert [limiter.waits for limiter in limiters] == [[], []]


def test_a_wait_over_max_wait_is_refused_at_once(name: str):
    limiter = RateLimiter(name, 100, max_wait=0.5)
    limiter.acquire()
    limiter.pause(30)
    with pytest.raises(NoCapacity):
        limiter.acquire()


def test_a_pause_stops_every_worker(name: str):
    workers = [RateLimiter(name, 100) for _ in range(3)]
    paused_at = time.monotonic()
    workers[0].pause(0.4)

    times = run_workers([worker.acquire for worker in workers], each=1)

    assert times[0] - paused_at >= 0.39


def test_a_shorter_pause_does_not_end_a_longer_one(name: str):
    limiter = RateLimiter(name, 100)
    limiter.pause(30)
    limiter.pause(0.001)

    assert 1 < limiter._reserve() < 31


def test_a_longer_pause_lengthens_a_shorter_one(name: str):
    limiter = RateLimiter(name, 100)
    limiter.pause(1)
    limiter.pause(30)

    assert 1 < limiter._reserve() < 31


@pytest.fixture
def dead_redis() -> str:
    """Return the address of a port without a server."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        return f"redis://:hush-hush@127.0.0.1:{reserved.getsockname()[1]}/0"


def test_redis_staying_away_raises_unavailable(name: str, dead_redis: str, events):
    limiter = RateLimiter(name, 10, redis_url=dead_redis, retry_seconds=0.3)

    with pytest.raises(Unavailable) as caught:
        limiter.acquire()

    assert str(caught.value) == "Redis, which limits the requests, did not answer for 0.3 seconds."
    logged = events("limiter_redis_away")
    assert {field: logged[0][field] for field in ("level", "limiter", "attempt", "error")} == {
        "level": "warning",
        "limiter": name,
        "attempt": 1,
        "error": "ConnectionError",
    }
    assert "hush-hush" not in str(logged)


def test_redis_coming_back_in_time(name: str, dead_redis: str):
    limiter = RateLimiter(name, 10, redis_url=dead_redis, retry_seconds=20)
    awake = RateLimiter(name, 10)
    answers = iter([limiter._redis.ping, limiter._redis.ping, awake._redis.ping])

    limiter._run(lambda: next(answers)())

    assert next(answers, "no more") == "no more"


@pytest.mark.parametrize("per_second", [0, -1])
def test_a_rate_below_one_is_refused(name: str, per_second: int):
    with pytest.raises(ValueError, match="1 or more"):
        RateLimiter(name, per_second)
