"""The age that a sale checked stays with the purchase: for managers, at the entrance, and in the account's export."""

import re
from datetime import date

import pytest
from django.urls import reverse

from accounts.people.export import collect_data
from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.box_office import holds, purchases
from cinema.models import Purchase, Ticket
from cinema.tests.factories import SessionFactory
from movies.models import Movie

pytestmark = pytest.mark.django_db


@pytest.fixture
def adult():
    return UserFactory(date_of_birth=date(1990, 1, 1))


@pytest.fixture
def session():
    return SessionFactory(movie__age_restriction=16)


def test_buying_and_confirming_keep_the_age_and_later_changes_do_not_reach_it(adult, session):
    held = holds.hold(session.pk, adult, seats=["A1"])
    assert held.age_checked is None  # a hold is not a sale yet
    holds.confirm(held.pk, adult)
    purchases.buy(session.pk, adult, ManagerFactory(), seats=["A2"])
    purchases.buy(SessionFactory(movie__age_restriction=0).pk, adult, quantity=1)
    adult.date_of_birth = None
    adult.save()
    Movie.objects.update(age_restriction=18)
    assert list(Purchase.objects.order_by("pk").values_list("age_checked", flat=True)) == [16, 16, None]
    kept = [row["age_checked"] for row in collect_data(adult)["cinema.purchase"]]
    assert kept == [16, 16, None]


def test_managers_see_it_in_the_api_and_customers_do_not(client, adult, session):
    ticket = purchases.buy(session.pk, adult, quantity=1).tickets.get()
    client.force_login(adult)
    assert "age_checked" not in client.get(f"/api/v1/tickets/{ticket.pk}").json()
    client.force_login(ManagerFactory())
    assert client.get(f"/api/v1/tickets/{ticket.pk}").json()["age_checked"] == 16


def test_managers_see_it_in_the_admin(client, adult, session):
    purchases.buy(session.pk, adult, quantity=1)
    purchases.buy(SessionFactory(movie__age_restriction=None).pk, adult, quantity=1)
    client.force_login(ManagerFactory())
    checked, unlimited = (
        client.get(reverse("admin:cinema_ticket_change", args=[ticket.pk])).content.decode()
        for ticket in Ticket.objects.order_by("pk")
    )
    assert "16 and over, by the date of birth of the account" in checked
    assert "no age limit" in unlimited


def test_it_is_shown_at_the_entrance(client, adult, session):
    ticket = purchases.buy(session.pk, adult, quantity=1).tickets.get()
    client.force_login(ManagerFactory())
    page = client.post(reverse("check_in_scanner", args=[session.pk]), {"code": ticket.code}).content.decode()
    (line,) = re.findall(r'data-slot="age">([^<]+)</p>', page)
    assert line.startswith("From 16: check the age (the account holder is ")
    assert line.endswith("16 and over was checked when it was bought.")
