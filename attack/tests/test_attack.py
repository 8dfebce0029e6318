"""The attacker itself: its list of attacks, its verdicts, its exit code, and the proxy that hangs."""

import socket
import threading
from contextlib import suppress

import pytest

from attack import report
from attack.attempts import ALL
from attack.registry import Attack, Verdict, choose, run
from attack.site.proxy import Proxy
from attack.visitors.crowd import Sample
from attack.visitors.customer import totp
from attack.visitors.drill import judge, percentiles

HOLDS = Attack("holds", 1, "Nothing", lambda site: Verdict(held=True, figure="It held."))
FALLS = Attack("falls", 2, "A planted fault", lambda site: Verdict(held=False, figure="3 of 4 got in."))
BREAKS = Attack("breaks", 3, "A step that is refused", lambda site: Verdict(held=bool(1 / 0), figure=""))


def test_every_point_of_the_issue_is_tried_and_every_name_is_unique():
    assert {one.item for one in ALL} == set(range(1, 14))
    assert len({one.name for one in ALL}) == len(ALL)


def test_some_are_chosen_by_name_in_the_order_of_all():
    assert choose([HOLDS, FALLS], []) == [HOLDS, FALLS]
    assert choose([HOLDS, FALLS], ["falls"]) == [FALLS]
    with pytest.raises(ValueError, match=r"^No attack is called wrong: make attack ARGS=--list lists them\.$"):
        choose([HOLDS], ["wrong"])


@pytest.mark.parametrize(("attacks", "code"), [([HOLDS], 0), ([HOLDS, FALLS], 1), ([BREAKS], 1)])
def test_the_exit_code_says_whether_all_held(attacks, code):
    assert report.exit_code([(one, run(one, None)) for one in attacks]) == code


def test_what_did_not_hold_is_in_the_table(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "RESULTS", tmp_path / "attack.txt")
    report.write([(one, run(one, None)) for one in (FALLS, HOLDS, BREAKS)], 90)
    written = (tmp_path / "attack.txt").read_text()
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in written.splitlines() if line.startswith("│")]
    assert lines == [
        ["1", "holds", "Nothing", "yes", "It held."],
        ["2", "falls", "A planted fault", "NO", "3 of 4 got in."],
        ["3", "breaks", "A step that is refused", "NO", "It ended half-way: ZeroDivisionError: division by zero"],
    ]
    assert written.splitlines()[-1] == "1 of 3 held, in 1.5 minutes."


class Seen:
    """What a crowd saw: so many answers of each kind, each after so many seconds."""

    def __init__(self, seconds, status=200):
        self.samples = [Sample(kind, seconds, status) for kind in ("live", "buy", "visit")]

    def of(self, kind):
        return [sample for sample in self.samples if sample.kind == kind]


@pytest.mark.parametrize(
    ("seen", "before", "held"),
    [
        (Seen(0.9), Seen(0.1), True),
        (Seen(1.1), Seen(0.1), False),
        (Seen(1.1), Seen(0.6), True),  # a machine that is busy anyway
        (Seen(0.1, status=503), Seen(0.1), False),
        (Seen(0.1, status=0), Seen(0.1), False),
    ],
)
def test_a_site_holds_when_each_answer_comes_within_a_second(seen, before, held):
    assert judge(seen, before).held is held


def test_times_are_told_in_milliseconds():
    samples = [Sample("live", number / 100, 200 if number else 500) for number in range(101)]
    assert percentiles(samples) == "500/959/1000 ms (1 of 101 failed: 1 x 500)"


def test_the_codes_are_those_of_an_authenticator_app():
    # RFC 6238, appendix B, whose codes have eight digits.
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert [totp(secret, moment) for moment in (59, 1111111109, 20000000000)] == ["287082", "081804", "353130"]


@pytest.fixture
def proxy():
    """A proxy in front of a service that sends back what it gets."""
    service = socket.create_server(("127.0.0.1", 0))

    def serve():
        with suppress(OSError):
            while True:
                connection, _ = service.accept()
                threading.Thread(target=echo, args=[connection], daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    proxy = Proxy(service.getsockname()[1])
    yield proxy
    proxy.close()
    service.close()


def echo(connection):
    with connection, suppress(OSError):
        while data := connection.recv(1024):
            connection.sendall(data)


def connect(proxy):
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=20)


def test_a_hung_service_takes_all_and_answers_later(proxy):
    with connect(proxy) as old:
        old.sendall(b"before")
        assert old.recv(100) == b"before"
        with proxy.hanging(), connect(proxy) as new:
            for connection in (old, new):
                connection.sendall(b"meanwhile")
                connection.settimeout(0.2)
                with pytest.raises(TimeoutError):
                    connection.recv(100)
                connection.settimeout(20)
        assert old.recv(100) == b"meanwhile"


def test_a_dead_service_ends_its_connections_and_takes_none_until_it_is_back(proxy):
    with connect(proxy) as old:
        old.sendall(b"before")
        assert old.recv(100) == b"before"
        with proxy.dead():
            with pytest.raises(ConnectionError), connect(proxy):
                pass
            with suppress(ConnectionError):
                assert old.recv(100) == b""
    with connect(proxy) as new:
        new.sendall(b"again")
        assert new.recv(100) == b"again"
