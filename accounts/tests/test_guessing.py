"""Guesses at every place that takes a secret, in many spellings and from as many addresses."""

from itertools import cycle, islice

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client

from accounts.models import User
from accounts.sign_in import passwords, tokens
from accounts.tests.conftest import PASSWORD, password_hash
from accounts.tests.factories import ConfirmedUserFactory

pytestmark = pytest.mark.django_db

GUESSES, FEWER = 200, 30
NAME, EMAIL = "irina.iv", "irina.iv@example.org"
SIGN_IN = "/account/sign-in/"


def wide(text):
    """Return the text in full width, which NFKC makes narrow."""
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


def spell(text):
    dotted = [text.replace("i", "İ"), text.replace("i", "ı"), text.replace("i", "i̇")]
    return [text, text.upper(), text.title(), wide(text), wide(text.upper()), f"  {text} ", f"\u3000{text}", *dotted]


SPELLINGS = spell(NAME) + spell(EMAIL)


@pytest.fixture(autouse=True)
def irina():
    return ConfirmedUserFactory(username=NAME, email=EMAIL, password=password_hash())


@pytest.fixture
def compared(monkeypatch):
    """Record each password that is compared with Irina's."""
    seen, original = [], passwords.is_password_of
    monkeypatch.setattr(passwords, "is_password_of", lambda user, text: seen.append(text) or original(user, text))
    monkeypatch.setattr(passwords, "make_password", lambda text: "")  # for unknown names; its time is of no matter here
    return seen


@pytest.fixture
def codes(monkeypatch, irina):
    """Give Irina a second factor and record each code that is compared with it."""
    TOTP.activate(irina, generate_totp_secret())
    RecoveryCodes.activate(irina)
    seen = []
    monkeypatch.setattr(TOTP, "validate_code", lambda self, code: seen.append(code) or False)
    return seen


def addresses():
    return (f"2001:db8:{number:x}::1" for number in range(10_000))


def log_in_api(login, password, address, **more):
    body = {"email" if "@" in login else "username": login, "password": password} | more
    return Client().post("/api/v1/auth/login", body, "application/json", REMOTE_ADDR=address)


def log_in_page(login, password, address, client=None):
    return (client or Client()).post(SIGN_IN, {"login": login, "password": password}, REMOTE_ADDR=address)


def test_sign_in_in_every_spelling_by_page_and_program(compared):
    attempts = zip(cycle([log_in_api, log_in_page]), islice(cycle(SPELLINGS), GUESSES), addresses(), strict=False)
    answers = [log_in(login, f"guess {address}", address) for log_in, login, address in attempts]
    assert len(compared) == 10
    assert 429 in {answer.status_code for answer in answers}
    for refused in (log_in_api(EMAIL.upper(), PASSWORD, "192.0.2.1"), log_in_page(NAME, PASSWORD, "192.0.2.2")):
        assert refused.status_code == 429
        assert 1 <= int(refused["Retry-After"]) <= 60
    assert PASSWORD not in compared


def test_an_unknown_name_is_refused_as_a_known_one(compared):
    def tell(login):
        answers = [log_in_page(login, "guess", address) for _, address in zip(range(12), addresses(), strict=False)]
        return [(answer.status_code, "Retry-After" in answer) for answer in answers]

    assert tell(NAME) == tell("unknown") == [(200, False)] * 10 + [(429, True)] * 2


def test_the_owner_signs_in_from_a_known_browser_while_strangers_guess(compared):
    known, program = Client(), Client()
    log_in_page(NAME, PASSWORD, "192.0.2.1", known)
    known.post("/account/sign-out/")
    program.post("/api/v1/auth/login", {"username": NAME, "password": PASSWORD}, "application/json")
    for _, address in zip(range(12), addresses(), strict=False):
        log_in_page(NAME, "guess", address)
    assert log_in_page(NAME, PASSWORD, "192.0.2.2").status_code == 429
    assert log_in_page(NAME, PASSWORD, "192.0.2.3", known)["Location"] == "/"
    body = {"email": EMAIL, "password": PASSWORD}
    assert program.post("/api/v1/auth/login", body, "application/json").status_code == 200


def test_every_place_that_asks_a_signed_in_user_for_the_password(irina, compared):
    browser = Client()
    log_in_page(NAME, PASSWORD, "192.0.2.1", browser)
    bearer = {"Authorization": f"Bearer {tokens.open_sign_in(User.objects.get(pk=irina.pk)).access}"}
    compared.clear()

    def confirm(text, address):
        return browser.post("/account/confirm/", {"password": text}, REMOTE_ADDR=address)

    def change_on_page(text, address):
        form = {"oldpassword": text, "password1": "another long sentence"}
        return browser.post("/account/password/", form, REMOTE_ADDR=address)

    def delete(text, address):
        return browser.post("/account/delete/", {"proof": text}, REMOTE_ADDR=address)

    def change_by_program(text, address):
        body = {"old_password": text, "new_password": "another long sentence"}
        options = {"headers": bearer, "REMOTE_ADDR": address}
        return Client().post("/api/v1/auth/password", body, "application/json", **options)

    def change_address(text, address):
        body = {"email": "new@example.org", "current_password": text}
        return Client().patch("/api/v1/auth/me", body, "application/json", headers=bearer, REMOTE_ADDR=address)

    acts = [confirm, change_on_page, delete, change_by_program, change_address]
    for number, act, address in zip(range(FEWER), cycle(acts), addresses(), strict=False):
        assert act(f"guess {number}", address).status_code in {200, 400, 429}
    assert len(compared) == 10
    for act in acts:
        act(PASSWORD, "192.0.2.9")
    assert PASSWORD not in compared
    assert User.objects.get().email == EMAIL


def test_codes_of_the_second_factor(codes):
    browser = Client()
    page = "/account/second-factor/authenticate/"
    log_in_page(NAME, PASSWORD, "192.0.2.1", browser)
    for number, address in zip(range(FEWER), addresses(), strict=False):
        code = f"{number:06}"
        if number % 2:
            log_in_api(NAME, PASSWORD, address, code=code)
        else:
            browser.post(page, {"code": code}, REMOTE_ADDR=address)
    assert len(codes) == 10
    (recovery,) = [factor for factor in Authenticator.objects.all() if factor.type == "recovery_codes"]
    right = recovery.wrap().get_unused_codes()[0]
    assert log_in_api(NAME, PASSWORD, "192.0.2.2", code=right).status_code == 429
    assert "Too many attempts" in browser.post(page, {"code": right}, REMOTE_ADDR="192.0.2.3").content.decode()
    assert browser.get("/account/").status_code == 302
    assert [message.subject for message in mail.outbox] == ["Failed sign-ins to your account at Marquee Cinema"]
    assert "someone knows your password" in mail.outbox[0].body


def test_codes_that_confirm_who_is_signed_in(irina, codes):
    browser = Client()
    browser.force_login(irina)
    for number, address in zip(range(FEWER), addresses(), strict=False):
        browser.post("/account/second-factor/reauthenticate/", {"code": f"{number:06}"}, REMOTE_ADDR=address)
    assert len(codes) <= 10


def test_mails_that_strangers_have_sent(irina):
    """The reset and the confirmation of one account, however its address is spelled."""
    for email, address in zip(islice(cycle(spell(EMAIL)), 20), addresses(), strict=False):
        Client().post("/account/password/reset/", {"email": email}, REMOTE_ADDR=address)
    assert sum(message.to == [EMAIL] or "irina.iv" in message.body for message in mail.outbox) <= 5
    mail.outbox.clear()
    browser = Client()
    browser.force_login(User.objects.get(pk=irina.pk))
    answers = [
        browser.post("/account/email/", {"action_send": "yes", "email": EMAIL}, REMOTE_ADDR=address).status_code
        for _, address in zip(range(8), addresses(), strict=False)
    ]
    assert answers == [302] * 5 + [429] * 3
