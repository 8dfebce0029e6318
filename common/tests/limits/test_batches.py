"""Limits that are counted here at first, and in Redis a moment later."""

import asyncio

from django.conf import settings

from common.limits import counting
from common.limits.batches import Batches
from common.limits.counting import Limit
from common.services.redis_clients import client
from common.tests.finished.sites import wait_until

LIMIT = Limit("user", "5/min", "7")
WATCHED = Limit("refused", "2/min", "7", is_counted=False)


def take_together(number, *limits):
    async def run():
        counters = Batches()
        place = counters.begin("7", limits)
        return await asyncio.gather(*(counters.take(place) for _ in range(number)))

    return asyncio.run(run())


def test_no_more_than_the_limit():
    assert take_together(12, LIMIT).count(True) == 5


def test_what_was_counted_elsewhere_counts():
    for _ in range(3):
        counting.count_events([LIMIT])
    assert take_together(12, LIMIT).count(True) == 2


def test_redis_learns_of_it():
    async def run():
        counters = Batches()
        place = counters.begin("7", [LIMIT])
        for _ in range(3):
            assert await counters.take(place)

        async def is_told():
            return client(settings.BROKER_URL).llen(LIMIT.key) == 3

        await wait_until(is_told)
        assert (place.pending, place.standings[0].remaining) == (0, 2)

    asyncio.run(run())
    assert counting.count_events([LIMIT])[0].remaining == 1


def test_a_limit_that_is_only_watched_refuses_and_is_not_counted():
    assert take_together(3, LIMIT, WATCHED) == [True] * 3
    refused = Limit(WATCHED.name, WATCHED.rate, WATCHED.whose)
    for _ in range(2):
        counting.count_events([refused])
    assert take_together(3, LIMIT, WATCHED) == [False] * 3


def test_without_redis_nothing_is_limited(settings):
    settings.BROKER_URL = "redis://127.0.0.1:1/0"
    assert take_together(12, LIMIT) == [True] * 12
