"""Sending tasks, also while the broker is down or hangs."""

import re
from pathlib import Path
from time import monotonic

import pytest
from celery import current_app
from celery.schedules import crontab
from django.conf import settings as django_settings
from django.db import transaction
from redis import Redis

from common.services import publishing
from config.celery import app
from tests.own_redis import OwnRedis

TASK = "accounts.tasks.send_mails"


@pytest.fixture
def queued(settings):
    """Return a function that gives the number of messages in a queue."""
    with Redis.from_url(settings.BROKER_URL) as broker:
        yield broker.llen


@pytest.fixture
def attempts(monkeypatch):
    """Return a list of the tasks that were handed to Celery."""
    real, names = current_app.send_task, []

    def counting(name, *arguments, **options):
        names.append(name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(current_app, "send_task", counting)
    return names


def test_each_kind_of_work_has_its_queue(queued):
    assert publishing.publish(TASK)
    assert publishing.publish("catalog_sync.tasks.sync_night")
    assert publishing.publish("catalog_sync.tasks.carry_out_fetch", [7])
    assert publishing.publish("movies.tasks.check_library_import", [7], expires=60)
    assert publishing.publish("cinema.tasks.offer_freed_seats")
    assert {name: queued(name) for name in ("mail", "sync", "jobs", "sweeps")} == {
        "mail": 1,
        "sync": 1,
        "jobs": 2,
        "sweeps": 1,
    }


def test_one_short_attempt_and_then_none(settings, lost_port, redis_attempts, events):
    settings.BROKER_URL = f"redis://127.0.0.1:{lost_port}/1"
    assert [publishing.publish(TASK) for _ in range(20)] == [False] * 20
    assert redis_attempts == [lost_port]  # kombu itself would try again
    assert [event["task"] for event in events("task_not_published")] == [TASK]


def test_a_sweep_is_not_woken_either(settings, lost_port, attempts):
    settings.BROKER_URL = f"redis://127.0.0.1:{lost_port}/1"
    publishing.wake(TASK)
    publishing.begin_sweep(TASK)
    assert attempts == []


def test_a_sweep_that_waits_for_a_worker_is_not_woken_again(queued):
    for _ in range(50):
        publishing.wake(TASK)
    assert queued("mail") == 1
    publishing.begin_sweep(TASK)  # a worker takes it
    publishing.wake(TASK)
    publishing.wake(TASK)
    assert queued("mail") == 2


def test_a_broker_that_comes_back_is_used_again(settings, tmp_path):
    redis = OwnRedis(tmp_path)
    redis.start()
    settings.BROKER_URL = f"{redis.url}/1"
    try:
        assert publishing.publish(TASK)
        redis.stop()
        assert not publishing.publish(TASK)
        redis.start()
        deadline = monotonic() + 60
        while not publishing.publish(TASK):
            assert monotonic() < deadline
    finally:
        redis.stop()


@pytest.mark.django_db
def test_after_a_rollback_nothing_is_sent(queued, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        with transaction.atomic():
            publishing.publish_after_commit("catalog_sync.tasks.carry_out", [7])
            transaction.set_rollback(True)
        with transaction.atomic():
            publishing.publish_after_commit("catalog_sync.tasks.carry_out", [8])
            assert queued("sync") == 0
    assert queued("sync") == 1


def test_nothing_else_sends_a_task():
    sends = re.compile(r"\.(delay|apply_async|send_task)\(")
    ours = [path for path in Path(django_settings.BASE_DIR).glob("*/**/*.py") if "tests" not in path.parts]
    found = [path for path in ours if ".venv" not in path.parts and sends.search(path.read_text())]
    assert [path.name for path in found] == ["publishing.py"]


def test_every_message_is_acknowledged_when_its_task_begins():
    """A worker that holds one for long does not survive a restart of Redis."""
    app.loader.import_default_modules()
    own = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
    assert len(own) >= 20
    assert {task.acks_late for task in own} == {False}
    # A task that tries itself again waits in the worker, unacknowledged.
    assert not [task.name for task in own if getattr(task, "autoretry_for", ())]
    assert app.conf.worker_disable_prefetch


def test_messages_of_the_clock_do_not_pile_up():
    schedule = app.conf.beat_schedule.values()
    every_minute = [entry for entry in schedule if entry["schedule"] == crontab()]
    assert {entry["options"]["expires"] for entry in every_minute} == {60}
    assert all(entry["options"]["expires"] <= 20 * 3600 for entry in schedule)
