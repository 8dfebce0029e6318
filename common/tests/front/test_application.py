"""Answers: what is asked in a thread, what without one, and what is sent to clients that do not read."""

import asyncio
import threading

import pytest

from common.front import answers
from common.front import application as application_module
from common.front.application import Front
from common.tests.front.clients import LIVE, Client, ask


def answering(body, status="200 OK", headers=()):
    """Return a front around an application with this answer."""

    def application(environ, start_response):
        start_response(status, list(headers))
        return body

    return Front(application, LIVE)


class Parts:
    """An answer that is streamed and wants to be closed."""

    def __init__(self, *parts):
        self.parts = iter(parts)
        self.is_closed = False

    def __iter__(self):
        for part in self.parts:
            if isinstance(part, Exception):
                raise part
            yield part

    def close(self):
        self.is_closed = True


def test_a_streamed_answer_is_whole_has_a_length_and_is_closed():
    parts = Parts(b"a,b\n", b"", b"1,2\n")
    client = ask(answering(parts, headers=[("Content-Type", "text/csv")]), method="GET")
    assert client.headers == [("content-type", "text/csv"), ("content-length", "8")]
    assert (client.status, client.body, parts.is_closed) == (200, b"a,b\n1,2\n", True)


def test_a_stream_that_fails_is_an_error_and_not_half_an_answer():
    parts = Parts(b"a,b\n", OSError("the disk"))
    client = ask(answering(parts), method="GET", path="/api/v1/export")
    assert client.error == (500, "internal_error")
    assert b"the disk" not in client.body
    assert parts.is_closed


def test_headers_come_as_often_as_they_are_set_and_as_they_are():
    cookies = [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=caf\xe9")]
    client = ask(answering([], "204 No Content", cookies), method="GET")
    assert client.headers == [("set-cookie", "a=1; Path=/"), ("set-cookie", "b=caf\xe9")]


def test_a_large_answer_is_sent_in_pieces():
    body = b"0123456789" * 100_000
    client = ask(answering([body]), method="GET")
    assert client.body == body
    assert [message.get("more_body") for message in client.sent[1:]] == [True] * 15 + [False]
    assert max(len(message["body"]) for message in client.sent[1:]) == answers.PIECE_BYTES


def test_a_client_that_does_not_read_is_left_and_its_place_is_free_again(monkeypatch):
    monkeypatch.setattr(answers, "PIECE_SECONDS", 0.05)
    monkeypatch.setattr(application_module, "LARGE_ANSWERS_AT_ONCE", 1)
    front = answering([b"x" * 1_000_000])

    async def attack():
        slow = asyncio.create_task(Client(method="GET", reads=False).ask(front))
        while front._large_answers.free:
            await asyncio.sleep(0.001)
        refused = await Client(method="GET", path="/api").ask(front)
        return await slow, refused, await Client(method="GET").ask(front)

    slow, refused, after = asyncio.run(attack())
    assert 0 < len(slow.body) < 1_000_000
    assert refused.error == (503, "unavailable")
    assert len(after.body) == 1_000_000


def test_a_client_that_has_gone_is_sent_no_more():
    class Gone(Client):
        async def send(self, message):
            await super().send(message)
            await asyncio.sleep(0)

    client = asyncio.run(Gone(b"", None, method="GET").ask(answering([b"x" * 10_000_000])))
    assert len(client.body) < 10_000_000


def test_live_needs_no_thread_and_a_slow_client_takes_none():
    """All threads are taken: what needs none is answered, what needs one waits."""
    free, taken = threading.Event(), threading.Barrier(3)

    def application(environ, start_response):
        if environ["PATH_INFO"] == "/hold":
            taken.wait(60)
            free.wait(60)
        start_response("200 OK", [])
        return [environ["PATH_INFO"].encode()]

    async def attack():
        front = Front(application, LIVE, threads=2)
        held = [asyncio.create_task(Client(method="GET", path="/hold").ask(front)) for _ in range(2)]
        await asyncio.to_thread(taken.wait, 60)
        live = [await Client(method=method, path=LIVE).ask(front) for method in ("GET", "HEAD")]
        posted = asyncio.create_task(Client(method="POST", path=LIVE).ask(front))
        await asyncio.sleep(0.01)
        assert not posted.done()
        free.set()
        return live, await posted, await asyncio.gather(*held)

    live, posted, held = asyncio.run(attack())
    for client in live:
        assert (client.status, client.body) == (200, b'{"status":"up"}')
        assert ("cache-control", "no-store") in client.headers
    assert posted.body == LIVE.encode()
    assert [client.body for client in held] == [b"/hold"] * 2


@pytest.mark.parametrize("bound", ["WAITING", "WAITING_SECONDS"])
def test_too_many_waiting_requests_are_refused(monkeypatch, bound):
    monkeypatch.setattr(application_module, bound, 0)
    free = threading.Event()

    def application(environ, start_response):
        free.wait(60)
        start_response("200 OK", [])
        return []

    async def attack():
        front = Front(application, LIVE, threads=1)
        first = asyncio.create_task(Client(method="GET").ask(front))
        await asyncio.sleep(0.05)
        second = asyncio.create_task(Client(method="GET", path="/api").ask(front))
        await asyncio.sleep(0.05)
        free.set()
        return await first, await second, await Client(method="GET").ask(front) if bound == "WAITING" else None

    first, second, third = asyncio.run(attack())
    assert second.error == (503, "unavailable")
    assert ("retry-after", "2") in second.headers
    if bound == "WAITING":
        assert (first.status, third.status) == (200, 200)


def test_an_application_that_fails_is_an_error():
    def application(environ, start_response):
        raise ValueError("a bug with a secret")

    client = ask(Front(application, LIVE), method="GET", path="/api")
    assert client.error == (500, "internal_error")
    assert b"secret" not in client.body


def test_other_connections_are_not_served():
    client = Client(type="websocket")
    assert asyncio.run(client.ask(answering([]))).sent == []


def test_each_thread_keeps_its_own_things_and_no_request_has_those_of_another():
    """Threads stay, and with them connections to the database; contexts are a thread's, not the loop's."""
    names = []

    def application(environ, start_response):
        names.append(threading.current_thread().name)
        start_response("200 OK", [])
        return []

    async def visit():
        front = Front(application, LIVE, threads=1)
        for _ in range(3):
            await Client(method="GET").ask(front)

    asyncio.run(visit())
    assert len(set(names)) == 1
