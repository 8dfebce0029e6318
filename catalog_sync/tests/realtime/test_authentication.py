"""Who may hold a socket. How it looks to a client is in test_sockets.py."""

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import User, UserSession
from accounts.sign_in import tokens
from accounts.tests.factories import ManagerFactory, UserFactory
from catalog_sync.realtime import authentication
from catalog_sync.realtime.authentication import By, Listener, Refused
from catalog_sync.tests.realtime.conftest import cookie_of

pytestmark = pytest.mark.django_db

SITE = "https://cinema.example"
OURS = {"HTTP_ORIGIN": SITE}


@pytest.mark.parametrize(
    ("origin", "host", "ours"),
    [
        (SITE, "127.0.0.1:8001", True),
        ("https://app.example", "", True),
        ("https://cinema.example:8001", "cinema.example:8001", True),
        ("https://127.0.0.1:8001", "127.0.0.1:8001", True),
        ("http://cinema.example", "cinema.example", False),  # somebody on the way may have written that page
        ("https://evil.example", "evil.example", False),  # a name that points here
        ("https://evil.example", "cinema.example", False),
        ("https://cinema.example.evil.example", "cinema.example", False),
        ("null", "cinema.example", False),
        ("", "", False),
        ("https://", "", False),
        (None, "cinema.example", False),
    ],
)
def test_pages_that_may_connect(settings, origin, host, ours):
    settings.PUBLIC_URL, settings.CORS_ALLOWED_ORIGINS = SITE, ["https://app.example"]
    settings.ALLOWED_HOSTS = ["cinema.example", "127.0.0.1"]
    assert authentication.is_allowed_origin(origin, {"HTTP_HOST": host}) is ours


def refusal(environ, auth=None):
    with pytest.raises(Refused) as refused:
        authentication.admit(environ, auth)
    return refused.value.code.value, str(refused.value)


def cookie(value):
    return {"HTTP_COOKIE": f"other=1; sessionid={value}"}


def test_a_token_is_taken_from_either_place_and_before_a_cookie(manager, pair):
    guest = Listener(manager.pk, By.TOKEN, str(pair.session.pk))
    for environ, auth in (
        ({}, {"token": pair.access}),
        ({"HTTP_AUTHORIZATION": f"bearer  {pair.access} "}, None),
        ({"HTTP_AUTHORIZATION": "Bearer x"}, {"token": pair.access}),
        (cookie("x"), {"token": pair.access}),
    ):
        assert authentication.admit(environ, auth) == guest
    assert refusal(OURS | cookie(cookie_of(manager)), {"token": "x"})[0] == "token_invalid"


@pytest.mark.parametrize("auth", [None, {}, [], "x", 5, {"name": "x"}, True])
def test_without_anything_to_go_by_nobody_is_let_in(auth):
    assert refusal({}, auth) == ("not_authenticated", "Sign in first.")
    assert refusal({"HTTP_AUTHORIZATION": "Basic eA=="}, auth)[0] == "not_authenticated"
    assert refusal({"HTTP_COOKIE": "\xff=;;=\x00"}, auth)[0] == "not_authenticated"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", 5, ["x"], {}, "\0", "é" * 9000])
def test_what_is_no_token_of_ours_is_refused(token):
    assert refusal({}, {"token": token})[0] == "token_invalid"


def test_a_session_cookie_counts_from_our_pages_only(manager):
    key = cookie_of(manager)
    guest = Listener(manager.pk, By.COOKIE, key)
    assert authentication.admit(OURS | cookie(key), None) == guest
    assert authentication.admit({"HTTP_SEC_FETCH_SITE": "same-origin"} | cookie(key), None) == guest
    for environ in ({}, {"HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_SEC_FETCH_SITE": "none"}):
        assert refusal(environ | cookie(key)) == ("permission_denied", authentication.NO_ORIGIN)


@pytest.mark.parametrize("key", ["x", "0" * 32, "0" * 4000, "é", "%00", "x' OR 1=1"])
def test_a_cookie_of_no_session_is_refused(key):
    assert refusal(OURS | cookie(key)) == ("not_authenticated", "Sign in first.")


def test_an_anonymous_visitor_s_session_is_no_sign_in(client):
    session = client.session
    session["seen"] = 1
    session.save()
    assert refusal(OURS | cookie(session.session_key))[0] == "not_authenticated"


def test_customers_are_told_that_they_may_not():
    customer = UserFactory(password="")
    for environ, auth in (
        ({}, {"token": tokens.open_sign_in(customer).access}),
        (OURS | cookie(cookie_of(customer)), None),
    ):
        assert refusal(environ, auth) == ("permission_denied", "You may not do this.")


def guests_of(*people):
    found = []
    for user in people:
        found.append(Listener(user.pk, By.TOKEN, str(tokens.open_sign_in(user).session.pk)))
        found.append(Listener(user.pk, By.COOKIE, cookie_of(user)))
    return found


def change(**columns):
    return lambda guest: User.objects.filter(pk=guest.user).update(**columns)


def new_password(guest):
    user = User.objects.get(pk=guest.user)
    user.set_password("another-long-password")
    user.save()


@pytest.mark.parametrize(
    ("over", "by"),
    [
        (change(role="customer"), set(By)),
        (change(is_active=False), set(By)),
        (change(sign_outs=5), {By.COOKIE}),
        (new_password, {By.COOKIE}),
        (lambda guest: UserSession.objects.update(expires_at=timezone.now()), {By.TOKEN}),
        (lambda guest: UserSession.objects.update(revoked_at=timezone.now()), {By.TOKEN}),
        (lambda guest: UserSession.objects.all().delete(), {By.TOKEN}),
        (lambda guest: Session.objects.update(expire_date=timezone.now()), {By.COOKIE}),
        (lambda guest: Session.objects.all().delete(), {By.COOKIE}),
    ],
)
def test_whose_sign_in_is_over_is_no_longer_welcome(over, by):
    guests = guests_of(ManagerFactory(password=""))
    assert authentication.welcome(guests) == set(guests)
    over(guests[0])
    assert authentication.welcome(guests) == {guest for guest in guests if guest.by not in by}


@pytest.mark.parametrize("number", [1, 3])
def test_all_are_looked_after_by_three_queries(django_assert_num_queries, number):
    guests = guests_of(*(ManagerFactory(password="") for _ in range(number)))
    with django_assert_num_queries(3):
        assert authentication.welcome(guests) == set(guests)
    with django_assert_num_queries(0):
        assert authentication.welcome([]) == set()
