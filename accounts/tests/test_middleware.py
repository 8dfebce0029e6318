"""The cookie that tells scripts that someone is signed in."""

import time

import pytest
from django.conf import settings

from accounts.middleware import SIGNED_IN_COOKIE
from accounts.models import User
from accounts.sign_in.browser_sessions import identify
from accounts.tests.factories import UserFactory
from common.finished.declarations import FINISHED

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(client):
    user = UserFactory(username="ana", theme="light", password="a-long-enough-password")
    user.set_password("a-long-enough-password")
    user.save()
    return user


def value(client):
    cookie = client.cookies.get(SIGNED_IN_COOKIE)
    return cookie.value if cookie else None


def test_it_follows_the_sign_in_and_the_theme(client, ana):
    client.get("/")
    assert value(client) is None
    client.post("/account/sign-in/", {"login": "ana", "password": "a-long-enough-password"})
    cookie = client.cookies[SIGNED_IN_COOKIE]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("light", "", "Lax")
    assert cookie["max-age"] == "" or int(cookie["max-age"]) > 0
    sent = {"theme": "dark", "notice_rhythm": ana.notice_rhythm}
    client.post("/account/preferences/", sent)
    assert value(client) == "dark"
    client.post("/account/sign-out/")
    assert value(client) == ""


def test_it_is_corrected_where_it_does_not_match(client, ana):
    client.cookies[SIGNED_IN_COOKIE] = "dark"  # of a sign-in that ended elsewhere
    assert client.get("/parts/", {"path": "/"}).cookies[SIGNED_IN_COOKIE]["max-age"] == 0
    client.force_login(ana)
    assert client.get("/").cookies[SIGNED_IN_COOKIE].value == "light"
    assert SIGNED_IN_COOKIE not in client.get("/").cookies


def test_it_says_of_managers_that_the_front_may_look(client, ana):
    client.force_login(ana)
    for role, seen in ((User.Role.MANAGER, "light-manager"), (User.Role.CUSTOMER, "light")):
        User.objects.update(role=role)
        client.get("/parts/", {"path": "/"})
        assert value(client) == seen


def test_the_front_knows_whose_session_it_is(client, ana):
    client.force_login(ana)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    found = identify(key)
    assert (found.pk, found.is_manager, found.until > time.time()) == (ana.pk, False, True)
    assert identify("unknown") is identify("") is None
    ana.set_password("another long sentence")
    ana.save()
    assert identify(key) is None


def test_answers_for_everybody_do_not_set_it(client, ana):
    client.force_login(ana)
    assert SIGNED_IN_COOKIE not in client.get("/", **{FINISHED: True}).cookies
