"""Mailing tickets once more, as their holder asked."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Notification
from accounts.notifications import mail_queue
from cinema.box_office import purchases
from cinema.models import MovieSession
from cinema.notifications.tickets_bought import find_tickets_mail, send_tickets_again
from cinema.queries import tickets
from cinema.tests.factories import SessionFactory
from common.errors import Conflict, TooManyRequests

pytestmark = pytest.mark.django_db


@pytest.fixture
def purchase(ana):
    return purchases.buy(SessionFactory().pk, ana, seats=["A1", "A2"])


def test_they_are_sent_again(ana, purchase):
    assert mail_queue.send_due() == 1
    purchases.cancel(tickets.of_purchase(purchase)[0].pk, ana)
    send_tickets_again(purchase, ana)
    assert find_tickets_mail(purchase, ana).state == "waiting"
    assert mail_queue.send_due() == 1
    assert find_tickets_mail(purchase, ana).state == "sent"
    first, again = mail.outbox
    assert "Cancelled since: seat A1" in again.body
    assert first.extra_headers["Message-ID"] != again.extra_headers["Message-ID"]
    assert Notification.objects.count() == 1


def test_they_are_sent_when_the_notification_was_deleted(ana, purchase):
    mail_queue.send_due()
    Notification.objects.all().delete()
    assert find_tickets_mail(purchase, ana).state == "not_sent"
    send_tickets_again(purchase, ana)
    assert mail_queue.send_due() == 1


def test_cancelled_tickets_are_not_sent(ana, purchase):
    for ticket in purchase.tickets.all():
        purchases.cancel(ticket.pk, ana)
    with pytest.raises(Conflict) as refused:
        send_tickets_again(purchase, ana)
    assert refused.value.code == "ticket_cancelled"


def test_tickets_of_a_session_that_is_over_are_not_sent(ana, purchase):
    begun = timezone.now() - timedelta(hours=9)
    MovieSession.objects.update(starts_at=begun, ends_at=begun + timedelta(hours=2))
    with pytest.raises(Conflict) as refused:
        send_tickets_again(purchase, ana)
    assert refused.value.code == "session_started"


def test_it_is_limited(ana, purchase):
    for _ in range(5):
        send_tickets_again(purchase, ana)
    with pytest.raises(TooManyRequests) as refused:
        send_tickets_again(purchase, ana)
    assert 1 <= refused.value.wait <= 60
