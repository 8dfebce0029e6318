"""Holds over the API. Their rules are tested in cinema/tests/box_office, invalid fields in test_buying."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cinema.models import Purchase, Ticket
from cinema.tests.api.shapes import mail_json, page_of, session_json, ticket_json, z
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    return SessionFactory()


@pytest.fixture
def held(customer, session):
    return HeldTicketFactory(user=customer, session=session)


def end_hold(hold):
    Ticket.objects.filter(purchase=hold).update(held_until=timezone.now() - timedelta(seconds=1))


def hold_json(purchase, seats, seats_free):
    """Return the hold's JSON without `seconds_left`."""
    until = {ticket.held_until for ticket in purchase.tickets.all()}
    assert len(until) == 1
    session = session_json(purchase.session, seats_free)
    return {"id": purchase.pk, "session": session, "seats": seats, "held_until": z(until.pop())}


def without_seconds(body):
    body = dict(body)
    assert 0 <= body.pop("seconds_left") <= 600
    return body


def test_holding_seats(ask, customer, session):
    response = ask("POST", "holds", customer, {"session_id": session.pk, "seats": ["b2", "A1"]})
    hold = Purchase.objects.get()
    assert (response.status_code, response["Location"]) == (201, f"/api/v1/holds/{hold.pk}")
    assert response.json()["seconds_left"] in range(290, 301)
    session.refresh_from_db()
    assert without_seconds(response.json()) == hold_json(hold, ["A1", "B2"], 8)
    assert without_seconds(ask("GET", f"holds/{hold.pk}", customer).json()) == hold_json(hold, ["A1", "B2"], 8)
    assert (hold.user, hold.confirmed_at) == (customer, None)


def test_holding_a_quantity_of_the_best_seats(ask, customer, session):
    response = ask("POST", "holds", customer, {"session_id": session.pk, "quantity": 2})
    assert (response.status_code, len(response.json()["seats"])) == (201, 2)


def test_a_taken_seat_is_named(ask, customer, session, refusal):
    HeldTicketFactory(session=session)
    response = ask("POST", "holds", customer, {"session_id": session.pk, "seats": ["A2", "A1"]})
    assert refusal(response) == (409, "seat_taken", {"seats.1": "A1 is taken."})
    assert not Ticket.objects.filter(user=customer).exists()


def test_a_manager_cannot_hold_for_others(ask, manager, customer, session, refusal):
    response = ask("POST", "holds", manager, {"session_id": session.pk, "quantity": 1, "user_id": customer.pk})
    assert refusal(response) == (400, "validation_failed", {"user_id": "Unknown field."})


def test_unknown_sessions_and_drafts_are_404(ask, customer, session, refusal):
    for pk in (session.pk + 1000, SessionFactory(published=False).pk):
        response = ask("POST", "holds", customer, {"session_id": pk, "quantity": 1})
        assert refusal(response) == (404, "not_found", {})


def test_the_list_has_own_current_holds(ask, customer, held):
    over = HeldTicketFactory(user=customer)
    end_hold(over.purchase)
    TicketFactory(user=customer)
    HeldTicketFactory()
    body = ask("GET", "holds", customer).json()
    assert page_of(*map(without_seconds, body["items"])) == page_of(hold_json(held.purchase, ["A1"], 9))
    assert body["meta"] == page_of(1)["meta"]


def test_unknown_parameters_are_named(ask, customer, refusal):
    assert set(refusal(ask("GET", "holds?session=1&ordering=id", customer))[2]) == {"session", "ordering"}


def test_extending(ask, customer, held):
    response = ask("POST", f"holds/{held.purchase_id}/extend", customer)
    before = held.held_until
    held.refresh_from_db()
    assert held.held_until > before
    assert (response.status_code, without_seconds(response.json())) == (200, hold_json(held.purchase, ["A1"], 9))


def test_confirming_buys_once(ask, customer, held):
    first, again = (ask("POST", f"holds/{held.purchase_id}/confirm", customer) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json() == {"items": [ticket_json(held)], "mail": mail_json(customer)}
    held.refresh_from_db()
    assert held.purchased_at is not None
    assert ask("GET", "holds", customer).json() == page_of()


def test_releasing(ask, customer, held, refusal):
    response = ask("DELETE", f"holds/{held.purchase_id}", customer)
    assert (response.status_code, response.content) == (204, b"")
    assert not Ticket.objects.exists()
    assert refusal(ask("DELETE", f"holds/{held.purchase_id}", customer)) == (404, "not_found", {})


ACTS = [("GET", ""), ("POST", "/extend"), ("POST", "/confirm"), ("DELETE", "")]


@pytest.mark.parametrize(("method", "act"), ACTS)
def test_holds_of_others_are_404(ask, customer, manager, held, refusal, method, act):
    for user in (UserFactory(), manager):
        for pk in (held.purchase_id, held.purchase_id + 1000, 10**30):
            assert refusal(ask(method, f"holds/{pk}{act}", user)) == (404, "not_found", {})
    assert ask(method, f"holds/abc{act}", customer).status_code == 404
    assert Ticket.objects.values_list("user", "purchased_at").get() == (customer.pk, None)


def test_a_hold_that_has_ended(ask, customer, held, refusal):
    end_hold(held.purchase)
    assert refusal(ask("GET", f"holds/{held.purchase_id}", customer)) == (404, "not_found", {})
    for act in ("extend", "confirm"):
        assert refusal(ask("POST", f"holds/{held.purchase_id}/{act}", customer)) == (409, "hold_expired", {})
    assert not Ticket.objects.filter(purchased_at__isnull=False).exists()


def test_a_purchase_is_not_a_hold(ask, customer, refusal):
    bought = TicketFactory(user=customer).purchase_id
    assert refusal(ask("GET", f"holds/{bought}", customer)) == (404, "not_found", {})
    assert refusal(ask("POST", f"holds/{bought}/extend", customer)) == (409, "conflict", {})
    assert refusal(ask("DELETE", f"holds/{bought}", customer)) == (409, "conflict", {})


@pytest.mark.parametrize("act", ["extend", "confirm"])
def test_no_fields_are_taken(ask, customer, held, refusal, act):
    response = ask("POST", f"holds/{held.purchase_id}/{act}", customer, {"seats": ["A1"]})
    assert refusal(response) == (400, "validation_failed", {"seats": "Unknown field."})


def test_signed_in_only(ask, held, refusal):
    for method, path in (("GET", "holds"), ("POST", "holds"), ("POST", f"holds/{held.purchase_id}/confirm")):
        assert refusal(ask(method, path)) == (401, "not_authenticated", {})


@pytest.mark.parametrize("count", [1, 3])
def test_constant_number_of_queries(ask, customer, count, django_assert_num_queries):
    for _ in range(count):
        first = HeldTicketFactory(user=customer)
        HeldTicketFactory(user=customer, session=first.session, purchase=first.purchase)
    ask("GET", "auth/me", customer)
    # Session cookie, user, count, holds, their sessions, their seats.
    with django_assert_num_queries(5):
        assert len(ask("GET", "holds", customer).json()["items"]) == count
