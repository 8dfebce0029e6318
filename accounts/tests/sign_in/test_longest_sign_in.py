"""A sign-in ends SIGN_IN_MAX_DAYS after it began, of a program or a browser, however much it is used."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session

from accounts.models import UserSession
from accounts.sign_in import tokens
from accounts.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _ninety_days(settings):
    settings.SIGN_IN_MAX_DAYS, settings.REFRESH_TOKEN_DAYS, settings.SESSION_COOKIE_AGE = 90, 7, 14 * 86_400


def refreshed_daily(refresh: str, days: int) -> str:
    for day in range(1, days + 1):
        with time_machine.travel(NOON + timedelta(days=day), tick=False):
            refresh = tokens.rotate(refresh).refresh
    return refresh


def test_a_program_that_refreshes_every_day(ana, client):
    with time_machine.travel(NOON, tick=False):
        refresh = tokens.open_sign_in(ana).refresh
    refresh = refreshed_daily(refresh, 89)
    assert UserSession.objects.get().expires_at == NOON + timedelta(days=90)

    with time_machine.travel(NOON + timedelta(days=90), tick=False):
        answer = client.post("/api/v1/auth/refresh", {"refresh": refresh}, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


def test_an_access_token_ends_as_well(ana):
    with time_machine.travel(NOON, tick=False):
        refresh = tokens.open_sign_in(ana).refresh
    refresh = refreshed_daily(refresh, 89)
    with time_machine.travel(NOON + timedelta(days=90, minutes=-1), tick=False):
        access = tokens.rotate(refresh).access
        assert tokens.find_sign_in(access).user == ana

    with time_machine.travel(NOON + timedelta(days=90), tick=False), pytest.raises(tokens.TokenInvalid):
        tokens.find_sign_in(access)


def test_a_shorter_limit_holds_for_running_sign_ins(ana, settings):
    with time_machine.travel(NOON, tick=False):
        refresh = tokens.open_sign_in(ana).refresh
    settings.SIGN_IN_MAX_DAYS = 3

    with time_machine.travel(NOON + timedelta(days=4), tick=False), pytest.raises(tokens.TokenInvalid):
        tokens.rotate(refresh)


def test_a_browser_that_visits_every_day(ana, client):
    with time_machine.travel(NOON, tick=False):
        client.post("/account/sign-in/", {"login": "ana", "password": PASSWORD, "remember": "on"})
    for day in range(1, 90):
        with time_machine.travel(NOON + timedelta(days=day), tick=False):
            session = client.session
            session["visited"] = day  # as each page does that keeps something there
            session.save()
            assert client.get("/account/").status_code == 200, day
    assert Session.objects.get().expire_date == NOON + timedelta(days=90)

    with time_machine.travel(NOON + timedelta(days=90), tick=False):
        assert client.get("/account/")["Location"].startswith("/account/sign-in/")
