"""The events of a worker, also without listeners and without Redis."""

import json
import socket
from contextlib import contextmanager

import pytest
from django.conf import settings as django_settings
from django.db import DatabaseError
from redis import Redis

from catalog_sync.models import FetchJob
from catalog_sync.realtime import channel, job_events

JOB = FetchJob(pk=7, search_term="star", status="running", progress=3, total=10)


@contextmanager
def listener():
    """Subscribe to the channel."""
    with Redis.from_url(django_settings.BROKER_URL) as redis, redis.pubsub(ignore_subscribe_messages=True) as received:
        received.subscribe(channel.channel_name())
        assert received.get_message(timeout=30) is None  # the subscription itself
        yield received


def test_events_go_to_managers_only(events):
    with listener() as received:
        job_events.emit_progress(JOB)
        message = json.loads(received.get_message(timeout=30)["data"])
    assert {name: message[name] for name in ("method", "event", "data", "room", "namespace")} == {
        "method": "emit",
        "event": "fetch:progress",
        "data": [{"jobId": 7, "progress": 3, "total": 10, "searchTerm": "star", "status": "running"}],
        "room": "managers",
        "namespace": "/",
    }


@pytest.mark.parametrize(("path", "name"), [("/0", "0"), ("/12", "12"), ("", "0")])
def test_each_database_of_a_redis_has_its_own_channel(settings, path, name):
    """Redis publishes to the subscribers of all its databases."""
    settings.BROKER_URL = f"redis://127.0.0.1:6379{path}"
    assert channel.channel_name() == f"marquee:{name}:realtime"


@pytest.mark.parametrize("silent", [False, True], ids=["away", "silent"])
def test_without_redis_an_event_is_lost_and_nothing_else(settings, caplog, silent):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if silent:  # accepts, and never answers
            server.listen()
        working, settings.BROKER_URL = settings.BROKER_URL, f"redis://127.0.0.1:{server.getsockname()[1]}/1"
        job_events.emit_progress(JOB)
        assert [record.getMessage() for record in caplog.records] == [
            "Cannot publish to redis... retrying",
            "Cannot publish to redis... giving up",
        ]
    settings.BROKER_URL = working
    with listener() as received:
        job_events.emit_progress(JOB)
        assert received.get_message(timeout=30)


def test_no_event_is_lost_after_redis_closed_the_connection():
    with listener() as received:
        job_events.emit_progress(JOB)
        assert received.get_message(timeout=30)
        # Its own connection only: the other tests have theirs to the same Redis at this moment.
        own = job_events._manager(channel.redis_url(), channel.channel_name()).redis.client_id()
        with Redis.from_url(django_settings.BROKER_URL) as redis:
            assert redis.client_kill_filter(_id=own) == 1
        job_events.emit_progress(JOB)
        assert received.get_message(timeout=30)


def test_without_a_database_the_event_is_dropped(monkeypatch, events):
    def lost(_job):
        raise DatabaseError("gone")

    monkeypatch.setattr(FetchJob, "movies", property(lost))
    with listener() as received:
        job_events.emit_completed(JOB)
        assert received.get_message(timeout=0.2) is None
    (entry,) = events("realtime_not_told")
    assert (entry["job"], entry["error"]) == (7, "DatabaseError")
