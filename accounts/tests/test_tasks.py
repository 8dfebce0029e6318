import pytest
from celery.schedules import crontab

from accounts import tasks
from accounts.models import UserSession
from accounts.sign_in import tokens
from config.celery import app

pytestmark = pytest.mark.django_db


def test_the_task_deletes_ended_sign_ins(ana, events):
    tokens.revoke(tokens.open_sign_in(ana).session)
    alive = tokens.open_sign_in(ana).session
    tasks.flush_expired_sessions()
    assert list(UserSession.objects.all()) == [alive]
    assert [event["deleted"] for event in events("sessions_flushed")] == [1]


def test_the_schedule():
    job = app.conf.beat_schedule["sessions"]
    assert (job["task"], job["schedule"]) == ("accounts.tasks.flush_expired_sessions", crontab(hour="3", minute="30"))
    app.loader.import_default_modules()
    assert job["task"] in app.tasks
