import pytest
from celery.schedules import crontab
from django.conf import settings
from django.db import OperationalError

from catalog_sync import tasks
from catalog_sync.models import SyncLog
from catalog_sync.nightly import lists, night, runs
from catalog_sync.nightly.runs import AlreadyRunning
from common.services import publishing
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


def test_a_second_run_is_not_started(monkeypatch, events):
    running = refuse(AlreadyRunning("A sync is already running."))
    monkeypatch.setattr(lists, "sync_movies", running)
    monkeypatch.setattr(night, "run_step", running)
    tasks.sync_genres()
    tasks.sync_movies()
    tasks.sync_night()
    assert [entry["reason"] for entry in events("sync_not_started")] == ["A sync is already running."] * 3


def test_a_lost_database_is_logged_and_the_run_stays_in_progress(monkeypatch, events):
    monkeypatch.setattr(night, "run_step", refuse(OperationalError("host db.example")))
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
        "completions": ("catalog_sync.tasks.complete_wanted", crontab(minute="*/10")),
    }
    app.loader.import_default_modules()
    assert {job["task"] for job in app.conf.beat_schedule.values()} <= set(app.tasks)


@pytest.fixture
def sent_runs(monkeypatch):
    """Return a list that collects the runs sent to a worker."""
    given = []
    monkeypatch.setattr(publishing, "publish", lambda _name, args: given.append(*args))
    return given


def test_interrupted_runs_are_sent_to_a_worker(sent_runs):
    left = SyncLog.objects.create(entity_type="details", planned=True)
    ended = {"started_at": left.started_at, "finished_at": left.started_at}
    SyncLog.objects.create(entity_type="movies", status="failed", error_message="x", **ended)
    tasks.resume_interrupted()
    assert sent_runs == [left.pk]


def test_an_interrupted_night_resumes_its_steps(sent_runs):
    SyncLog.objects.create(entity_type="details", planned=True)
    night = SyncLog.objects.create(entity_type="night", planned=True)
    tasks.resume_interrupted()
    assert sent_runs == [night.pk]


def test_a_run_whose_process_lives_is_not_resumed(sent_runs, monkeypatch):
    SyncLog.objects.create(entity_type="details", planned=True)
    monkeypatch.setattr(runs, "is_running", lambda _entity: True)
    tasks.resume_interrupted()
    assert sent_runs == []


def test_a_task_delivered_twice_works_once(fake_tmdb):
    run = SyncLog.objects.create(entity_type="genres")
    tasks.carry_out(run.pk)
    tasks.carry_out(run.pk)
    assert SyncLog.objects.get().status == "success"
    assert fake_tmdb.count("/genre/") == 1
