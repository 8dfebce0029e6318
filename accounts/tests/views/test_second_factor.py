"""The second factor, from setting it up to losing the phone."""

from datetime import UTC, datetime

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.test import Client

from accounts.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)  # mails are sent after the commit
INDEX, SET_UP = "/account/second-factor/", "/account/second-factor/totp/activate/"


def code_of(secret):
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


@pytest.fixture
def secret(signed_in):
    """Set up the second factor on the pages and return its secret."""
    signed_in.post(f"/account/confirm/?next={SET_UP}", {"password": PASSWORD})
    signed_in.get("/account/email/")
    EmailAddress.objects.update(verified=True)
    page = signed_in.get(SET_UP)
    assert page.status_code == 200
    secret = page.context["form"].secret
    assert secret in page.content.decode()
    wrong = signed_in.post(SET_UP, {"code": "000000"})
    assert wrong.context["form"].errors == {"code": ["This code is not valid. Codes change every 30 seconds."]}
    with time_machine.travel(datetime.now(UTC), tick=False):  # else a new code may begin in between
        response = signed_in.post(SET_UP, {"code": code_of(secret)})
    assert response["Location"] == "/account/second-factor/recovery-codes/"
    return secret


def test_setting_up_sends_a_mail_and_stores_the_secret_encrypted(signed_in, secret):
    assert [message.subject for message in mail.outbox] == ["Your second factor at Marquee Cinema is on"]
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in stored
    assert "recovery codes left" in signed_in.get(INDEX).content.decode()


def test_signing_in_requires_the_code(secret, person):
    client = Client()
    response = client.post("/account/sign-in/", {"login": "ana", "password": PASSWORD, "next": "/movies/"})
    assert response["Location"].startswith("/account/second-factor/authenticate/")
    assert client.get("/account/").status_code == 302
    page = "/account/second-factor/authenticate/"
    assert client.get(page).status_code == 200
    for wrong in ("", "000000", "x" * 5000, "１２３\0"):
        assert client.post(page, {"code": wrong}).context["form"].errors["code"]
    assert client.get("/account/").status_code == 302


def test_a_recovery_code_works_once(signed_in, secret):
    codes = signed_in.get("/account/second-factor/recovery-codes/").context["unused_codes"]
    assert len(codes) == 10
    assert codes[0] in signed_in.get("/account/second-factor/recovery-codes/download/").content.decode()
    for expected in (302, 200):
        client = Client()
        client.post("/account/sign-in/", {"login": "ana", "password": PASSWORD})
        assert client.post("/account/second-factor/authenticate/", {"code": codes[0]}).status_code == expected
        assert client.get("/account/").status_code == (200 if expected == 302 else 302)


def test_turning_it_off_requires_the_password(signed_in, secret):
    old = signed_in.session["account_authentication_methods"]
    assert any(method["method"] == "password" for method in old)
    response = signed_in.post("/account/second-factor/totp/deactivate/")
    assert response.status_code == 302
    assert not Authenticator.objects.exists()
    assert mail.outbox[-1].subject == "Your second factor at Marquee Cinema is off"


def test_setting_up_requires_the_password(signed_in):
    response = signed_in.get(SET_UP)
    assert response["Location"].startswith(("/account/confirm/", INDEX))


def test_new_recovery_codes_replace_the_old_ones(signed_in, secret):
    page = "/account/second-factor/recovery-codes/"
    old = signed_in.get(page).context["unused_codes"]
    assert "The 10 current ones will stop working." in signed_in.get(f"{page}generate/").content.decode()
    assert signed_in.post(f"{page}generate/")["Location"] == page
    assert not set(old) & set(signed_in.get(page).context["unused_codes"])
    assert mail.outbox[-1].subject == "New recovery codes at Marquee Cinema"
