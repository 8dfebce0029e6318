"""POST /auth/login, /auth/refresh and /auth/logout."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.db.models import F

from accounts.models import User, UserSession
from accounts.sign_in.login import MISMATCH
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import confirm

pytestmark = pytest.mark.django_db

WRONG: tuple = (401, "invalid_credentials", [])
INVALID: tuple = (401, "token_invalid", [])


@pytest.mark.parametrize(
    "who", [{"username": "ana"}, {"username": "ＡＮＡ"}, {"email": "ana@example.org"}, {"email": "ANA@Example.ORG"}]
)
def test_signing_in_by_username_or_email(post, ana, who):
    confirm(ana)
    response = post("login", who | {"password": PASSWORD}, headers={"User-Agent": "Roku\0/9"}, REMOTE_ADDR="192.0.2.9")
    body, session = response.json(), UserSession.objects.get()
    assert response.status_code == 200
    assert body == {
        "user": {
            "id": ana.pk,
            "username": "ana",
            "email": "ana@example.org",
            "name": "",
            "role": "customer",
            "date_of_birth": None,
            "created_at": ana.created_at.isoformat().replace("+00:00", "Z"),
        },
        "access": body["access"],
        "refresh": body["refresh"],
    }
    assert (session.user, session.user_agent, session.ip) == (ana, "Roku/9", "192.0.2.9")


@pytest.mark.parametrize(
    "body",
    [
        {"username": "ana", "password": "wrong"},
        {"username": "nobody", "password": PASSWORD},
        {"email": "nobody@example.org", "password": PASSWORD},
        {"email": "ana", "password": PASSWORD},
        {"username": "ana@example.org", "password": PASSWORD},
        {"username": "ana", "password": f" {PASSWORD}"},
        {"username": "ana' OR 1=1 --", "password": PASSWORD},
    ],
)
def test_every_failed_attempt_gets_the_same_error(post, ana, refusal, body):
    response = post("login", body)
    assert refusal(response) == WRONG
    assert response.json()["message"] == MISMATCH
    assert response["WWW-Authenticate"] == "Bearer"
    assert not UserSession.objects.exists()


def test_a_closed_account_gets_the_error_of_an_unknown_one(post, ana, refusal):
    User.objects.update(is_active=False)
    assert refusal(post("login", {"username": "ana", "password": PASSWORD})) == WRONG


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"password": "x"}, [("username", "Send either username or email.")]),
        ({"username": "a", "email": "b", "password": "x"}, [("username", "Send either username or email.")]),
        ({"username": "a"}, [("password", "This field is required.")]),
        ({"username": "a", "password": ""}, [("password", "This field may not be blank.")]),
        ({"username": ["a"], "password": True}, [("username", "Not a valid string."),
                                                 ("password", "Not a valid string.")]),
        ({"username": "a", "password": "x" * 1001},
         [("password", "Ensure this field has no more than 1000 characters.")]),
        ({"username": "a", "password": "x", "role": "manager"}, [("role", "Unknown field.")]),
    ],
)  # fmt: skip
def test_invalid_bodies_are_refused(post, refusal, body, errors):
    assert refusal(post("login", body)) == (400, "validation_failed", errors)


def test_an_invalid_token_does_not_prevent_signing_in(post, ana):
    assert post("login", {"username": "ana", "password": PASSWORD}, token="dead").status_code == 200


def current_code(secret):
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))


def test_a_second_factor_is_required(post, ana, refusal):
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(ana, secret)
    password = {"username": "ana", "password": PASSWORD}
    wrong = f"{(int(current_code(secret)) + 500_000) % 1_000_000:06}"
    for body in (password, password | {"code": wrong}):
        assert refusal(post("login", body)) == (401, "second_factor_required", [])
    assert refusal(post("login", {"username": "ana", "password": "x", "code": current_code(secret)})) == WRONG
    with time_machine.travel(datetime.now(UTC), tick=False):  # else a new code may begin in between
        assert post("login", password | {"code": current_code(secret)}).status_code == 200
        assert refusal(post("login", password | {"code": current_code(secret)}))[1] == "second_factor_required"
    assert Authenticator.objects.get().last_used_at is not None


def test_a_recovery_code_works_once(post, ana, refusal):
    totp.TOTP.activate(ana, totp.generate_totp_secret())
    code = RecoveryCodes.activate(ana).get_unused_codes()[0]
    body = {"username": "ana", "password": PASSWORD, "code": code}
    assert post("login", body).status_code == 200
    assert refusal(post("login", body))[1] == "second_factor_required"


# --- The refresh token ----------------------------------------------------------------------------------


def test_refreshing_with_the_token_in_the_body(post, ask, sign_in):
    old = sign_in()
    response = post("refresh", {"refresh": old["refresh"]})
    new = response.json()
    assert (response.status_code, set(new)) == (200, {"access", "refresh"})
    assert new["refresh"] != old["refresh"]
    assert ask("GET", "auth/me", new["access"]).status_code == 200
    assert post("refresh", {"refresh": old["refresh"]}).json() == new


def test_a_replay_after_the_grace_ends_the_session(post, ask, sign_in, refusal):
    old = sign_in()
    new = post("refresh", {"refresh": old["refresh"]}).json()
    UserSession.objects.update(rotated_at=F("rotated_at") - timedelta(seconds=11))
    assert refusal(post("refresh", {"refresh": old["refresh"]})) == INVALID
    assert refusal(post("refresh", {"refresh": new["refresh"]})) == INVALID
    assert refusal(ask("GET", "auth/me", new["access"])) == INVALID


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "access", "x" * 2001, 5, None, ["x"]])
def test_invalid_refresh_tokens_are_refused(post, sign_in, refusal, token):
    pair = sign_in()
    status, code, _ = refusal(post("refresh", {"refresh": pair["access"] if token == "access" else token}))
    assert (status, code) in {(401, "token_invalid"), (400, "validation_failed")}
    assert refusal(post("refresh")) == INVALID
    assert post("refresh", {"refresh": pair["refresh"]}).status_code == 200


def test_the_attributes_of_the_cookie(client, post, ana, settings):
    for settings.SESSION_COOKIE_SECURE in (True, False):
        cookie = post("login", {"username": "ana", "password": PASSWORD}).cookies["marquee_refresh"]
        assert {name: value for name, value in cookie.items() if value and name not in {"expires", "max-age"}} == {
            "path": "/api/v1/auth",
            "httponly": True,
            "samesite": "Strict",
            **({"secure": True} if settings.SESSION_COOKIE_SECURE else {}),
        }
        assert 7 * 86_400 - 5 < cookie["max-age"] <= 7 * 86_400


@pytest.mark.parametrize("options", [{}, {"headers": {"Origin": "http://testserver"}}])
def test_refreshing_with_the_token_in_the_cookie(client, post, ana, options):
    old = post("login", {"username": "ana", "password": PASSWORD}).json()
    new = client.generic("POST", "/api/v1/auth/refresh", **options)
    assert (new.status_code, new.cookies["marquee_refresh"].value) == (200, new.json()["refresh"])
    assert new.json()["refresh"] != old["refresh"]
    assert client.generic("POST", "/api/v1/auth/refresh").status_code == 200
    assert UserSession.objects.get().generation == 3


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://testserver:81", "https://testserver"])
def test_a_page_of_another_site_cannot_use_the_cookie(client, post, ana, refusal, origin):
    pair = post("login", {"username": "ana", "password": PASSWORD}).json()
    answer = client.generic("POST", "/api/v1/auth/refresh", headers={"Origin": origin})
    assert refusal(answer)[:2] == (403, "permission_denied")
    assert UserSession.objects.get().generation == 1
    # A token in the body was sent on purpose.
    assert post("refresh", {"refresh": pair["refresh"]}, headers={"Origin": origin}).status_code == 200


# --- Signing out ----------------------------------------------------------------------------------------


def test_signing_out_ends_both_tokens_at_once(post, ask, sign_in, refusal):
    pair, other = sign_in(), sign_in()
    response = post("logout", token=pair["access"])
    assert (response.status_code, response.content) == (204, b"")
    assert (response.cookies["marquee_refresh"].value, response.cookies["marquee_refresh"]["max-age"]) == ("", 0)
    assert refusal(ask("GET", "auth/me", pair["access"])) == INVALID
    assert refusal(post("refresh", {"refresh": pair["refresh"]})) == INVALID
    assert refusal(post("logout", token=pair["access"])) == INVALID
    assert ask("GET", "auth/me", other["access"]).status_code == 200


def test_signing_out_everywhere(client, post, ask, sign_in, ana, refusal):
    client.force_login(ana)
    assert client.get("/api/v1/auth/me").status_code == 200
    first, second = sign_in(), sign_in()
    client.force_login(ana)  # `sign_in` removed the cookies
    assert post("logout", {"everywhere": True}, token=first["access"]).status_code == 204
    for pair in (first, second):
        assert refusal(ask("GET", "auth/me", pair["access"])) == INVALID
        assert refusal(post("refresh", {"refresh": pair["refresh"]})) == INVALID
    assert refusal(client.get("/api/v1/auth/me")) == (401, "not_authenticated", [])


def test_signing_out_of_the_site(client, ana):
    client.force_login(ana)
    assert client.generic("POST", "/api/v1/auth/logout").status_code == 204
    assert client.get("/api/v1/auth/me").status_code == 401


def test_invalid_sign_outs_are_refused(post, sign_in, refusal):
    assert refusal(post("logout")) == (401, "not_authenticated", [])
    token = sign_in()["access"]
    assert refusal(post("logout", {"everywhere": "perhaps"}, token=token)) == (
        400,
        "validation_failed",
        [("everywhere", "Must be a valid boolean.")],
    )
    assert refusal(post("logout", {"all": True}, token=token))[2] == [("all", "Unknown field.")]


@pytest.mark.parametrize("path", ["register", "login", "refresh"])
def test_attempts_are_limited(post, ana, refusal, settings, path):
    settings.THROTTLE_LOGIN = "2/min"
    answers = [refusal(post(path, {"refresh": "x"} if path == "refresh" else {}))[1] for _ in range(3)]
    assert answers[2] == "throttled"
    assert "throttled" not in answers[:2]
