"""Passwords that are easy to guess, or made of the names of the house and the person, at every entry."""

from io import StringIO

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import User
from accounts.people import demo
from accounts.sign_in import passwords
from accounts.sign_in.password_rules import EASY, OF_THE_HOUSE
from accounts.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

OF_THE_DEMO = "marquee-demo"


def errors(password: str) -> list[str]:
    user = User(username="tova.lind", email="tova@nordlys.example", name="Tova Lindqvist")
    try:
        passwords.check_rules(password, user)
    except ValidationError as error:
        return error.messages
    return []


@pytest.mark.parametrize(
    "password", ["Password123!", "p@ssw0rd1", "football2024", "qwertyuiop123", "iloveyou2", "1q2w3e4r5t6y", "x" * 1000]
)
def test_breached_passwords_and_variations_of_them(password):
    assert EASY in errors(password)


@pytest.mark.parametrize(
    "password",
    [
        OF_THE_DEMO, "Marquee-Demo!", "marquee2026", "MarqueeCinema1", "cinema_cinema", "Roxy-Palace-1", "nordlys.2026",
        "Lindqvist99", "tova-lind-tova",
    ],
)  # fmt: skip
def test_passwords_of_the_house_and_the_person(settings, password):
    settings.CINEMA_NAME = "Roxy Palace"
    assert OF_THE_HOUSE in errors(password)


@pytest.mark.parametrize(
    "password",
    [PASSWORD, "a-long-enough-password", "marquee-purple-horses", "Zwölf Äpfel am Tag", "映画館へ行こうよ今夜"],
)
def test_good_passwords(password):
    assert errors(password) == []


def test_the_demo_keeps_its_password():
    demo.load()
    assert passwords.authenticate(OF_THE_DEMO, username="manager")


class TestEveryEntry:
    def test_registering_by_the_api(self, client):
        body = {"username": "eve", "email": "eve@example.org", "password": OF_THE_DEMO}
        answer = client.post("/api/v1/auth/register", body, "application/json")
        assert answer.json()["errors"] == [{"field": "password", "message": OF_THE_HOUSE}]

    def test_signing_up(self, client):
        form = {"username": "eve", "email": "eve@example.org", "password1": OF_THE_DEMO}
        answer = client.post(reverse("account_signup"), form)
        assert answer.context["form"].errors["password1"] == [OF_THE_HOUSE]

    def test_changing_by_the_api(self, client, ana):
        client.force_login(ana)
        body = {"old_password": PASSWORD, "new_password": OF_THE_DEMO}
        answer = client.post("/api/v1/auth/password", body, "application/json")
        assert answer.json()["errors"] == [{"field": "new_password", "message": OF_THE_HOUSE}]

    def test_changing_on_the_page(self, client, ana):
        client.force_login(ana)
        form = {"oldpassword": PASSWORD, "password1": OF_THE_DEMO}
        answer = client.post(reverse("account_change_password"), form)
        assert answer.context["form"].errors["password1"] == [OF_THE_HOUSE]

    def test_resetting(self, client, ana):
        key = f"{user_pk_to_url_str(ana)}-{default_token_generator.make_token(ana)}".split("-", 1)
        page = client.get(reverse("account_reset_password_from_key", args=key), follow=True)
        answer = client.post(page.redirect_chain[-1][0], {"password1": OF_THE_DEMO})
        assert answer.context["form"].errors["password1"] == [OF_THE_HOUSE]

    def test_creating_a_manager(self, monkeypatch):
        monkeypatch.setattr("sys.stdin", StringIO(f"{OF_THE_DEMO}\n"))
        with pytest.raises(CommandError, match=OF_THE_HOUSE):
            call_command("createmanager", "eve", "eve@example.org", password_stdin=True)

    def test_creating_a_superuser(self, monkeypatch):
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", OF_THE_DEMO)
        with pytest.raises(CommandError, match=OF_THE_HOUSE):
            call_command("createsuperuser", interactive=False, username="eve", email="eve@example.org")
