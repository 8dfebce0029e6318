"""/auth/me, /auth/password and /auth/sessions, for the own account only."""

import json
from datetime import date
from uuid import UUID, uuid4

import pytest

from accounts.models import User, UserSession
from accounts.sign_in import tokens
from accounts.sign_in.password_rules import EASY
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db

NEW = "another one entirely"
INVALID: tuple = (401, "token_invalid", [])


@pytest.fixture
def token(sign_in):
    return sign_in()["access"]


@pytest.fixture
def change(ask, token):
    return lambda body: ask("PATCH", "auth/me", token, json.dumps(body))


def utc(moment):
    return moment.isoformat().replace("+00:00", "Z")


def test_changing_the_account(change, ask, token, ana):
    changes = {"name": "Ana K.", "email": "ana@example.net", "date_of_birth": "1994-08-02"}
    answer = change(changes | {"current_password": PASSWORD})
    expected = {
        "id": ana.pk,
        "username": "ana",
        "email": "ana@example.net",
        "name": "Ana K.",
        "role": "customer",
        "date_of_birth": "1994-08-02",
        "created_at": utc(ana.created_at),
    }
    assert (answer.status_code, answer.json()) == (200, expected)
    assert ask("GET", "auth/me", token).json() == expected
    assert change({}).json() == expected
    assert change({"date_of_birth": "1994-08-02"}).json() == expected
    assert ask("GET", "auth/me?fields=id,name", token).json() == {"id": ana.pk, "name": "Ana K."}


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"role": "manager"}, [("role", "Unknown field.")]),
        ({"username": "root"}, [("username", "Unknown field.")]),
        ({"password": NEW}, [("password", "Unknown field.")]),
        ({"id": 1, "is_staff": True}, [("id", "Unknown field."), ("is_staff", "Unknown field.")]),
        ({"name": None}, [("name", "This field may not be null.")]),
        ({"email": "x", "current_password": PASSWORD}, [("email", "Enter a valid email address.")]),
        ({"name": "a\r\nb"}, [("name", "A name cannot contain control characters.")]),
        ({"date_of_birth": "1850-01-01"}, [("date_of_birth", "Enter a date of birth in the past, not before 1900.")]),
    ],
)
def test_invalid_changes_are_refused(change, refusal, body, errors):
    before = User.objects.values().get()
    assert refusal(change(body)) == (400, "validation_failed", errors)
    assert User.objects.values().get() == before


def test_a_date_of_birth_is_set_once(change, refusal):
    """One that was changed to buy a ticket, and changed back, would make age limits pointless."""
    assert change({"date_of_birth": None}).json()["date_of_birth"] is None
    assert change({"date_of_birth": "2012-05-30"}).status_code == 200
    errors = [("date_of_birth", "Your date of birth is set. Ask us at the box office to correct it.")]
    for other in ("1990-01-01", None):
        assert refusal(change({"name": "Ana K.", "date_of_birth": other})) == (409, "date_of_birth_set", errors)
    assert User.objects.values_list("date_of_birth", "name").get() == (date(2012, 5, 30), "")


def test_changes_of_address_are_limited_as_the_mails_that_they_send(change):
    """Each mails a link to an address that may be a stranger's."""
    bodies = [{"email": f"stranger{number}@example.org", "current_password": PASSWORD} for number in range(6)]
    assert [change(body).status_code for body in bodies] == [200] * 5 + [429]
    assert User.objects.get().email == "stranger4@example.org"


@pytest.mark.parametrize("given", [{}, {"current_password": ""}, {"current_password": "wrong"}])
def test_a_new_address_requires_the_password(change, refusal, given):
    """A thief with a token could otherwise have a new password mailed to their own address."""
    before = User.objects.values().get()
    errors = [("current_password", "Enter your password to change the address.")]
    assert refusal(change({"name": "Eve", "email": "eve@example.net"} | given)) == (400, "validation_failed", errors)
    assert User.objects.values().get() == before
    assert change({"name": "Ana K.", "email": "ANA@example.org"}).status_code == 200


def test_attempts_with_the_password_are_limited(change, settings):
    settings.THROTTLE_LOGIN = "3/minute"
    body = {"email": "eve@example.net", "current_password": "wrong"}
    assert [change(body).status_code for _ in range(4)] == [400, 400, 400, 429]


def test_a_new_password_ends_every_other_sign_in(post, ask, sign_in, refusal):
    mine, other = sign_in(), sign_in()
    response = post("password", {"old_password": PASSWORD, "new_password": NEW}, token=mine["access"])
    assert (response.status_code, response.content) == (204, b"")
    assert ask("GET", "auth/me", mine["access"]).status_code == 200
    assert post("refresh", {"refresh": mine["refresh"]}).status_code == 200
    assert refusal(ask("GET", "auth/me", other["access"])) == INVALID
    assert refusal(post("refresh", {"refresh": other["refresh"]})) == INVALID
    assert post("login", {"username": "ana", "password": PASSWORD}).status_code == 401
    assert post("login", {"username": "ana", "password": NEW}).status_code == 200


def test_a_new_password_from_the_site_keeps_only_that_session(client, post, ana):
    tokens.open_sign_in(ana)
    client.force_login(ana)
    assert post("password", {"old_password": PASSWORD, "new_password": NEW}).status_code == 204
    assert client.get("/api/v1/auth/me").status_code == 200
    assert not UserSession.objects.filter(revoked_at=None).exists()


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"old_password": "wrong", "new_password": NEW}, [("old_password", "This is not your password.")]),
        ({"old_password": PASSWORD, "new_password": "12345678"},
         [("new_password", "This password is entirely numeric."),
          ("new_password", EASY)]),
        ({"old_password": PASSWORD}, [("new_password", "This field is required.")]),
        ({"old_password": PASSWORD, "new_password": 12345678}, [("new_password", "Not a valid string.")]),
        ({"old_password": PASSWORD, "new_password": NEW, "user": 1}, [("user", "Unknown field.")]),
    ],
)  # fmt: skip
def test_invalid_password_changes_are_refused(post, token, refusal, body, errors):
    assert refusal(post("password", body, token=token)) == (400, "validation_failed", errors)
    assert User.objects.get().check_password(PASSWORD)


def test_the_list_of_sign_ins(ask, ana, sign_in):
    tokens.open_sign_in(UserFactory())
    tokens.revoke(tokens.open_sign_in(ana).session)
    other = tokens.open_sign_in(ana, user_agent="Roku/9", ip="2001:db8::1").session
    token = sign_in()["access"]
    mine = tokens.find_sign_in(token)

    def shown(session, *, current):
        return {
            "id": str(session.pk),
            "created_at": utc(session.created_at),
            "last_used_at": utc(session.rotated_at),
            "expires_at": utc(session.expires_at),
            "user_agent": session.user_agent,
            "ip": session.ip,
            "current": current,
        }

    assert ask("GET", "auth/sessions", token).json() == {
        "items": [shown(mine, current=True), shown(other, current=False)],
        "meta": {"page": 1, "limit": 20, "total": 2, "total_pages": 1, "total_is_exact": True, "next_cursor": None},
    }
    assert ask("GET", "auth/sessions?limit=1&page=2", token).json()["items"] == [shown(other, current=False)]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_makes_two_queries(ask, ana, token, django_assert_num_queries, rows):
    for _ in range(rows):
        tokens.open_sign_in(ana)
    with django_assert_num_queries(2):
        ask("GET", "auth/sessions", token)


def test_ending_another_sign_in(ask, ana, token, refusal):
    other = tokens.open_sign_in(ana)
    assert ask("DELETE", f"auth/sessions/{other.session.pk}", token).status_code == 204
    assert refusal(ask("GET", "auth/me", other.access)) == INVALID
    assert refusal(ask("DELETE", f"auth/sessions/{other.session.pk}", token)) == (404, "not_found", [])
    assert ask("GET", "auth/me", token).status_code == 200
    mine = tokens.find_sign_in(token)
    assert ask("DELETE", f"auth/sessions/{mine.pk}", token).status_code == 204
    assert refusal(ask("GET", "auth/me", token)) == INVALID


def test_another_users_sign_in_is_404(ask, token, refusal):
    theirs = tokens.open_sign_in(UserFactory())
    for pk in (theirs.session.pk, uuid4(), "x", "1"):
        assert refusal(ask("DELETE", f"auth/sessions/{pk}", token)) == (404, "not_found", [])
    assert tokens.find_sign_in(theirs.access)


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "me"), ("patch", "me"), ("post", "password"), ("get", "sessions"), ("delete", f"sessions/{UUID(int=1)}")],
)
def test_every_endpoint_requires_a_sign_in(client, refusal, method, path):
    assert refusal(getattr(client, method)(f"/api/v1/auth/{path}")) == (401, "not_authenticated", [])
