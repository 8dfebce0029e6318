"""Mails to addresses that are not confirmed: what goes there, how many, and what happens to the rest."""

from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from time_machine import travel

from accounts.models import Mail
from accounts.notifications import mail_queue, unconfirmed
from accounts.notifications.account_mails import send_account_mail
from accounts.notifications.notify import notify
from accounts.notifications.unconfirmed import send_waiting
from accounts.sign_in import passwords
from accounts.tests.factories import ConfirmedUserFactory, UserFactory, confirm
from accounts.tests.kinds import CANCELLATION, FILM_ADDED, HOW_WAS_IT, OFFER, TICKETS

pytestmark = pytest.mark.django_db
ADDRESS, NOON = "given@example.org", datetime(2026, 3, 4, 12, tzinfo=UTC)
BELONGS = "gave this address and has not confirmed it"


@pytest.fixture(autouse=True)
def _two_a_day(settings):
    settings.UNCONFIRMED_MAILS = 2


def buy(user, *numbers, kind=TICKETS):
    for number in numbers:
        notify([user], kind, f"purchase {number}", f"Your tickets {number}", "/tickets/")


def sent_to(address):
    return [str(message.subject) for message in mail.outbox if message.to == [address]]


@pytest.mark.parametrize("kind", [TICKETS, OFFER, CANCELLATION], ids=lambda kind: kind.value)
def test_what_was_bought_or_asked_for_goes_to_the_address_that_was_given(kind):
    user = UserFactory(username="ana", email=ADDRESS)
    buy(user, 1, kind=kind)
    assert mail_queue.send_due() == 1
    (message,) = mail.outbox
    assert message.to == [ADDRESS]
    for text in (message.body, message.alternatives[0].content):
        assert BELONGS in text
        assert "ana" in text


@pytest.mark.parametrize("kind", [FILM_ADDED, HOW_WAS_IT], ids=lambda kind: kind.value)
def test_optional_mails_wait_until_it_is_confirmed(kind):
    user = UserFactory(email=ADDRESS)
    buy(user, 1, kind=kind)
    Mail.objects.create(user=user, digest_day=NOON.date())
    assert mail_queue.send_due() == 0
    confirm(user)
    assert mail_queue.send_due() == 1
    assert BELONGS not in mail.outbox[0].body


def test_a_confirmed_address_gets_all_of_them():
    user = ConfirmedUserFactory(email=ADDRESS)
    buy(user, 1, 2, 3)
    assert mail_queue.send_due() == 3
    assert not any(BELONGS in message.body for message in mail.outbox)


def test_few_go_to_an_unconfirmed_address_within_a_day():
    """However many accounts gave it."""
    with travel(NOON, tick=False):
        for number in range(4):
            buy(UserFactory(email=ADDRESS if number % 2 else ADDRESS.upper()), number)
        assert [mail_queue.send_due(), mail_queue.send_due()] == [2, 0]
        waiting = Mail.objects.filter(state="due")
        assert set(waiting.values_list("due_at", "attempts")) == {(NOON + timedelta(days=1), 0)}
    with travel(NOON + timedelta(days=1, seconds=1), tick=False):
        assert mail_queue.send_due() == 2
    assert Mail.objects.filter(state="sent", address=ADDRESS, times_sent=1).count() == 4


def test_sending_again_counts():
    user = UserFactory(email=ADDRESS)
    buy(user, 1)
    mail_queue.send_due()
    for sent in (1, 0):
        mail_queue.send_again(user.notifications.get(), user)
        assert mail_queue.send_due() == sent
    assert len(sent_to(ADDRESS)) == 2


def test_the_mails_of_the_owner_do_not_count_for_an_account_that_gave_the_same_address():
    """It would see by its waiting mails that the address has an account."""
    owner, other = ConfirmedUserFactory(email=ADDRESS), UserFactory(email=ADDRESS)
    buy(owner, 1, 2, 3)
    for number in range(3):
        send_account_mail("account/email/unknown_account", ADDRESS, {"email": f"{number}"})
    buy(other, 4, 5, 6)
    mail_queue.send_due()
    sent = [Mail.objects.filter(user=user, state="sent").count() for user in (owner, None, other)]
    assert sent == [3, 3, 2]


def test_few_mails_about_accounts_go_to_an_address_that_no_account_has_confirmed():
    ConfirmedUserFactory(email="owner@example.org")
    for address in (ADDRESS, "owner@example.org"):
        for _ in range(4):
            send_account_mail("account/email/unknown_account", address, {"email": address})
    assert (len(sent_to(ADDRESS)), len(sent_to("owner@example.org"))) == (2, 4)


@pytest.mark.parametrize("way", ["confirmed", "reset"])
def test_confirming_sends_what_waits(way):
    user = UserFactory(email=ADDRESS)
    buy(user, 1, 2, 3)
    assert mail_queue.send_due() == 2
    if way == "reset":
        passwords.reset_password(user, "another long sentence")
    else:
        confirm(user)
        send_waiting(user)
    mail_queue.send_due()
    assert sorted(subject for subject in sent_to(ADDRESS) if "tickets" in subject) == [
        "Your tickets 1",
        "Your tickets 2",
        "Your tickets 3",
    ]


@pytest.fixture
def three_purchases(settings):
    settings.UNCONFIRMED_MAILS = 1
    for number in range(3):
        buy(UserFactory(email=ADDRESS), number)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("three_purchases")
def test_three_workers_at_once_send_one(at_once):
    assert sum(at_once(mail_queue.send_due, 3)) == 1
    assert Mail.objects.filter(state="due").count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("three_purchases")
def test_without_the_lock_they_send_three(at_once, monkeypatch):
    """The control of the race above: each has counted before any has sent."""
    counted, send = Barrier(3), EmailBackend.send_messages

    def send_together(self, messages):
        counted.wait(60)
        return send(self, messages)

    monkeypatch.setattr(unconfirmed, "_try_lock", lambda address: True)
    monkeypatch.setattr(EmailBackend, "send_messages", send_together)
    assert sum(at_once(lambda: mail_queue.send_due(limit=1), 3)) == 3
