"""Mails about accounts: stored with the change, sent by the worker, and without their secrets afterwards."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from time_machine import travel

from accounts.models import Mail
from accounts.notifications import account_mails, cleanup, mail_queue
from accounts.notifications.account_mails import send_account_mail
from accounts.notifications.notify import SEND, notify
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import ConfirmedUserFactory, ManagerFactory
from accounts.tests.kinds import TICKETS
from common.services import publishing

pytestmark = pytest.mark.django_db
RESET = "account/email/password_reset_key"
CONTEXT = {"password_reset_url": "https://cinema.example/reset/secret", "username": "ana"}


@pytest.fixture(autouse=True)
def woken(monkeypatch):
    """Return a list of the sweeps that were woken; the mails stay in their rows."""
    sweeps = []
    monkeypatch.setattr(account_mails, "wake_after_commit", lambda: sweeps.append(SEND))
    return sweeps


@pytest.fixture
def hung_mail_server(settings, hung_port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", hung_port(), 0.3


def reset(client):
    return client.post(reverse("account_reset_password"), {"email": "ana@example.org"})


def test_no_request_waits_for_a_mail_server_that_hangs(client, ana, hung_mail_server, woken):
    assert [reset(client).status_code for _ in range(5)] == [302] * 5
    assert (Mail.objects.filter(state="due", attempts=0).count(), woken) == (5, [SEND] * 5)


def test_a_mail_server_that_hangs_is_tried_once_a_sweep(client, ana, hung_mail_server):
    reset(client)
    reset(client)
    assert mail_queue.send_due() == 0
    tried = Mail.objects.order_by("attempts").values_list("state", "attempts", "error")
    assert list(tried) == [("due", 0, ""), ("due", 1, "SMTPServerDisconnected")]


def test_a_secret_is_deleted_once_it_was_sent(ana):
    send_account_mail(RESET, "ana@example.org", CONTEXT)
    assert "/reset/secret" in Mail.objects.get().text
    assert mail_queue.send_due() == 1
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["ana@example.org"], "A new password for Marquee Cinema")
    assert "/reset/secret" in message.body
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert Mail.objects.values_list("state", "text", "attempts").get() == ("sent", "", 1)
    assert mail_queue.send_due() == 0


def test_a_secret_is_deleted_when_its_mail_is_given_up(ana, monkeypatch):
    def fail(*_):
        raise ConnectionRefusedError

    monkeypatch.setattr(EmailBackend, "send_messages", fail)
    send_account_mail(RESET, "ana@example.org", CONTEXT)
    now = timezone.now()
    for delay in [timedelta(), *mail_queue.DELAYS]:
        now += delay + timedelta(seconds=1)
        with travel(now, tick=False):
            mail_queue.send_due()
    row = Mail.objects.get()
    assert (row.state, row.text, row.error, row.attempts) == ("failed", "", "ConnectionRefusedError", 7)


def test_a_secret_is_deleted_when_its_mail_is_out_of_date(ana):
    send_account_mail(RESET, "ana@example.org", CONTEXT)
    with travel(timezone.now() + timedelta(days=4), tick=False):
        cleanup.delete_old()
    assert Mail.objects.values_list("state", "text").get() == ("dropped", "")
    with travel(timezone.now() + timedelta(days=8), tick=False):
        cleanup.delete_old()
    assert not Mail.objects.exists()


def test_a_link_that_is_waited_for_overtakes_other_mails():
    for user in [ConfirmedUserFactory() for _ in range(3)]:
        notify([user], TICKETS, "purchase 1", "Your tickets", "/tickets/")
    send_account_mail(RESET, "eve@example.org", CONTEXT)
    assert mail_queue.send_due() == 4
    assert mail.outbox[0].to == ["eve@example.org"]


def test_after_a_rollback_there_is_no_mail(ana):
    with transaction.atomic():
        send_account_mail(RESET, "ana@example.org", CONTEXT)
        transaction.set_rollback(True)
    assert not Mail.objects.exists()


@pytest.mark.parametrize(
    "columns",
    [
        {"address": ""},
        {"address": "ana@example.org", "digest_day": "2026-11-30"},
        {"address": "ana@example.org", "state": "sent", "text": "secret"},
    ],
)
def test_the_database_refuses_mails_of_another_form(columns):
    with pytest.raises(IntegrityError), transaction.atomic():
        Mail.objects.create(**columns)


@pytest.mark.django_db(transaction=True)
def test_a_lost_broker_delays_a_mail_only(client, ana, settings, lost_port, monkeypatch):
    """The counters of attempts are in the same Redis, and fail closed; so the mail is written directly."""
    monkeypatch.undo()
    settings.BROKER_URL = f"redis://127.0.0.1:{lost_port}/1"
    monkeypatch.setattr(publishing, "WAKE_SECONDS", 1)
    send_account_mail(RESET, "ana@example.org", CONTEXT)
    assert connection.run_on_commit == []
    assert mail_queue.send_due() == 1


def test_managers_see_failed_mails_and_no_secrets(client, ana):
    send_account_mail(RESET, "ana@example.org", CONTEXT)
    Mail.objects.update(error="SMTPServerDisconnected")
    client.force_login(ManagerFactory(password=PASSWORD))
    pages = [client.get(reverse("admin:accounts_mail_changelist"), {"state__exact": "due"})]
    pages.append(client.get(reverse("admin:accounts_mail_change", args=[Mail.objects.get().pk])))
    for page in pages:
        text = page.content.decode()
        assert page.status_code == 200
        assert "ana@example.org" in text
        assert "SMTPServerDisconnected" in text
        assert "/reset/secret" not in text
