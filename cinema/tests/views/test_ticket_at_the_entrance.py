"""The pages of a ticket and of a purchase: the QR code, and the documents to take along."""

import re
from datetime import timedelta
from io import BytesIO

import icalendar
import pytest
from django.utils import timezone
from pypdf import PdfReader

from accounts.tests.factories import ManagerFactory
from cinema.models import MovieSession, Ticket
from cinema.tests.factories import PurchaseFactory, SessionFactory, TicketFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def ticket(ana, session):
    return TicketFactory(user=ana, session=session)


def page_of(client, ticket):
    return client.get(f"/tickets/{ticket.code}/").content.decode()


def codes(text):
    """Return the seats of the QR codes shown."""
    return re.findall(r"<title>QR code of the ticket for seat (\w+)</title>", text)


def buttons(text):
    """Return {label: address} of the page's buttons that are links."""
    found = re.findall(r'<a class="button[ a-z]*"\s+href="([^"]+)"[^>]*>([^<]+)</a>', text)
    return {label.strip(): address for address, label in found}


def test_a_valid_ticket(signed_in, ticket):
    text = page_of(signed_in, ticket)
    assert codes(text) == ["A1"]
    assert "Show this at the entrance." in text
    assert buttons(text) == {
        "Add to calendar": f"/tickets/{ticket.code}/calendar.ics",
        "Print": f"/tickets/{ticket.code}/print/",
        "Save as PDF": f"/purchases/{ticket.purchase_id}/tickets.pdf",
        "Cancel this ticket": f"/tickets/{ticket.code}/cancel/",
    }
    for path in buttons(text).values():
        assert signed_in.get(path).status_code == 200


@pytest.mark.parametrize(
    ("model", "changes", "reason", "offered"),
    [
        (Ticket, {"cancelled_at": 0}, "This ticket was cancelled and is no longer valid.", {"Remove from calendar"}),
        (
            MovieSession,
            {"cancelled_at": 0},
            "This session was cancelled.",
            {"Remove from calendar", "See other times"},
        ),
        (Ticket, {"used_at": 0}, "This ticket has been used. It is valid for one admission.", set()),
        (MovieSession, {"starts_at": -3, "ends_at": -1, "room_free_at": -1}, "This session is over.", set()),
    ],
    ids=["cancelled", "session cancelled", "used", "past"],
)
def test_an_invalid_ticket_shows_the_reason_and_no_code(signed_in, ticket, model, changes, reason, offered):
    model.objects.update(**{name: timezone.now() + hours * HOUR for name, hours in changes.items()})
    text = page_of(signed_in, ticket)
    assert codes(text) == []
    assert f'<p class="stub-why">{reason}' in text
    assert "Show this at the entrance." not in text
    assert set(buttons(text)) - {"Cancel this ticket"} == offered


def test_the_calendar_entry_of_a_cancelled_ticket(signed_in, ticket):
    Ticket.objects.update(cancelled_at=timezone.now())
    path = buttons(page_of(signed_in, ticket))["Remove from calendar"]
    assert icalendar.Calendar.from_ical(signed_in.get(path).content)["METHOD"] == "CANCEL"
    TicketFactory(user=ticket.user, session=ticket.session)
    path = buttons(page_of(signed_in, ticket))["Update my calendar"]
    assert icalendar.Calendar.from_ical(signed_in.get(path).content)["METHOD"] == "PUBLISH"


def test_a_past_ticket_is_not_used(signed_in, ana):
    past = SessionFactory(starts_at=timezone.now() - 9 * HOUR)
    ticket = TicketFactory(user=ana, session=past)
    for path in (f"/tickets/{ticket.code}/", "/tickets/?when=past"):
        assert '<p class="state used">Not used</p>' in signed_in.get(path).content.decode()


def test_a_manager_sees_the_code_but_no_documents(client, ticket):
    client.force_login(ManagerFactory())
    text = page_of(client, ticket)
    assert codes(text) == ["A1"]
    assert set(buttons(text)) == {"Cancel this ticket"}


@pytest.mark.parametrize("number", [1, 3])
def test_the_documents_of_a_purchase(signed_in, ana, session, number):
    purchase = PurchaseFactory(user=ana, session=session)
    tickets = [TicketFactory(user=ana, session=session, purchase=purchase) for _ in range(number)]
    text = signed_in.get(f"/purchases/{purchase.pk}/").content.decode()
    pdf, printed, entry = buttons(text).values()
    assert (entry, text.count("Add to calendar")) == (f"/tickets/{tickets[0].code}/calendar.ics", 1)
    assert PdfReader(BytesIO(signed_in.get(pdf).content)).pages
    assert len(codes(signed_in.get(printed).content.decode())) == number


def test_a_purchase_with_a_cancelled_ticket(signed_in, ana, session):
    purchase = PurchaseFactory(user=ana, session=session)
    gone, good = (TicketFactory(user=ana, session=session, purchase=purchase) for _ in range(2))
    Ticket.objects.filter(pk=gone.pk).update(cancelled_at=timezone.now())
    text = signed_in.get(f"/purchases/{purchase.pk}/").content.decode()
    assert "These seats are yours" in text
    assert buttons(text)["Print"] == f"/tickets/{good.code}/print/"
    assert buttons(text)["Add to calendar"] == f"/tickets/{good.code}/calendar.ics"


def test_a_purchase_without_valid_tickets(signed_in, ticket):
    Ticket.objects.update(cancelled_at=timezone.now())
    text = signed_in.get(f"/purchases/{ticket.purchase_id}/").content.decode()
    assert buttons(text) == {"Remove from calendar": f"/tickets/{ticket.code}/calendar.ics"}
    assert "is yours" not in text
    assert "You can cancel" not in text
