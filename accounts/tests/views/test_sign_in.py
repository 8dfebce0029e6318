"""Signing in and out on the site."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import ManagerFactory, confirm

pytestmark = pytest.mark.django_db
SIGN_IN = "/account/sign-in/"
WRONG = "The username or email and the password don't match. Until your email is confirmed, sign in with your username."


@pytest.mark.parametrize("login", ["ana", "ANA", "ａｎａ", "ana@example.org", "Ana@Example.ORG", " ana "])
def test_signing_in_by_username_or_email(client, person, login):
    confirm(person)
    response = client.post(SIGN_IN, {"login": login, "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, "/")
    assert "Your account, ana" in client.get("/").content.decode()


@pytest.mark.parametrize(
    "login", ["ana", "ana@example.org", "nobody", "nobody@example.org", "ana\0", "x" * 10_000, "अना"]
)
def test_a_wrong_password_and_an_unknown_username_get_the_same_page(client, person, login):
    response = client.post(SIGN_IN, {"login": login, "password": "not it"})
    assert response.status_code == 200
    assert "_auth_user_id" not in client.session
    if "\0" not in login:
        assert response.context["form"].errors == {"__all__": [WRONG]}


def test_each_failed_attempt_hashes_once(client, person, monkeypatch):
    """Known and unknown usernames take the same time, so that it reveals nothing."""
    from accounts.sign_in.hashers import OwaspArgon2PasswordHasher as Hasher

    counts = {}
    for login in ("ana", "ana@example.org", "nobody", "nobody@example.org"):
        hashed = []
        for name in ("encode", "verify"):
            original = getattr(Hasher, name)
            monkeypatch.setattr(Hasher, name, lambda self, *a, o=original, h=hashed: h.append(1) or o(self, *a))
        client.post(SIGN_IN, {"login": login, "password": "not it"})
        monkeypatch.undo()
        counts[login] = len(hashed)
    assert counts == dict.fromkeys(counts, 1)


def test_a_closed_account_gets_the_page_of_a_wrong_password(client, person):
    person.is_active = False
    person.save()
    assert client.post(SIGN_IN, {"login": "ana", "password": PASSWORD}).context["form"].errors == {"__all__": [WRONG]}
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/movies/?query=a", "/movies/?query=a"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("http://localhost/", "/"),
    ],
)
def test_next_stays_on_this_site(client, person, wanted, goes_to):
    response = client.post(SIGN_IN, {"login": "ana", "password": PASSWORD, "next": wanted})
    assert response["Location"] == goes_to


@pytest.mark.parametrize(("stay", "kept"), [("on", True), ("", False)])
def test_stay_signed_in(client, person, stay, kept):
    client.post(SIGN_IN, {"login": "ana", "password": PASSWORD, "remember": stay})
    assert client.session.get_expire_at_browser_close() is not kept


def test_ten_failed_attempts_are_the_limit(client, person):
    for number in range(10):
        client.post(SIGN_IN, {"login": "ana", "password": "not it"}, REMOTE_ADDR=f"192.0.2.{number}")
    response = client.post(SIGN_IN, {"login": "ana", "password": PASSWORD}, REMOTE_ADDR="192.0.2.99")
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 60
    assert "Too many attempts. Try again in a minute, or reset your password." in response.content.decode()


def test_a_forged_client_address_does_not_help(client, person):
    for number in range(10):
        forged = {"X-Forwarded-For": f"10.0.0.{number}"}
        client.post(SIGN_IN, {"login": f"name{number}", "password": "not it"}, headers=forged)
    answer = client.post(SIGN_IN, {"login": "ana", "password": PASSWORD}, headers={"X-Forwarded-For": "10.9.9.9"})
    assert answer.status_code == 429


def test_signing_out_needs_a_post_and_ends_the_session(signed_in):
    assert signed_in.get("/account/sign-out/").status_code == 200
    assert Session.objects.count() == 1
    assert signed_in.post("/account/sign-out/")["Location"] == "/"
    assert signed_in.get("/account/").status_code == 302
    assert "You are signed out." in signed_in.get("/").content.decode()


def test_the_admin_redirects_to_the_sites_own_page(client):
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0] == "/account/sign-in/?next=/admin/"
    manager = ManagerFactory()
    manager.set_password(PASSWORD)
    manager.save()
    back = client.post(SIGN_IN, {"login": manager.username, "password": PASSWORD, "next": "/admin/"})
    assert back["Location"] == "/admin/"
    assert client.get("/admin/movies/movie/").status_code == 200
    assert client.get("/admin/movies/movie/add/").status_code == 200
    assert client.get("/admin/movies/genre/add/").status_code == 403


def test_the_admin_explains_why_it_refuses_customers(signed_in):
    response = signed_in.get("/admin/", follow=True)
    assert response.status_code == 403
    assert "You don't have access" in response.content.decode()


def test_cookies_of_an_https_site_are_bound_to_its_host(person, settings):
    """What their prefixes demand of them, or browsers would refuse them."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    client = Client(headers={"X-Forwarded-Proto": "https"})
    client.get("/account/sign-in/", secure=True)
    response = client.post("/account/sign-in/", {"login": "ana", "password": PASSWORD}, secure=True)
    assert response.status_code == 302
    assert {"__Host-sessionid", "__Host-csrftoken"} <= set(client.cookies)
    for name in ("__Host-sessionid", "__Host-csrftoken"):
        cookie = client.cookies[name]
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
    assert client.get("/account/", secure=True).status_code == 200
    client.post("/account/sign-out/", secure=True)
    assert client.cookies["__Host-sessionid"].value == ""
