"""Documents and mails of wheelchair places and companion seats name the kind of place."""

from io import BytesIO

import icalendar
import pytest
from pypdf import PdfReader

from cinema.documents import calendar, pdf, qr
from cinema.models import Seat
from cinema.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(ticket):
    """The ticket of the fixture, for the wheelchair place B7."""
    ticket.seat.kind = Seat.Kind.WHEELCHAIR
    ticket.seat.save()
    return ticket


def test_the_pdf_names_it(place):
    text = PdfReader(BytesIO(pdf.ticket_pdf([place]))).pages[0].extract_text()
    lines = [line.strip() for line in text.splitlines()]
    assert lines[6:8] == ["Wheelchair place", "B7"]
    assert lines[-2:] == ["Wheelchair place B7", "Show this at the entrance."]


def test_the_calendar_entry_names_it(place):
    beside = place.session.room.seats.get(row="B", number=8)
    beside.kind = Seat.Kind.COMPANION
    beside.save()
    companion = TicketFactory(session=place.session, user=place.user, seat=beside)
    (event,) = icalendar.Calendar.from_ical(calendar.render_visit([place, companion])).events
    both = "wheelchair place B7 and companion seat B8"
    assert event["LOCATION"].endswith(f", {both}")
    assert event["DESCRIPTION"].startswith(f"W{both[1:]}, Room 2")
    assert "\nWheelchair place B7: ticket ABCD-" in event["DESCRIPTION"]
    assert "\nCompanion seat B8: ticket " in event["DESCRIPTION"]
    assert event.subcomponents[0]["DESCRIPTION"].endswith(both)


def test_the_title_of_the_qr_code_names_it(place):
    assert "<title>QR code of the ticket for wheelchair place B7</title>" in qr.render_svg(place)
