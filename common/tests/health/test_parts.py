"""Parts that hang, and the readers who ask for them all the same."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Thread

import pytest

from common.health import parts
from common.health.parts import Part, PartDownError

UNKNOWN = {"status": "down", "error": "It does not answer."}


class Hanging:
    """A check that hangs while it is told to, and counts itself."""

    def __init__(self):
        self.free = Event()
        self.asked = 0

    def __call__(self):
        self.asked += 1
        self.free.wait(60)


@pytest.fixture
def hanging():
    check = Hanging()
    yield check
    check.free.set()


@pytest.fixture(autouse=True)
def _fresh_for_long(monkeypatch):
    """No part is asked again because the machine is busy."""
    monkeypatch.setattr(parts, "FRESH_SECONDS", 600)


def read(part):
    state = dict(part.state())
    return {name: value for name, value in state.items() if name != "latency_ms"}


def wait_until(happened):
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_state_is_kept_for_a_while(monkeypatch):
    asked = []
    part = Part("x", lambda: asked.append(1))
    assert part.state() is part.state()
    assert len(asked) == 1
    monkeypatch.setattr(part, "_fresh_until", 0)
    assert read(part) == {"status": "up"}
    assert len(asked) == 2


def test_a_crowd_of_monitors_asks_a_part_once():
    asked, everyone = [], Barrier(20)

    def check():
        asked.append(1)
        time.sleep(0.05)

    part = Part("x", check)

    def monitor(_):
        everyone.wait(60)
        return read(part)

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(monitor, range(20))) == [{"status": "up"}] * 20
    assert len(asked) == 1


def test_a_part_that_hangs_holds_nobody_for_long_and_is_asked_once(hanging, monkeypatch):
    monkeypatch.setattr(parts, "WAIT_SECONDS", 0.1)
    part = Part("x", hanging)
    asking = [Thread(target=part.state) for _ in range(5)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join(50)
        assert not thread.is_alive()
    assert (read(part), hanging.asked) == (UNKNOWN, 1)
    hanging.free.set()
    wait_until(lambda: read(part) == {"status": "up"})
    assert hanging.asked == 1


def test_while_a_part_hangs_its_last_state_is_told_and_then_that_it_is_down(hanging, monkeypatch):
    hanging.free.set()
    part = Part("x", hanging)
    assert read(part) == {"status": "up"}
    hanging.free.clear()
    part._fresh_until = 0
    monkeypatch.setattr(parts, "WAIT_SECONDS", 0.1)
    monkeypatch.setattr(parts, "PATIENCE_SECONDS", 60)
    assert read(part) == {"status": "up"}
    monkeypatch.setattr(parts, "PATIENCE_SECONDS", 0)
    assert read(part) == UNKNOWN
    assert hanging.asked == 2


def test_all_parts_are_waited_for_together(monkeypatch):
    """Each check ends when all have begun."""
    monkeypatch.setattr(parts, "_parts", {})
    everyone = Barrier(20, timeout=60)
    for number in range(20):
        parts.register(f"part {number}", everyone.wait)
    assert {state["status"] for state in parts.states(upstream=False).values()} == {"up"}


def test_a_part_that_is_down_says_why_and_no_more(caplog):
    def refuse():
        raise PartDownError("The cache does not answer.")

    def fail():
        raise ConnectionError("db.internal refused marquee")

    assert read(Part("x", refuse)) == {"status": "down", "error": "The cache does not answer."}
    assert read(Part("y", fail)) == {"status": "down", "error": "Not usable (ConnectionError)."}


@pytest.mark.django_db
def test_a_hung_store_leaves_live_and_the_rest_of_the_health(client, hanging, monkeypatch):
    assert client.get("/api/v1/health/database").status_code == 200
    monkeypatch.setattr(parts, "WAIT_SECONDS", 0.1)
    parts._parts["storage"].check = hanging
    body = client.get("/api/v1/health").json()
    assert (body["status"], body["checks"]["storage"]["status"]) == ("degraded", "down")
    assert body["checks"]["database"]["status"] == "up"
    assert client.get("/api/v1/health/live").status_code == 200
    assert client.get("/api/v1/health/storage").status_code == 503
    assert hanging.asked == 1
