"""The recipients of mails, and failures to send them."""

from datetime import timedelta
from smtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPRecipientsRefused,
    SMTPServerDisconnected,
)

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone
from time_machine import travel

from accounts.models import Mail, Notification
from accounts.notifications import cleanup, mail_queue
from accounts.notifications.notify import notify
from accounts.people import preferences
from accounts.tests.factories import ConfirmedUserFactory, UserFactory
from accounts.tests.kinds import FILM_ADDED, TICKETS

pytestmark = pytest.mark.django_db


def send(user, kind=FILM_ADDED, subject="session 1", text="“Alien” is on\nFriday, 20:15 & <b>late</b>"):
    notify([user], kind, subject, text, "/movies/1-alien/?day=5&x=1")
    return Notification.objects.get(user=user, kind=kind.value, subject=subject)


# --- To whom ---


@pytest.mark.parametrize("known", [None, {"email": "before@example.org", "verified": True}, {"verified": False}])
def test_optional_mails_go_to_confirmed_addresses_only(known):
    user = UserFactory()
    if known:
        user.emailaddress_set.create(**{"email": user.email} | known)
    notification = send(user, kind=FILM_ADDED)
    assert mail_queue.send_due() == 0
    user.emailaddress_set.all().delete()
    user.emailaddress_set.create(email=user.email.upper(), primary=True, verified=True)
    assert mail_queue.send_due() == 1
    assert mail.outbox[0].to == [user.email]
    notification.refresh_from_db()
    assert notification.mail.state == "sent"


def test_a_closed_account_gets_no_mail(reader):
    send(reader)
    reader.is_active = False
    reader.save()
    assert mail_queue.send_due() == 0


def test_outdated_mails_are_dropped(reader):
    send(reader)
    with travel(timezone.now() + timedelta(days=3, minutes=1), tick=False):
        assert mail_queue.send_due() == 0
        cleanup.delete_old()
    assert Mail.objects.get().state == "dropped"


def test_unsubscribing_drops_due_optional_mails(reader):
    send(reader)
    send(reader, kind=TICKETS)
    preferences.unsubscribe(reader)
    assert mail_queue.send_due() == 1
    assert "tickets or seats" in mail.outbox[0].body
    assert sorted(Mail.objects.values_list("state", flat=True)) == ["dropped", "sent"]


def test_the_preference_is_checked_again_before_sending(reader):
    """The preference was changed without `unsubscribe`, which drops due mails."""
    send(reader)
    type(reader).objects.update(email_notices=False)
    assert mail_queue.send_due() == 0
    assert Mail.objects.get().state == "dropped"


# --- When it cannot be sent ---


@pytest.fixture
def server(monkeypatch):
    """The errors that the mail server raises, one for each attempt, before it takes mails."""
    failures = []

    real = EmailBackend.send_messages

    def failing(self, messages):
        if failures:
            raise failures.pop(0)
        return real(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", failing)
    return failures


UNAVAILABLE = [
    ConnectionRefusedError(),
    TimeoutError(),
    SMTPServerDisconnected(),
    SMTPConnectError(421, b"busy"),
    SMTPAuthenticationError(535, b"no"),
]


@pytest.mark.parametrize("failure", UNAVAILABLE, ids=lambda failure: type(failure).__name__)
def test_an_unavailable_server_is_tried_once_and_again_later(reader, server, failure, events):
    first, second = send(reader), send(reader, subject="session 2")
    server.append(failure)
    assert mail_queue.send_due() == 0
    assert [fields["reason"] for fields in events("mail_server_away")] == [type(failure).__name__]
    assert [notification.mail.attempts for notification in Notification.objects.order_by("pk")] == [1, 0]
    assert mail_queue.send_due() == 1
    with travel(timezone.now() + timedelta(seconds=61), tick=False):
        assert mail_queue.send_due() == 1
    assert {first.headline, second.headline} == {message.subject for message in mail.outbox}


def test_the_delays_grow_until_the_mail_has_failed(reader, server, events):
    send(reader)
    now = timezone.now()
    waits = []
    for _ in range(10):
        server[:] = [SMTPDataError(451, b"later")]
        with travel(now, tick=False):
            mail_queue.send_due()
        row = Mail.objects.get()
        if row.state != "due":
            break
        waits.append(row.due_at - now)
        now = row.due_at
    assert [wait.total_seconds() / 60 for wait in waits] == [1, 5, 30, 120, 360, 720]
    assert (row.state, row.attempts) == ("failed", 7)
    assert [(fields["attempts"], fields["reason"]) for fields in events("mail_given_up")] == [(7, "SMTPDataError")]
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (SMTPRecipientsRefused({"reader@example.org": (450, b"greylisted")}), "due"),
        (SMTPRecipientsRefused({"reader@example.org": (550, b"nobody here")}), "failed"),
        (SMTPDataError(451, b"later"), "due"),
        (SMTPDataError(554, b"spam"), "failed"),
    ],
)
def test_a_refused_mail_does_not_hold_up_the_others(reader, server, failure, state):
    notification = send(reader)
    send(ConfirmedUserFactory())
    server.append(failure)
    assert mail_queue.send_due() == 1
    notification.refresh_from_db()
    assert (notification.mail.state, notification.mail.attempts, notification.emailed_at) == (state, 1, None)


def test_a_mail_that_cannot_be_built_does_not_hold_up_the_others(reader, replace_tickets, events):
    def build(notification):
        Notification.objects.raw("SELECT nothing")[0]

    replace_tickets(build_mail=build)
    broken = send(reader, kind=TICKETS)
    send(reader)
    assert mail_queue.send_due() == 1
    broken.refresh_from_db()
    assert (broken.mail.state, broken.mail.attempts) == ("due", 1)
    assert len(events("mail_not_made")) == 1


def test_no_more_than_the_limit_is_sent(reader):
    for number in range(3):
        send(reader, subject=f"session {number}")
    assert [mail_queue.send_due(limit=2), mail_queue.send_due(limit=2)] == [2, 1]


def test_the_number_of_queries_for_each_mail(reader, django_assert_num_queries):
    for wanted in (1, 3):
        for number in range(wanted):
            send(reader, subject=f"{wanted} {number}")
        # For each: savepoints of the mail and its building, the timeout, the row, its state, the notification.
        with django_assert_num_queries(8 * wanted + 4):
            mail_queue.send_due()
