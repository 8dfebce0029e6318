"""What each change of credentials ends, made at each of its entry points, and who is told."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.sign_in import credentials, tokens
from accounts.tests.access import ALL, Access
from accounts.tests.conftest import PASSWORD, password_hash
from accounts.tests.factories import ConfirmedUserFactory

pytestmark = pytest.mark.django_db(transaction=True)  # mails are sent after the commit

NEW = "another long sentence"
NOTHING: set[str] = set()


@pytest.fixture
def ana():
    return ConfirmedUserFactory(username="ana", email="ana@example.org", password=password_hash())


@pytest.fixture
def at_hand(ana):
    """Return a browser that has just proved itself with the password."""
    browser = Client()
    browser.post("/account/sign-in/", {"login": "ana", "password": PASSWORD})
    browser.post("/account/confirm/", {"password": PASSWORD})
    return browser


@pytest.fixture
def access(ana, at_hand):
    return Access(ana)


@pytest.fixture
def admin():
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.org"))
    return client


def told():
    """Return (subject, address) of each mail."""
    return [(message.subject.replace(" at Marquee Cinema", ""), *message.to) for message in mail.outbox]


def edit_in_admin(admin, user, **changes):
    fields = {"username": user.username, "email": user.email, "name": "", "role": user.role, "is_active": "on"}
    if user.is_superuser:
        fields["is_superuser"] = "on"
    answer = admin.post(reverse("admin:accounts_user_change", args=[user.pk]), fields | changes)
    assert answer.status_code == 302, answer.context["errors"]


# --- The password ---


def test_changing_it_on_the_page(access, at_hand):
    assert at_hand.post("/account/password/", {"oldpassword": PASSWORD, "password1": NEW}).status_code == 302
    assert access.find_alive() == NOTHING
    assert at_hand.get("/account/").status_code == 200
    assert told() == [("Your password was changed", "ana@example.org")]


def test_changing_it_by_a_program(ana, access):
    mine = tokens.open_sign_in(User.objects.get(pk=ana.pk)).access
    body, bearer = {"old_password": PASSWORD, "new_password": NEW}, {"Authorization": f"Bearer {mine}"}
    answer = Client().post("/api/v1/auth/password", body, "application/json", headers=bearer)
    assert answer.status_code == 204
    assert access.find_alive() == NOTHING
    assert Client().get("/api/v1/auth/me", headers=bearer).status_code == 200
    assert told() == [("Your password was changed", "ana@example.org")]


def test_changing_it_in_the_api_by_the_sites_cookie(access, at_hand):
    body = {"old_password": PASSWORD, "new_password": NEW}
    assert at_hand.post("/api/v1/auth/password", body, "application/json").status_code == 204
    assert access.find_alive() == NOTHING
    listed = at_hand.get("/account/sessions/").context["sign_ins"]
    assert [sign_in.current for sign_in in listed] == [True]
    assert told() == [("Your password was changed", "ana@example.org")]


def test_resetting_it_by_a_link_ends_the_one_at_hand_too(access, at_hand):
    browser = Client()
    form = browser.get(access.reset_link)["Location"]
    assert browser.post(form, {"password1": NEW})["Location"] == "/account/password/reset/done/"
    assert access.find_alive() == NOTHING
    assert at_hand.get("/account/").status_code == 302
    assert told() == [("Your password was reset", "ana@example.org")]


def test_setting_a_first_one(at_hand):
    bea = ConfirmedUserFactory(username="bea", email="bea@example.org", password=password_hash())
    access = Access(bea)
    User.objects.filter(pk=bea.pk).update(password="!")
    browser = Client()
    browser.force_login(User.objects.get(pk=bea.pk))
    assert browser.post("/account/password/set/", {"password1": NEW})["Location"] == "/account/"
    assert access.find_alive() == NOTHING
    assert browser.get("/account/").status_code == 200
    assert told() == [("Your account now has a password", "bea@example.org")]


def test_the_command_line(access, monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda prompt="": NEW)
    call_command("changepassword", "ana")
    assert User.objects.get(username="ana").check_password(NEW)
    assert access.find_alive() == NOTHING
    assert told() == [("Your password was replaced", "ana@example.org")]


def test_code_that_knows_nothing_of_this_module(ana, access):
    """A library, a shell, a new command: all of them save the row."""
    user = User.objects.get(pk=ana.pk)
    user.set_password(NEW)
    user.save(update_fields=["password"])
    assert access.find_alive() == NOTHING
    assert told() == [("Your password was replaced", "ana@example.org")]


def test_saving_a_user_without_such_a_change_ends_nothing(ana, access):
    user = User.objects.get(pk=ana.pk)
    user.name = "Ana"
    user.save()
    assert user.check_password(PASSWORD)
    assert access.find_alive() == ALL
    assert told() == []


def test_a_new_account_is_told_nothing():
    User.objects.create_user("bea", "bea@example.org", PASSWORD)
    assert told() == []


# --- The address ---


def test_changing_the_address_on_the_page(access, at_hand):
    at_hand.post("/account/email/", {"action_add": "yes", "email": "new@example.org"})
    assert told() == [
        ("A new email was entered", "ana@example.org"),
        ("Confirm your email for Marquee Cinema", "new@example.org"),
    ]
    link = mail.outbox[-1].body.split("/account/email/confirm/")[1].split()[0]
    mail.outbox.clear()
    at_hand.post(f"/account/email/confirm/{link}")
    assert access.find_alive() == NOTHING
    assert at_hand.get("/account/").status_code == 200
    subject = "Your email was changed"
    assert told() == [(subject, "new@example.org"), (subject, "ana@example.org")]


def test_changing_the_address_by_a_program(ana, access):
    mine = tokens.open_sign_in(User.objects.get(pk=ana.pk)).access
    body, bearer = {"email": "new@example.org", "current_password": PASSWORD}, {"Authorization": f"Bearer {mine}"}
    assert Client().patch("/api/v1/auth/me", body, "application/json", headers=bearer).status_code == 200
    assert access.find_alive() == NOTHING
    assert Client().get("/api/v1/auth/me", headers=bearer).json()["email"] == "new@example.org"
    assert told() == [
        ("Your email was changed", "ana@example.org"),
        ("Confirm your email for Marquee Cinema", "new@example.org"),
    ]


def test_changing_the_address_in_the_admin(ana, access, admin):
    edit_in_admin(admin, ana, email="new@example.org")
    assert access.find_alive() == NOTHING
    assert not EmailAddress.objects.filter(user=ana, verified=True).exists()
    subject = "Your email was changed"
    assert told() == [(subject, "new@example.org"), (subject, "ana@example.org")]


def test_confirming_the_first_one_ends_what_was_opened_before(at_hand):
    bea = ConfirmedUserFactory(username="bea", email="bea@example.org", password=password_hash())
    access = Access(bea)
    EmailAddress.objects.filter(user=bea).update(verified=False)
    owner = Client()
    owner.post("/account/sign-in/", {"login": "bea", "password": PASSWORD})
    owner.post("/account/email/", {"action_send": "yes", "email": "bea@example.org"})
    link = mail.outbox[-1].body.split("/account/email/confirm/")[1].split()[0]
    owner.post(f"/account/email/confirm/{link}")
    assert access.find_alive() == {"feed"}
    assert owner.get("/account/").status_code == 200
    assert EmailAddress.objects.get(user=bea).verified


# --- The second factor and linked accounts ---


@pytest.fixture
def second_factor(ana):
    TOTP.activate(ana, generate_totp_secret())
    RecoveryCodes.activate(ana)


def test_turning_the_second_factor_on(access, at_hand, monkeypatch):
    access.waiting.delete()  # allauth wants every address confirmed first
    monkeypatch.setattr("allauth.mfa.totp.forms.auth.validate_totp_code", lambda secret, code: True)
    page = "/account/second-factor/totp/activate/"
    at_hand.get(page)
    assert at_hand.post(page, {"code": "123456"}).status_code == 302
    assert access.find_alive() == {"feed"}
    assert at_hand.get("/account/").status_code == 200
    assert told() == [("Your second factor is on", "ana@example.org")]


def test_turning_the_second_factor_off(access, at_hand, second_factor):
    assert at_hand.post("/account/second-factor/totp/deactivate/").status_code == 302
    assert access.find_alive() == {"feed", "address"}
    assert told() == [("Your second factor is off", "ana@example.org")]


def test_renewing_recovery_codes(access, at_hand, second_factor):
    assert at_hand.post("/account/second-factor/recovery-codes/generate/").status_code == 302
    assert access.find_alive() == {"feed", "address"}
    assert at_hand.get("/account/").status_code == 200
    assert told() == [("New recovery codes", "ana@example.org")]


def test_unlinking_an_account(ana, access, at_hand, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {"github": {"APPS": [{"client_id": "x", "secret": "y"}]}}
    linked = SocialAccount.objects.create(user=ana, provider="github", uid="1")
    assert at_hand.post("/account/linked/", {"account": linked.pk}).status_code == 302
    assert access.find_alive() == {"feed", "address"}
    assert told() == [("GitHub is unlinked from your account", "ana@example.org")]


# --- What managers do ---


def test_closing_an_account_in_the_admin_ends_everything_for_good(ana, access, admin):
    edit_in_admin(admin, ana, is_active="")
    assert access.find_alive() == NOTHING
    edit_in_admin(admin, User.objects.get(pk=ana.pk))
    assert access.find_alive() == NOTHING


@pytest.mark.parametrize(
    "was", [{"role": "manager"}, {"role": "manager", "is_superuser": True}, {"is_superuser": True}]
)
def test_taking_a_staff_role_away_ends_its_sign_ins(ana, access, admin, was):
    User.objects.filter(pk=ana.pk).update(**was)
    edit_in_admin(admin, ana, role="customer")
    assert access.find_alive() == {"feed", "address"}


def test_an_appointment_ends_nothing(ana, access, admin):
    edit_in_admin(admin, ana, role="manager")
    assert access.find_alive() == ALL


# --- The table itself ---


def test_the_apps_above_have_registered_their_links():
    assert [end.__module__ for end in credentials._link_endings] == ["cinema.documents.feeds"]


@pytest.mark.parametrize("change", credentials.Change, ids=lambda change: change.name)
def test_each_change_is_told_in_plain_words(ana, rf, change):
    credentials.credentials_changed(
        ana, change, former_address="old@example.org", new_address="new@example.org", provider="GitHub"
    )
    if change in {credentials.Change.STAFF_ROLE_LOST, credentials.Change.CLOSED}:
        assert told() == []
        return
    assert {message.to[0] for message in mail.outbox} == {"ana@example.org", "old@example.org"}
    for message in mail.outbox:
        assert message.subject
        assert "Account: ana\n" in message.body
        assert "From:" not in message.body
        assert ("Every other device has been signed out" in message.body) == (
            credentials.Ends.SIGN_INS in change.value[0]
        )
        assert "{{" not in message.body
        assert "None" not in message.body
