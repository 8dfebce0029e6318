"""Wheelchair places and companion seats on the page of a session: counted, named and asked for."""

import re

import pytest

from accounts.tests.factories import UserFactory
from cinema.box_office import holds
from cinema.models import Seat, Ticket
from cinema.tests.factories import SessionFactory, TicketFactory, first_free

pytestmark = pytest.mark.django_db

NO_CHAIR = "A wheelchair place has no chair."


@pytest.fixture
def session():
    """Four seats: the wheelchair place A1, the companion seat A2, and the seats A3 and A4."""
    session = SessionFactory(room__plan__rows=1, room__plan__seats_per_row=4)
    session.room.seats.filter(number=1).update(kind=Seat.Kind.WHEELCHAIR)
    session.room.seats.filter(number=2).update(kind=Seat.Kind.COMPANION)
    return session


@pytest.fixture
def summary(client, session):
    """Return a function that reads the text of the summary, with spaces collapsed."""

    def read():
        html = client.get(f"/sessions/{session.pk}/").content.decode().split('id="summary"')[1]
        return " ".join(re.sub(r"<[^>]*>", " ", html.split("</section>")[0]).split())

    return read


def sell(session, *numbers):
    for number in numbers:
        TicketFactory(session=session, seat=session.room.seats.get(number=number))


def quantities(client, session):
    html = client.get(f"/sessions/{session.pk}/").content.decode()
    return [
        int(number)
        for number in re.findall(r'<option value="(\d+)"', html.split('id="quantity"')[-1].split("</select>")[0])
    ]


def test_what_is_free_is_said_by_kind(summary, signed_in, session):
    assert (
        "Choose your seats 2 free Also free, for those who need it: 1 wheelchair place and 1 companion seat."
        in summary()
    )
    assert quantities(signed_in, session) == [1, 2]
    sell(session, 2, 3)
    assert "Choose your seats 1 free Also free, for those who need it: 1 wheelchair place." in summary()
    assert quantities(signed_in, session) == [1]


def test_visitors_read_the_same(client, summary, session):
    assert (
        "2 seats free Also free, for those who need it: 1 wheelchair place and 1 companion seat. Sign in" in summary()
    )
    sell(session, 2, 3, 4)
    text = "All other seats are taken. If you need one, sign in and choose it in the plan."
    assert f"Only 1 wheelchair place left {text}" in summary()


def test_only_a_wheelchair_place_is_left(summary, signed_in, session, seat_boxes):
    sell(session, 2, 3, 4)
    text = summary()
    assert "Only 1 wheelchair place left All other seats are taken. If you need one, choose it in the plan." in text
    assert "Best available" not in text
    assert "Join the waiting list" in text
    assert "The list is not for wheelchair places and companion seats." in text
    assert [
        label for label, (_, flags) in seat_boxes(signed_in.get(f"/sessions/{session.pk}/")).items() if not flags
    ] == ["A1"]


def test_people_on_the_waiting_list_can_buy_the_wheelchair_place(signed_in, ana, summary, session):
    sell(session, 2, 3, 4)
    signed_in.post(f"/sessions/{session.pk}/waiting/", {"quantity": "1"})
    text = summary()
    assert "Only 1 wheelchair place left All other seats are taken. If you need one, choose it in the plan." in text
    assert "You're first on the waiting list for 1 seat." in text.replace("&#x27;", "'")
    signed_in.post(f"/sessions/{session.pk}/", {"seats": ["A1"]})
    hold = Ticket.objects.get(user=ana).purchase_id
    signed_in.post(f"/purchases/{hold}/buy/", {"special_seats_confirmed": "yes"})
    assert Ticket.objects.filter(user=ana, purchased_at__isnull=False).count() == 1


def test_nothing_is_left(summary, signed_in, session):
    sell(session, 1, 2, 3, 4)
    assert "Sold out All seats for this session are taken at the moment." in summary()


@pytest.mark.parametrize(
    ("seats", "question"),
    [
        (["A1"], f"I need the wheelchair place A1. {NO_CHAIR}"),
        (["A2"], "I need the companion seat A2."),
        (["A1", "A2", "A3"], f"I need the wheelchair place A1 and companion seat A2. {NO_CHAIR}"),
    ],
)
def test_they_are_asked_for_before_they_are_sold(signed_in, ana, summary, session, seats, question):
    hold = holds.hold(session.pk, ana, seats=seats)
    assert question in summary()
    response = signed_in.post(f"/purchases/{hold.pk}/buy/", follow=True)
    assert response.redirect_chain == [(f"/sessions/{session.pk}/", 302)]
    assert "Please confirm that you need" in response.content.decode()
    assert not Ticket.objects.filter(purchased_at__isnull=False).exists()
    signed_in.post(f"/purchases/{hold.pk}/buy/", {"special_seats_confirmed": "yes"})
    assert Ticket.objects.filter(user=ana, purchased_at__isnull=False).count() == len(seats)


def test_other_seats_are_sold_without_a_question(signed_in, ana, summary, session):
    hold = holds.hold(session.pk, ana, seats=["A3"])
    assert "I need" not in summary()
    assert signed_in.post(f"/purchases/{hold.pk}/buy/").headers["Location"] == f"/purchases/{hold.pk}/"


def test_the_names_of_held_places_are_marked(signed_in, ana, session):
    """On a phone the script hides the names of other seats."""
    holds.hold(session.pk, ana, seats=["A1", "A3"])
    html = signed_in.get(f"/sessions/{session.pk}/").content.decode()
    assert '<li class="is-special"><strong>A1</strong> <span>Wheelchair place</span></li>' in html
    assert "<li><strong>A3</strong> <span>Row A, seat 3</span></li>" in html


@pytest.mark.parametrize(
    ("confirmed", "owned", "expected"), [(True, 1, [1, 2]), (True, 3, []), (False, 0, [1, 2]), (False, 1, [1])]
)
def test_as_many_are_offered_as_this_person_can_buy(client, ana, settings, confirmed, owned, expected):
    settings.TICKETS_PER_CUSTOMER, settings.UNCONFIRMED_TICKETS = 3, 2
    person = ana if confirmed else UserFactory()
    session = SessionFactory()
    for _ in range(owned):
        TicketFactory(session=session, user=person, seat=first_free(session))
    client.force_login(person)
    text = client.get(f"/sessions/{session.pk}/").content.decode()
    assert ("Best available" in text) is bool(expected)
    assert (quantities(client, session) if expected else []) == expected
