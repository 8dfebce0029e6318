from contextlib import suppress
from pathlib import Path

import pytest
from celery.contrib.testing.worker import start_worker
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

from common.health import parts as health_checks
from common.health import views
from common.health.parts import PartDownError
from config.celery import app

# Nothing listens on port 1.
DEAD_REDIS = "redis://:hunter2@127.0.0.1:1/0"
UP = {"status": "up"}


@pytest.fixture(autouse=True)
def _parts(monkeypatch, settings, tmp_path):
    """The site's own parts, with nothing remembered; a worker that answers; files of this test only."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(health_checks, "_parts", {})
    monkeypatch.setattr(app.control, "ping", lambda timeout, limit: [{"celery@host": {"ok": "pong"}}])
    health_checks.register_own()


def without_latency(state):
    latency = state.pop("latency_ms")
    assert 0 <= latency < 60_000
    return state


def read(response):
    """Status code and body, without what differs each time; checks that it may not be cached."""
    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers
    body = response.json()
    if "checks" in body:
        assert body.pop("uptime_seconds") >= 0
        assert 10_000_000 < body.pop("memory_bytes") < 4_000_000_000
        for state in [*body["checks"].values(), *body["upstream"].values()]:
            without_latency(state)
    elif "latency_ms" in body:
        without_latency(body)
    return response.status_code, body


def whole(status, upstream=None, **parts):
    checks = {"database": UP, "redis": UP, "storage": UP, "worker": UP, **parts}
    return {"status": status, "version": "0.1.0", "checks": checks, "upstream": upstream or {}}


def down(error):
    return {"status": "down", "error": error}


@pytest.mark.django_db
def test_everything_is_up(client, settings):
    settings.MARQUEE_VERSION = "0.1.0"
    assert read(client.get("/api/v1/health")) == (200, whole("ok"))


@pytest.mark.django_db
@pytest.mark.parametrize("part", ["database", "redis", "storage", "worker"])
def test_each_part_that_is_up(client, part):
    assert read(client.get(f"/api/v1/health/{part}")) == (200, UP)


def test_live_touches_nothing(client, settings):
    settings.REDIS_URL = settings.BROKER_URL = DEAD_REDIS
    assert read(client.get("/api/v1/health/live")) == (200, UP)


@pytest.mark.django_db
def test_without_redis_the_site_is_degraded(client, settings):
    settings.MARQUEE_VERSION = "0.1.0"
    settings.REDIS_URL = settings.BROKER_URL = DEAD_REDIS
    cache, broker = down("The cache does not answer."), down("The broker does not answer.")
    assert read(client.get("/api/v1/health")) == (200, whole("degraded", redis=cache, worker=broker))
    assert read(client.get("/api/v1/health/redis")) == (503, cache)


@pytest.mark.django_db
def test_without_a_worker_the_site_is_degraded(client, settings, monkeypatch):
    settings.MARQUEE_VERSION = "0.1.0"
    monkeypatch.setattr(app.control, "ping", lambda timeout, limit: [])
    silent = down("No worker answers.")
    assert read(client.get("/api/v1/health")) == (200, whole("degraded", worker=silent))
    assert read(client.get("/api/v1/health/worker")) == (503, silent)


def test_without_the_broker_no_worker_is_asked(client, settings, monkeypatch):
    settings.BROKER_URL = DEAD_REDIS
    asked = []
    monkeypatch.setattr(app.control, "ping", lambda **_: asked.append(1))
    assert read(client.get("/api/v1/health/worker")) == (503, down("The broker does not answer."))
    assert asked == []


def test_without_the_database_the_site_is_down(client, settings, monkeypatch, caplog):
    settings.MARQUEE_VERSION = "0.1.0"

    def refuse(self):
        raise OperationalError("connection to db.internal failed for user marquee")

    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", refuse)
    broken = down("Not usable (OperationalError).")
    assert read(client.get("/api/v1/health")) == (503, whole("down", database=broken))
    assert read(client.get("/api/v1/health/database")) == (503, broken)
    assert "health_check_failed" in {record.msg["event"] for record in caplog.records if isinstance(record.msg, dict)}


@pytest.mark.django_db
def test_without_storage_the_site_is_degraded(client, settings, tmp_path):
    settings.MARQUEE_VERSION = "0.1.0"
    (tmp_path / "file").write_text("not a folder")
    settings.MEDIA_ROOT = tmp_path / "file"
    broken = down("Not usable (NotADirectoryError).")
    assert read(client.get("/api/v1/health")) == (200, whole("degraded", storage=broken))
    assert read(client.get("/api/v1/health/storage")) == (503, broken)


def test_storage_is_written_now_and_then_and_left_clean(monkeypatch):
    saved = []
    save = FileSystemStorage.save

    def counted(self, name, content):
        saved.append(name)
        return save(self, name, content)

    monkeypatch.setattr(FileSystemStorage, "save", counted)
    check = health_checks.StorageCheck()
    check()
    check()
    assert len(saved) == 1
    assert default_storage.listdir("health") == ([], [])
    check._written_until = 0
    check()
    assert len(saved) == 2
    assert saved[0] != saved[1]


@pytest.mark.django_db
def test_upstream_is_reported_and_never_fatal(client, settings):
    settings.MARQUEE_VERSION = "0.1.0"

    def refuse():
        raise PartDownError("TMDB does not answer.")

    health_checks.register("tmdb", refuse, upstream=True)
    expected = whole("ok", upstream={"tmdb": down("TMDB does not answer.")})
    assert read(client.get("/api/v1/health")) == (200, expected)


def test_an_unknown_part(client, error_of):
    assert error_of(client.get("/api/v1/health/kitchen"))["code"] == "not_found"


def test_memory_where_proc_is_missing(monkeypatch):
    monkeypatch.setattr(Path, "exists", lambda self: False)
    assert 10_000_000 < views.memory_bytes() < 4_000_000_000


@pytest.mark.xdist_group("celery")
def test_a_real_worker_answers(monkeypatch):
    monkeypatch.undo()

    def answers() -> bool:
        with suppress(PartDownError):
            health_checks.check_worker()
            return True
        return False

    with start_worker(app, perform_ping_check=False, shutdown_timeout=10):
        # A busy machine may take longer than one ping to get the worker's thread to listen.
        assert any(answers() for _ in range(20))
