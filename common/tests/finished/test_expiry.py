"""Finished answers whose time is over, or whose Redis is away."""

import asyncio
from unittest.mock import patch

import pytest
from redis.exceptions import ConnectionError as RedisAway

from common.finished.entries import Lifetime
from common.finished.questions import Reader
from common.finished.shelf import name_of
from common.services.redis_clients import client
from common.tests.finished.sites import GENRES, SESSION, Django, Process, run

HOST = [(b"host", b"a.example")]


def age(site, seconds):
    """Let the copies of a process be so much older."""
    for entry in site.finished._copies._entries.values():
        entry.until -= seconds


def forget_in_redis(settings):
    redis = client(settings.REDIS_URL)
    redis.delete(*redis.keys("marquee:finished:*"))


def test_after_its_time_it_is_made_again(settings):
    async def test():
        site = Process(django := Django())
        await site.get()
        await site.get()
        age(site, Lifetime(settings.CACHE_TTL).kept)
        forget_in_redis(settings)
        django.text = "second"
        assert (await site.get()).body == b"second"

    run(test)


def test_meanwhile_others_get_the_old_one(settings):
    async def test():
        site = Process(django := Django())
        await site.get()
        await site.get()
        age(site, Lifetime(settings.CACHE_TTL).kept)
        forget_in_redis(settings)
        django.text = "second"
        django.hold()
        making = asyncio.create_task(site.get())
        await django.is_entered()
        assert (await site.get()).body == b"first"
        django.released.set()
        assert (await making).body == b"second"

    run(test)


def test_what_was_not_shown_for_long_is_waited_for(settings):
    async def test():
        site = Process(django := Django())
        await site.get()
        await site.get()
        (entry,) = site.finished._copies._entries.values()
        entry.current_at -= 100
        age(site, Lifetime(settings.CACHE_TTL).kept)
        forget_in_redis(settings)
        django.text = "second"
        django.hold()
        waiting = [asyncio.create_task(site.get()) for _ in range(2)]
        await django.is_entered()
        django.released.set()
        assert {each.body for each in await asyncio.gather(*waiting)} == {b"second"}
        assert len(django.asked) == 2

    run(test)


def test_a_short_time_is_told_to_other_caches(settings):
    settings.CACHE_TTL = 12

    async def test():
        site = Process(Django())
        assert dict((await site.get()).headers)["cache-control"] == "public, max-age=2, stale-while-revalidate=2"

    run(test)
    assert client(settings.REDIS_URL).pttl(next(iter(client(settings.REDIS_URL).keys("marquee:finished:*")))) <= 12_000


@pytest.mark.parametrize("who", [[], [SESSION]])
def test_without_redis_django_answers_each(who):
    async def test():
        site = Process(django := Django())
        await site.get(GENRES, *who)

        async def fail(*_):
            raise RedisAway

        with patch.object(site.finished._versions, "_ask_redis", fail):
            site.finished._versions._asked_at -= 10
            for text in ("second", "third"):
                django.text = text
                assert (await site.get(GENRES, *who)).body == text.encode()
        assert (await site.get(GENRES, *who)).body == b"first"
        assert django.environ("marquee.finished") == [True, None, None]

    run(test)


def test_a_process_that_died_while_it_made_the_answer_is_not_waited_for_for_ever(settings):
    async def test():
        site = Process(django := Django())
        asked = Reader().read({"method": "GET", "raw_path": GENRES.encode(), "query_string": b"", "headers": HOST})
        client(settings.REDIS_URL).set(f"marquee:making:{name_of(asked.key)}", 1, px=300)
        assert (await site.get()).body == b"first"
        assert len(django.asked) == 1

    run(test)
