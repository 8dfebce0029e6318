"""Misuse by clients, with the raw protocol: no library would send this."""

import json
import socket
import time
from contextlib import suppress

import pytest
import requests
import websocket
from django.db import connection
from redis import Redis

from accounts.sign_in import tokens
from accounts.tests.factories import ManagerFactory
from catalog_sync.models import FetchJob
from catalog_sync.realtime import job_events
from catalog_sync.realtime import server as limits
from catalog_sync.tests.realtime.conftest import environment
from catalog_sync.tests.realtime.sockets import SECONDS, Client, Server
from devstack.processes import free_port
from devstack.services.redis import Redis as EmbeddedRedis

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("realtime")]

JOB = FetchJob(pk=7, search_term="star", status="running", progress=3, total=10)
PROGRESS = {"jobId": 7, "progress": 3, "total": 10, "searchTerm": "star", "status": "running"}
POLLING = "/socket.io/?EIO=4&transport=polling"


class RawSocket:
    """A WebSocket with hand-written packets of Engine.IO (first digit) and Socket.IO (second digit)."""

    def __init__(self, server, token=None):
        address = server.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
        self.socket = websocket.create_connection(address, timeout=SECONDS, suppress_origin=True)
        self.next()
        if token:
            self.send("40" + json.dumps({"token": token}))
            assert self.next().startswith('40{"sid"')

    def send(self, text):
        self.socket.send(text)

    def next(self):
        """Return the next packet; empty when the server has closed the connection."""
        try:
            return self.socket.recv()
        except (websocket.WebSocketConnectionClosedException, ConnectionError):
            return ""

    def wait_for_end(self):
        """Wait until the server closes the connection; Engine.IO may say so before, by a packet."""
        packets = [packet for packet in iter(self.next, "") if packet != "1"]
        assert packets == []

    def close(self):
        self.socket.close()


def assert_serves(server, token):
    with Client(server.url, token=token, transports=["websocket"]) as client:
        job_events.emit_progress(JOB)
        assert client.next() == ("fetch:progress", PROGRESS)


NONSENSE = [
    "", "4", "4x", "4999999999999-", "42", "42[]", "42{}", '42["x"', "41", "43", "44", "45", "46", "49", "45_",
    "451-[1]", "40/admin,", "40/,{}", "2", "2probe", "3", "5", "6", "9", "é", "4" + "[" * 9000, '42["\\u0000"]',
    "4" + "9" * 200, "\0",
]  # fmt: skip


def test_invalid_packets_do_no_harm(server, token):
    for letters in NONSENSE:
        for raw in (RawSocket(server), RawSocket(server, token)):
            raw.send(letters)
            raw.socket.send_binary(letters.encode())
            raw.close()
    for body in (*NONSENSE, "\x1e" * 9000):
        opened = requests.get(server.url + POLLING, timeout=SECONDS).text
        sid = json.loads(opened[1:])["sid"]
        with suppress(requests.ReadTimeout):  # what ends the connection is answered when the client polls
            requests.post(f"{server.url}{POLLING}&sid={sid}", data=body.encode(), timeout=0.5)
    assert_serves(server, token)
    assert "Traceback" not in server.log.read_text()


def test_events_of_clients_are_ignored(server, pair):
    """Also those with the name of an event of the library."""
    raw = RawSocket(server, pair.access)
    for event in ("fetch:progress", "message", "connect", "disconnect"):
        raw.send("42" + json.dumps([event, {"jobId": 1}]))
        raw.send("421" + json.dumps([event]))  # and requests an acknowledgement
    with Client(server.url, token=pair.access, transports=["websocket"]) as client:
        job_events.emit_progress(JOB)
        assert client.next() == ("fetch:progress", PROGRESS)
    progress = "42" + json.dumps(["fetch:progress", PROGRESS], separators=(",", ":"))
    # Two acknowledgements without data, which may come before the event or after it.
    assert sorted(raw.next() for _ in range(3)) == [progress, "431[]", "431[]"]
    tokens.revoke(pair.session)  # its own disconnect event did not hide the socket
    assert raw.next() == "41"
    raw.close()


def test_a_second_connect_on_one_connection_is_refused(server, token):
    raw = RawSocket(server, token)
    raw.send("40" + json.dumps({"token": token}))
    assert raw.next() == '44"Unable to connect"'
    raw.close()


def test_oversized_messages_end_the_connection(server, token):
    raw = RawSocket(server, token)
    raw.send("4" + "x" * limits.MAX_MESSAGE_BYTES)
    assert raw.next() == ""
    opened = requests.get(server.url + POLLING, timeout=SECONDS).text
    address = f"{server.url}{POLLING}&sid={json.loads(opened[1:])['sid']}"
    with suppress(requests.ReadTimeout):
        requests.post(address, data=b"4" * (limits.MAX_MESSAGE_BYTES + 1), timeout=0.5)
    assert requests.get(address, timeout=SECONDS).status_code == 400  # the session has ended


def test_silent_connections_are_closed(server, token):
    silent, refused, accepted = RawSocket(server), RawSocket(server), RawSocket(server, token)
    refused.send("40")
    assert refused.next().startswith('44{"message":"Sign in first."')
    for raw in (refused, silent):
        raw.send("3")  # to keep the connection open all the same
        raw.wait_for_end()
    job_events.emit_progress(JOB)
    assert accepted.next() == "42" + json.dumps(["fetch:progress", PROGRESS], separators=(",", ":"))
    accepted.close()


def test_clients_that_say_nothing_lose_their_places_by_themselves(server, token):
    """A WebSocket, one that was begun by polling and never upgraded, and one that sent not even its headers.

    python-socketio keeps the first for 45 s, and the second for ever.
    """
    accepted = RawSocket(server, token)
    sid = json.loads(requests.get(server.url + POLLING, timeout=SECONDS).text[1:])["sid"]
    begun = time.monotonic()
    address = server.url.replace("http", "ws") + f"/socket.io/?EIO=4&transport=websocket&sid={sid}"
    upgrading = websocket.create_connection(address, timeout=SECONDS, suppress_origin=True)
    host, port = server.url.removeprefix("http://").split(":")
    silent = RawSocket(server)
    with socket.create_connection((host, int(port)), timeout=SECONDS) as without_headers:
        without_headers.sendall(b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpg")
        silent.wait_for_end()
        with suppress(websocket.WebSocketConnectionClosedException, ConnectionError):
            assert upgrading.recv() == ""
        assert without_headers.recv(1) == b""
    assert time.monotonic() - begun < 40
    job_events.emit_progress(JOB)  # a manager's socket is as silent, and stays
    assert accepted.next() == "42" + json.dumps(["fetch:progress", PROGRESS], separators=(",", ":"))
    accepted.close()


def test_each_manager_has_a_limited_number_of_sockets(server, pair):
    sockets = [RawSocket(server, pair.access) for _ in range(limits.SOCKETS_PER_USER)]
    refusal = Client(server.url, token=pair.access, transports=["websocket"]).connect()
    assert refusal == {"message": "You have 20 sockets open already.", "data": {"code": "throttled"}}
    assert_serves(server, tokens.open_sign_in(ManagerFactory(password="")).access)
    for raw in sockets:
        raw.close()
    deadline = time.monotonic() + SECONDS
    while Client(server.url, token=pair.access, transports=["websocket"]).connect() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert_serves(server, pair.access)


def test_other_paths_are_not_found(server):
    assert server.status("/health/live") == 200
    for path in ("/", "/api/v1/health", "/admin/", "/socket.iox", "/../socket.io/"):
        assert server.status(path) == 404
    assert server.status("/socket.io/") == 400
    with pytest.raises(websocket.WebSocketBadStatusException):
        websocket.create_connection(server.url.replace("http", "ws") + "/", timeout=SECONDS)


def test_lost_connections_to_the_database_are_replaced(server, token):
    assert_serves(server, token)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone()[0] > 0
    assert_serves(server, token)


@pytest.fixture
def own_redis(tmp_path, settings):
    """Start a Redis that can be stopped; workers publish there as well."""
    redis = EmbeddedRedis(tmp_path, keep=False)
    redis.start()
    settings.BROKER_URL = redis.broker_url
    yield redis
    redis.stop()


def restart(redis, port, password):
    """Start it with the same port and password."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("devstack.services.redis.free_port", lambda: port)
        patch.setattr("devstack.services.redis.secrets.token_urlsafe", lambda _size: password)
        redis.start()


def test_redis_away_and_back(own_redis, pair, tmp_path):
    server = Server(free_port(), tmp_path, environment() | {"BROKER_URL": own_redis.broker_url})
    try:
        server.wait_until_up()
        with Client(server.url, token=pair.access, transports=["websocket"]) as client:
            job_events.emit_progress(JOB)
            assert client.next() == ("fetch:progress", PROGRESS)
            port, password = own_redis.port, own_redis.password
            own_redis.stop()
            job_events.emit_progress(JOB)  # lost
            assert_accepts(server, pair)
            restart(own_redis, port, password)
            wait_for_listener(own_redis.broker_url)
            job_events.emit_progress(JOB)
            assert client.next() == ("fetch:progress", PROGRESS)
    finally:
        server.stop()


def assert_accepts(server, pair):
    """Clients can connect also without Redis."""
    RawSocket(server, pair.access).close()


def wait_for_listener(url):
    deadline = time.monotonic() + SECONDS
    with Redis.from_url(url) as redis:
        while not redis.pubsub_numsub("marquee:1:realtime")[0][1]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
