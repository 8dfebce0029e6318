from http import HTTPStatus

import pytest
import time_machine
from django.db import IntegrityError, OperationalError
from django.test import Client
from pytest_django.asserts import assertContains

from common.database import constraints
from common.tests import views


def expected(status, error, code, message, errors=()):
    return {"status_code": status, "error": error, "code": code, "message": message, "errors": list(errors)}


def body_error(message):
    return expected(400, "Bad Request", "validation_failed", message, [{"field": "body", "message": message}])


@pytest.fixture(autouse=True)
def _constraint(monkeypatch):
    monkeypatch.setattr(constraints, "_conflicts", {})
    constraints.register("config_test_registered", "duplicate", "There is one already.", "n")


UNAVAILABLE = "The site is busy. Try again in a moment."
TROUBLES = {
    "http404": expected(404, "Not Found", "not_found", "Not found."),
    "not-found": expected(404, "Not Found", "not_found", "That film has left the programme."),
    "forbidden": expected(403, "Forbidden", "permission_denied", "You may not do this."),
    "suspicious": expected(400, "Bad Request", "validation_failed", "The request is not acceptable."),
    "conflict": expected(409, "Conflict", "duplicate", "You have rated this film."),
    "conflict-with-details": expected(409, "Conflict", "room_taken", "Room 2 is taken.")
    | {"details": {"free": ["20:15"]}},
    "not-allowed": expected(403, "Forbidden", "age_restricted", "This film is for people of 16 and older."),
    "mismatch": expected(
        422,
        HTTPStatus(422).phrase,
        "idempotency_mismatch",
        "This Idempotency-Key came before, with another request. Use a new key for a new request.",
    ),
    "bad-token": expected(401, "Unauthorized", "not_authenticated", "The token is not valid."),
    "throttled": expected(
        429, "Too Many Requests", "throttled", "Request was throttled. Expected available in 7 seconds."
    ),
    "upstream": expected(
        503,
        "Service Unavailable",
        "upstream_unavailable",
        "The film database that we ask is not answering. Try again later.",
    ),
    "protected": expected(409, "Conflict", "conflict", "Other things still depend on this, so it stays."),
    "model-invalid": expected(
        400,
        "Bad Request",
        "validation_failed",
        "Not valid: title, body.",
        [{"field": "title", "message": "Too long."}, {"field": "body", "message": "Not together."}],
    ),
    "bug": expected(
        500,
        "Internal Server Error",
        "internal_error",
        "Something broke on our side. The trace id finds it in our logs.",
    ),
    "not-null": expected(
        500,
        "Internal Server Error",
        "internal_error",
        "Something broke on our side. The trace id finds it in our logs.",
    ),
    "registered-constraint": expected(
        409, "Conflict", "duplicate", "There is one already.", [{"field": "n", "message": "There is one already."}]
    ),
    "unknown-constraint": expected(409, "Conflict", "conflict", "This contradicts what is already stored."),
    "timeout": expected(503, "Service Unavailable", "unavailable", UNAVAILABLE),
}


def test_every_trouble_is_expected_here():
    assert TROUBLES.keys() == views.TROUBLES.keys()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", TROUBLES)
def test_a_drf_view_in_trouble(client, error_of, kind):
    assert error_of(client.get(f"/api/v1/troubles/{kind}")) == TROUBLES[kind]


# What Django itself handles, or would answer with a page, when no DRF view is there to catch it.
PLAIN = {
    **{kind: TROUBLES[kind] for kind in ("forbidden", "suspicious", "bug", "timeout", "protected", "conflict")},
    "http404": expected(404, "Not Found", "not_found", "There is nothing at this address."),
}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", PLAIN)
def test_another_view_in_trouble_under_api(client, error_of, kind):
    assert error_of(client.get(f"/api/v1/plain-troubles/{kind}")) == PLAIN[kind]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "status"), [("suspicious", 400), ("forbidden", 403), ("http404", 404), ("bug", 500), ("timeout", 503)]
)
def test_a_page_in_trouble_is_a_page(client, kind, status):
    response = client.get(f"/troubles/{kind}/")
    assert response.status_code == status
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    text = response.content.decode()
    assert "<h1" in text
    assert "secret" not in text
    assert "Traceback" not in text


def test_a_broken_page_names_its_trace(client):
    response = client.get("/troubles/bug/")
    assert response.headers["X-Request-ID"] in response.content.decode()


@pytest.mark.parametrize("path", ["/api/", "/api"])
def test_root_answers_with_and_without_slash(client, path):
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
@pytest.mark.parametrize(
    "path", ["/api/v1/gone", "/api/v2", "/api/v1/genres/", "/api/%00", "/api/v1/kino/%F0%9F%8E%AC"]
)
def test_an_unknown_route_under_api(client, error_of, settings, debug, method, path):
    settings.DEBUG = debug
    response = getattr(client, method)(path)
    assert error_of(response) == expected(404, "Not Found", "not_found", "There is nothing at this address.")


def test_an_unknown_page_is_a_page(client):
    response = client.get("/apiary/")
    assert response.status_code == 404
    assert "There is nothing at this address" in response.content.decode()


def test_timestamp_is_utc(client):
    with time_machine.travel("2026-01-01T00:00:00+00:00", tick=False):
        assert client.get("/api/gone").json()["timestamp"] == "2026-01-01T00:00:00Z"


def test_method_not_allowed_says_what_is(client, error_of):
    response = client.put("/api/v1/orders")
    assert error_of(response) == expected(405, "Method Not Allowed", "method_not_allowed", 'Method "PUT" not allowed.')
    assert response.headers["Allow"] == "POST, OPTIONS"


def test_not_acceptable(client, error_of):
    response = client.get("/api/v1/long", headers={"Accept": "image/png"})
    assert error_of(response) == expected(
        406, "Not Acceptable", "not_acceptable", "Could not satisfy the request Accept header."
    )


def test_signed_out_is_401_with_a_challenge(client, error_of):
    response = client.get("/api/v1/private")
    assert error_of(response) == expected(
        401, "Unauthorized", "not_authenticated", "Authentication credentials were not provided."
    )
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.django_db
def test_session_without_csrf_token(error_of, django_user_model):
    client = Client(enforce_csrf_checks=True)
    client.force_login(django_user_model.objects.create_user("anna", "anna@cinema.example"))
    response = client.post("/api/v1/private", {}, content_type="application/json")
    assert error_of(response) == expected(403, "Forbidden", "permission_denied", "CSRF Failed: CSRF cookie not set.")


def test_csrf_failure_of_another_view_under_api(error_of):
    response = Client(enforce_csrf_checks=True).post("/api/v1/form", {"name": "x"})
    assert error_of(response) == expected(
        403, "Forbidden", "permission_denied", "CSRF check failed: CSRF cookie not set."
    )


def test_csrf_failure_of_a_page_is_a_page():
    response = Client(enforce_csrf_checks=True).post("/form/", {"name": "x"})
    assert response.status_code == 403
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assertContains(response, "<h1>Please try again</h1>", status_code=403, html=True)


def test_a_host_that_is_not_ours(client, error_of):
    response = client.get("/api/v1/long", headers={"Host": "evil.example"})
    assert error_of(response) == expected(400, "Bad Request", "validation_failed", "The request is not acceptable.")


def test_retry_after(client):
    assert client.get("/api/v1/troubles/throttled").headers["Retry-After"] == "7"
    assert client.get("/api/v1/troubles/upstream").headers["Retry-After"] == "2"


def test_the_database_is_down(client, error_of, monkeypatch):
    monkeypatch.setitem(views.TROUBLES, "bug", views.throw(OperationalError("no route to host db.internal")))
    message = "The database cannot be reached. Try again in a moment."
    for path in ("/api/v1/troubles/bug", "/api/v1/plain-troubles/bug"):
        response = client.get(path)
        assert error_of(response) == expected(503, "Service Unavailable", "unavailable", message)
        assert response.headers["Retry-After"] == "2"


def test_an_integrity_error_that_names_nothing_is_our_fault(client, error_of, monkeypatch):
    monkeypatch.setitem(views.TROUBLES, "bug", views.throw(IntegrityError("null value in column")))
    assert error_of(client.get("/api/v1/troubles/bug"))["code"] == "internal_error"
