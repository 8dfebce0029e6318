"""Pages of wheelchair places and companion seats name the kind of place, wherever a seat is named."""

import re

import pytest
from django.utils import timezone

from accounts.tests.factories import ManagerFactory
from cinema.box_office import holds, purchases
from cinema.models import Seat
from cinema.tests.factories import SessionFactory, TicketFactory
from cinema.tests.views.entrance.pages import panel, scan

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    """Seats in a row: the wheelchair place A1, the companion seat A2, and A3."""
    session = SessionFactory(room__plan__rows=1, room__plan__seats_per_row=3)
    session.room.seats.filter(number=1).update(kind=Seat.Kind.WHEELCHAIR)
    session.room.seats.filter(number=2).update(kind=Seat.Kind.COMPANION)
    return session


@pytest.fixture
def place(ana, session):
    return TicketFactory(user=ana, session=session)


def words(response):
    """Return the text of a page without its tags, with spaces collapsed."""
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


PAGES = {
    "/tickets/": ["Wheelchair place A1", ", wheelchair place A1"],
    "/tickets/{code}/": ["A1 Row A, seat 1, wheelchair place", "QR code of the ticket for wheelchair place A1"],
    "/tickets/{code}/print/": ["Wheelchair place A1"],
    "/tickets/{code}/cancel/": [", wheelchair place A1. It becomes available"],
    "/purchases/{purchase}/": ["Wheelchair place A1"],
    "/sessions/{session}/": ["Your tickets for this session: wheelchair place A1."],
}


@pytest.mark.parametrize("path", PAGES)
def test_pages_of_a_ticket_name_it(signed_in, place, path):
    page = signed_in.get(path.format(code=place.code, purchase=place.purchase_id, session=place.session_id))
    for text in PAGES[path]:
        assert text in words(page)


def test_the_page_of_a_cancelled_session_names_it(signed_in, place, session):
    TicketFactory(user=place.user, session=session)
    session.cancelled_at = timezone.now()
    session.save()
    page = words(signed_in.get(f"/sessions/{session.pk}/"))
    assert "You had 2 tickets for it: wheelchair place A1 and companion seat A2. They are" in page


def test_messages_name_it(signed_in, ben, place, session):
    holds.hold(session.pk, ben, seats=["A2"])
    page = signed_in.post(f"/sessions/{session.pk}/", {"seats": ["A2", "A3"]})
    assert "Companion seat A2 is taken." in words(page)
    page = signed_in.post(f"/tickets/{place.code}/cancel/", follow=True)
    assert "The ticket for wheelchair place A1 has been cancelled." in words(page)


def test_the_entrance_names_it(client, place, session):
    client.force_login(ManagerFactory())
    page = scan(client, session, place.code)
    assert panel(page)[1]["seat"] == "Wheelchair place A1"
    assert "In Wheelchair place A1, ana" in words(page).split("Your last scans")[1].replace(" ,", ",")


def test_the_admin_names_it(client, place, ben, session):
    client.force_login(ManagerFactory())
    holds.hold(session.pk, ben, seats=["A2"])
    assert "Wheelchair place A1" in words(client.get("/admin/cinema/ticket/"))
    assert "Wheelchair place A1, " in words(client.get(f"/admin/cinema/ticket/{place.pk}/cancel/"))
    assert "Companion seat A2, by ben" in words(client.get(f"/admin/cinema/moviesession/{session.pk}/change/"))


def test_notifications_name_it(ana, ben, session):
    purchases.buy(session.pk, ana, seats=["A1", "A3"], special_seats_confirmed=True)
    assert ana.notifications.latest("pk").text.endswith("wheelchair place A1 and seat A3.")
