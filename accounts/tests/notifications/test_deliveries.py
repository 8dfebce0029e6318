"""What people are told of a mail: where it went and when, and sending it once more."""

from datetime import UTC, datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, transaction
from time_machine import travel

from accounts.models import Mail, User
from accounts.notifications import mail_queue
from accounts.notifications.deliveries import Delivery, find_delivery
from accounts.notifications.notify import notify
from accounts.tests.factories import UserFactory, confirm
from accounts.tests.kinds import TICKETS

pytestmark = pytest.mark.django_db
NOON, ADDRESS = datetime(2026, 3, 4, 12, tzinfo=UTC), "ana@example.org"


@pytest.fixture
def ana():
    return UserFactory(username="ana", email=ADDRESS)


@pytest.fixture
def notification(ana):
    with travel(NOON, tick=False):
        notify([ana], TICKETS, "purchase 1", "Your tickets", "/tickets/")
    return ana.notifications.get()


def find(user):
    return find_delivery(User.objects.get(pk=user.pk), "tickets_bought", "purchase 1")


def send(at=NOON):
    with travel(at, tick=False):
        return mail_queue.send_due()


def test_before_and_after_it_is_sent(ana, notification):
    with travel(NOON, tick=False):
        assert find(ana) == Delivery("waiting", ADDRESS, is_confirmed=False)
    send()
    assert find(ana) == Delivery("sent", ADDRESS, is_confirmed=False, sent_at=NOON)
    assert not find(ana).is_held_back
    assert find(ana).can_be_sent_again


def test_where_it_went_stays_when_the_address_changes(ana, notification):
    send()
    User.objects.update(email="new@example.org")
    assert find(ana).address == ADDRESS


def test_one_that_the_server_refuses(ana, notification, monkeypatch):
    def refuse(self, messages):
        raise SMTPDataError(451, b"later")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    send()
    with travel(NOON, tick=False):
        found = find(ana)
    assert found == Delivery(
        "waiting", ADDRESS, is_confirmed=False, next_try_at=NOON + timedelta(minutes=1), failures=1
    )
    assert (found.is_held_back, found.can_be_sent_again) == (False, True)


def test_one_that_has_failed(ana, notification, monkeypatch):
    def refuse(self, messages):
        raise SMTPRecipientsRefused({ADDRESS: (550, b"nobody here")})

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    send()
    assert find(ana) == Delivery("failed", ADDRESS, is_confirmed=False)


def test_one_that_waits_for_the_confirmation(ana, notification, settings):
    settings.UNCONFIRMED_MAILS = 1
    send()
    with travel(NOON, tick=False):
        notify([ana], TICKETS, "purchase 2", "Your tickets", "/tickets/")
    send()
    with travel(NOON, tick=False):
        found = find_delivery(ana, "tickets_bought", "purchase 2")
    assert found == Delivery("waiting", ADDRESS, is_confirmed=False, next_try_at=NOON + timedelta(days=1))
    assert (found.is_held_back, found.can_be_sent_again) == (True, False)


def test_one_that_was_not_wanted_or_is_not_known(ana, notification):
    assert find(UserFactory(email="eve@example.org")) == Delivery("not_sent", "eve@example.org", is_confirmed=False)
    Mail.objects.update(state="dropped")
    confirm(ana)
    assert find(ana) == Delivery("not_sent", ADDRESS, is_confirmed=True)


def test_it_takes_two_queries(ana, notification, django_assert_num_queries):
    with django_assert_num_queries(2):
        find_delivery(ana, "tickets_bought", "purchase 1")


def test_sending_again_makes_another_mail(ana, notification):
    send()
    later = NOON + timedelta(days=40)
    with travel(later, tick=False):
        mail_queue.send_again(notification, ana)
        assert find(ana) == Delivery("waiting", ADDRESS, is_confirmed=False, sent_at=NOON)
    assert send(later) == 1
    assert find(ana).sent_at == later
    first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first != second
    assert Mail.objects.values_list("times_sent", "attempts").get() == (2, 1)


def test_sending_again_what_is_on_its_way_changes_nothing(ana, notification):
    before = Mail.objects.values().get()
    mail_queue.send_again(notification, ana)
    assert Mail.objects.values().get() == before


def test_sending_again_what_is_no_longer_stored(ana, notification):
    send()
    Mail.objects.all().delete()
    mail_queue.send_again(notification, ana)
    assert mail_queue.send_due() == 1
    first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first != second


@pytest.mark.django_db(transaction=True)
def test_sending_again_does_not_wait_for_one_that_is_just_being_sent(ana, notification, at_once):
    Mail.objects.update(state="failed")

    def ask():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")  # an error instead of a test that hangs
        return mail_queue.send_again(notification, ana)

    with transaction.atomic():
        Mail.objects.select_for_update().get()
        assert at_once(ask, 1) == [None]
    assert Mail.objects.get().state == "failed"
