"""Wheelchair places and companion seats over the API: counted apart, and sold once they are confirmed."""

import pytest

from cinema.models import Seat, Ticket
from cinema.tests.api.shapes import session_json
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory

pytestmark = pytest.mark.django_db

MESSAGE = "A1 is a wheelchair place. Please confirm that you need it."
DETAILS = {"wheelchair_places": ["A1"], "companion_seats": []}


@pytest.fixture
def session():
    """Three seats: the wheelchair place A1, the companion seat A2, and the seat A3."""
    session = SessionFactory(room__plan__rows=1, room__plan__seats_per_row=3)
    session.room.seats.filter(number=1).update(kind=Seat.Kind.WHEELCHAIR)
    session.room.seats.filter(number=2).update(kind=Seat.Kind.COMPANION)
    return session


def sell(session, number):
    return TicketFactory(session=session, seat=session.room.seats.get(number=number))


def test_free_places_are_counted_by_kind(ask, session):
    address = f"movie-sessions/{session.pk}"
    expected = session_json(session, 1, 3, wheelchair_places_free=1, companion_seats_free=1)
    assert ask("GET", address).json() == expected
    sell(session, 2)
    sell(session, 3)
    assert ask("GET", address).json() == session_json(session, 0, 3, wheelchair_places_free=1)
    fields = ask("GET", f"{address}?fields=seats_free,wheelchair_places_free").json()
    assert fields == {"seats_free": 0, "wheelchair_places_free": 1}


@pytest.mark.parametrize("path", ["tickets", "tickets/bulk", "holds"])
def test_the_best_available_are_standard_seats(ask, customer, session, refusal, path):
    sell(session, 3)
    body = {"session_id": session.pk} | ({} if path == "tickets" else {"quantity": 1})
    response = ask("POST", path, customer, body)
    assert refusal(response) == (409, "sold_out", {})
    assert response.json()["details"] == {"seats_free": 0, "wheelchair_places_free": 1, "companion_seats_free": 1}


@pytest.mark.parametrize(("path", "seats"), [("tickets", {"seat": "A1"}), ("tickets/bulk", {"seats": ["A3", "A1"]})])
def test_a_wheelchair_place_is_bought_once_it_is_confirmed(ask, customer, session, refusal, path, seats):
    body = {"session_id": session.pk} | seats
    for answer in ({}, {"special_seats_confirmed": False}):
        response = ask("POST", path, customer, body | answer)
        assert refusal(response) == (409, "special_seats_unconfirmed", {"special_seats_confirmed": MESSAGE})
        assert (response.json()["message"], response.json()["details"]) == (MESSAGE, DETAILS)
    assert not Ticket.objects.exists()
    response = ask("POST", path, customer, body | {"special_seats_confirmed": "yes"})
    assert refusal(response)[:2] == (400, "validation_failed")
    response = ask("POST", path, customer, body | {"special_seats_confirmed": True})
    assert response.status_code == 201
    ticket = response.json() if path == "tickets" else response.json()["items"][0]
    assert (ticket["seat"], ticket["seat_kind"], ticket["seat_name"]) == ("A1", "wheelchair", "wheelchair place A1")


def test_a_hold_is_confirmed_with_the_answer(ask, customer, session, refusal):
    hold = HeldTicketFactory(user=customer, session=session).purchase  # A1
    response = ask("POST", f"holds/{hold.pk}/confirm", customer)
    assert refusal(response) == (409, "special_seats_unconfirmed", {"special_seats_confirmed": MESSAGE})
    assert response.json()["details"] == DETAILS
    answer = {"special_seats_confirmed": True}
    assert ask("POST", f"holds/{hold.pk}/confirm", customer, answer).status_code == 200
    assert ask("POST", f"holds/{hold.pk}/confirm", customer).status_code == 200  # it is bought


def test_holding_asks_for_no_answer(ask, customer, session, refusal):
    body = {"session_id": session.pk, "seats": ["A1"]}
    assert ask("POST", "holds", customer, body).status_code == 201
    response = ask("POST", "holds", customer, body | {"special_seats_confirmed": True})
    assert refusal(response) == (400, "validation_failed", {"special_seats_confirmed": "Unknown field."})


def test_the_waiting_list_offers_standard_seats_only(ask, customer, session):
    tickets = [sell(session, number) for number in (1, 2, 3)]
    assert ask("POST", f"movie-sessions/{session.pk}/waiting", customer, {"quantity": 1}).status_code == 201
    for ticket, has_offer in zip(tickets, (False, False, True), strict=True):
        assert ask("DELETE", f"tickets/{ticket.pk}", ticket.user).status_code == 200
        (entry,) = ask("GET", "waiting", customer).json()["items"]
        assert (entry["offer"] is not None) is has_offer
