"""POST /auth/register creates customers only."""

import json
import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from accounts.models import User
from accounts.sign_in.password_rules import EASY
from accounts.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

ANA = {"username": "ana", "email": "ana@example.org", "password": PASSWORD}


def test_registering_signs_in(client, post, ask):
    response = post("register", ANA | {"name": "Ana Kovač", "date_of_birth": "1994-08-02"})
    body, user = response.json(), User.objects.get()
    assert response.status_code == 201
    assert body == {
        "user": {
            "id": user.pk,
            "username": "ana",
            "email": "ana@example.org",
            "name": "Ana Kovač",
            "role": "customer",
            "date_of_birth": "1994-08-02",
            "created_at": user.created_at.isoformat().replace("+00:00", "Z"),
        },
        "access": body["access"],
        "refresh": body["refresh"],
    }
    assert response.cookies["marquee_refresh"].value == body["refresh"]
    assert ask("GET", "auth/me", body["access"]).json() == body["user"]
    assert "no-store" in response["Cache-Control"]


def test_only_three_fields_are_required(post):
    user = post("register", ANA | {"date_of_birth": None}).json()["user"]
    assert (user["name"], user["date_of_birth"]) == ("", None)


@pytest.mark.parametrize(
    "field", ["role", "is_staff", "is_superuser", "is_active", "id", "created_at", "groups", "sign_outs", "x"]
)
def test_other_fields_are_refused(post, refusal, field):
    answer = post("register", ANA | {field: "manager"})
    assert refusal(answer) == (400, "validation_failed", [(field, "Unknown field.")])
    assert not User.objects.exists()


REQUIRED = "This field is required."
STRING = "Not a valid string."


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("username", REQUIRED), ("email", REQUIRED), ("password", REQUIRED)]),
        (ANA | {"username": 5, "password": ["x"]}, [("username", STRING), ("password", STRING)]),
        (ANA | {"username": None}, [("username", "This field may not be null.")]),
        (ANA | {"email": {"a": 1}}, [("email", STRING)]),
        (ANA | {"username": "ana\0"}, [("username", "Holds a character that cannot be stored.")]),
        (ANA | {"password": "\0" * 12}, [("password", "Holds a character that cannot be stored.")]),
        (ANA | {"username": "ana@example.org"},
         [("username", "Use only letters, digits and the characters . + - _ in a username.")]),
        (ANA | {"username": "x" * 100_000}, [("username", "Ensure this field has no more than 150 characters.")]),
        (ANA | {"password": "x" * 100_000}, [("password", "Ensure this field has no more than 1000 characters.")]),
        (ANA | {"date_of_birth": "yesterday"},
         [("date_of_birth", "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.")]),
        (ANA | {"date_of_birth": "2999-01-01"},
         [("date_of_birth", "Enter a date of birth in the past, not before 1900.")]),
        (ANA | {"password": "12345678"},
         [("password", "This password is entirely numeric."),
          ("password", EASY)]),
        ([], [("body", "Invalid data. Expected a dictionary, but got list.")]),
        ("ana", [("body", "Invalid data. Expected a dictionary, but got str.")]),
    ],
)  # fmt: skip
def test_invalid_values_are_refused(client, refusal, body, errors):
    answer = client.post("/api/v1/auth/register", json.dumps(body), "application/json")
    assert refusal(answer) == (400, "validation_failed", errors)
    assert not User.objects.exists()


@pytest.mark.parametrize("username", ["ANA", "ａｎａ"])
def test_a_taken_username_is_a_conflict(post, refusal, username):
    assert post("register", ANA).status_code == 201
    answer = post("register", ANA | {"username": username, "email": "other@example.org"})
    assert refusal(answer) == (409, "duplicate", [("username", "This username is already taken.")])
    assert User.objects.count() == 1


def test_registering_mails_the_link_that_confirms_the_address(client, post):
    post("register", ANA)
    (message,) = mail.outbox
    assert (message.subject, message.to) == ("Welcome to Marquee Cinema: confirm your email", ["ana@example.org"])
    link = re.search(r"http\S+?(/account/email/confirm/\S+)", message.body)[1]
    client.post("/account/sign-in/", {"login": "ana", "password": PASSWORD})
    assert client.post(link)["Location"] == "/account/"
    assert EmailAddress.objects.get().verified


@pytest.mark.parametrize("path", ["register", "login", "refresh"])
def test_ten_megabytes_are_refused(client, refusal, path):
    answer = client.post(f"/api/v1/auth/{path}", json.dumps({"username": "x" * 10_000_000}), "application/json")
    assert refusal(answer)[:2] == (413, "payload_too_large")


@pytest.mark.parametrize("path", ["register", "login", "refresh"])
def test_forms_and_parameters_are_refused(client, post, refusal, path):
    assert refusal(client.post(f"/api/v1/auth/{path}", ANA))[:2] == (415, "unsupported_media_type")
    assert refusal(post(f"{path}?role=manager", ANA)) == (
        400,
        "validation_failed",
        [("role", "This address takes no parameters.")],
    )
