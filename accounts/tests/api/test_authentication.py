"""Authentication by `Authorization: Bearer`."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.people import profile
from accounts.sign_in import passwords, tokens
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import UserFactory
from accounts.tests.sign_in.test_tokens import FORGERIES

pytestmark = pytest.mark.django_db

ME = "/api/v1/auth/me"
INVALID: tuple = (401, "token_invalid", [])


@pytest.fixture
def pair(ana):
    return tokens.open_sign_in(ana)


def bearer(client, header):
    return client.get(ME, headers={"Authorization": header})


def test_authentication_makes_one_query(client, pair, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert bearer(client, f"Bearer {pair.access}").status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER ", " Bearer"])
def test_the_scheme_ignores_case(client, pair, scheme):
    assert bearer(client, f"{scheme} {pair.access}").status_code == 200


@pytest.mark.parametrize("header", ["", "Basic YTpi", "Token x", "Bearerx", "x" * 10_000])
def test_another_scheme_is_not_authenticated(client, refusal, header):
    response = bearer(client, header)
    assert refusal(response) == (401, "not_authenticated", [])
    assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_invalid_tokens_are_refused(client, pair, settings, refusal, forge):
    response = bearer(client, f"Bearer {forge(pair.access, settings.SECRET_KEY)}")
    assert refusal(response) == INVALID
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_refresh_token_is_not_an_access_token(client, pair, refusal):
    assert refusal(bearer(client, f"Bearer {pair.refresh}")) == INVALID
    assert refusal(bearer(client, f"Bearer {pair.access} x")) == INVALID


def test_an_invalid_token_is_refused_where_none_is_needed(client, refusal):
    assert refusal(client.get("/api/v1/movies", headers={"Authorization": "Bearer x"})) == INVALID


ENDS = {
    "a password change": lambda user: passwords.change_password(user, old=PASSWORD, new="another one entirely"),
    "a reset": lambda user: passwords.reset_password(user, "another one entirely"),
    "signing out everywhere": tokens.sign_out_everywhere,
    "closing the account": lambda user: User.objects.update(is_active=False),
    "deleting it": lambda user: user.delete(),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_token_stops_working_with_the_next_request(client, ana, pair, refusal, end):
    assert bearer(client, f"Bearer {pair.access}").status_code == 200
    end(ana)
    assert refusal(bearer(client, f"Bearer {pair.access}")) == INVALID


def test_a_new_role_applies_to_the_next_request(client, ana, pair):
    users = {"path": "/api/v1/users", "headers": {"Authorization": f"Bearer {pair.access}"}}
    statuses = []
    for role in ("customer", "manager", "customer"):
        User.objects.update(role=role)
        statuses.append(client.get(**users).status_code)
    assert statuses == [403, 200, 403]


def test_the_sites_own_session_needs_the_csrf_token(ana, refusal):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    assert client.get(ME).status_code == 200
    assert refusal(client.patch(ME, {"name": "X"}, "application/json"))[:2] == (403, "permission_denied")
    pair = tokens.open_sign_in(ana)
    headers = {"Authorization": f"Bearer {pair.access}"}
    assert client.patch(ME, {"name": "X"}, "application/json", headers=headers).status_code == 200


def test_the_token_takes_precedence_over_the_session(client, pair):
    client.force_login(UserFactory(username="bob"))
    assert client.get(ME).json()["username"] == "bob"
    assert bearer(client, f"Bearer {pair.access}").json()["username"] == "ana"


def test_the_openapi_document_has_both_schemes(client):
    document = client.get("/api/v1/schema").json()
    schemes = document["components"]["securitySchemes"]
    assert schemes["accessToken"] == {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    assert document["paths"][ME]["get"]["security"] == [{"accessToken": []}, {"cookieAuth": []}]
    operations = [
        operation
        for path, item in document["paths"].items()
        if path.startswith(("/api/v1/auth", "/api/v1/users"))
        for operation in item.values()
    ]
    assert len(operations) == 12
    tags = [operation["tags"] for operation in operations if operation["summary"]]
    assert sorted(tags) == [["accounts"]] * 11 + [["cinema"]]  # a user's tickets


def test_changing_the_address_needs_no_new_token(client, ana, pair):
    profile.update_profile(ana, at_hand=pair.session, email="ana@example.net")
    assert bearer(client, f"Bearer {pair.access}").json()["email"] == "ana@example.net"
