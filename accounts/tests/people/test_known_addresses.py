"""Registering with a known address: its owner is told, and few addresses can be asked about."""

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import ConfirmedUserFactory, UserFactory

pytestmark = pytest.mark.django_db
REGISTER, SIGN_UP = "/api/v1/auth/register", "/account/sign-up/"


@pytest.fixture(autouse=True)
def _nothing_told_yet():
    cache.clear()


@pytest.fixture
def owner():
    return ConfirmedUserFactory(username="ana", email="ana@example.org")


def register(number: int = 0, email: str = "Ana@Example.org"):
    body = {"username": f"eve{number}", "email": email, "password": PASSWORD}
    return Client().post(REGISTER, body, "application/json")


def sign_up(number: int = 0, email: str = "Ana@Example.org"):
    return Client().post(SIGN_UP, {"username": f"eve{number}", "email": email, "password1": PASSWORD})


def told() -> list[tuple[str, list[str]]]:
    return [(str(message.subject), message.to) for message in mail.outbox]


MAIL = ("You already have an account at Marquee Cinema", ["ana@example.org"])


def test_by_the_api(owner):
    answer = register()
    assert (answer.status_code, answer.json()["code"]) == (409, "duplicate")
    assert told() == [MAIL]
    assert User.objects.count() == 1


def test_on_the_page(owner):
    answer = sign_up()
    assert answer.context["form"].errors == {"email": ["There is already an account with this email address."]}
    assert told() == [MAIL]
    assert User.objects.count() == 1


def test_by_a_change_of_address(owner, client):
    eve = UserFactory(username="eve", email="eve@example.org")
    eve.set_password(PASSWORD)
    eve.save()
    client.force_login(eve)

    body = {"email": "ana@example.org", "current_password": PASSWORD}
    assert client.patch("/api/v1/auth/me", body, "application/json").status_code == 409
    assert MAIL in told()


def test_the_owner_is_told_once_a_day(owner):
    for number in range(3):
        register(number)
        sign_up(number)
    assert told() == [MAIL]


def test_an_unconfirmed_address_gets_no_mail():
    UserFactory(username="ana", email="ana@example.org")
    assert register().status_code == 409
    assert told() == []


def test_a_taken_username_tells_no_one(owner):
    body = {"username": "ANA", "email": "other@example.org", "password": PASSWORD}
    assert Client().post(REGISTER, body, "application/json").status_code == 409
    assert told() == []


def test_few_addresses_can_be_asked_about(owner, settings):
    settings.THROTTLE_REGISTER = "4/hour"
    asked = [register(n, email=f"guess{n}@example.org").status_code for n in range(2)]
    asked += [sign_up(n).status_code for n in range(2, 4)]
    assert asked == [201, 201, 200, 200]

    refused = [register(8), register(9, email="guess9@example.org"), sign_up(10)]
    assert [answer.status_code for answer in refused] == [429, 429, 429]
    assert all(int(answer["Retry-After"]) > 3000 for answer in refused)
