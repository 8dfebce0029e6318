"""Single flight: how many make it, and what the others get."""

import asyncio

import pytest

from common.finished.flights import Flights


def fly_together(number, make):
    """Return what each of `number` gets who all want the same at once."""

    async def run():
        flights = Flights()

        async def ask():
            if "a" in flights:
                return await flights.wait("a")
            return await flights.fly("a", make())

        return await asyncio.gather(*(ask() for _ in range(number)), return_exceptions=True)

    return asyncio.run(run())


def test_one_makes_it_for_fifty():
    made = []

    async def make():
        made.append(1)
        await asyncio.sleep(0)
        return "answer"

    assert fly_together(50, make) == ["answer"] * 50
    assert made == [1]


def test_who_waits_for_a_failure_is_told():
    async def make():
        await asyncio.sleep(0)
        raise ValueError

    first, *others = fly_together(3, make)
    assert isinstance(first, ValueError)
    assert others == [None, None]


def test_who_goes_takes_nothing_from_the_others():
    async def run():
        flights, ready = Flights(), asyncio.Event()

        async def make():
            await ready.wait()
            return "answer"

        flying = asyncio.create_task(flights.fly("a", make()))
        await asyncio.sleep(0)
        goes, stays = (asyncio.create_task(flights.wait("a")) for _ in range(2))
        await asyncio.sleep(0)
        goes.cancel()
        ready.set()
        assert (await flying, await stays) == ("answer", "answer")
        with pytest.raises(asyncio.CancelledError):
            await goes
        assert "a" not in flights

    asyncio.run(run())
