"""The schedule of the tasks, and deleting old notifications and mails."""

from datetime import timedelta

import pytest
from celery.schedules import crontab
from django.core import mail
from django.utils import timezone

from accounts import tasks
from accounts.models import Mail, Notification
from accounts.notifications.notify import notify
from accounts.tests.factories import NotificationFactory
from accounts.tests.kinds import FILM_ADDED
from config.celery import app

pytestmark = pytest.mark.django_db


def send(user, kind=FILM_ADDED, subject="session 1", text="“Alien” is on\nFriday, 20:15 & <b>late</b>"):
    notify([user], kind, subject, text, "/movies/1-alien/?day=5&x=1")
    return Notification.objects.get(user=user, kind=kind.value, subject=subject)


@pytest.mark.parametrize(
    ("name", "schedule"),
    [
        ("send_mails", crontab()),
        ("plan_digests", crontab(minute="*/10")),
        ("clean_notifications", crontab(hour="4", minute="15")),
    ],
)
def test_the_schedule(name, schedule):
    app.loader.import_default_modules()
    assert f"accounts.tasks.{name}" in app.tasks
    jobs = {job["task"]: job["schedule"] for job in app.conf.beat_schedule.values()}
    assert jobs[f"accounts.tasks.{name}"] == schedule


def test_the_task_sends_due_mails(reader):
    send(reader)
    tasks.send_mails()
    assert len(mail.outbox) == 1


def test_old_notifications_and_mails_are_deleted(reader, events):
    now = timezone.now()
    NotificationFactory(read_at=now - timedelta(days=364))
    NotificationFactory(created_at=now - timedelta(days=1000))
    NotificationFactory(read_at=now - timedelta(days=366))
    for days, state in ((91, "sent"), (91, "failed"), (89, "sent")):
        Mail.objects.create(
            user=reader, digest_day=now.date() - timedelta(days=len(state) + days), state=state,
            created_at=now - timedelta(days=days), sent_at=now - timedelta(days=days), times_sent=1,
        )  # fmt: skip
    tasks.clean_notifications()
    (event,) = events("notifications_cleaned")
    assert (event["notifications"], event["mails"]) == (1, 2)
    assert (Notification.objects.count(), Mail.objects.count()) == (2, 1)
