import json
import logging
import sys

import pytest
import structlog
from django.conf import settings as django_settings

from common.logging import setup as marquee_logging
from common.logging.redaction import Redactor

SECRET = "0123456789abcdef0123456789abcdef"


def lines(form, record):
    return marquee_logging.formatter(form).format(record)


def record_of(message, *args, level=logging.WARNING, exc_info=None, **extra):
    record = logging.getLogger("some.library").makeRecord("some.library", level, "f.py", 1, message, args, exc_info)
    record.__dict__.update(extra)
    return record


def test_a_librarys_record_as_json():
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        line = json.loads(lines("json", record_of("Höhe %s", "x", size=3)))
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "Höhe x",
        "size": 3,
        "request_id": "r1",
        "level": "warning",
        "logger": "some.library",
    }


def test_a_librarys_record_on_the_console():
    line = lines("console", record_of("Tapes %s", "late"))
    assert "Tapes late" in line
    assert "[warning" in line
    assert "\n" not in line


def failure():
    try:
        raise RuntimeError(f"GET https://api.example/?api_key={SECRET}&page=2 failed")
    except RuntimeError:
        return sys.exc_info()


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_is_there_and_redacted(form):
    text = lines(form, record_of("broken", exc_info=failure()))
    assert "RuntimeError: GET https://api.example/?api_key=[redacted]&page=2 failed" in text
    assert SECRET not in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/3/movie?api_key=abc123&page=2", "/3/movie?api_key=[redacted]&page=2"),
        ("/?apikey=abc123", "/?apikey=[redacted]"),
        ("/?i=tt1&APIKEY=abc123", "/?i=tt1&APIKEY=[redacted]"),
        ("{'api_key': 'abc123', 'page': 1}", "{'api_key': '[redacted]', 'page': 1}"),
        ('{"apikey": "abc123"}', '{"apikey": "[redacted]"}'),
        ("Authorization: Bearer ey.J-h_b==", "Authorization: Bearer [redacted]"),
        ("redis://:hunter2@cache:6379/0", "redis://:[redacted]@cache:6379/0"),
        ("postgresql://marquee:hunter2@db/marquee", "postgresql://marquee:[redacted]@db/marquee"),
        ("Sent eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl", "Sent [redacted]"),
        (
            "{'sessionid': 'k3y0fas3ssion', 'csrftoken': 'abc'}",
            "{'sessionid': '[redacted]', 'csrftoken': '[redacted]'}",
        ),
        ("https://p.example/cb?code=abc&state=def", "https://p.example/cb?code=[redacted]&state=[redacted]"),
        ("PUT https://s3/q/x?X-Amz-Signature=0a1b", "PUT https://s3/q/x?X-Amz-Signature=[redacted]"),
        ("otpauth://totp/Marquee:ana?secret=ABCDEF&digits=6", "otpauth://totp/Marquee:ana?secret=[redacted]&digits=6"),
        ("http://a/account/password/reset/3-c8x7-0a1b/", "http://a/account/password/reset/[redacted]/"),
        ("http://a/account/email/confirm/MTI:1t:x-y/", "http://a/account/email/confirm/[redacted]/"),
        ("GET /account/password/reset/sent/", "GET /account/password/reset/sent/"),
        ("GET /api/v1/calendar/7-0a1b2c.ics", "GET /api/v1/calendar/[redacted].ics"),
        ("GET /tickets/ABCDEFGHJKMNPQRS/print/", "GET /tickets/[redacted]/print/"),
        ("GET /tickets/abcd-efgh-jkmn-pqrs/", "GET /tickets/[redacted]/"),
        ("GET /api/v1/tickets/1234/qr", "GET /api/v1/tickets/1234/qr"),
        ("GET /api/v1/tickets/check-in", "GET /api/v1/tickets/check-in"),
        ("GET /api/v1/movies?ordering=-popularity", "GET /api/v1/movies?ordering=-popularity"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/"),
    ],
)
def test_what_looks_like_a_secret(text, expected):
    assert Redactor([])(None, "info", {"event": text}) == {"event": expected}


def test_known_secrets_and_every_kind_of_value():
    event = {
        "event": f"key {SECRET}",
        "nested": {"list": [f"x{SECRET}", 1, None, True], "tuple": (2.5,)},
        "error": RuntimeError(f"with {SECRET}"),
    }
    assert Redactor([SECRET, ""])(None, "info", event) == {
        "event": "key [redacted]",
        "nested": {"list": ["x[redacted]", 1, None, True], "tuple": [2.5]},
        "error": "RuntimeError('with [redacted]')",
    }


def test_the_sites_own_secrets_are_known(settings):
    settings.TMDB_API_KEY = SECRET
    assert SECRET not in lines("json", record_of("asked with %s", SECRET))


class Level:
    def __init__(self, level):
        self.level = level

    def isEnabledFor(self, level):  # noqa: N802 - logging's name
        return level >= self.level


@pytest.mark.parametrize(
    ("event", "method", "kept"),
    [
        ({"event": "request_finished", "request": "GET /api/v1/health/live"}, "info", False),
        ({"event": "request_started", "request": "GET /static/site.css"}, "info", False),
        ({"event": "streaming_started"}, "info", False),
        ({"event": "request_finished", "request": "GET /static/gone.css"}, "warning", True),
        ({"event": "request_finished", "request": "GET /movies/"}, "info", True),
        ({"event": "movie_stored", "request": "GET /static/site.css"}, "info", True),
    ],
)
def test_what_is_no_news(event, method, kept):
    assert marquee_logging.drop_quiet_requests(Level(logging.DEBUG), method, dict(event)) == event
    if kept:
        assert marquee_logging.drop_quiet_requests(Level(logging.INFO), method, dict(event)) == event
    else:
        with pytest.raises(structlog.DropEvent):
            marquee_logging.drop_quiet_requests(Level(logging.INFO), method, dict(event))


def test_a_crash_of_the_process_is_one_line(caplog):
    marquee_logging.log_uncaught(*failure())
    (record,) = [record for record in caplog.records if record.name == "uncaught"]
    assert record.levelname == "CRITICAL"
    assert record.msg["event"] == "process_failed"


def test_an_interrupted_process_is_no_crash(caplog, capsys):
    marquee_logging.log_uncaught(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert caplog.records == []
    assert "KeyboardInterrupt" in capsys.readouterr().err


def test_django_is_configured_by_us():
    """What ran when the tests started: one handler, on the root only."""
    assert django_settings.LOGGING_CONFIG == "common.logging.setup.configure"
    assert logging.getLogger("django").handlers == []
    assert logging.getLogger("django.server").handlers == []
    assert logging.getLogger("django.server").propagate is True
    formatters = [type(handler.formatter) for handler in logging.getLogger().handlers]
    assert formatters.count(structlog.stdlib.ProcessorFormatter) == 1
