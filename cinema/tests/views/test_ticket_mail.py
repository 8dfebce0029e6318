"""What the pages of tickets and purchases say of their mail, and the button that sends it again."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Mail
from accounts.notifications import mail_queue
from accounts.tests.factories import UserFactory
from cinema.box_office import purchases
from cinema.models import MovieSession
from cinema.tests.factories import SessionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def eve(client):
    """A customer who is signed in and whose address is not confirmed."""
    user = UserFactory(username="eve", email="eve@example.org")
    client.force_login(user)
    return user


@pytest.fixture
def purchase(eve):
    return purchases.buy(SessionFactory().pk, eve, seats=["A1"])


@pytest.fixture
def said(client, purchase):
    """Return what the purchase's page says of the mail, and check that the ticket's page says the same."""

    def read():
        pages = [
            client.get(path) for path in (f"/purchases/{purchase.pk}/", f"/tickets/{purchase.tickets.get().code}/")
        ]
        texts = [re.findall(r'<section class="mail-state".*?</section>', page.content.decode(), re.S) for page in pages]
        plain = [" ".join(re.sub(r"<[^>]+>", "", text).split()) for found in texts for text in found]
        assert len(set(plain)) == 1
        assert len(plain) == 2
        return plain[0]

    return read


ASKED, CHECK = "Your tickets by email", "This address isn't confirmed yet, so please check it."


def test_from_the_purchase_to_the_mail(said, eve):
    assert said() == f"{ASKED} On their way to eve@example.org. {CHECK} Confirm or change your address"
    mail_queue.send_due()
    assert re.fullmatch(
        rf"{ASKED} Sent to eve@example.org on \d+ \w+ at \d\d:\d\d. {CHECK} Send them again "
        "Confirm or change your address",
        said(),
    )


def test_one_that_waits_for_the_confirmation(said, eve):
    Mail.objects.update(due_at=timezone.now() + timedelta(hours=3))
    assert "We send only a few emails a day to an address that isn't confirmed" in said()
    assert said().endswith("Confirm your address to get it now. Confirm or change your address")


@pytest.mark.parametrize(
    ("row", "sentence", "button"),
    [
        ({"state": "due", "attempts": 1}, "We couldn't reach eve@example.org yet.", "Try again now"),
        ({"state": "failed"}, "We couldn't deliver them to eve@example.org. Is the address right?", "Try again now"),
        ({"state": "dropped"}, "Not sent. We can email them to eve@example.org.", "Send them"),
    ],
)
def test_one_that_was_not_sent(said, eve, row, sentence, button):
    Mail.objects.update(**row)
    assert sentence in said()
    assert button in said()


def test_sending_again(client, eve, purchase):
    mail_queue.send_due()
    response = client.post(f"/purchases/{purchase.pk}/mail/", follow=True)
    assert response.redirect_chain == [(f"/purchases/{purchase.pk}/", 302)]
    assert "We&#x27;ll email your tickets to eve@example.org again." in response.content.decode()
    assert mail_queue.send_due() == 1
    assert [message.to for message in mail.outbox] == [["eve@example.org"]] * 2


def test_too_often(client, eve, purchase):
    pages = [client.post(f"/purchases/{purchase.pk}/mail/", follow=True).content.decode() for _ in range(6)]
    assert ["again." in page for page in pages] == [True] * 5 + [False]


def test_nothing_is_said_of_tickets_that_are_no_longer_valid(client, eve, purchase):
    begun = timezone.now() - timedelta(hours=9)
    MovieSession.objects.update(starts_at=begun, ends_at=begun + timedelta(hours=2))
    for path in (f"/purchases/{purchase.pk}/", f"/tickets/{purchase.tickets.get().code}/"):
        assert ASKED not in client.get(path).content.decode()
    assert "This session is over." in client.post(f"/purchases/{purchase.pk}/mail/", follow=True).content.decode()
