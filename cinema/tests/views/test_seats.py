"""Choosing and buying seats with plain forms, as browsers without JavaScript send them."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.box_office import holds
from cinema.models import Purchase, Seat, Ticket
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory

pytestmark = pytest.mark.django_db


def choose(client, session, *labels, **more):
    return client.post(f"/sessions/{session.pk}/", {"seats": labels, **more})


def hold_of(user):
    return Purchase.objects.get(user=user, confirmed_at=None)


def seats_of(user):
    """Return [(seat, is bought)] of the user's live tickets."""
    tickets = Ticket.objects.filter(user=user, cancelled_at=None).select_related("seat").order_by("seat")
    return [(ticket.seat.label, ticket.purchased_at is not None) for ticket in tickets]


def test_holding_and_buying_two_seats(signed_in, ana, session, seat_boxes):
    page = f"/sessions/{session.pk}/"
    assert choose(signed_in, session, "A2", "A3").headers["Location"] == page
    response = signed_in.get(page)
    assert {label for label, (_, flags) in seat_boxes(response).items() if "checked" in flags} == {"A2", "A3"}
    hold = hold_of(ana)
    assert seats_of(ana) == [("A2", False), ("A3", False)]
    assert "Get 2 tickets" in response.content.decode()
    until = timezone.localtime(hold.tickets.first().held_until)
    assert f"Held until {until:%H:%M}" in response.content.decode()
    assert signed_in.post(f"/purchases/{hold.pk}/buy/").headers["Location"] == f"/purchases/{hold.pk}/"
    assert seats_of(ana) == [("A2", True), ("A3", True)]
    assert "These seats are yours" in signed_in.get(f"/purchases/{hold.pk}/").content.decode()


def test_buying_twice_buys_once(signed_in, ana, session):
    choose(signed_in, session, "A1")
    hold = hold_of(ana)
    answers = [signed_in.post(f"/purchases/{hold.pk}/buy/").headers["Location"] for _ in range(3)]
    assert answers == [f"/purchases/{hold.pk}/"] * 3
    assert seats_of(ana) == [("A1", True)]


def test_choosing_again_releases_the_first_seats(signed_in, ana, session):
    choose(signed_in, session, "A1", "A2")
    choose(signed_in, session, "A2", "B1")
    assert seats_of(ana) == [("A2", False), ("B1", False)]


def test_choosing_the_best_seats(signed_in, ana, session):
    signed_in.post(f"/sessions/{session.pk}/", {"quantity": "2", "best": "yes"})
    assert len(seats_of(ana)) == 2
    response = signed_in.post(f"/sessions/{session.pk}/", {"quantity": "x", "best": "yes"})
    assert response.status_code == 400
    assert "Give a whole number from 1." in response.content.decode()


def test_releasing_seats(signed_in, ana, session):
    choose(signed_in, session, "A1")
    hold = hold_of(ana)
    path = f"/purchases/{hold.pk}/release/"
    assert signed_in.get(path).headers["Location"] == f"/sessions/{session.pk}/"
    assert seats_of(ana) == [("A1", False)], "A GET changes nothing."
    assert signed_in.post(path).headers["Location"] == f"/sessions/{session.pk}/"
    assert seats_of(ana) == []
    assert signed_in.post(path).status_code == 404


def test_bought_seats_are_not_released(signed_in, ana, session, client):
    choose(signed_in, session, "A1")
    hold = hold_of(ana)
    holds.confirm(hold.pk, ana)
    response = signed_in.post(f"/purchases/{hold.pk}/release/", follow=True)
    assert "These tickets have already been bought." in response.content.decode()
    assert seats_of(ana) == [("A1", True)]


def test_seats_taken_meanwhile(signed_in, ana, ben, session, alerts, seat_boxes):
    TicketFactory(user=ben, session=session)
    HeldTicketFactory(user=ben, session=session)
    response = choose(signed_in, session, "A1", "A2", "A3")
    assert response.status_code == 409
    assert alerts(response) == ["Seats A1 and A2 are taken."]
    assert seats_of(ana) == []
    boxes = seat_boxes(response)
    assert boxes["A1"] == ("Row A, seat 1, taken", {"disabled"})
    assert boxes["A2"] == ("Row A, seat 2, taken", {"disabled"})
    assert boxes["A3"] == ("Row A, seat 3", set())


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ((), "Choose at least one seat."),
        (("Z9",), "There is no seat Z9 in this room."),
        (("A\x001",), "Write a seat like A1."),
        (("座席",), "Write a seat like A1."),
        (("A1", "a1 "), "A1 is listed twice."),
        (tuple(f"A{n}" for n in range(1, 90)), "At most 10 seats at once."),
    ],
    ids=["none", "no such", "NUL", "another script", "twice", "many"],
)
def test_invalid_seats(signed_in, ana, session, labels, message, alerts):
    response = choose(signed_in, session, *labels)
    assert response.status_code == 400
    assert alerts(response) == [message]
    assert seats_of(ana) == []


def test_the_limit_per_customer_is_shown(signed_in, ana, session, settings, alerts):
    settings.TICKETS_PER_CUSTOMER = 2
    TicketFactory(user=ana, session=session)
    response = choose(signed_in, session, "A2", "A3")
    assert response.status_code == 409
    assert "1 more can be added, not 2." in alerts(response)[0]


@pytest.mark.parametrize(
    ("born", "message", "is_asked"),
    [
        (None, "This film is for ages 16 and over, and the account has no date of birth.", True),
        (timezone.now().date() - timedelta(days=15 * 365), "For this film, you must be 16 or older", False),
    ],
)
def test_age_limits_are_shown_before_and_after_choosing(client, born, message, is_asked, alerts, seat_boxes):
    user = UserFactory(date_of_birth=born)
    session = SessionFactory(movie__age_restriction=16)
    client.force_login(user)
    page = client.get(f"/sessions/{session.pk}/")
    assert all(flags == {"disabled"} for _, flags in seat_boxes(page).values())
    response = choose(client, session, "A1")
    assert response.status_code == 403
    assert alerts(response)[0].startswith(message)
    for each in (page, response):
        text = each.content.decode()
        assert message in text
        assert text.count(f"/sessions/{session.pk}/birthday/") == is_asked
        assert "Get 1 ticket" not in text
    assert seats_of(user) == []


def test_giving_the_date_of_birth(client, alerts, seat_boxes):
    user = UserFactory(date_of_birth=None)
    session = SessionFactory(movie__age_restriction=16)
    client.force_login(user)
    path = f"/sessions/{session.pk}/birthday/"
    for wrong, message in [
        ("", "This field is required."),
        ("\x00", "Enter your date"),
        ("2999-01-01", "date of birth"),
    ]:
        page = client.post(path, {"date_of_birth": wrong}, follow=True)
        assert page.redirect_chain == [(f"/sessions/{session.pk}/", 302)]
        assert message in page.content.decode()
    user.refresh_from_db()
    assert user.date_of_birth is None
    page = client.post(path, {"date_of_birth": "1980-02-03"}, follow=True)
    user.refresh_from_db()
    assert user.date_of_birth == date(1980, 2, 3)
    assert all(flags == set() for _, flags in seat_boxes(page).values())
    assert client.get(path).headers["Location"] == f"/sessions/{session.pk}/"
    page = client.post(path, {"date_of_birth": "1970-01-01"}, follow=True)
    assert "Your date of birth is set. Ask us at the box office to correct it." in page.content.decode()
    user.refresh_from_db()
    assert user.date_of_birth == date(1980, 2, 3)


def test_a_session_that_has_begun(signed_in, ana, alerts, seat_boxes):
    session = SessionFactory(starts_at=timezone.now() - timedelta(minutes=5))
    page = signed_in.get(f"/sessions/{session.pk}/")
    assert "its tickets are no longer sold" in page.content.decode()
    assert all(flags == {"disabled"} for _, flags in seat_boxes(page).values())
    response = choose(signed_in, session, "A1")
    assert response.status_code == 409
    assert seats_of(ana) == []


def test_an_expired_hold(signed_in, ana, session):
    choose(signed_in, session, "A1")
    hold = hold_of(ana)
    Ticket.objects.update(held_until=timezone.now() - timedelta(seconds=1))
    response = signed_in.post(f"/purchases/{hold.pk}/buy/", follow=True)
    assert response.redirect_chain == [(f"/sessions/{session.pk}/", 302)]
    assert "These seats are no longer held for you. Choose again." in response.content.decode()
    assert seats_of(ana) == [("A1", False)]
    ended = signed_in.get(f"/sessions/{session.pk}/?ended")
    assert "Your time is up. The seats are available to others again." in ended.content.decode()


def test_sold_out(signed_in, session, alerts):
    for _ in range(10):
        TicketFactory(session=session)
    page = signed_in.get(f"/sessions/{session.pk}/").content.decode()
    assert '<h2 id="summary-title">Sold out</h2>' in page
    response = signed_in.post(f"/sessions/{session.pk}/", {"quantity": "1", "best": "yes"})
    assert response.status_code == 409
    assert alerts(response) == ["The session is sold out."]


def test_only_managers_see_drafts(signed_in, client):
    draft = SessionFactory(published=False)
    assert signed_in.get(f"/sessions/{draft.pk}/").status_code == 404
    assert choose(signed_in, draft, "A1").status_code == 404
    manager = Client()
    manager.force_login(ManagerFactory())
    assert "its tickets are not on sale yet" in manager.get(f"/sessions/{draft.pk}/").content.decode()
    assert choose(manager, draft, "A1").status_code == 409
    assert signed_in.get("/sessions/99999999999999999999999/").status_code == 404


def test_signing_in_leads_back_to_the_session(client, session, seat_boxes):
    page = client.get(f"/sessions/{session.pk}/")
    assert len(seat_boxes(page)) == 10
    assert all(flags == {"disabled"} for _, flags in seat_boxes(page).values())
    assert f'href="/account/sign-in/?next=/sessions/{session.pk}/">Sign in to buy' in page.content.decode()
    where = choose(client, session, "A1").headers["Location"]
    assert where == f"/account/sign-in/?next=/sessions/{session.pk}/"
    assert not Ticket.objects.exists()


def test_holds_of_others_are_404(signed_in, ana, ben, session):
    held = HeldTicketFactory(user=ben, session=session)
    for path in ("", "buy/", "release/"):
        for request in (signed_in.get, signed_in.post):
            if path or request == signed_in.get:
                assert request(f"/purchases/{held.purchase_id}/{path}").status_code == 404
    assert seats_of(ben) == [("A1", False)]


def test_signing_in_while_buying_leads_back_to_the_session(client, ana, session):
    hold = holds.hold(session.pk, ana, seats=["A1"])
    where = client.post(f"/purchases/{hold.pk}/buy/").headers["Location"]
    assert where == f"/account/sign-in/?next=/purchases/{hold.pk}/buy/"
    client.force_login(ana)
    chain = client.get(f"/purchases/{hold.pk}/buy/", follow=True).redirect_chain
    assert [path for path, _ in chain] == [f"/purchases/{hold.pk}/", f"/sessions/{session.pk}/"]
    assert seats_of(ana) == [("A1", False)]


def test_the_plan_has_gaps_and_kinds_of_seats(signed_in, ana):
    room = RoomFactory(plan__rows=0)
    places = [("A", 1, 0, 1, "wheelchair"), ("A", 2, 0, 2, "companion"), ("B", 1, 2, 1, "standard")]
    Seat.objects.bulk_create(
        Seat(room=room, row=row, number=number, line=line, column=column, kind=kind)
        for row, number, line, column, kind in places
    )
    session = SessionFactory(room=room)
    TicketFactory(user=ana, session=session)
    response = signed_in.get(f"/sessions/{session.pk}/")
    plan = response.context["plan"]
    labels = [(row.letter, [cell and cell.seat.label for cell in row.cells]) for row in plan.rows]
    assert labels == [("A", ["A1", "A2"]), ("", [None, None]), ("B", ["B1", None])]
    text = response.content.decode()
    assert 'aria-label="Row A, seat 1, wheelchair place, your ticket"' in text
    assert 'aria-label="Row A, seat 2, companion seat"' in text
    assert '<label class="seat companion is-free"' in text
    assert '<span class="seat-sign wheelchair"></span>wheelchair place</li>' in text
    assert response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("seats", [1, 3])
def test_constant_number_of_queries(signed_in, ana, seats):
    session = SessionFactory(room__plan__rows=seats, room__plan__seats_per_row=seats)
    labels = [f"A{n + 1}" for n in range(seats)]
    holds.hold(session.pk, ana, seats=labels)
    with CaptureQueriesContext(connection) as captured:
        assert signed_in.get(f"/sessions/{session.pk}/").status_code == 200
    assert len(captured) == 10, [query["sql"] for query in captured]
