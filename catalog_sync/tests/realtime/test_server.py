"""The application inside the test process, where its queries can be made to fail."""

import asyncio
import json
import threading
import time
from datetime import timedelta

import pytest
import time_machine
from asgiref.testing import ApplicationCommunicator
from django.db import OperationalError, connections
from django.utils import timezone

from accounts.sign_in import tokens
from catalog_sync.models import FetchJob
from catalog_sync.realtime import authentication, job_events, server
from config import asgi

pytestmark = pytest.mark.django_db(transaction=True)

JOB = FetchJob(pk=7, search_term="star", status="running", progress=3, total=10)
TIMEOUT = 60
HANDSHAKE = [(b"upgrade", b"websocket"), (b"connection", b"upgrade"), (b"host", b"127.0.0.1:8001")]


@pytest.fixture(autouse=True)
def _close_connections(monkeypatch):
    """Close the connections of the threads, which would keep the test database open."""
    monkeypatch.setitem(connections.databases["default"], "CONN_MAX_AGE", 0)


class WebSocket:
    """A WebSocket without a network."""

    def __init__(self, headers=()):
        scope = {"path": "/socket.io/", "query_string": b"EIO=4&transport=websocket", "headers": [*HANDSHAKE, *headers]}
        self.asgi = ApplicationCommunicator(asgi.application, {"type": "websocket"} | scope)

    async def open(self, token=None):
        await self.asgi.send_input({"type": "websocket.connect"})
        assert await self.asgi.receive_output(TIMEOUT) == {"type": "websocket.accept"}
        await self.next()
        if token:
            await self.send("40" + json.dumps({"token": token}))
        return self

    async def send(self, text):
        await self.asgi.send_input({"type": "websocket.receive", "text": text})

    async def next(self):
        """Return the next packet, or the type of the end."""
        message = await self.asgi.receive_output(TIMEOUT)
        return message.get("text") or message["type"]

    async def close(self):
        await self.asgi.send_input({"type": "websocket.disconnect"})
        await self.asgi.wait(TIMEOUT)


def run(monkeypatch, scenario):
    """Await `scenario(realtime)` with a running server."""

    async def run_server():
        realtime = server.RealtimeServer()
        monkeypatch.setattr(asgi, "realtime", realtime)
        monkeypatch.setattr(asgi, "sockets", asgi.ASGIApp(realtime.sio, other_asgi_app=asgi.anything_else))
        await realtime.start()
        try:
            await scenario(realtime)
        finally:
            await realtime.stop()

    asyncio.run(run_server())


def test_a_listener_gets_events_until_its_sign_out(monkeypatch, pair):
    async def scenario(realtime):
        socket = await WebSocket().open(pair.access)
        assert (await socket.next()).startswith('40{"sid":')
        while not await realtime.in_thread(count_subscribers):
            await asyncio.sleep(0.02)
        await realtime.in_thread(job_events.emit_progress, JOB)
        assert json.loads((await socket.next())[2:])[0] == "fetch:progress"
        assert await realtime.expired_sids() == set()
        await realtime.in_thread(tokens.revoke, pair.session)
        gone = await realtime.expired_sids()
        assert gone == set(realtime.listeners)
        await realtime.disconnect(gone)
        assert await socket.next() == "41"
        assert realtime.listeners == {}
        await socket.close()

    run(monkeypatch, scenario)


def test_an_expired_token_opens_no_socket_and_closes_none(monkeypatch, pair, settings):
    async def scenario(realtime):
        socket = await WebSocket().open(pair.access)
        await socket.next()
        with time_machine.travel(timezone.now() + timedelta(minutes=settings.ACCESS_TOKEN_MINUTES, seconds=1)):
            late = await WebSocket().open(pair.access)
            assert json.loads((await late.next())[2:])["data"] == {"code": "token_invalid"}
            assert await realtime.expired_sids() == set()  # the sign-in is still valid
        for one in (socket, late):
            await one.close()

    run(monkeypatch, scenario)


def count_subscribers():
    manager = job_events._manager(job_events.channel.redis_url(), job_events.channel.channel_name())
    manager.connected or manager._redis_connect()
    return manager.redis.pubsub_numsub(manager.channel)[0][1]


def fail(*_):
    raise OperationalError("the database is away")


def test_without_the_database_no_client_connects_and_open_sockets_stay_for_a_while(monkeypatch, pair, events):
    async def scenario(realtime):
        socket = await WebSocket().open(pair.access)
        await socket.next()
        monkeypatch.setattr(authentication, "still_signed_in", fail)
        monkeypatch.setattr(authentication, "authenticate", fail)
        assert await realtime.expired_sids() == set()
        late = await WebSocket().open(pair.access)
        assert json.loads((await late.next())[2:]) == {"message": server.NOT_NOW, "data": {"code": "unavailable"}}
        realtime.trusted_until = time.monotonic() - 1
        assert await realtime.expired_sids() == set(realtime.listeners)
        assert len(realtime.listeners) == 1
        for one in (socket, late):
            await one.close()

    run(monkeypatch, scenario)
    assert len(events("socket_not_admitted")) == 1
    assert len(events("socket_check_failed")) == 2


def test_a_silent_database_times_out(monkeypatch, pair):
    answers = threading.Event()

    async def scenario(realtime):
        monkeypatch.setattr(server, "ANSWER_SECONDS", 0.05)
        monkeypatch.setattr(authentication, "authenticate", lambda *_: answers.wait(60))
        socket = await WebSocket().open(pair.access)
        assert json.loads((await socket.next())[2:])["data"] == {"code": "unavailable"}
        answers.set()
        await socket.close()

    run(monkeypatch, scenario)


def test_a_client_that_disconnects_during_its_check_leaves_no_trace(monkeypatch, pair):
    async def scenario(realtime):
        checked, go_on, authenticate = asyncio.Event(), asyncio.Event(), realtime.authenticate

        async def slowly(*arguments):
            checked.set()
            await go_on.wait()
            return await authenticate(*arguments)

        monkeypatch.setattr(realtime, "authenticate", slowly)
        socket = await WebSocket().open(pair.access)
        await checked.wait()
        for connection in list(realtime.sio.eio.sockets):
            del realtime.sio.eio.sockets[connection]
        go_on.set()
        for _ in range(600):  # until it was authenticated and missed; slow on a busy machine
            await asyncio.sleep(0.1)
            if not list(realtime.manager.get_participants("/", None)):
                break
        assert realtime.listeners == {}
        assert list(realtime.manager.get_participants("/", None)) == []
        await socket.close()

    run(monkeypatch, scenario)


def test_a_failed_round_is_followed_by_another(monkeypatch, pair, events):
    async def scenario(realtime):
        rounds = []

        async def disconnect(sids):
            rounds.append(sids)
            if len(rounds) == 1:
                raise KeyError("gone")

        monkeypatch.setattr(server, "CHECK_SECONDS", 0.01)
        monkeypatch.setattr(realtime, "disconnect", disconnect)
        realtime.checking.cancel()
        realtime.checking = asyncio.create_task(realtime.check_forever())
        while len(rounds) < 3:
            await asyncio.sleep(0.01)

    run(monkeypatch, scenario)
    assert len(events("socket_round_failed")) == 1


def test_silent_connections_are_closed(monkeypatch, pair):
    async def scenario(realtime):
        silent, refused = await WebSocket().open(), await WebSocket().open("x")
        accepted = await WebSocket().open(pair.access)
        await accepted.next()
        assert (await refused.next()).startswith("44{")
        await realtime.close_silent_connections()
        assert await refused.next() == "1"
        monkeypatch.setattr(server, "SILENT_SECONDS", 0)
        await realtime.close_silent_connections()
        assert await silent.next() == "1"
        assert await accepted.asgi.receive_nothing()
        for socket in (silent, accepted, refused):
            await socket.close()

    run(monkeypatch, scenario)


async def request(path, method="GET", query=b""):
    scope = {"type": "http", "path": path, "method": method, "query_string": query, "headers": []}
    communicator = ApplicationCommunicator(asgi.application, scope)
    await communicator.send_input({"type": "http.request"})
    return (await communicator.receive_output(TIMEOUT))["status"]


def test_endless_and_invalid_requests_are_answered(monkeypatch):
    async def scenario(realtime):
        assert await request("/health/live") == 200
        assert await request("/") == 404
        monkeypatch.setattr(asgi, "REQUEST_SECONDS", 0.05)
        monkeypatch.setattr(realtime.sio, "handle_request", lambda *_: asyncio.sleep(60))
        assert await request("/socket.io/", "POST", b"EIO=4&transport=polling") == 404
        monkeypatch.undo()

    run(monkeypatch, scenario)


def test_an_invalid_packet_ends_its_connection_only(monkeypatch):
    async def scenario(_realtime):
        socket, other = await WebSocket().open(), await WebSocket().open()
        await socket.send("é")
        assert await socket.next() == "websocket.close"
        await other.send("40")
        assert (await other.next()).startswith('44{"message":"Sign in first."')
        await other.close()

    run(monkeypatch, scenario)
