"""The JSON door of waiting lists. Who may join, and what is offered to whom, is tested with waiting_list."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cinema.box_office import purchases
from cinema.models import Ticket, Waiting
from cinema.tests.api.shapes import page_of, session_shown, ticket_shown, z
from cinema.tests.factories import SessionFactory, TicketFactory, WaitingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    return SessionFactory(room__plan__rows=1, room__plan__seats_per_row=2)


@pytest.fixture
def sold(session):
    return TicketFactory.create_batch(2, session=session)


@pytest.fixture
def line(session):
    return f"movie-sessions/{session.pk}/waiting"


@pytest.fixture
def offered(session, sold, customer):
    """The customer's entry, with A1 offered."""
    entry = WaitingFactory(session=session, user=customer)
    purchases.cancel(sold[0].pk, sold[0].user)
    entry.refresh_from_db()
    return entry


def shown(entry, place, offer=None, seats_free=0):
    return {
        "id": entry.pk,
        "session": session_shown(entry.session, seats_free, 2),
        "quantity": entry.quantity,
        "place": place,
        "joined_at": z(entry.joined_at),
        "offer": offer,
    }


def test_joining_and_again(ask, customer, session, sold, line):
    WaitingFactory(session=session)
    response = ask("POST", line, customer, {"quantity": 2})
    entry = Waiting.objects.get(user=customer)
    assert (response.status_code, response.json()) == (201, shown(entry, 2))
    response = ask("POST", line, customer, {"quantity": 1})
    entry.refresh_from_db()
    assert entry.quantity == 1
    assert (response.status_code, response.json()) == (200, shown(entry, 2))
    assert ask("GET", line, customer).json() == shown(entry, 2)


def test_what_is_offered_is_bought_as_a_hold(ask, customer, offered, line, sold):
    offer = {"hold_id": offered.offer_id, "seats": ["A1"], "until": z(offered.offer_ends_at)}
    assert ask("GET", line, customer).json() == shown(offered, None, offer)
    hold = ask("GET", f"holds/{offered.offer_id}", customer).json()
    assert (hold["seats"], hold["held_until"]) == (["A1"], z(offered.offer_ends_at))
    assert 1700 < hold["seconds_left"] <= 1800
    response = ask("POST", f"holds/{offered.offer_id}/confirm", customer)
    ticket = Ticket.objects.get(purchase=offered.offer)
    assert response.json() == {"items": [ticket_shown(ticket, 0) | {"session": session_shown(ticket.session, 0, 2)}]}
    assert ask("GET", line, customer).status_code == 404


def test_an_offer_that_ran_out_is_none(ask, customer, offered, line):
    Waiting.objects.update(offer_ends_at=timezone.now() - timedelta(seconds=1))
    assert ask("GET", line, customer).json() == shown(offered, None)
    assert ask("GET", f"holds/{offered.offer_id}", customer).status_code == 404
    assert ask("GET", "holds", customer).json() == page_of()


def test_leaving(ask, customer, other, session, sold, line, refusal):
    WaitingFactory(session=session, user=customer)
    assert refusal(ask("DELETE", line, other)) == (404, "not_found", {})
    response = ask("DELETE", line, customer)
    assert (response.status_code, response.content) == (204, b"")
    for method in ("GET", "DELETE"):
        assert refusal(ask(method, line, customer)) == (404, "not_found", {})


def test_ones_own_list(ask, customer, other, session, sold):
    first = WaitingFactory(session=session, user=customer)
    second = WaitingFactory(session=SessionFactory(room__plan__rows=1, room__plan__seats_per_row=2), user=customer)
    WaitingFactory(user=customer, ended_at=timezone.now(), outcome="left")
    WaitingFactory(session=session, user=other)
    assert ask("GET", "waiting", customer).json() == page_of(shown(first, 1), shown(second, 1, seats_free=2))


def test_where_there_are_seats_one_cannot_wait(ask, customer, line, refusal):
    response = ask("POST", line, customer, {"quantity": 2})
    assert refusal(response) == (409, "conflict", {})
    assert response.json()["details"] == {"seats_free": 2}
    assert response.json()["message"] == "There are seats left: 2 seats are free. Choose now."


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
def test_bodies_that_make_no_sense(ask, customer, sold, line, refusal, body, field):
    status, code, errors = refusal(ask("POST", line, customer, body))
    assert (status, code, set(errors)) == (400, "validation_failed", {field})
    assert not Waiting.objects.exists()


def test_signed_in_only_and_no_parameters(ask, customer, line, refusal):
    for method, path in (("GET", line), ("POST", line), ("DELETE", line), ("GET", "waiting")):
        assert refusal(ask(method, path)) == (401, "not_authenticated", {})
    for path in (line, "waiting"):
        assert set(refusal(ask("GET", f"{path}?session=1", customer))[2]) == {"session"}


def test_sessions_that_are_not_there(ask, customer, refusal):
    draft = SessionFactory(published=False)
    for pk in (draft.pk, draft.pk + 1000, 10**30):
        for method in ("GET", "POST", "DELETE"):
            body = {"quantity": 1} if method == "POST" else None
            assert refusal(ask(method, f"movie-sessions/{pk}/waiting", customer, body)) == (404, "not_found", {})


def test_it_counts_as_a_purchase_where_tries_are_counted(ask, customer, sold, line, settings):
    settings.THROTTLE_PURCHASE = "1/min"
    assert [ask("POST", line, customer, {"quantity": 1}).status_code for _ in range(2)] == [201, 429]
    assert ask("GET", line, customer).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_do_not_grow(ask, customer, count, django_assert_num_queries):
    for _ in range(count):
        session = SessionFactory(room__plan__rows=1, room__plan__seats_per_row=1)
        sold = TicketFactory(session=session)
        WaitingFactory(session=session, user=customer)
        purchases.cancel(sold.pk, sold.user)
    ask("GET", "auth/me", customer)
    # Who asks (the session's cookie, the person), how many, which, the offered seats, their sessions.
    with django_assert_num_queries(6):
        items = ask("GET", "waiting", customer).json()["items"]
    assert [item["offer"]["seats"] for item in items] == [["A1"]] * count
