"""Signing in with a real OpenID provider in its own process, over HTTP."""

import socket
import subprocess
import sys
import time
import urllib.parse

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from accounts.people import registration
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import confirm
from common.limits.slots import take_slot

pytestmark = pytest.mark.django_db
START = "/account/linked/oidc/oidc/login/"


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = (tmp_path_factory.mktemp("provider") / "log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)], stdout=log, stderr=log
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(1200):
        try:
            requests.get(f"{url}/.well-known/openid-configuration", timeout=1)
            break
        except requests.ConnectionError:
            assert process.poll() is None
            time.sleep(0.05)
    yield url
    process.terminate()
    process.wait(60)


@pytest.fixture
def keys(provider, settings):
    app = {"provider_id": "oidc", "name": "House of Films", "client_id": "marquee", "secret": "of-the-test"}
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {"APPS": [app | {"settings": {"server_url": provider}}], "OAUTH_PKCE_ENABLED": True}
    }
    return provider


def come(client, provider, **claims):
    """Go to the provider as a browser does, sign in there, and come back."""
    sub = claims.pop("sub", "sub-1")
    requests.put(f"{provider}/users/{sub}", json=claims, timeout=60).raise_for_status()
    out = client.post(START)
    assert out.status_code == 302
    assert out["Location"].startswith(provider)
    back = requests.post(out["Location"], data={"sub": sub}, allow_redirects=False, timeout=60)
    address = urllib.parse.urlsplit(back.headers["Location"])
    return client.get(f"{address.path}?{address.query}")


def test_the_button_is_shown_only_with_keys(client, keys):
    assert "Sign in with House of Films" in client.get("/account/sign-in/").content.decode()


def test_a_new_user_is_a_customer_whatever_the_provider_claims(client, keys):
    claims = {"email": "cleo@example.org", "email_verified": True, "preferred_username": "cleo", "name": "Cleo"}
    response = come(client, keys, **claims, role="manager", is_staff=True, is_superuser=True, groups=["admin"], id=1)
    assert (response.status_code, response["Location"]) == (302, "/")
    user = User.objects.get()
    assert (user.username, user.email, user.name) == ("cleo", "cleo@example.org", "Cleo")
    assert (user.role, user.is_superuser, user.is_staff) == ("customer", False, False)
    assert not user.has_usable_password()
    assert "Your account, cleo" in client.get("/").content.decode()
    client.post("/account/sign-out/")
    come(client, keys, **claims)
    assert User.objects.count() == SocialAccount.objects.count() == 1
    assert client.get("/account/linked/").status_code == 200


def test_a_known_address_does_not_sign_in_to_its_account(client, keys, person):
    """The provider vouches for the address, so its owner is told here that there is an account."""
    confirm(person)
    response = come(client, keys, sub="thief", email="ana@example.org", email_verified=True, preferred_username="thief")
    assert response["Location"] == "/account/linked/sign-up/"
    page = client.get("/account/linked/sign-up/")
    assert "You are signing in with House of Films" in page.content.decode()
    again = client.post("/account/linked/sign-up/", {"username": "thief", "email": "ana@example.org"})
    (sentence,) = again.context["form"].errors["email"]
    assert sentence.endswith("Sign in with your password, then link House of Films on your account page.")
    assert client.get("/account/").status_code == 302
    done = client.post(
        "/account/linked/sign-up/", {"username": "thief", "email": "thief@example.org", "role": "manager"}
    )
    assert done.status_code == 302
    assert User.objects.get(username="thief").role == "customer"
    assert not SocialAccount.objects.filter(user=person).exists()


def test_a_known_address_that_was_typed_is_answered_as_any_other(keys, person):
    cache.clear()  # where it is noted that the owner was told today
    confirm(person)
    answers = []
    for name, email in (("one", "ana@example.org"), ("two", "new@example.org")):
        browser = Client()
        come(browser, keys, sub=f"sub-{name}", preferred_username=name)
        answer = browser.post("/account/linked/sign-up/", {"username": name, "email": email}, follow=True)
        assert User.objects.get(username=name).email == email
        answers.append((answer.redirect_chain, f"We sent a link to {email}." in answer.content.decode()))
    assert answers[0] == answers[1] == ([("/", 302)], True)
    assert [(message.subject, *message.to) for message in mail.outbox] == [
        ("You already have an account at Marquee Cinema", "ana@example.org"),
        ("Welcome to Marquee Cinema: confirm your email", "new@example.org"),
    ]


def test_an_address_that_the_provider_does_not_vouch_for_is_answered_as_any_other(client, keys, person):
    confirm(person)
    assert come(client, keys, sub="x", email="ana@example.org", preferred_username="eve")["Location"] == "/"
    assert list(EmailAddress.objects.values_list("user__username", "verified")) == [("ana", True), ("eve", False)]


def test_invalid_provider_data_is_asked_for_in_a_form(client, keys, monkeypatch):
    response = come(client, keys, sub="odd", email="odd@example.org", preferred_username="odd", name="O\x07dd")
    assert response["Location"] == "/account/linked/sign-up/"
    monkeypatch.setattr("accounts.adapters.AccountAdapter.clean_username", lambda self, name, shallow=False: name)
    registration.register(username="odd", email="first@example.org", password=None)
    taken = client.post("/account/linked/sign-up/", {"username": "odd", "email": "odd@example.org"})
    assert taken.context["form"].errors == {"username": ["This username is already taken."]}
    assert client.post("/account/linked/sign-up/", {"username": "odder", "email": "odd@example.org"}).status_code == 302
    assert User.objects.get(username="odder").email == "odd@example.org"


def test_a_taken_username_is_replaced(client, keys, person):
    come(client, keys, sub="other", email="other@example.org", preferred_username="ANA")
    assert User.objects.exclude(pk=person.pk).get().email == "other@example.org"


def test_linking_and_unlinking_need_the_password(signed_in, keys, person):
    signed_in.post("/account/confirm/", {"password": PASSWORD})
    requests.put(f"{keys}/users/linked", json={"email": "x@example.org"}, timeout=60).raise_for_status()
    out = signed_in.post(f"{START}?process=connect")
    back = requests.post(out["Location"], data={"sub": "linked"}, allow_redirects=False, timeout=60)
    address = urllib.parse.urlsplit(back.headers["Location"])
    signed_in.get(f"{address.path}?{address.query}")
    account = SocialAccount.objects.get(user=person)
    assert "House of Films" in signed_in.get("/account/linked/").content.decode()
    signed_in.post("/account/linked/", {"account": account.pk})
    assert not SocialAccount.objects.exists()


def test_an_unrequested_callback_is_refused(client, keys):
    response = client.get("/account/linked/oidc/oidc/login/callback/?code=x&state=y")
    assert response.status_code == 401
    assert "Signing in didn't work" in response.content.decode()
    assert not User.objects.exists()


def test_another_users_link_cannot_be_removed(signed_in, keys):
    bea = registration.register(username="bea", email="bea@example.org", password=PASSWORD)
    theirs = SocialAccount.objects.create(user=bea, provider="oidc", uid="1")
    response = signed_in.post("/account/linked/", {"account": theirs.pk})
    assert response.context["form"].errors["account"]
    assert SocialAccount.objects.filter(pk=theirs.pk).exists()


def test_while_a_provider_is_asked_the_next_sign_in_is_told_to_wait(client, keys):
    """A provider that hangs keeps one thread of the site, not all of them."""
    with take_slot("providers"):
        answer = client.post(START)
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert client.post(START).status_code == 302
