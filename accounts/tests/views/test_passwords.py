"""Resetting a forgotten password, and changing it."""

import pytest
from django.core import mail
from django.test import Client

from accounts.models import UserSession
from accounts.people import registration
from accounts.sign_in import tokens
from accounts.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
NEW = "another long sentence"


@pytest.mark.django_db(transaction=True)  # the last mail is sent after the commit
def test_a_mailed_link_resets_a_forgotten_password(client, person, link):
    elsewhere = Client()
    elsewhere.post("/account/sign-in/", {"login": "ana", "password": PASSWORD})
    tokens.open_sign_in(person)
    assert client.post("/account/password/reset/", {"email": "ANA@example.org"})["Location"].endswith("/reset/sent/")
    (message,) = mail.outbox
    assert (message.subject, message.to) == ("A new password for Marquee Cinema", ["ana@example.org"])
    assert "for the account ana." in message.body.replace("\n", " ")
    first = link("/account/password/reset/")
    form = client.get(first)["Location"]
    assert client.get(form).status_code == 200
    assert client.post(form, {"password1": "short"}).context["form"].errors["password1"]
    assert client.post(form, {"password1": NEW})["Location"] == "/account/password/reset/done/"
    assert elsewhere.get("/account/").status_code == 302
    assert not UserSession.objects.filter(revoked_at=None).exists()
    assert mail.outbox[-1].subject == "Your password at Marquee Cinema was reset"
    assert client.post("/account/sign-in/", {"login": "ana", "password": NEW})["Location"] == "/"
    assert "already been used or is too old" in Client().get(first).content.decode()


def test_an_unknown_address_gets_the_same_page_and_an_explaining_mail(client, person):
    known = client.post("/account/password/reset/", {"email": "ana@example.org"})
    unknown = client.post("/account/password/reset/", {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert mail.outbox[1].subject == "No account at Marquee Cinema with this address"
    assert mail.outbox[1].to == ["nobody@example.org"]


@pytest.mark.parametrize("email", ["", "nobody", "a\0@example.org", "x" * 10_000 + "@example.org"])
def test_an_invalid_address_is_refused(client, email):
    response = client.post("/account/password/reset/", {"email": email})
    assert response.context["form"].errors["email"]
    assert mail.outbox == []


def test_links_use_the_public_url_whatever_the_host(client, person, settings):
    client.post("/account/password/reset/", {"email": "ana@example.org"}, headers={"Host": "localhost"})
    assert f"{settings.PUBLIC_URL}/account/password/reset/" in mail.outbox[0].body
    assert "localhost" not in mail.outbox[0].body


@pytest.mark.parametrize("key", ["zzzzzzzzzzzzzzzzzzzz-abc", "0-set-password", "1-x"])
def test_invalid_links_are_refused(client, key):
    response = client.get(f"/account/password/reset/{key}/")
    assert response.status_code == 200
    assert "already been used or is too old" in response.content.decode()


@pytest.mark.django_db(transaction=True)  # the mail is sent after the commit
def test_changing_the_password_ends_every_other_sign_in(signed_in, person):
    elsewhere = Client()
    elsewhere.post("/account/sign-in/", {"login": "ana", "password": PASSWORD})
    session = tokens.open_sign_in(person).session
    response = signed_in.post("/account/password/", {"oldpassword": PASSWORD, "password1": NEW})
    assert (response.status_code, response["Location"]) == (302, "/account/")
    assert "Your password has been changed." in signed_in.get("/account/").content.decode()
    assert elsewhere.get("/account/").status_code == 302
    session.refresh_from_db()
    assert session.revoked_at is not None
    assert mail.outbox[-1].subject == "Your password at Marquee Cinema was changed"
    assert mail.outbox[-1].to == ["ana@example.org"]


@pytest.mark.parametrize(
    ("old", "new", "field", "sentence"),
    [
        ("wrong", NEW, "oldpassword", "This is not your password."),
        ("", NEW, "oldpassword", "This field is required."),
        (PASSWORD, "", "password1", "This field is required."),
        (PASSWORD, "x" * 5000, "password1", "This password is longer than 1000 characters."),
        (PASSWORD, "ana@example.org", "password1", "The password is too similar to the email."),
    ],
)
def test_an_invalid_change_is_refused(signed_in, person, old, new, field, sentence):
    response = signed_in.post("/account/password/", {"oldpassword": old, "password1": new})
    assert sentence in response.context["form"].errors[field]
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_a_concurrent_change_is_an_error_of_the_form(signed_in, monkeypatch):
    from accounts.sign_in import passwords

    def late(*_, **__):
        raise passwords.WrongPassword

    monkeypatch.setattr(passwords, "change_password", late)
    response = signed_in.post("/account/password/", {"oldpassword": PASSWORD, "password1": NEW})
    assert response.context["form"].errors == {"oldpassword": ["This is not your password."]}


def test_a_user_without_a_password_sets_one(client):
    user = registration.register(username="bea", email="bea@example.org", password=None)
    client.force_login(user)
    assert client.get("/account/password/")["Location"] == "/account/password/set/"
    assert client.post("/account/password/set/", {"password1": NEW})["Location"] == "/account/"
    user.refresh_from_db()
    assert user.check_password(NEW)
