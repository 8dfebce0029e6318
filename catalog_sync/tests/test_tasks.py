import pytest
from celery.schedules import crontab
from django.conf import settings
from django.db import OperationalError

from catalog_sync import tasks
from catalog_sync.models import SyncLog
from catalog_sync.nightly import lists, night, runs
from catalog_sync.nightly.runs import AlreadyRunning
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


def refuse(error):
    def carry_out(*_args):
        raise error

    return carry_out


def test_a_second_run_is_left_alone(monkeypatch, events):
    running = refuse(AlreadyRunning("A sync is already running."))
    monkeypatch.setattr(lists, "sync_movies", running)
    monkeypatch.setattr(night, "carry_out", running)
    tasks.sync_genres()
    tasks.sync_movies()
    tasks.sync_night()
    assert [entry["reason"] for entry in events("sync_not_started")] == ["A sync is already running."] * 3


def test_a_database_that_went_away_is_noted_and_the_run_waits(monkeypatch, events):
    monkeypatch.setattr(night, "carry_out", refuse(OperationalError("host db.example")))
    tasks.sync_night()
    assert [entry["error"] for entry in events("sync_interrupted")] == ["OperationalError"]


def test_the_night_begins_with_the_genres_in_utc():
    assert settings.CELERY_TIMEZONE == "UTC"
    own = {name: job for name, job in app.conf.beat_schedule.items() if job["task"].startswith("catalog_sync.")}
    assert {name: (job["task"], job["schedule"]) for name, job in own.items()} == {
        "genres": ("catalog_sync.tasks.sync_genres", crontab(hour="1", minute="0")),
        "night": ("catalog_sync.tasks.sync_night", crontab(hour="2", minute="0")),
        "interrupted": ("catalog_sync.tasks.resume_interrupted", crontab(minute="*/10")),
        "fetches": ("catalog_sync.tasks.resume_fetches", crontab()),
    }
    app.loader.import_default_modules()
    assert {job["task"] for job in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_no_message_stays_in_a_workers_hands_for_the_length_of_a_run():
    names = [name for name in app.tasks if name.startswith("catalog_sync.")]
    assert len(names) >= 8
    assert {app.tasks[name].acks_late for name in names} == {False}


@pytest.fixture
def carried_out(monkeypatch):
    """The runs that were given to a worker."""
    given = []
    monkeypatch.setattr(tasks.carry_out, "delay", given.append)
    return given


def test_what_was_interrupted_is_given_to_a_worker(carried_out):
    left = SyncLog.objects.create(entity_type="details", planned=True)
    ended = {"started_at": left.started_at, "finished_at": left.started_at}
    SyncLog.objects.create(entity_type="movies", status="failed", error_message="x", **ended)
    tasks.resume_interrupted()
    assert carried_out == [left.pk]


def test_a_night_takes_its_steps_along(carried_out):
    SyncLog.objects.create(entity_type="details", planned=True)
    night = SyncLog.objects.create(entity_type="night", planned=True)
    tasks.resume_interrupted()
    assert carried_out == [night.pk]


def test_a_run_whose_process_lives_is_not_resumed(carried_out, monkeypatch):
    SyncLog.objects.create(entity_type="details", planned=True)
    monkeypatch.setattr(runs, "is_alive", lambda _entity: True)
    tasks.resume_interrupted()
    assert carried_out == []


def test_a_task_that_comes_twice_works_once(fake_tmdb):
    run = SyncLog.objects.create(entity_type="genres")
    tasks.carry_out(run.pk)
    tasks.carry_out(run.pk)
    assert SyncLog.objects.get().status == "success"
    assert fake_tmdb.count("/genre/") == 1
