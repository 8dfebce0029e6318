"""Ways to take an account over, each tried whole."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.test import Client

from accounts.models import User
from accounts.sign_in import passwords, tokens
from accounts.tests.conftest import PASSWORD, password_hash
from accounts.tests.factories import ConfirmedUserFactory

pytestmark = pytest.mark.django_db

NEW = "another long sentence"
VICTIM, THIEF = "victim@example.org", "thief@example.net"


def links_in_mails_to(address, part):
    bodies = [message.body for message in mail.outbox if message.to == [address]]
    return [found for body in bodies for found in re.findall(rf"http\S+?(/account/{part}/\S+)", body)]


def sign_in(login, password):
    browser = Client()
    browser.post("/account/sign-in/", {"login": login, "password": password})
    return browser


def is_signed_in(browser):
    return browser.get("/account/").status_code == 200


def reset(address, password=NEW):
    """Reset the password as the owner of the mailbox; return the link that did it."""
    Client().post("/account/password/reset/", {"email": address})
    link = links_in_mails_to(address, "password/reset")[-1]
    browser = Client()
    assert browser.post(browser.get(link)["Location"], {"password1": password}).status_code == 302
    return link


@pytest.fixture
def thief():
    """A browser that registered with the address of another."""
    browser = Client()
    form = {"username": "trap", "email": VICTIM, "password1": PASSWORD}
    assert browser.post("/account/sign-up/", form).status_code == 302
    browser.post("/account/confirm/", {"password": PASSWORD})
    return browser


def test_a_pending_change_does_not_outlive_a_reset(thief):
    thief.post("/account/email/", {"action_add": "yes", "email": THIEF})
    (kept,) = links_in_mails_to(THIEF, "email/confirm")
    program = tokens.open_sign_in(User.objects.get()).access
    reset(VICTIM)
    assert not is_signed_in(thief)
    with pytest.raises(tokens.TokenInvalid):
        tokens.find_sign_in(program)
    own = sign_in("trap", NEW)
    for browser in (Client(), thief, own):
        browser.get(kept)
        browser.post(kept)
    assert User.objects.get().email == VICTIM
    Client().post("/account/password/reset/", {"email": THIEF})
    assert links_in_mails_to(THIEF, "password/reset") == []


def test_a_pending_address_gets_no_reset_link(thief):
    """A thief at an open browser enters an address, and asks there for a new password."""
    thief.post("/account/email/", {"action_add": "yes", "email": THIEF})
    Client().post("/account/password/reset/", {"email": THIEF})
    assert links_in_mails_to(THIEF, "password/reset") == []
    assert mail.outbox[-1].subject == "No account at Marquee Cinema with this address"


def test_what_a_thief_set_up_in_an_unconfirmed_account_goes_with_the_reset(thief):
    user = User.objects.get()
    SocialAccount.objects.create(user=user, provider="github", uid="1")
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    reset(VICTIM)
    assert not SocialAccount.objects.exists()
    assert not Authenticator.objects.exists()
    assert EmailAddress.objects.values_list("email", "verified", "primary").get() == (VICTIM, True, True)
    assert is_signed_in(sign_in(VICTIM, NEW))


def test_the_owner_of_a_confirmed_account_keeps_them():
    user = ConfirmedUserFactory(username="ana", email=VICTIM, password=password_hash())
    SocialAccount.objects.create(user=user, provider="github", uid="1")
    TOTP.activate(user, generate_totp_secret())
    reset(VICTIM)
    assert SocialAccount.objects.filter(user=user).exists()
    assert Authenticator.objects.filter(user=user).exists()


def test_a_mailbox_alone_confirms_no_account_of_another(thief):
    """The owner of the mailbox opens the link of a sign-up that was not theirs: the thief's password stays useless."""
    thief.get("/account/email/")
    thief.post("/account/email/", {"action_send": "yes", "email": VICTIM})
    link = links_in_mails_to(VICTIM, "email/confirm")[-1]
    owner = Client()
    for answer in (owner.get(link), owner.post(link)):
        assert answer["Location"].startswith("/account/sign-in/?next=/account/email/confirm/")
    ConfirmedUserFactory(username="bea", password=password_hash())
    other = sign_in("bea", PASSWORD)
    for answer in (other.get(link), other.post(link)):
        assert answer.status_code == 403
        assert "another account" in answer.content.decode()
        assert "trap" not in answer.content.decode()
    assert is_signed_in(other)
    assert not EmailAddress.objects.get(email=VICTIM).verified


def test_a_link_opened_without_a_sign_in_leads_there_and_then_confirms(thief):
    thief.post("/account/email/", {"action_add": "yes", "email": THIEF})
    (link,) = links_in_mails_to(THIEF, "email/confirm")
    browser = Client()
    page = browser.get(link)["Location"]
    back = browser.post(page, {"login": "trap", "password": PASSWORD, "next": link})
    assert back["Location"] == link
    assert "Confirm" in browser.get(link).content.decode()
    assert browser.post(link)["Location"] == "/account/"
    assert User.objects.get().email == THIEF
    assert is_signed_in(browser)
    assert not is_signed_in(thief)


def test_reset_links_work_once_and_not_after_the_address_has_changed():
    user = ConfirmedUserFactory(username="ana", email=VICTIM, password=password_hash())
    for _ in range(2):
        Client().post("/account/password/reset/", {"email": VICTIM})
    first, second = links_in_mails_to(VICTIM, "password/reset")
    browser = Client()
    form = browser.get(first)["Location"]
    late = Client()
    late_form = late.get(second)["Location"]
    assert browser.post(form, {"password1": NEW})["Location"].endswith("/done/")
    for link in (first, second):
        assert "already been used" in Client().get(link).content.decode()
    for used, again in ((browser, form), (late, late_form)):
        assert "already been used" in used.post(again, {"password1": "a third long sentence"}).content.decode()
    Client().post("/account/password/reset/", {"email": VICTIM})
    third = links_in_mails_to(VICTIM, "password/reset")[-1]
    changed = User.objects.get(pk=user.pk)
    changed.email = "new@example.org"
    changed.save()
    assert "already been used" in Client().get(third).content.decode()
    assert User.objects.get(pk=user.pk).check_password(NEW)


def test_a_sign_in_that_waits_for_its_code_ends_with_a_new_password(monkeypatch):
    user = ConfirmedUserFactory(username="ana", email=VICTIM, password=password_hash())
    TOTP.activate(user, generate_totp_secret())
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.validate_totp_code", lambda secret, code: True)
    waiting, meanwhile = sign_in("ana", PASSWORD), sign_in("ana", PASSWORD)
    assert meanwhile.post("/account/second-factor/authenticate/", {"code": "111111"})["Location"] == "/"
    passwords.replace_password(user, NEW)
    waiting.post("/account/second-factor/authenticate/", {"code": "222222"})
    assert not is_signed_in(waiting)
    assert not is_signed_in(meanwhile)


def test_a_known_password_is_worth_nothing_after_credentials_have_changed():
    """A program whose password was checked just before the owner's change gets no sign-in."""
    user = ConfirmedUserFactory(username="ana", password=password_hash())
    checked = passwords.authenticate(PASSWORD, username="ana")
    closed = User.objects.get(pk=user.pk)
    closed.email = "new@example.org"
    closed.save()
    with pytest.raises(tokens.SignInOvertaken):
        tokens.open_sign_in(checked)
