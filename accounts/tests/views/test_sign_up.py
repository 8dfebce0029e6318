"""Signing up on the site."""

import threading

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
SIGN_UP = "/account/sign-up/"


def form(**changes):
    return {
        "username": "ana",
        "email": "Ana@Example.org",
        "password1": PASSWORD,
        "name": "",
        "date_of_birth": "",
    } | changes


def test_signing_up_creates_a_customer_signs_in_and_sends_a_mail(client, link):
    response = client.post(SIGN_UP, form(name="Ana Kovač", date_of_birth="1994-08-02"))
    assert (response.status_code, response["Location"]) == (302, "/")
    user = User.objects.get()
    assert (user.username, user.email.lower(), user.name) == ("ana", "ana@example.org", "Ana Kovač")
    assert (user.role, user.is_superuser, str(user.date_of_birth)) == ("customer", False, "1994-08-02")
    assert client.get("/account/").status_code == 200
    (message,) = mail.outbox
    assert message.subject == "Welcome to Marquee Cinema: confirm your email"
    assert message.to == ["ana@example.org"]
    assert "for the account ana at Marquee Cinema" in message.body
    assert "not confirmed yet" in client.get("/account/").content.decode()
    confirm = link("/account/email/confirm/")
    assert "Confirm" in client.get(confirm).content.decode()
    assert client.post(confirm).status_code == 302
    assert "(confirmed)" in client.get("/account/").content.decode()


@pytest.mark.parametrize("extra", [{"role": "manager"}, {"is_superuser": "1", "is_staff": "on"}, {"id": "1"}])
def test_extra_fields_give_no_rights(client, extra):
    client.post(SIGN_UP, form(**extra))
    user = User.objects.get()
    assert (user.role, user.is_superuser, user.is_staff) == ("customer", False, False)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"username": ""}, "username", "This field is required."),
        ({"username": "a b"}, "username", "Use only letters, digits and the characters . + - _ in a username."),
        ({"username": "x" * 151}, "username", "Ensure this value has at most 150 characters (it has 151)."),
        ({"username": "a\0b"}, "username", "Null characters are not allowed."),
        ({"email": "nobody"}, "email", "Enter a valid email address."),
        ({"email": "x" * 400 + "@example.org"}, "email", "Ensure this value has at most 320 characters (it has 412)."),
        ({"password1": "12345678"}, "password1", "This password is entirely numeric."),
        ({"password1": "x" * 5000}, "password1", "This password is longer than 1000 characters."),
        ({"date_of_birth": "2999-01-01"}, "date_of_birth", "Enter a date of birth in the past, not before 1900."),
        ({"date_of_birth": "yesterday"}, "date_of_birth", "Enter a valid date."),
        ({"name": "a\x07"}, "name", "A name cannot contain control characters."),
    ],
)
def test_errors_are_shown_at_their_fields(client, changes, field, sentence):
    response = client.post(SIGN_UP, form(**changes))
    assert response.status_code == 200
    assert sentence in response.context["form"].errors[field]
    assert not User.objects.exists()


def test_names_in_every_script_are_accepted(client):
    client.post(SIGN_UP, form(username="анна", name="アンナ"))
    assert User.objects.get().username == "анна"


@pytest.mark.parametrize("taken", ["ANA", "ａｎａ"])
def test_a_username_that_looks_like_another_is_taken(client, person, taken):
    response = client.post(SIGN_UP, form(username=taken, email="other@example.org"))
    assert response.context["form"].errors == {
        "username": ["This username is already taken. Please choose another one."]
    }
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_of_many_concurrent_sign_ups_gets_the_username(settings):
    settings.ACCOUNT_RATE_LIMITS = {"signup": None}
    ready, answers = threading.Barrier(6), []

    def sign_up(number):
        client = Client()
        ready.wait()
        answers.append(client.post(SIGN_UP, form(email=f"ana{number}@example.org")).status_code)
        connection.close()

    threads = [threading.Thread(target=sign_up, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 200, 200, 200, 200, 302]
    assert User.objects.count() == 1


def test_a_lost_race_is_an_error_of_the_form(client, person, monkeypatch):
    """The control of the race above: the form's own check never finds the username."""
    monkeypatch.setattr(
        "accounts.adapters.AccountAdapter.clean_username", lambda self, username, shallow=False: username
    )
    response = client.post(SIGN_UP, form(email="other@example.org"))
    assert response.context["form"].errors == {"username": ["This username is already taken."]}


def test_sign_ups_from_one_client_address_are_limited(client):
    for _ in range(20):
        client.post(SIGN_UP, form(username=""))
    response = client.post(SIGN_UP, form())
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 60
    assert "Wait a few minutes" in response.content.decode()


def test_a_mail_that_fails_does_not_prevent_the_sign_up(client, monkeypatch, events):
    def fail(*_):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", fail)
    assert client.post(SIGN_UP, form()).status_code == 302
    assert User.objects.exists()
    (event,) = events("mail_postponed")
    assert event["reason"] == "ConnectionRefusedError"


def test_a_signed_in_user_is_redirected(signed_in):
    assert signed_in.get(reverse("account_signup"))["Location"] == "/"
