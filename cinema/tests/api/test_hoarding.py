"""The limits against hoarding over the API. Their rules are tested in cinema/tests/box_office/hoarding."""

import pytest

from accounts.tests.factories import ConfirmedUserFactory, UserFactory
from cinema.models import Claim, Ticket
from cinema.tests.factories import SessionFactory, TicketFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.UNCONFIRMED_TICKETS, settings.SEATS_PER_ADDRESS, settings.HOLD_MINUTES_PER_HOUR = 2, 60, 15


@pytest.fixture
def session():
    return SessionFactory(room__plan__rows=10, room__plan__seats_per_row=10)


@pytest.mark.parametrize("path", ["holds", "tickets/bulk"])
def test_eight_unconfirmed_accounts_do_not_take_eighty_seats(ask, session, refusal, path):
    for user in UserFactory.create_batch(8):
        response = ask("POST", path, user, {"session_id": session.pk, "quantity": 10})
        assert refusal(response) == (403, "email_unconfirmed", {})
        ask("POST", path, user, {"session_id": session.pk, "quantity": 2})
    assert Ticket.objects.count() == (6 if path == "holds" else 10)
    assert len(set(Claim.objects.values_list("address_hash", flat=True))) == 1


def test_one_ticket_after_the_other_does_not_get_more(ask, session, refusal):
    user = UserFactory()
    answers = [ask("POST", "tickets", user, {"session_id": session.pk}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 403]
    assert refusal(answers[2])[1] == "email_unconfirmed"


def test_the_limit_of_an_address(ask, session, refusal, settings):
    settings.SEATS_PER_ADDRESS = 5
    assert ask("POST", "holds", ConfirmedUserFactory(), {"session_id": session.pk, "quantity": 3}).status_code == 201
    response = ask("POST", "tickets/bulk", ConfirmedUserFactory(), {"session_id": session.pk, "quantity": 3})
    assert refusal(response) == (409, "address_limit", {})
    assert response.json()["details"] == {"limit": 5}


def test_the_limit_of_time(ask, session, refusal, settings):
    settings.HOLD_MINUTES_PER_HOUR = 0
    response = ask("POST", "holds", ConfirmedUserFactory(), {"session_id": session.pk, "quantity": 3})
    assert refusal(response) == (409, "hold_limit", {})


def test_the_waiting_list_needs_a_confirmed_email(ask, refusal):
    session = SessionFactory(room__plan__rows=1, room__plan__seats_per_row=1)
    TicketFactory(session=session)
    response = ask("POST", f"movie-sessions/{session.pk}/waiting", UserFactory(), {"quantity": 1})
    assert refusal(response) == (403, "email_unconfirmed", {})
