"""Validation of purchase requests, and idempotency keys."""

import pytest
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.box_office import purchases
from cinema.models import Ticket
from cinema.tests.box_office.purchases.purchasing import buy_conflict, buy_errors, count_rows, labels
from cinema.tests.factories import SessionFactory, TicketFactory
from common.errors import Mismatch

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({}, {"seats": ["Choose either seats or a quantity."]}),
        ({"seats": ["A1"], "quantity": 1}, {"seats": ["Choose either seats or a quantity."]}),
        ({"seats": []}, {"seats": ["Choose at least one seat."]}),
        ({"seats": [f"A{n}" for n in range(1, 12)]}, {"seats": ["At most 10 seats at once."]}),
        (
            {"seats": ["A1", "a1", "A2", " A1"]},
            {"seats.1": ["A1 is listed twice."], "seats.3": ["A1 is listed twice."]},
        ),
        ({"seats": ["A1", "Z9"]}, {"seats.1": ["There is no seat Z9 in this room."]}),
        (
            {"seats": ["A7", "A1", "D1"]},
            {f"seats.{n}": [f"There is no seat {label} in this room."] for n, label in ((0, "A7"), (2, "D1"))},
        ),
        *(
            ({"seats": ["A1", bad]}, {"seats.1": ["Write a seat like A1."]})
            for bad in (
                "",
                "1A",
                "A0",
                "A100",
                "AAA1",
                "Ä1",
                "A\uff11",
                "A1\n2",
                "nul\0",
                "A" * 9999,
                "席1",
                "A-1",
                "1",
            )
        ),
        *(({"quantity": bad}, {"quantity": ["Give a whole number from 1."]}) for bad in (0, -1, True, "2", 1.0)),
        ({"quantity": 11}, {"quantity": ["At most 10 seats at once."]}),
        ({"quantity": 10**30}, {"quantity": ["At most 10 seats at once."]}),
        *(
            ({"seats": ["A1"], "key": bad}, {"Idempotency-Key": ["Give 1 to 255 visible ASCII characters."]})
            for bad in ("", " ", "a b", "ä", "x" * 256, "nul\0", "line\n")
        ),
    ],
)
def test_an_invalid_request_gets_errors_by_field(session, user, given, errors):
    assert buy_errors(session.pk, user, **given) == errors
    assert count_rows() == (0, 0)


@pytest.mark.parametrize("pk", [0, -1, 2**63 - 1])
def test_an_unknown_session_is_not_found(user, pk):
    with pytest.raises(Http404):
        purchases.buy(pk, user, quantity=1)


def test_the_same_key_returns_the_first_purchase_whatever_has_changed_since(session, user):
    first = purchases.buy(session.pk, user, seats=["A1", "A2"], key="k1")
    ticket = Ticket.objects.get(seat__number=1)
    purchases.cancel(ticket.pk, user)
    session.cancelled_at = NOW
    session.published = False
    session.save()
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert purchases.buy(session.pk, user, seats=["a2 ", "A1"], key="k1") == first
    assert count_rows() == (1, 2)


def test_the_same_key_with_another_request_is_refused(session, user):
    elsewhere = SessionFactory()
    manager = ManagerFactory()
    purchases.buy(session.pk, user, by=manager, quantity=1, key="k1")
    for pk, customer, given in [
        (session.pk, user, {"quantity": 2}),
        (session.pk, user, {"seats": ["A1"]}),
        (elsewhere.pk, user, {"quantity": 1}),
        (session.pk, UserFactory(), {"quantity": 1}),
    ]:
        with pytest.raises(Mismatch):
            purchases.buy(pk, customer, by=manager, key="k1", **given)
    assert count_rows() == (1, 1)


def test_keys_belong_to_one_account_and_two_keys_are_two_purchases(session, user):
    for customer, key in [(user, "k1"), (UserFactory(), "k1"), (user, "k2"), (user, None), (user, None)]:
        purchases.buy(session.pk, customer, quantity=1, key=key)
    assert count_rows() == (5, 5)


def test_a_failed_request_leaves_no_key(session, user):
    taken = TicketFactory(session=session)
    assert buy_conflict(session.pk, user, seats=["A1"], key="~!k") == buy_conflict(
        session.pk, user, seats=["A1"], key="~!k"
    )
    purchases.cancel(taken.pk, taken.user)
    assert labels(purchases.buy(session.pk, user, seats=["A1"], key="~!k")) == ["A1"]
