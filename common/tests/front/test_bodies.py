"""Bodies that are slow, broken or too large, and bounds on how many there are."""

import asyncio
from tempfile import SpooledTemporaryFile

import pytest
from django.core.exceptions import RequestDataTooBig

from common.front import application as application_module
from common.front import bodies
from common.front.application import Front
from common.tests.front.clients import LIVE, Client, ask

JSON, CHUNKED = ("content-type", "application/json"), ("transfer-encoding", "chunked")


@pytest.fixture(autouse=True)
def _limits(settings, monkeypatch):
    settings.API_MAX_BODY_BYTES, settings.MAX_UPLOAD_BYTES = 100, 1_000_000
    monkeypatch.setattr(bodies, "IDLE_SECONDS", 0.05)


@pytest.fixture
def lengths():
    return []


@pytest.fixture
def front(lengths):
    """A front whose application notes the length of each body, and refuses those that it cannot read."""

    def application(environ, start_response):
        try:
            lengths.append(len(environ["wsgi.input"].read()))
            start_response("200 OK", [])
        except RequestDataTooBig:
            start_response("413 Content Too Large", [])
            lengths.append(environ["CONTENT_LENGTH"])
        return [b"done"]

    return Front(application, LIVE)


def declare(length):
    return [JSON, ("content-length", str(length))]


def test_a_silent_client_is_told_so_and_asked_to_go(front, lengths):
    client = ask(front, b"{", is_silent=True, path="/api/v1/auth/login", headers=declare(50))
    assert client.error == (408, "request_timeout")
    assert {("connection", "close"), ("cache-control", "no-store")} <= set(client.headers)
    assert lengths == []


def test_a_page_says_it_in_words(front):
    client = ask(front, is_silent=True, headers=declare(50))
    assert client.status == 408
    assert ("content-type", "text/html; charset=utf-8") in client.headers
    assert b"<h1>That took too long</h1>" in client.body


def test_one_byte_now_and_then_is_not_enough(front, lengths, monkeypatch):
    monkeypatch.setattr(bodies, "START_SECONDS", 0.2)

    class Dripping(Client):
        async def receive(self):
            await asyncio.sleep(0.01)
            return {"type": "http.request", "body": b"x", "more_body": True}

    client = asyncio.run(Dripping(path="/api/v1", headers=declare(100)).ask(front))
    assert client.error == (408, "request_timeout")
    assert lengths == []


def test_a_body_that_breaks_off_is_not_taken_for_a_whole_one(front, lengths):
    assert ask(front, b"abc", None, path="/api", headers=[JSON, CHUNKED]).error == (400, "validation_failed")
    assert lengths == []


@pytest.mark.parametrize(("size", "status"), [(100, 200), (101, 413)])
def test_the_limit_of_a_body(front, lengths, size, status):
    """Django is asked, which refuses as it always does, and is told a length that is too large."""
    for headers in (declare(size), [JSON, CHUNKED]):
        assert ask(front, b"x" * 60, b"x" * (size - 60), headers=headers).status == status
    assert lengths == ([100, 100] if status == 200 else ["101", "101"])


def test_a_body_that_declares_to_be_too_large_is_not_read(front, lengths):
    client = ask(front, b"never read", is_silent=True, headers=declare(10**9))
    assert (client.status, client.pieces, lengths) == (413, [b"never read"], [str(10**9)])


def test_nothing_is_kept_of_a_body_that_never_ends(front, lengths, monkeypatch):
    written = []
    write = SpooledTemporaryFile.write
    monkeypatch.setattr(SpooledTemporaryFile, "write", lambda self, piece: (written.append(piece), write(self, piece)))
    pieces = [b"x" * 50] * 1000
    assert ask(front, *pieces, headers=[JSON, CHUNKED]).status == 413
    assert b"".join(written).count(b"x") <= 150
    assert lengths == ["150"]


def test_a_form_with_files_may_be_larger_and_lies_in_a_file(front, lengths, monkeypatch):
    rolled = []
    rollover = SpooledTemporaryFile.rollover
    monkeypatch.setattr(SpooledTemporaryFile, "rollover", lambda self: (rolled.append(1), rollover(self)))
    form = [("content-type", "Multipart/form-data; boundary=x"), CHUNKED]
    assert ask(front, *[b"x" * 50_000] * 10, headers=form).status == 200
    assert (lengths, rolled) == ([500_000], [1])


def test_the_number_of_large_bodies_is_bounded_and_small_ones_do_not_count(lengths, monkeypatch):
    monkeypatch.setattr(application_module, "LARGE_BODIES_AT_ONCE", 1)
    monkeypatch.setattr(bodies, "IDLE_SECONDS", 5)
    form = [("content-type", "multipart/form-data; boundary=x"), CHUNKED]
    large = b"x" * (bodies.IN_MEMORY_BYTES + 1)

    def application(environ, start_response):
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()[:1]]

    async def attack():
        front = Front(application, LIVE)
        slow = asyncio.create_task(Client(large, is_silent=True, headers=form).ask(front))
        await asyncio.sleep(0.05)
        second = await Client(large, path="/api", headers=form).ask(front)
        small = await Client(b"{}", headers=declare(2)).ask(front)
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)
        third = await Client(large, headers=form).ask(front)
        return second, small, third

    second, small, third = asyncio.run(attack())
    assert second.error == (503, "unavailable")
    assert ("retry-after", "2") in second.headers
    assert (small.status, third.status) == (200, 200)


def test_the_number_of_bodies_is_bounded_and_every_end_frees_a_place(front, monkeypatch):
    monkeypatch.setattr(application_module, "BODIES_AT_ONCE", 2)
    bounded = Front(front._application, LIVE)

    async def attack():
        slow = [Client(b"{", is_silent=True, headers=declare(5)), Client(b"{", None, headers=declare(5))]
        gone = await slow[1].ask(bounded)
        held = [asyncio.create_task(slow[0].ask(bounded)) for _ in range(2)]
        await asyncio.sleep(0)
        refused = await Client(b"{}", path="/api", headers=declare(2)).ask(bounded)
        without = await Client(method="GET").ask(bounded)
        await asyncio.gather(*held)
        return gone, refused, without, await Client(b"{}", headers=declare(2)).ask(bounded)

    gone, refused, without, after = asyncio.run(attack())
    assert refused.error == (503, "unavailable")
    assert (gone.status, without.status, after.status) == (400, 200, 200)
    assert bounded._bodies.free == 2
