import pytest
from django.core.checks import INFO, WARNING
from django.test import RequestFactory

from common import system_checks
from common.http.context import site


def found(check):
    return [(message.id, message.level) for message in check()]


@pytest.mark.parametrize(
    ("url", "debug", "expected"),
    [
        ("http://cinema.example", False, [("marquee.W001", WARNING)]),
        ("http://192.168.0.7:8000", False, [("marquee.W001", WARNING)]),
        ("http://cinema.example", True, []),
        ("https://cinema.example", False, []),
        ("http://localhost:8000", False, []),
        ("http://127.0.0.1:8000", False, []),
        ("http://[::1]:8000", False, []),
    ],
)
def test_public_url(settings, url, debug, expected):
    settings.PUBLIC_URL, settings.DEBUG = url, debug
    assert found(system_checks.check_public_url) == expected


@pytest.mark.parametrize(
    ("broker", "expected"),
    [
        ("redis://cache:6379/0", [("marquee.W002", WARNING)]),
        ("redis://user:pass@cache", [("marquee.W002", WARNING)]),
        ("redis://cache:6379/1", []),
        ("redis://queue:6379/0", []),
        ("redis://cache:6380/0", []),
    ],
)
def test_broker(settings, broker, expected):
    settings.REDIS_URL, settings.BROKER_URL = "redis://cache:6379", broker
    assert found(system_checks.check_broker) == expected


@pytest.mark.parametrize(
    ("url", "count", "expected"),
    [
        ("https://cinema.example", 0, [("marquee.W003", WARNING)]),
        ("https://cinema.example", 1, []),
        ("http://127.0.0.1:8000", 0, []),
    ],
)
def test_proxies(settings, url, count, expected):
    settings.PUBLIC_URL, settings.TRUSTED_PROXY_COUNT = url, count
    assert found(system_checks.check_proxies) == expected


@pytest.mark.parametrize(("key", "expected"), [("", [("marquee.I001", INFO)]), ("abc", [])])
def test_tmdb_key(settings, key, expected):
    settings.TMDB_API_KEY = key
    assert found(system_checks.check_tmdb_key) == expected


def test_site_in_templates(settings):
    settings.CINEMA_NAME, settings.MARQUEE_VERSION = "Roxy", "1.2.3"
    assert site(RequestFactory().get("/")) == {"site": {"name": "Roxy", "version": "1.2.3"}, "is_shared": False}
