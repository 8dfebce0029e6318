"""The limits against hoarding on pages. Their rules are tested in cinema/tests/box_office/hoarding."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cinema.models import Purchase, Ticket
from cinema.tests.factories import SessionFactory, TicketFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.UNCONFIRMED_TICKETS, settings.SEATS_PER_ADDRESS, settings.HOLD_MINUTES_PER_HOUR = 2, 60, 15


def test_an_unconfirmed_account_is_led_to_confirm_its_email(client, session, alerts):
    client.force_login(UserFactory())
    response = client.post(f"/sessions/{session.pk}/", {"seats": ["A1", "A2", "A3"]})
    assert response.status_code == 403
    assert "you can have at most 2 tickets for a session" in alerts(response)[0]
    assert '<a href="/account/email/">Confirm your email</a>' in response.content.decode()
    assert not Ticket.objects.exists()
    assert client.post(f"/sessions/{session.pk}/", {"seats": ["A1", "A2"]}).status_code == 302


def test_to_hold_release_and_hold_again_ends(signed_in, session, alerts):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(3):
            assert signed_in.post(f"/sessions/{session.pk}/", {"seats": ["A1"]}).status_code == 302
            clock.shift(timedelta(minutes=5))
            signed_in.post(f"/purchases/{Purchase.objects.get().pk}/release/")
            assert not Ticket.objects.exists()
        response = signed_in.post(f"/sessions/{session.pk}/", {"seats": ["A1"]})
    assert response.status_code == 409
    assert alerts(response) == ["You have held seats for this session for 15 minutes. Try again in an hour."]


def test_the_waiting_list_asks_for_a_confirmed_email(client):
    session = SessionFactory(room__plan__rows=1, room__plan__seats_per_row=1)
    TicketFactory(session=session)
    client.force_login(UserFactory())
    page = client.get(f"/sessions/{session.pk}/").content.decode()
    assert "Confirm your email to join</a>" in page
    assert "Join the waiting list</button>" not in page
    answer = client.post(f"/sessions/{session.pk}/waiting/", {"quantity": "1"}, follow=True).content.decode()
    assert "We tell you by email when seats become free." in answer
