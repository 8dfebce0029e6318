"""Counters that are shared by threads and processes, on a real Redis, and the rates of the settings."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.conf import settings as django_settings
from environs import ValidationError
from redis import Redis

from common.limits import counting

THREADS = 20
ROOM = 10


def at_once(act):
    barrier = Barrier(THREADS)

    def one(number):
        barrier.wait(60)
        return act(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def test_many_at_once_are_exactly_as_many_as_allowed():
    standings = at_once(lambda _: counting.count_event("crowd", f"{ROOM}/min", ["client"]))
    assert [standing.allowed for standing in standings].count(True) == ROOM
    assert {standing.remaining for standing in standings} <= set(range(ROOM))


def test_the_same_crowd_overruns_a_counter_that_is_read_and_then_written():
    """The control: all of them read before any of them writes."""
    redis, all_have_read = Redis.from_url(django_settings.BROKER_URL), Barrier(THREADS)

    def read_then_write(_):
        seen = int(redis.get("naive") or 0)
        all_have_read.wait(60)
        if seen >= ROOM:
            return False
        redis.set("naive", seen + 1)
        return True

    assert at_once(read_then_write).count(True) > ROOM


def ask_from_another_process(number):
    return [counting.count_event("crowd", f"{ROOM}/min", ["client"]).allowed for _ in range(ROOM)].count(True)


def test_processes_share_one_counter():
    with multiprocessing.get_context("fork").Pool(3, initializer=counting._script_in.cache_clear) as pool:
        assert sum(pool.map(ask_from_another_process, range(3), chunksize=1)) == ROOM


@pytest.mark.parametrize(
    ("text", "amount", "seconds"),
    [("100/min", 100, 60), ("3/second", 3, 1), ("5 per 10 mins", 5, 600), ("1000/hour", 1000, 3600), ("2/sec", 2, 1)],
)
def test_a_rate(text, amount, seconds):
    rate = counting.parse(text)
    assert (rate.amount, rate.get_expiry()) == (amount, seconds)


@pytest.mark.parametrize("text", ["", "fast", "0/min", "-1/min", "100/min;5/second", "10", "10/fortnight"])
def test_no_rate(text):
    with pytest.raises(ValidationError, match="is no rate: write it as 100/min"):
        counting.is_rate(text)
