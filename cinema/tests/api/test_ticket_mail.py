"""What was mailed of tickets, over the API, and mailing them again."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from accounts.notifications import mail_queue
from accounts.tests.factories import UserFactory
from cinema.models import Ticket
from cinema.tests.api.shapes import mail_json
from cinema.tests.factories import SessionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(ask, customer):
    ask("POST", "tickets", customer, {"session_id": SessionFactory().pk, "seat": "A1"})
    return Ticket.objects.get()


def test_it_says_what_was_sent_where_and_when(ask, customer, ticket):
    path = f"tickets/{ticket.pk}/mail"
    assert ask("GET", path, customer).json() == mail_json(customer)
    mail_queue.send_due()
    sent = ask("GET", path, customer).json()
    assert sent == mail_json(customer, state="sent", sent_at=sent["sent_at"])
    assert sent["sent_at"] is not None
    EmailAddress.objects.update(verified=False)
    assert ask("GET", path, customer).json() == sent | {"address_is_confirmed": False}


def test_sending_again(ask, customer, ticket, refusal):
    path = f"tickets/{ticket.pk}/mail"
    mail_queue.send_due()
    sent_at = ask("GET", path, customer).json()["sent_at"]
    response = ask("POST", path, customer)
    assert (response.status_code, response.json()) == (202, mail_json(customer, sent_at=sent_at))
    assert mail_queue.send_due() == 1
    assert [message.to for message in mail.outbox] == [[customer.email]] * 2
    assert refusal(ask("POST", path, customer, {"to": "x@example.org"})) == (
        400,
        "validation_failed",
        {"to": "Unknown field."},
    )
    ask("DELETE", f"tickets/{ticket.pk}", customer)
    assert refusal(ask("POST", path, customer)) == (409, "ticket_cancelled", {})


def test_it_is_limited(ask, customer, ticket, refusal):
    answers = [ask("POST", f"tickets/{ticket.pk}/mail", customer) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    assert refusal(answers[-1])[1] == "throttled"
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60


def test_those_of_others_are_404(ask, manager, ticket):
    for person in (UserFactory(), manager):
        for method in ("GET", "POST"):
            assert ask(method, f"tickets/{ticket.pk}/mail", person).status_code == 404
