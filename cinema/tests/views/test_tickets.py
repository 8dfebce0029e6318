"""The pages of tickets and purchases, and cancelling a ticket."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.tests.factories import ManagerFactory
from cinema.core.ticket_codes import format_code
from cinema.models import Ticket
from cinema.tests.factories import HeldTicketFactory, PurchaseFactory, SessionFactory, TicketFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def listed_ids(client, when=""):
    response = client.get("/tickets/", {"when": when} if when else {})
    assert response.status_code == 200
    return [ticket.pk for ticket in response.context["page"]]


def test_upcoming_past_and_cancelled(signed_in, ana, ben, session):
    now = timezone.now()
    later = TicketFactory(user=ana, session=SessionFactory(starts_at=now + 50 * HOUR))
    sooner = TicketFactory(user=ana, session=SessionFactory(starts_at=now + HOUR))
    past = TicketFactory(user=ana, session=SessionFactory(starts_at=now - 9 * HOUR))
    cancelled = TicketFactory(user=ana, session=session, cancelled_at=now)
    TicketFactory(user=ben, session=session)
    HeldTicketFactory(user=ana, session=session)
    assert (
        listed_ids(signed_in)
        == listed_ids(signed_in, "upcoming")
        == listed_ids(signed_in, "nonsense")
        == [sooner.pk, later.pk]
    )
    assert listed_ids(signed_in, "past") == [past.pk]
    assert listed_ids(signed_in, "cancelled") == [cancelled.pk]


@pytest.mark.parametrize("when", ["upcoming", "past", "cancelled"])
def test_empty_lists(signed_in, when):
    assert 'class="empty"' in signed_in.get("/tickets/", {"when": when}).content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_constant_number_of_queries(signed_in, ana, number):
    for _ in range(number):
        TicketFactory(user=ana)
    with CaptureQueriesContext(connection) as captured:
        assert len(listed_ids(signed_in)) == number
    assert len(captured) == 7, [query["sql"] for query in captured]


@pytest.mark.parametrize("number", [1, 3])
def test_a_purchase(signed_in, ana, session, number):
    purchase = PurchaseFactory(user=ana, session=session)
    tickets = [TicketFactory(user=ana, session=session, purchase=purchase) for _ in range(number)]
    with CaptureQueriesContext(connection) as captured:
        response = signed_in.get(f"/purchases/{purchase.pk}/")
    assert len(captured) == 8, [query["sql"] for query in captured]
    text = response.content.decode()
    for ticket in tickets:
        assert f'href="/tickets/{ticket.code}/"' in text
        assert format_code(ticket.code) in text
        assert f"<strong>{ticket.seat.label}</strong>" in text
    assert "Heat &amp; &lt;Dust&gt;" in text


def test_tickets_of_others_are_404(signed_in, ben, session):
    ticket = TicketFactory(user=ben, session=session)
    assert signed_in.get(f"/purchases/{ticket.purchase_id}/").status_code == 404
    assert signed_in.get(f"/tickets/{ticket.code}/").status_code == 404
    assert signed_in.get(f"/tickets/{ticket.code}/cancel/").status_code == 404
    assert signed_in.post(f"/tickets/{ticket.code}/cancel/").status_code == 404
    assert Ticket.objects.get(pk=ticket.pk).cancelled_at is None


def test_a_held_seat_is_404(signed_in, ana, session):
    held = HeldTicketFactory(user=ana, session=session)
    assert signed_in.get(f"/tickets/{held.code}/").status_code == 404


def test_a_ticket(signed_in, ana, session):
    ticket = TicketFactory(user=ana, session=session)
    response = signed_in.get(f"/tickets/{format_code(ticket.code).lower()}/")
    text = response.content.decode()
    begins = timezone.localtime(session.starts_at)
    assert f"{begins:%H:%M}" in text
    assert str(session.room) in text
    assert "Row A, seat 1" in text
    assert format_code(ticket.code) in text
    assert '<p class="state valid">Valid</p>' in text
    assert "Cancel this ticket" in text
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("code", ["%00", "x" * 500, "座席", "A B"])
def test_unknown_codes_are_404(signed_in, ana, code):
    assert signed_in.get(f"/tickets/{code}/").status_code == 404


def test_a_manager_sees_any_ticket(client, ana, session):
    client.force_login(ManagerFactory())
    ticket = TicketFactory(user=ana, session=session, used_at=timezone.now())
    text = client.get(f"/tickets/{ticket.code}/").content.decode()
    assert "Ticket holder: <bdi>ana</bdi>" in text
    assert "Used on " in text
    assert f"/purchases/{ticket.purchase_id}/" not in text
    orphan = TicketFactory(user=None, session=session)
    assert "Ticket holder: account deleted" in client.get(f"/tickets/{orphan.code}/").content.decode()


def test_cancelling_asks_first(signed_in, ana, session):
    ticket = TicketFactory(user=ana, session=session)
    path = f"/tickets/{ticket.code}/cancel/"
    assert "Cancel this ticket?" in signed_in.get(path).content.decode()
    assert Ticket.objects.get().cancelled_at is None
    response = signed_in.post(path, follow=True)
    assert response.redirect_chain == [(f"/tickets/{ticket.code}/", 302)]
    text = response.content.decode()
    assert "The ticket for seat A1 has been cancelled." in text
    assert "Cancelled on " in text
    assert "Cancel this ticket" not in text
    again = signed_in.post(path, follow=True).content.decode()
    assert "The ticket was already cancelled on " in again
    assert Ticket.objects.get().cancelled_by == ana


def test_too_late_to_cancel(signed_in, ana):
    ticket = TicketFactory(user=ana, session=SessionFactory(starts_at=timezone.now() - timedelta(minutes=1)))
    path = f"/tickets/{ticket.code}/cancel/"
    assert "Cancel this ticket" not in signed_in.get(f"/tickets/{ticket.code}/").content.decode()
    assert signed_in.get(path).headers["Location"] == f"/tickets/{ticket.code}/"
    assert "The session began at " in signed_in.post(path, follow=True).content.decode()
    assert Ticket.objects.get().cancelled_at is None


def test_a_ticket_for_a_cancelled_session(signed_in, ana, session):
    ticket = TicketFactory(user=ana, session=session)
    type(session).objects.update(cancelled_at=timezone.now())
    assert "The session was cancelled" in signed_in.get(f"/tickets/{ticket.code}/").content.decode()
    assert "The session was cancelled" in signed_in.get(f"/purchases/{ticket.purchase_id}/").content.decode()
    assert listed_ids(signed_in) == []
    assert listed_ids(signed_in, "cancelled") == [ticket.pk]


def test_signing_in_is_required(client, ana, session):
    ticket = TicketFactory(user=ana, session=session)
    for path in ("/tickets/", f"/tickets/{ticket.code}/", f"/purchases/{ticket.purchase_id}/"):
        assert client.get(path).headers["Location"] == f"/account/sign-in/?next={path}"
