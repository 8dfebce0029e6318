"""Buying tickets over the API. The rules of sales are tested in cinema/tests/box_office."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cinema.models import Purchase, Ticket
from cinema.tests.api.shapes import mail_json, ticket_json, ticket_json_for_managers
from cinema.tests.factories import SessionFactory, TicketFactory

pytestmark = pytest.mark.django_db

NOT_AN_ID = "Send a whole number."


@pytest.fixture
def session():
    return SessionFactory()


def test_buying_a_seat(ask, customer, session):
    response = ask("POST", "tickets", customer, {"session_id": session.pk, "seat": " b3 "})
    ticket = Ticket.objects.get()
    assert (response.status_code, response["Location"]) == (201, f"/api/v1/tickets/{ticket.pk}")
    assert response.json() == ticket_json(ticket) | {"mail": mail_json(customer)}
    assert (ticket.user, ticket.seat.label, ticket.session) == (customer, "B3", session)
    assert ask("GET", f"tickets/{ticket.pk}", customer).json() == ticket_json(ticket)


def test_buying_the_best_seat(ask, customer, session):
    response = ask("POST", "tickets", customer, {"session_id": session.pk})
    assert response.status_code == 201
    assert response.json() == ticket_json(Ticket.objects.get()) | {"mail": mail_json(customer)}


def test_several_seats_are_bought_all_or_none(ask, customer, session, refusal):
    body = {"session_id": session.pk, "seats": ["A2", "a1"]}
    response = ask("POST", "tickets/bulk", customer, body)
    assert response.status_code == 201
    tickets = Ticket.objects.order_by("seat__number")
    assert response.json() == {
        "items": [ticket_json(ticket, 8) for ticket in tickets],
        "mail": mail_json(customer),
    }
    again = ask("POST", "tickets/bulk", customer, body | {"seats": ["A3", "A2"]})
    assert refusal(again) == (409, "seat_taken", {"seats.1": "A2 is taken."})
    assert Ticket.objects.count() == 2


def test_buying_a_quantity_of_the_best_seats(ask, customer, session):
    response = ask("POST", "tickets/bulk", customer, {"session_id": session.pk, "quantity": 3})
    assert response.status_code == 201
    assert len({item["seat"] for item in response.json()["items"]}) == 3


def test_a_taken_seat_is_an_error_of_the_seat_field(ask, customer, session, refusal):
    TicketFactory(session=session)
    response = ask("POST", "tickets", customer, {"session_id": session.pk, "seat": "A1"})
    assert refusal(response) == (409, "seat_taken", {"seat": "A1 is taken."})
    assert response.json()["details"] == {"seats": ["A1"]}


def test_an_unknown_seat_is_an_error_of_the_seat_field(ask, customer, session, refusal):
    for label, message in (("Z9", "There is no seat Z9 in this room."), ("Ä1", "Write a seat like A1.")):
        response = ask("POST", "tickets", customer, {"session_id": session.pk, "seat": label})
        assert refusal(response) == (400, "validation_failed", {"seat": message})


ONE = [
    ({}, {"session_id": "This field is required."}),
    ({"session_id": None}, {"session_id": "This field may not be null."}),
    ({"session_id": "1"}, {"session_id": NOT_AN_ID}),
    ({"session_id": "abc"}, {"session_id": NOT_AN_ID}),
    ({"session_id": 1.5}, {"session_id": NOT_AN_ID}),
    ({"session_id": True}, {"session_id": NOT_AN_ID}),
    ({"session_id": [1]}, {"session_id": NOT_AN_ID}),
    ({"session_id": {"id": 1}}, {"session_id": NOT_AN_ID}),
    ({"session_id": 0}, {"session_id": "Ensure this value is greater than or equal to 1."}),
    ({"session_id": -1}, {"session_id": "Ensure this value is greater than or equal to 1."}),
    ({"session_id": 10**30}, {"session_id": "Ensure this value is less than or equal to 9223372036854775807."}),
    ({"session_id": 1, "seat": 5}, {"seat": "Not a valid string."}),
    ({"session_id": 1, "seat": ["A1"]}, {"seat": "Not a valid string."}),
    ({"session_id": 1, "seat": None}, {"seat": "This field may not be null."}),
    ({"session_id": 1, "seat": ""}, {"seat": "This field may not be blank."}),
    ({"session_id": 1, "seat": "A" * 17}, {"seat": "Ensure this field has no more than 16 characters."}),
    ({"session_id": 1, "seat": "A\0"}, {"seat": "Holds a character that cannot be stored."}),
    ({"session_id": 1, "user_id": "me"}, {"user_id": "Send the id of a person, a whole number."}),
    ({"session_id": 1, "user_id": True}, {"user_id": "Send the id of a person, a whole number."}),
    ({"session_id": 1, "user_id": None}, {"user_id": "This field may not be null."}),
    ({"session_id": 1, "price": 0}, {"price": "Unknown field."}),
    ([1], {"body": "Invalid data. Expected a dictionary, but got list."}),
]


@pytest.mark.parametrize(("body", "errors"), ONE, ids=repr)
def test_invalid_fields_are_named(ask, customer, refusal, body, errors):
    assert refusal(ask("POST", "tickets", customer, body)) == (400, "validation_failed", errors)


SEVERAL = [
    ({"seats": "A1"}, {"seats": 'Expected a list of items but got type "str".'}),
    ({"seats": {"0": "A1"}}, {"seats": 'Expected a list of items but got type "dict".'}),
    ({"seats": None}, {"seats": "This field may not be null."}),
    ({"seats": []}, {"seats": "Choose at least one seat."}),
    ({"seats": ["A1", 2]}, {"seats.1": "Not a valid string."}),
    ({"seats": ["A1", "A1 "]}, {"seats.1": "A1 is listed twice."}),
    ({"seats": ["A1"] * 10_000}, {"seats": "Ensure this field has no more than 1000 elements."}),
    ({"seats": [f"A{n}" for n in range(1, 12)]}, {"seats": "At most 10 seats at once."}),
    ({"seats": ["A1", "\0"]}, {"seats.1": "Holds a character that cannot be stored."}),
    ({"quantity": 0}, {"quantity": "Ensure this value is greater than or equal to 1."}),
    ({"quantity": -1}, {"quantity": "Ensure this value is greater than or equal to 1."}),
    ({"quantity": 1.5}, {"quantity": NOT_AN_ID}),
    ({"quantity": True}, {"quantity": NOT_AN_ID}),
    ({"quantity": "2"}, {"quantity": NOT_AN_ID}),
    ({"quantity": 10**30}, {"quantity": "Ensure this value is less than or equal to 1000."}),
    ({"quantity": 11}, {"quantity": "At most 10 seats at once."}),
    ({}, {"seats": "Choose either seats or a quantity."}),
    ({"seats": ["A1"], "quantity": 1}, {"seats": "Choose either seats or a quantity."}),
]


@pytest.mark.parametrize("path", ["tickets/bulk", "holds"])
@pytest.mark.parametrize(("body", "errors"), SEVERAL, ids=lambda value: repr(value)[:60])
def test_invalid_fields_of_several_seats_are_named(ask, customer, refusal, session, path, body, errors):
    response = ask("POST", path, customer, {"session_id": session.pk} | body)
    assert refusal(response) == (400, "validation_failed", errors)
    assert not Purchase.objects.exists()


def test_unknown_sessions_and_drafts_are_404(ask, customer, refusal, session):
    draft = SessionFactory(published=False)
    for pk in (session.pk + 1000, draft.pk):
        assert refusal(ask("POST", "tickets", customer, {"session_id": pk})) == (404, "not_found", {})


def test_age_limits(ask, refusal):
    session = SessionFactory(movie__age_restriction=16)
    for born, code in (
        (None, "date_of_birth_required"),
        (timezone.localdate() - timedelta(days=365), "age_restricted"),
    ):
        user = UserFactory(date_of_birth=born)
        assert refusal(ask("POST", "tickets", user, {"session_id": session.pk})) == (403, code, {})


# --- Repeated requests --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "seats", "other_seats"),
    [("tickets", {"seat": "A1"}, {"seat": "A2"}), ("tickets/bulk", {"quantity": 2}, {"quantity": 3})],
)
def test_the_same_key_buys_once(ask, customer, session, refusal, path, seats, other_seats):
    key = {"Idempotency-Key": "one-of-mine"}
    body = {"session_id": session.pk} | seats
    first, again = (ask("POST", path, customer, body, **key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Purchase.objects.count() == 1
    mismatch = refusal(ask("POST", path, customer, body | other_seats, **key))
    assert mismatch == (422, "idempotency_mismatch", {})
    assert ask("POST", path, UserFactory(), body | other_seats, **key).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "schlüssel"])
def test_invalid_idempotency_keys(ask, customer, session, refusal, key):
    response = ask("POST", "tickets", customer, {"session_id": session.pk}, **{"Idempotency-Key": key})
    message = "Give 1 to 255 visible ASCII characters."
    assert refusal(response) == (400, "validation_failed", {"Idempotency-Key": message})


# --- Sales by managers ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["tickets", "tickets/bulk"])
def test_a_manager_sells_to_a_customer(ask, customer, manager, session, path):
    body = {"session_id": session.pk, "user_id": customer.pk} | ({"quantity": 1} if path == "tickets/bulk" else {})
    response = ask("POST", path, manager, body)
    assert response.status_code == 201
    ticket = Ticket.objects.get()
    shown = response.json()
    assert shown.pop("mail") == mail_json(customer)
    assert (shown["items"][0] if path == "tickets/bulk" else shown) == ticket_json_for_managers(ticket, sold_by=manager)
    assert (ticket.user, ticket.purchase.made_by) == (customer, manager)
    assert ask("GET", f"tickets/{ticket.pk}", customer).json() == ticket_json(ticket)


def test_a_manager_buys_for_themselves_by_default(ask, manager, session):
    shown = ask("POST", "tickets", manager, {"session_id": session.pk}).json()
    mail = mail_json(manager, address_is_confirmed=False)
    assert shown == ticket_json_for_managers(Ticket.objects.get()) | {"mail": mail}
    assert shown["user_id"] == manager.pk


def test_holders_a_manager_cannot_sell_to(ask, manager, session, refusal):
    closed = UserFactory(is_active=False)
    for pk, message in (
        (closed.pk, "This account is closed."),
        (closed.pk + 1000, "There is no such person."),
        (10**30, "There is no such person."),
        (-1, "There is no such person."),
    ):
        response = ask("POST", "tickets", manager, {"session_id": session.pk, "user_id": pk})
        assert refusal(response) == (400, "validation_failed", {"user_id": message})


def test_a_customer_cannot_buy_for_others(ask, customer, other, session, refusal):
    for pk in (other.pk, other.pk + 1000, 10**30):
        response = ask("POST", "tickets", customer, {"session_id": session.pk, "user_id": pk})
        assert refusal(response) == (403, "permission_denied", {})
    assert not Ticket.objects.exists()
    response = ask("POST", "tickets", customer, {"session_id": session.pk, "user_id": customer.pk})
    assert response.status_code == 201


def test_purchases_and_holds_share_a_rate_limit(ask, customer, other, session, settings):
    settings.THROTTLE_PURCHASE = "2/min"
    body = {"session_id": session.pk, "quantity": 1}
    assert ask("POST", "holds", customer, body).status_code == 201
    bought = ask("POST", "tickets", customer, {"session_id": session.pk})
    assert bought.status_code == 201
    assert bought["RateLimit-Policy"] == '"user";q=10000;w=60, "purchase";q=2;w=60'
    for path in ("tickets", "tickets/bulk", "holds"):
        refused = ask("POST", path, customer, body)
        assert (refused.status_code, refused.json()["code"]) == (429, "throttled")
        assert 1 <= int(refused["Retry-After"]) <= 60
    assert ask("GET", "tickets/me", customer).status_code == 200
    assert ask("DELETE", f"tickets/{bought.json()['id']}", customer).status_code == 200
    assert ask("POST", "tickets", other, {"session_id": session.pk}).status_code == 201


def test_constant_number_of_queries(ask, django_assert_num_queries, django_assert_max_num_queries):
    session = SessionFactory()

    def buying(seats):
        return ask("POST", "tickets/bulk", UserFactory(), {"session_id": session.pk, "seats": seats})

    assert buying(["A2"]).status_code == 201  # through the same address, which is looked at from then on
    with django_assert_max_num_queries(100) as one:
        assert buying(["A1"]).status_code == 201
    with django_assert_num_queries(len(one)):
        assert buying(["B1", "B2", "B3"]).status_code == 201
