"""Limits of sign-ups and password resets, counted on pages and in the API together."""

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db

RESET, SIGN_UP = "/account/password/reset/", "/account/sign-up/"


def newcomer(number):
    return {"username": f"new{number}", "email": f"new{number}@example.org", "password1": "correct horse battery"}


def test_password_resets_are_limited_by_address_and_by_account(client, settings, ana):
    answers = [client.post(RESET, {"email": "ana@example.org"}, REMOTE_ADDR=f"192.0.2.{n}") for n in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert len(mail.outbox) == 5
    assert 1 <= int(answers[5]["Retry-After"]) <= 60
    settings.THROTTLE_LOGIN = "2/minute"
    one_place = [client.post(RESET, {"email": f"n{n}@example.org"}, REMOTE_ADDR="198.51.100.1") for n in range(3)]
    assert [answer.status_code for answer in one_place] == [302, 302, 429]
    assert "Wait a few minutes" in one_place[2].content.decode()


def test_sign_up_shares_its_counter_with_the_api(client, settings):
    settings.THROTTLE_LOGIN = "2/minute"
    body = {"username": "new0", "email": "new0@example.org", "password": "correct horse battery"}
    assert client.post("/api/v1/auth/register", body, content_type="application/json").status_code == 201
    assert [Client().post(SIGN_UP, newcomer(n)).status_code for n in (1, 2)] == [302, 429]
    assert set(User.objects.values_list("username", flat=True)) == {"new0", "new1"}


def test_attempts_are_refused_when_the_counters_are_down(client, settings):
    settings.BROKER_URL = "redis://127.0.0.1:1/0"
    answer = client.post(SIGN_UP, newcomer(1))
    assert answer.status_code == 200
    assert "Sign-in is not possible at the moment." in answer.content.decode()
    assert not User.objects.exists()
