"""Sixteen concurrent identical notifications, and concurrent workers that send mails."""

import threading
from copy import deepcopy

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection

from accounts.models import Mail, Notification
from accounts.notifications import mail_queue, read_marks
from accounts.notifications.notify import notify
from accounts.people import preferences
from accounts.tests.factories import ConfirmedUserFactory, UserFactory
from accounts.tests.kinds import FILM_ADDED, HOW_WAS_IT

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 16


def send(people):
    return notify(people, FILM_ADDED, "session 1", "Alien is on", "/whats-on/")


def test_concurrent_notifications_are_one_row_and_one_mail(at_once):
    ana = ConfirmedUserFactory()
    assert sorted(at_once(lambda: send([ana]), THREADS)) == [0] * (THREADS - 1) + [1]
    assert Notification.objects.count() == Mail.objects.count() == 1
    assert sum(at_once(mail_queue.send_due, THREADS)) == 1
    assert len(mail.outbox) == 1
    notification = Notification.objects.get()
    assert (notification.mail.state, notification.mail.attempts) == ("sent", 1)
    assert notification.emailed_at is not None


def test_notifying_many_users_in_any_order_does_not_deadlock(at_once):
    people = [UserFactory() for _ in range(30)]
    orders = iter([people, people[::-1]] * (THREADS // 2))
    assert sum(at_once(lambda: send(next(orders)), THREADS)) == 30
    assert Notification.objects.count() == Mail.objects.count() == 30


def test_without_the_constraint_it_is_sent_several_times(at_once):
    """The control: the same as above without the constraint."""
    ana = ConfirmedUserFactory()
    (constraint,) = [each for each in Notification._meta.constraints if each.name == "notification_told_once"]
    with connection.schema_editor() as editor:
        editor.remove_constraint(Notification, constraint)
    try:
        at_once(lambda: send([ana]), THREADS)
        assert Notification.objects.count() == THREADS
    finally:
        Notification.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Notification, constraint)


def test_each_mail_is_sent_by_one_of_many_workers(at_once):
    people = [ConfirmedUserFactory() for _ in range(30)]
    send(people)
    assert sum(at_once(mail_queue.send_due, 8)) == 30
    assert sorted(message.to[0] for message in mail.outbox) == sorted(person.email for person in people)


def test_without_the_lock_every_worker_sends_the_mail(at_once, monkeypatch):
    """The control: workers that read the row without locking it."""
    send([ConfirmedUserFactory()])
    row = Mail.objects.select_related("user", "notification").get()
    here = threading.local()

    def read_without_lock():
        result = None if hasattr(here, "has_read") else deepcopy(row)
        here.has_read = True
        return result

    monkeypatch.setattr(mail_queue, "_lock_next", read_without_lock)
    at_once(mail_queue.send_due, 4)
    assert len(mail.outbox) == 4


def test_unsubscribing_and_reading_do_not_wait_for_the_mail_server(monkeypatch):
    """While the server is slow, only the mail's row is locked."""
    ana = ConfirmedUserFactory()
    send([ana])
    notify([ana], HOW_WAS_IT, "film 1", "How was it?", "/")
    taking, go_on = threading.Event(), threading.Event()
    real = EmailBackend.send_messages

    def slow(self, messages):
        taking.set()
        assert go_on.wait(60)
        return real(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", slow)
    sender = threading.Thread(target=lambda: (mail_queue.send_due(), connection.close()))
    sender.start()
    try:
        assert taking.wait(60)
        assert read_marks.mark_all_read(ana) == 2
        preferences.unsubscribe(ana)
    finally:
        go_on.set()
        sender.join()
    assert sorted(Mail.objects.values_list("state", flat=True)) == ["dropped", "sent"]
    assert len(mail.outbox) == 1
