"""Waiting lists over the API. Their rules are tested in cinema/tests/box_office/waiting_list."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cinema.box_office import purchases
from cinema.models import Ticket, Waiting
from cinema.tests.api.shapes import page_of, session_json, ticket_json, z
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory, WaitingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    return SessionFactory(room__plan__rows=1, room__plan__seats_per_row=2)


@pytest.fixture
def sold(session):
    return TicketFactory.create_batch(2, session=session)


@pytest.fixture
def path(session):
    return f"movie-sessions/{session.pk}/waiting"


@pytest.fixture
def offered(session, sold, customer):
    """The customer's entry, with an offer of A1."""
    entry = WaitingFactory(session=session, user=customer)
    purchases.cancel(sold[0].pk, sold[0].user)
    entry.refresh_from_db()
    return entry


def entry_json(entry, place, offer=None, seats_free=0):
    return {
        "id": entry.pk,
        "session": session_json(entry.session, seats_free, 2),
        "quantity": entry.quantity,
        "place": place,
        "joined_at": z(entry.joined_at),
        "offer": offer,
    }


def test_joining_again_changes_the_quantity(ask, customer, session, sold, path):
    WaitingFactory(session=session)
    response = ask("POST", path, customer, {"quantity": 2})
    entry = Waiting.objects.get(user=customer)
    assert (response.status_code, response.json()) == (201, entry_json(entry, 2))
    response = ask("POST", path, customer, {"quantity": 1})
    entry.refresh_from_db()
    assert entry.quantity == 1
    assert (response.status_code, response.json()) == (200, entry_json(entry, 2))
    assert ask("GET", path, customer).json() == entry_json(entry, 2)


def test_an_offer_is_bought_as_a_hold(ask, customer, offered, path, sold):
    offer = {"hold_id": offered.offer_id, "seats": ["A1"], "until": z(offered.offer_ends_at)}
    assert ask("GET", path, customer).json() == entry_json(offered, None, offer)
    hold = ask("GET", f"holds/{offered.offer_id}", customer).json()
    assert (hold["seats"], hold["held_until"]) == (["A1"], z(offered.offer_ends_at))
    assert 1700 < hold["seconds_left"] <= 1800
    response = ask("POST", f"holds/{offered.offer_id}/confirm", customer)
    ticket = Ticket.objects.get(purchase=offered.offer)
    assert response.json()["items"] == [ticket_json(ticket, 0) | {"session": session_json(ticket.session, 0, 2)}]
    assert ask("GET", path, customer).status_code == 404


def test_an_expired_offer_is_not_shown(ask, customer, offered, path):
    Waiting.objects.update(offer_ends_at=timezone.now() - timedelta(seconds=1))
    assert ask("GET", path, customer).json() == entry_json(offered, None)
    assert ask("GET", f"holds/{offered.offer_id}", customer).status_code == 404
    assert ask("GET", "holds", customer).json() == page_of()


def test_leaving(ask, customer, other, session, sold, path, refusal):
    WaitingFactory(session=session, user=customer)
    assert refusal(ask("DELETE", path, other)) == (404, "not_found", {})
    response = ask("DELETE", path, customer)
    assert (response.status_code, response.content) == (204, b"")
    for method in ("GET", "DELETE"):
        assert refusal(ask(method, path, customer)) == (404, "not_found", {})


def test_own_entries(ask, customer, other, session, sold):
    first = WaitingFactory(session=session, user=customer)
    second = WaitingFactory(session=SessionFactory(room__plan__rows=1, room__plan__seats_per_row=2), user=customer)
    WaitingFactory(user=customer, ended_at=timezone.now(), outcome="left")
    WaitingFactory(session=session, user=other)
    assert ask("GET", "waiting", customer).json() == page_of(entry_json(first, 1), entry_json(second, 1, seats_free=2))


def test_joining_is_refused_while_there_are_seats(ask, customer, path, refusal):
    response = ask("POST", path, customer, {"quantity": 2})
    assert refusal(response) == (409, "conflict", {})
    assert response.json()["details"] == {"seats_free": 2}
    assert response.json()["message"] == "2 seats are still free. Choose now."


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "quantity"),
        ({"quantity": None}, "quantity"),
        ({"quantity": "2"}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 10**40}, "quantity"),
        ({"quantity": 1, "user_id": 5}, "user_id"),
    ],
    ids=str,
)
def test_invalid_fields_are_named(ask, customer, sold, path, refusal, body, field):
    status, code, errors = refusal(ask("POST", path, customer, body))
    assert (status, code, set(errors)) == (400, "validation_failed", {field})
    assert not Waiting.objects.exists()


def test_signed_in_only_and_no_parameters(ask, customer, path, refusal):
    for method, address in (("GET", path), ("POST", path), ("DELETE", path), ("GET", "waiting")):
        assert refusal(ask(method, address)) == (401, "not_authenticated", {})
    for address in (path, "waiting"):
        assert set(refusal(ask("GET", f"{address}?session=1", customer))[2]) == {"session"}


def test_unknown_sessions_and_drafts_are_404(ask, customer, refusal):
    draft = SessionFactory(published=False)
    for pk in (draft.pk, draft.pk + 1000, 10**30):
        for method in ("GET", "POST", "DELETE"):
            body = {"quantity": 1} if method == "POST" else None
            assert refusal(ask(method, f"movie-sessions/{pk}/waiting", customer, body)) == (404, "not_found", {})


def test_joining_counts_for_the_rate_limit_of_purchases(ask, customer, sold, path, settings):
    settings.THROTTLE_PURCHASE = "1/min"
    assert [ask("POST", path, customer, {"quantity": 1}).status_code for _ in range(2)] == [201, 429]
    assert ask("GET", path, customer).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_constant_number_of_queries(ask, customer, count, django_assert_num_queries):
    for _ in range(count):
        session = SessionFactory(room__plan__rows=1, room__plan__seats_per_row=1)
        sold = TicketFactory(session=session)
        WaitingFactory(session=session, user=customer)
        purchases.cancel(sold.pk, sold.user)
    ask("GET", "auth/me", customer)
    # Session cookie, user, count, entries, offered seats, their sessions.
    with django_assert_num_queries(5):
        items = ask("GET", "waiting", customer).json()["items"]
    assert [item["offer"]["seats"] for item in items] == [["A1"]] * count


def test_a_larger_room_is_offered_to_the_people_who_wait_and_not_sold_to_a_stranger(
    ask, manager, customer, other, session, sold
):
    entry = WaitingFactory(session=session, user=customer)
    room = RoomFactory(plan__rows=1, plan__seats_per_row=3)
    assert ask("PATCH", f"movie-sessions/{session.pk}", manager, {"room": room.pk}).status_code == 200
    for path in ("tickets", "tickets/bulk", "holds"):
        wanted = {"seat": "A3"} if path == "tickets" else {"seats": ["A3"]}
        response = ask("POST", path, other, {"session_id": session.pk} | wanted)
        assert (path, response.status_code, response.json()["code"]) == (path, 409, "seat_taken")
    entry.refresh_from_db()
    assert [str(row.seat) for row in entry.offer.tickets.all()] == ["A3"]


def test_a_larger_plan_is_offered_to_the_people_who_wait(ask, manager, customer, other, session, sold):
    WaitingFactory(session=session, user=customer)
    assert ask("PATCH", f"rooms/{session.room_id}", manager, {"plan": "ss\ns"}).status_code == 200
    response = ask("POST", "tickets", other, {"session_id": session.pk})
    assert (response.status_code, response.json()["code"]) == (409, "sold_out")
    assert ask("GET", "waiting", customer).json()["items"][0]["offer"]["seats"] == ["B1"]


@pytest.mark.parametrize("path", ["tickets", "holds"])
def test_a_seat_whose_hold_ran_out_is_not_for_a_stranger(ask, customer, other, session, path):
    TicketFactory(session=session)
    HeldTicketFactory(session=session, held_until=timezone.now() - timedelta(seconds=1))
    entry = WaitingFactory(session=session, user=customer)
    wanted = {"seat": "A2"} if path == "tickets" else {"seats": ["A2"]}
    response = ask("POST", path, other, {"session_id": session.pk} | wanted)
    assert (response.status_code, response.json()["code"]) == (409, "seat_taken")
    entry.refresh_from_db()
    assert [str(row.seat) for row in entry.offer.tickets.all()] == ["A2"]
