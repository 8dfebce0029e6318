import pytest
from celery.schedules import crontab
from django.conf import settings

from catalog_sync import sync, tasks
from catalog_sync.models import SyncLog
from catalog_sync.runs import AlreadyRunning
from config.celery import app

pytestmark = pytest.mark.django_db


def test_the_tasks_run_the_syncs(fake_tmdb):
    fake_tmdb.pages(2)
    tasks.sync_genres()
    tasks.sync_movies(pages=2)
    assert list(SyncLog.objects.order_by("pk").values_list("entity_type", "status", "created")) == [
        ("genres", "success", 3),
        ("movies", "success", 40),
    ]


@pytest.mark.parametrize("name", ["sync_genres", "sync_movies"])
def test_a_second_run_is_left_alone(monkeypatch, events, name):
    def running(*_args):
        raise AlreadyRunning("A sync is already running.")

    monkeypatch.setattr(sync, name, running)
    getattr(tasks, name)()
    assert [entry["reason"] for entry in events("sync_not_started")] == ["A sync is already running."]


def test_the_night_begins_with_the_genres_in_utc():
    assert settings.CELERY_TIMEZONE == "UTC"
    own = {name: job for name, job in app.conf.beat_schedule.items() if job["task"].startswith("catalog_sync.")}
    assert {name: (job["task"], job["schedule"]) for name, job in own.items()} == {
        "genres": ("catalog_sync.tasks.sync_genres", crontab(hour="1", minute="0")),
        "movies": ("catalog_sync.tasks.sync_movies", crontab(hour="2", minute="0")),
    }
    app.loader.import_default_modules()
    assert {job["task"] for job in app.conf.beat_schedule.values()} <= set(app.tasks)
