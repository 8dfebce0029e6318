"""Authentication of sockets; test_sockets.py has the view of the client."""

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import User, UserSession
from accounts.sign_in import tokens
from accounts.tests.factories import ManagerFactory, UserFactory
from catalog_sync.realtime import authentication
from catalog_sync.realtime.authentication import Listener, Refused, SignInKind
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
        ("http://cinema.example", "cinema.example", False),  # such a page may have been changed on the way
        ("https://evil.example", "evil.example", False),  # a name that points here
        ("https://evil.example", "cinema.example", False),
        ("https://cinema.example.evil.example", "cinema.example", False),
        ("null", "cinema.example", False),
        ("", "", False),
        ("https://", "", False),
        (None, "cinema.example", False),
    ],
)
def test_allowed_origins(settings, origin, host, ours):
    settings.PUBLIC_URL, settings.CORS_ALLOWED_ORIGINS = SITE, ["https://app.example"]
    settings.ALLOWED_HOSTS = ["cinema.example", "127.0.0.1"]
    assert authentication.is_allowed_origin(origin, {"HTTP_HOST": host}) is ours


def refusal(environ, auth=None):
    with pytest.raises(Refused) as refused:
        authentication.authenticate(environ, auth)
    return refused.value.code.value, str(refused.value)


def cookie(value):
    return {"HTTP_COOKIE": f"other=1; sessionid={value}"}


def test_a_token_comes_before_a_cookie(manager, pair):
    listener = Listener(manager.pk, SignInKind.TOKEN, str(pair.session.pk))
    for environ, auth in (
        ({}, {"token": pair.access}),
        ({"HTTP_AUTHORIZATION": f"bearer  {pair.access} "}, None),
        ({"HTTP_AUTHORIZATION": "Bearer x"}, {"token": pair.access}),
        (cookie("x"), {"token": pair.access}),
    ):
        assert authentication.authenticate(environ, auth) == listener
    assert refusal(OURS | cookie(cookie_of(manager)), {"token": "x"})[0] == "token_invalid"


@pytest.mark.parametrize("auth", [None, {}, [], "x", 5, {"name": "x"}, True])
def test_without_credentials(auth):
    assert refusal({}, auth) == ("not_authenticated", "Sign in first.")
    assert refusal({"HTTP_AUTHORIZATION": "Basic eA=="}, auth)[0] == "not_authenticated"
    assert refusal({"HTTP_COOKIE": "\xff=;;=\x00"}, auth)[0] == "not_authenticated"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", 5, ["x"], {}, "\0", "é" * 9000])
def test_invalid_tokens(token):
    assert refusal({}, {"token": token})[0] == "token_invalid"


def test_a_session_cookie_counts_only_from_our_pages(manager):
    key = cookie_of(manager)
    listener = Listener(manager.pk, SignInKind.COOKIE, key)
    assert authentication.authenticate(OURS | cookie(key), None) == listener
    assert authentication.authenticate({"HTTP_SEC_FETCH_SITE": "same-origin"} | cookie(key), None) == listener
    for environ in ({}, {"HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_SEC_FETCH_SITE": "none"}):
        assert refusal(environ | cookie(key)) == ("permission_denied", authentication.NO_ORIGIN)


@pytest.mark.parametrize("key", ["x", "0" * 32, "0" * 4000, "é", "%00", "x' OR 1=1"])
def test_invalid_cookies(key):
    assert refusal(OURS | cookie(key)) == ("not_authenticated", "Sign in first.")


def test_an_anonymous_session_is_no_sign_in(client):
    session = client.session
    session["seen"] = 1
    session.save()
    assert refusal(OURS | cookie(session.session_key))[0] == "not_authenticated"


def test_customers_are_refused():
    customer = UserFactory(password="")
    for environ, auth in (
        ({}, {"token": tokens.open_sign_in(customer).access}),
        (OURS | cookie(cookie_of(customer)), None),
    ):
        assert refusal(environ, auth) == ("permission_denied", "You may not do this.")


def listeners_of(*people):
    listeners = []
    for user in people:
        listeners.append(Listener(user.pk, SignInKind.TOKEN, str(tokens.open_sign_in(user).session.pk)))
        listeners.append(Listener(user.pk, SignInKind.COOKIE, cookie_of(user)))
    return listeners


def change(**columns):
    return lambda listener: User.objects.filter(pk=listener.user).update(**columns)


def new_password(listener):
    user = User.objects.get(pk=listener.user)
    user.set_password("another-long-password")
    user.save()


@pytest.mark.parametrize(
    ("end", "kinds"),
    [
        (change(role="customer"), set(SignInKind)),
        (change(is_active=False), set(SignInKind)),
        (change(sign_outs=5), {SignInKind.COOKIE}),
        (new_password, set(SignInKind)),
        (lambda listener: UserSession.objects.update(expires_at=timezone.now()), {SignInKind.TOKEN}),
        (lambda listener: UserSession.objects.update(revoked_at=timezone.now()), {SignInKind.TOKEN}),
        (lambda listener: UserSession.objects.all().delete(), {SignInKind.TOKEN}),
        (lambda listener: Session.objects.update(expire_date=timezone.now()), {SignInKind.COOKIE}),
        (lambda listener: Session.objects.all().delete(), {SignInKind.COOKIE}),
    ],
)
def test_an_ended_sign_in_is_no_longer_valid(end, kinds):
    listeners = listeners_of(ManagerFactory(password=""))
    assert authentication.still_signed_in(listeners) == set(listeners)
    end(listeners[0])
    assert authentication.still_signed_in(listeners) == {
        listener for listener in listeners if listener.kind not in kinds
    }


@pytest.mark.parametrize("number", [1, 3])
def test_any_number_is_checked_by_three_queries(django_assert_num_queries, number):
    listeners = listeners_of(*(ManagerFactory(password="") for _ in range(number)))
    with django_assert_num_queries(3):
        assert authentication.still_signed_in(listeners) == set(listeners)
    with django_assert_num_queries(0):
        assert authentication.still_signed_in([]) == set()
