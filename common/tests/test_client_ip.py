import pytest
from django.test import RequestFactory

from common.client_ip import client_block, client_ip

FORGED = "203.0.113.66"


def asked(forwarded=None, direct="198.51.100.7"):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return RequestFactory().get("/", headers=headers, REMOTE_ADDR=direct)


@pytest.mark.parametrize("forwarded", [None, "", FORGED, f"{FORGED}, 192.0.2.1", "nonsense"])
def test_without_a_proxy_the_header_is_ignored(settings, forwarded):
    settings.TRUSTED_PROXY_COUNT = 0
    assert client_ip(asked(forwarded)) == "198.51.100.7"


@pytest.mark.parametrize(
    ("count", "forwarded", "expected"),
    [
        (1, "192.0.2.1", "192.0.2.1"),
        (1, f"{FORGED}, 192.0.2.1", "192.0.2.1"),
        (1, f"{FORGED},{FORGED}, 192.0.2.1 ", "192.0.2.1"),
        (2, f"{FORGED}, 192.0.2.1, 10.0.0.2", "192.0.2.1"),
        (1, "192.0.2.1:4711", "192.0.2.1"),
        (1, "[2001:DB8::1]:4711", "2001:db8::1"),
        (1, "2001:0DB8:0:0:0:0:0:1", "2001:db8::1"),
        (1, "::ffff:192.0.2.1", "192.0.2.1"),
        (1, "fe80::1%eth0", "fe80::1"),
    ],
)
def test_behind_proxies_their_part_is_believed_and_no_more(settings, count, forwarded, expected):
    settings.TRUSTED_PROXY_COUNT = count
    assert client_ip(asked(forwarded)) == expected


@pytest.mark.parametrize(
    ("count", "forwarded"),
    [(1, None), (1, ""), (1, "unknown"), (1, f"{FORGED}, "), (1, f"{FORGED}, 300.1.1.1"), (2, "192.0.2.1"), (1, "[")],
)
def test_garbage_is_the_address_that_is_connected(settings, count, forwarded):
    settings.TRUSTED_PROXY_COUNT = count
    assert client_ip(asked(forwarded)) == "198.51.100.7"


def test_no_address_at_all(settings):
    settings.TRUSTED_PROXY_COUNT = 0
    assert client_ip(asked(direct="")) == client_block(asked(direct="")) == ""


@pytest.mark.parametrize(
    ("direct", "block"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
    ],
)
def test_limits_count_a_whole_network_of_ipv6(settings, direct, block):
    settings.TRUSTED_PROXY_COUNT = 0
    assert client_block(asked(direct=direct)) == block


@pytest.mark.parametrize(("count", "logged"), [(0, "198.51.100.7"), (1, "192.0.2.1")])
def test_the_log_names_the_same_address(client, settings, monkeypatch, count, logged):
    settings.TRUSTED_PROXY_COUNT = count
    bound = {}
    monkeypatch.setattr("structlog.contextvars.bind_contextvars", lambda **fields: bound.update(fields))
    client.get("/api", headers={"X-Forwarded-For": f"{FORGED}, 192.0.2.1"}, REMOTE_ADDR="198.51.100.7")
    assert bound["ip"] == logged
