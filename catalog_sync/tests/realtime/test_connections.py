"""Bounds on connections, without a network."""

import asyncio

import pytest

from catalog_sync.realtime import connections
from catalog_sync.realtime.connections import Addresses, Hearing, TooManyError, address_of
from config import asgi


def scope(address="203.0.113.7", **options):
    return {"type": "http", "path": "/", "headers": [], "client": (address, "50000"), **options}


def test_an_address_has_only_some_connections(monkeypatch):
    monkeypatch.setattr(connections, "CONNECTIONS_PER_ADDRESS", 2)
    addresses = Addresses()
    with addresses.take(scope()), addresses.take(scope()):
        with pytest.raises(TooManyError), addresses.take(scope()):
            pass
        with addresses.take(scope("203.0.113.8")):
            assert addresses.open.total() == 3
    assert not addresses.open


def test_one_network_is_one_address_and_the_proxy_names_it(settings):
    assert address_of(scope("2001:db8::1")) == address_of(scope("2001:db8::2")) == "2001:db8::/64"
    forwarded = scope(headers=[(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"198.51.100.1")])
    assert address_of(forwarded) == "203.0.113.7"
    settings.TRUSTED_PROXY_COUNT = 1
    assert address_of(forwarded) == "198.51.100.1"
    assert address_of({}) == ""


@pytest.mark.parametrize(("kind", "refusal"), [("http", 429), ("websocket", None)])
def test_what_is_too_much_is_refused(monkeypatch, kind, refusal):
    monkeypatch.setattr(connections, "CONNECTIONS_PER_ADDRESS", 0)
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(asgi.application(scope(type=kind), None, send))
    assert sent[0].get("status") == refusal
    assert sent[-1]["type"] in {"http.response.body", "websocket.close"}


def test_no_message_is_lost_and_silence_ends_what_is_no_manager_s(monkeypatch):
    monkeypatch.setattr(connections, "LOOK_SECONDS", 0.01)

    async def scenario():
        queue, managers = asyncio.Queue(), {"yes": True}
        hearing = Hearing(queue.get, lambda: managers["yes"], 0.05)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(hearing(), 0.2)
        queue.put_nowait({"type": "websocket.receive", "text": "first"})
        assert (await hearing())["text"] == "first"
        managers.clear()
        managers["yes"] = False
        ended = await hearing()
        hearing.stop()
        return ended

    assert asyncio.run(scenario())["type"] == "websocket.disconnect"
