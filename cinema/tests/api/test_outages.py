"""Buying while a service that a purchase uses on its way is down or hangs."""

import pytest
from django.core.mail.backends.locmem import EmailBackend

from accounts.models import Mail
from accounts.notifications import mail_queue
from accounts.tests.factories import ConfirmedUserFactory
from cinema.models import Ticket
from cinema.tests.factories import SessionFactory
from common.services import publishing

pytestmark = pytest.mark.django_db(transaction=True)


def buy_four(ask, customer):
    session = SessionFactory()
    ask("GET", "genres", customer)
    for _ in range(4):
        assert ask("POST", "tickets", customer, {"session_id": session.pk}).status_code == 201


@pytest.fixture
def confirmed():
    return ConfirmedUserFactory()


def test_without_the_broker_tickets_are_sold_and_their_mails_wait(ask, confirmed, settings, lost_port, redis_attempts):
    """The counters of requests are in the same Redis."""
    settings.BROKER_URL = f"redis://127.0.0.1:{lost_port}/1"
    buy_four(ask, confirmed)
    assert redis_attempts.count(lost_port) == 1
    assert (Ticket.objects.count(), Mail.objects.filter(state="due").count()) == (4, 4)
    assert mail_queue.send_due() == 4  # as the next sweep does


def test_without_the_cache_tickets_are_sold(ask, confirmed, settings, lost_port, redis_attempts):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": f"redis://127.0.0.1:{lost_port}/0"}}
    buy_four(ask, confirmed)
    assert redis_attempts.count(lost_port) <= 1
    assert Ticket.objects.count() == 4


def test_many_purchases_wake_one_sweep(ask, confirmed, monkeypatch):
    sent = []
    monkeypatch.setattr(publishing, "publish", lambda task, *_arguments, **_options: sent.append(task) or True)
    buy_four(ask, confirmed)
    assert sent == ["accounts.tasks.send_mails"]


def test_the_tickets_of_a_mail_are_not_made_while_the_server_takes_none(ask, confirmed, monkeypatch):
    def refuse(_backend):
        raise ConnectionRefusedError

    buy_four(ask, confirmed)
    monkeypatch.setattr(EmailBackend, "open", refuse)
    monkeypatch.setattr(mail_queue, "_build", lambda _mail: pytest.fail("The PDF is made."))
    assert mail_queue.send_due() == 0
    assert Mail.objects.filter(state="due", error="ConnectionRefusedError").count() == 1
