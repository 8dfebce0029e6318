"""The same application inside of the test, where what it asks can be made to fail."""

import asyncio
import json
import time

import pytest
from asgiref.testing import ApplicationCommunicator
from django.db import OperationalError, connections

from accounts.sign_in import tokens
from catalog_sync.models import FetchJob
from catalog_sync.realtime import authentication, job_events, server
from config import asgi

pytestmark = pytest.mark.django_db(transaction=True)

JOB = FetchJob(pk=7, search_term="star", status="running", progress=3, total=10)
PATIENCE = 30
HANDSHAKE = [(b"upgrade", b"websocket"), (b"connection", b"upgrade"), (b"host", b"127.0.0.1:8001")]


@pytest.fixture(autouse=True)
def _no_connection_is_left(monkeypatch):
    """The threads of a process that ends take theirs with them; those of a test would keep its database."""
    monkeypatch.setitem(connections.databases["default"], "CONN_MAX_AGE", 0)


class Line:
    """A WebSocket, without a network."""

    def __init__(self, headers=()):
        scope = {"path": "/socket.io/", "query_string": b"EIO=4&transport=websocket", "headers": [*HANDSHAKE, *headers]}
        self.asgi = ApplicationCommunicator(asgi.application, {"type": "websocket"} | scope)

    async def open(self, token=None):
        await self.asgi.send_input({"type": "websocket.connect"})
        assert await self.asgi.receive_output(PATIENCE) == {"type": "websocket.accept"}
        await self.next()
        if token:
            await self.say("40" + json.dumps({"token": token}))
        return self

    async def say(self, text):
        await self.asgi.send_input({"type": "websocket.receive", "text": text})

    async def next(self):
        """The next packet, or how it ended."""
        said = await self.asgi.receive_output(PATIENCE)
        return said.get("text") or said["type"]

    async def close(self):
        await self.asgi.send_input({"type": "websocket.disconnect"})
        await self.asgi.wait(PATIENCE)


def run(monkeypatch, scenario):
    """`await scenario(realtime)` in a process of its own, so to speak."""

    async def whole():
        realtime = server.Realtime()
        monkeypatch.setattr(asgi, "sockets", asgi.ASGIApp(realtime.sio, other_asgi_app=asgi.anything_else))
        await realtime.start()
        try:
            await scenario(realtime)
        finally:
            await realtime.stop()

    asyncio.run(whole())


def test_who_is_let_in_hears_and_who_is_signed_out_is_dismissed(monkeypatch, pair):
    async def scenario(realtime):
        line = await Line().open(pair.access)
        assert (await line.next()).startswith('40{"sid":')
        while not await realtime.in_thread(is_heard):
            await asyncio.sleep(0.02)
        await realtime.in_thread(job_events.progress, JOB)
        assert json.loads((await line.next())[2:])[0] == "fetch:progress"
        assert await realtime.expired_sids() == set()
        await realtime.in_thread(tokens.revoke, pair.session)
        gone = await realtime.expired_sids()
        assert gone == set(realtime.guests)
        await realtime.dismiss(gone)
        assert await line.next() == "41"
        assert realtime.guests == {}
        await line.close()

    run(monkeypatch, scenario)


def is_heard():
    manager = job_events._manager(job_events.channel.url(), job_events.channel.channel())
    manager.connected or manager._redis_connect()
    return manager.redis.pubsub_numsub(manager.channel)[0][1]


def fail(*_):
    raise OperationalError("the database is away")


def test_without_the_database_nobody_comes_in_and_who_is_inside_stays_for_a_while(monkeypatch, pair, events):
    async def scenario(realtime):
        line = await Line().open(pair.access)
        await line.next()
        monkeypatch.setattr(authentication, "welcome", fail)
        monkeypatch.setattr(authentication, "admit", fail)
        assert await realtime.expired_sids() == set()
        late = await Line().open(pair.access)
        assert json.loads((await late.next())[2:]) == {"message": server.NOT_NOW, "data": {"code": "unavailable"}}
        realtime.trusted_until = time.monotonic() - 1
        assert await realtime.expired_sids() == set(realtime.guests)
        assert len(realtime.guests) == 1
        for one in (line, late):
            await one.close()

    run(monkeypatch, scenario)
    assert len(events("socket_not_admitted")) == 1
    assert len(events("socket_check_failed")) == 2


def test_a_database_that_does_not_answer_is_not_waited_for(monkeypatch, pair):
    async def scenario(realtime):
        monkeypatch.setattr(server, "ANSWER_SECONDS", 0.05)
        monkeypatch.setattr(authentication, "admit", lambda *_: time.sleep(0.5))
        line = await Line().open(pair.access)
        assert json.loads((await line.next())[2:])["data"] == {"code": "unavailable"}
        await line.close()

    run(monkeypatch, scenario)


def test_who_leaves_while_we_ask_leaves_nothing_behind(monkeypatch, pair):
    async def scenario(realtime):
        asked, go_on, admit = asyncio.Event(), asyncio.Event(), realtime.admit

        async def slowly(*arguments):
            asked.set()
            await go_on.wait()
            return await admit(*arguments)

        monkeypatch.setattr(realtime, "admit", slowly)
        line = await Line().open(pair.access)
        await asked.wait()
        for connection in list(realtime.sio.eio.sockets):
            del realtime.sio.eio.sockets[connection]
        go_on.set()
        for _ in range(100):  # until it was admitted, and missed; a busy machine takes its time
            await asyncio.sleep(0.1)
            if not list(realtime.manager.get_participants("/", None)):
                break
        assert realtime.guests == {}
        assert list(realtime.manager.get_participants("/", None)) == []
        await line.close()

    run(monkeypatch, scenario)


def test_a_round_that_fails_is_followed_by_another(monkeypatch, pair, events):
    async def scenario(realtime):
        rounds = []

        async def dismiss(sids):
            rounds.append(sids)
            if len(rounds) == 1:
                raise KeyError("gone")

        monkeypatch.setattr(server, "CHECK_SECONDS", 0.01)
        monkeypatch.setattr(realtime, "dismiss", dismiss)
        realtime.watching.cancel()
        realtime.watching = asyncio.create_task(realtime.watch())
        while len(rounds) < 3:
            await asyncio.sleep(0.01)

    run(monkeypatch, scenario)
    assert len(events("socket_round_failed")) == 1


def test_connections_without_anybody_are_ended_in_time(monkeypatch, pair):
    async def scenario(realtime):
        silent, welcome, refused = await Line().open(), await Line().open(pair.access), await Line().open("x")
        await welcome.next()
        assert (await refused.next()).startswith("44{")
        await realtime.close_silent_connections()
        assert await refused.next() == "1"
        monkeypatch.setattr(server, "SILENT_SECONDS", 0)
        await realtime.close_silent_connections()
        assert await silent.next() == "1"
        assert await welcome.asgi.receive_nothing()
        for line in (silent, welcome, refused):
            await line.close()

    run(monkeypatch, scenario)


async def ask(path, method="GET", query=b""):
    scope = {"type": "http", "path": path, "method": method, "query_string": query, "headers": []}
    communicator = ApplicationCommunicator(asgi.application, scope)
    await communicator.send_input({"type": "http.request"})
    return (await communicator.receive_output(PATIENCE))["status"]


def test_what_never_ends_and_what_cannot_be_read_is_answered(monkeypatch):
    async def scenario(realtime):
        assert await ask("/health/live") == 200
        assert await ask("/") == 404
        monkeypatch.setattr(asgi, "REQUEST_SECONDS", 0.05)
        monkeypatch.setattr(realtime.sio, "handle_request", lambda *_: asyncio.sleep(60))
        assert await ask("/socket.io/", "POST", b"EIO=4&transport=polling") == 404
        monkeypatch.undo()

    run(monkeypatch, scenario)


def test_a_packet_that_cannot_be_read_ends_its_line_only(monkeypatch):
    async def scenario(_realtime):
        line, other = await Line().open(), await Line().open()
        await line.say("é")
        assert await line.next() == "websocket.close"
        await other.say("40")
        assert (await other.next()).startswith('44{"message":"Sign in first."')
        await other.close()

    run(monkeypatch, scenario)
