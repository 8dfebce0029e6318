"""Pages to print, PDF files and calendars."""

import re
from io import BytesIO

import icalendar
import pytest
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.documents import feeds
from cinema.models import Ticket
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory

pytestmark = pytest.mark.django_db
CODE = "ABCDEFGHJKMNPQRS"


@pytest.fixture
def person():
    return UserFactory(username="ana", name="Ana Beispiel")


@pytest.fixture
def site(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def ticket(person):
    session = SessionFactory(movie__title="<The> Mirror", movie__age_restriction=16, room__name="Great Hall")
    return TicketFactory(user=person, session=session, code=CODE)


@pytest.fixture
def another(ticket):
    """A second ticket of the same purchase."""
    return TicketFactory(user=ticket.user, session=ticket.session, purchase=ticket.purchase)


def text(answer):
    assert answer.status_code == 200
    return answer.content.decode()


PAGES = [f"/tickets/{CODE}/print/", f"/tickets/{CODE}/print/?all", f"/tickets/{CODE}/calendar.ics"]


@pytest.mark.parametrize("path", PAGES)
def test_tickets_of_others_are_404(client, ticket, path):
    assert client.get(path)["Location"].startswith("/account/sign-in/?next=")
    for user in (UserFactory(), ManagerFactory()):
        client.force_login(user)
        assert client.get(path).status_code == 404


def test_purchases_of_others_are_404(client, ticket):
    path = f"/purchases/{ticket.purchase_id}/tickets.pdf"
    assert client.get(path)["Location"].startswith("/account/sign-in/?next=")
    for user in (UserFactory(), ManagerFactory()):
        client.force_login(user)
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", [*PAGES, "/account/calendar/"])
def test_the_pages_are_not_stored(site, ticket, path):
    assert "no-store" in site.get(path)["Cache-Control"]


@pytest.mark.parametrize("path", PAGES)
def test_programs_may_ask_for_the_head_first(site, ticket, path):
    shown, asked = site.get(path), site.head(path)
    assert (asked.status_code, asked["Content-Type"], asked.content) == (200, shown["Content-Type"], b"")


@pytest.mark.parametrize("path", PAGES)
def test_posts_are_not_allowed(site, ticket, path):
    assert site.post(path).status_code == 405


@pytest.mark.parametrize("code", ["x", "0" * 16, "%00", "A" * 500, "１２３"])
def test_unknown_codes_are_404(site, ticket, code):
    for rest in ("print/", "calendar.ics"):
        assert site.get(f"/tickets/{code}/{rest}").status_code == 404


def test_a_code_with_dashes(site, ticket):
    assert site.get("/tickets/abcd-efgh-jkmn-pqrs/print/").status_code == 200


# --- The page to print ---


def test_printing_a_ticket(site, ticket):
    page = text(site.get(f"/tickets/{CODE}/print/"))
    for expected in ("&lt;The&gt; Mirror", "Great Hall", "A1", "Ana Beispiel", "From 16 years", "ABCD-EFGH-JKMN-PQRS"):
        assert expected in page
    assert page.count('role="img" shape-rendering') == 1
    assert " style=" not in page
    assert "tickets</a>" not in page


def test_printing_all_tickets_of_a_purchase(site, ticket, another):
    page = text(site.get(f"/tickets/{CODE}/print/"))
    assert page.count('class="sheet"') == 1
    assert f'<a class="button plain" href="/tickets/{CODE}/print/?all">All 2 tickets</a>' in page
    page = text(site.get(f"/tickets/{CODE}/print/?all"))
    assert re.findall(r"QR code of the ticket for seat (\w+)", page) == ["A1", "A2"]


def test_a_cancelled_ticket_is_not_printed(site, ticket, another):
    Ticket.objects.filter(pk=ticket.pk).update(cancelled_at=timezone.now())
    page = text(site.get(f"/tickets/{CODE}/print/"))
    assert "This ticket was cancelled." in page
    assert 'class="sheet"' not in page
    assert re.findall(r"for seat (\w+)", text(site.get(f"/tickets/{CODE}/print/?all"))) == ["A2"]


def test_a_ticket_for_a_cancelled_session_is_not_printed(site, ticket):
    ticket.session.cancelled_at = timezone.now()
    ticket.session.save()
    page = text(site.get(f"/tickets/{CODE}/print/?all"))
    assert "This session was cancelled." in page
    assert 'class="sheet"' not in page


@pytest.mark.parametrize("more", [0, 2])
def test_constant_number_of_queries(site, ticket, more, django_assert_num_queries):
    for _ in range(more):
        TicketFactory(user=ticket.user, session=ticket.session, purchase=ticket.purchase)
    site.get("/account/calendar/")
    with django_assert_num_queries(QUERIES):
        page = text(site.get(f"/tickets/{CODE}/print/?all"))
    assert page.count('class="sheet"') == more + 1


# Session cookie, user, unread notifications, the ticket, all tickets of the purchase.
QUERIES = 5


# --- The files ---


def test_the_pdf_of_a_purchase(site, ticket, another):
    answer = site.get(f"/purchases/{ticket.purchase_id}/tickets.pdf")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == f'attachment; filename="tickets-{ticket.purchase_id}.pdf"'
    (page,) = PdfReader(BytesIO(answer.content)).pages
    assert page.extract_text().count("<The> Mirror") == 2


def test_no_pdf_without_a_valid_ticket(site, person, ticket):
    held = HeldTicketFactory(user=person)
    Ticket.objects.filter(pk=ticket.pk).update(cancelled_at=timezone.now())
    for purchase, page in (
        (held.purchase_id, f"/sessions/{held.session_id}/"),
        (ticket.purchase_id, f"/purchases/{ticket.purchase_id}/"),
    ):
        answer = site.get(f"/purchases/{purchase}/tickets.pdf", follow=True)
        assert (answer.redirect_chain[-1][0], answer.status_code) == (page, 200)


def test_a_calendar_entry(site, ticket):
    answer = site.get(f"/tickets/{CODE}/calendar.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    assert answer["Content-Disposition"] == f'attachment; filename="visit-{ticket.session_id}.ics"'
    assert [event["SUMMARY"] for event in icalendar.Calendar.from_ical(answer.content).events] == ["<The> Mirror"]


# --- The calendar address ---


def test_making_changing_and_deleting_an_address(site, person):
    assert "Make my address" in text(site.get("/account/calendar/"))
    page = text(site.post("/account/calendar/", follow=True))
    first = feeds.find_address(person)
    assert "Your calendar has a new address." in page
    assert f'value="{first}"' in page
    assert f'href="{first.replace("http://", "webcal://")}"' in page
    page = text(site.post("/account/calendar/", follow=True))
    second = feeds.find_address(person)
    assert "Your calendar has a new address. The old one no longer works." in page
    assert (first in page, second in page) == (False, True)
    page = text(site.post("/account/calendar/", {"stop": "yes"}, follow=True))
    assert "Your calendar address has been deleted." in page
    assert "Make my address" in page
    assert feeds.find_address(person) is None


def test_viewing_the_page_makes_no_address(site, person):
    site.get("/account/calendar/")
    assert feeds.find_address(person) is None


def test_signing_in_is_required(client):
    assert client.get("/account/calendar/")["Location"].startswith("/account/sign-in/")
    assert client.post("/account/calendar/")["Location"].startswith("/account/sign-in/")


def test_other_sites_cannot_change_the_address(person):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person)
    assert strict.post("/account/calendar/").status_code == 403
    assert feeds.find_address(person) is None
