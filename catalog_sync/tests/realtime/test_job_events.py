"""What a worker tells, where nobody hears it and where Redis does not answer."""

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
    """What is published on the line, as Redis hands it on."""
    with Redis.from_url(django_settings.BROKER_URL) as redis, redis.pubsub(ignore_subscribe_messages=True) as heard:
        heard.subscribe(channel.channel())
        assert heard.get_message(timeout=30) is None  # the subscription itself
        yield heard


def test_managers_only_are_told(events):
    with listener() as heard:
        job_events.progress(JOB)
        message = json.loads(heard.get_message(timeout=30)["data"])
    assert {name: message[name] for name in ("method", "event", "data", "room", "namespace")} == {
        "method": "emit",
        "event": "fetch:progress",
        "data": [{"jobId": 7, "progress": 3, "total": 10, "searchTerm": "star", "status": "running"}],
        "room": "managers",
        "namespace": "/",
    }


@pytest.mark.parametrize(("path", "name"), [("/0", "0"), ("/12", "12"), ("", "0")])
def test_each_database_of_a_redis_has_its_own_line(settings, path, name):
    """Redis hands a published message to all who listen, whatever database they chose."""
    settings.BROKER_URL = f"redis://127.0.0.1:6379{path}"
    assert channel.channel() == f"marquee:{name}:realtime"


@pytest.mark.parametrize("silent", [False, True], ids=["away", "silent"])
def test_without_redis_an_event_is_lost_and_nothing_else(settings, caplog, silent):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if silent:  # accepts, and never answers
            server.listen()
        working, settings.BROKER_URL = settings.BROKER_URL, f"redis://127.0.0.1:{server.getsockname()[1]}/1"
        job_events.progress(JOB)
        assert [record.getMessage() for record in caplog.records] == [
            "Cannot publish to redis... retrying",
            "Cannot publish to redis... giving up",
        ]
    settings.BROKER_URL = working
    with listener() as heard:
        job_events.progress(JOB)
        assert heard.get_message(timeout=30)


def test_a_connection_that_redis_closed_costs_no_event():
    with listener() as heard:
        job_events.progress(JOB)
        assert heard.get_message(timeout=30)
        # Its own connection only: the other tests have theirs to the same Redis at this moment.
        own = job_events._manager(channel.url(), channel.channel()).redis.client_id()
        with Redis.from_url(django_settings.BROKER_URL) as redis:
            assert redis.client_kill_filter(_id=own) == 1
        job_events.progress(JOB)
        assert heard.get_message(timeout=30)


def test_without_a_database_nobody_is_told_of_the_films(monkeypatch, events):
    def lost(_job):
        raise DatabaseError("gone")

    monkeypatch.setattr(FetchJob, "movies", property(lost))
    with listener() as heard:
        job_events.completed(JOB)
        assert heard.get_message(timeout=0.2) is None
    (said,) = events("realtime_not_told")
    assert (said["job"], said["error"]) == (7, "DatabaseError")
