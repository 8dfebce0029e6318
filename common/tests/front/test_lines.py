"""A line is bounded, and what one is full of does not keep another waiting."""

import asyncio
import threading

import pytest

from common.front import application as application_module
from common.front.application import Front
from common.tests.front.clients import LIVE, Client

SIGN_IN = "/api/sign-in"


@pytest.fixture
def free():
    return threading.Event()


@pytest.fixture
def front(free, monkeypatch):
    """A front with one place for a sign-in, which lasts until `free`, and one place in line."""
    monkeypatch.setattr(application_module, "SIGN_IN_THREADS", 1)
    monkeypatch.setattr(application_module, "SIGN_INS_WAITING", 1)

    def application(environ, start_response):
        if environ["REQUEST_METHOD"] == "POST":
            free.wait(60)
        start_response("200 OK", [])
        return [threading.current_thread().name.partition("_")[0].encode()]

    return Front(application, LIVE, sign_in=[SIGN_IN], threads=1)


def test_a_crowd_that_signs_in_keeps_no_reader_waiting(front, free):
    async def visit():
        crowd = [asyncio.create_task(Client(path=SIGN_IN).ask(front)) for _ in range(100)]
        refused = await asyncio.wait_for(asyncio.gather(*crowd[2:]), 60)
        readers = [await Client(method="GET", path=path).ask(front) for path in ("/", SIGN_IN)]
        free.set()
        return await asyncio.gather(*crowd[:2]), refused, readers

    served, refused, readers = asyncio.run(visit())
    assert [client.body for client in served] == [b"sign-in"] * 2
    assert {client.error for client in refused} == {(503, "unavailable")}
    assert {dict(client.headers)["retry-after"] for client in refused} == {"2"}
    assert [client.body for client in readers] == [b"django"] * 2
