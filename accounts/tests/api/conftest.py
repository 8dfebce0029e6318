import pytest

from accounts.tests.conftest import PASSWORD


@pytest.fixture(autouse=True)
def _no_limits(settings):
    """Turn the rate limits off; they are tested elsewhere."""
    settings.THROTTLE_LOGIN = settings.THROTTLE_REGISTER = "10000/min"


@pytest.fixture
def post(client):
    def send(path, body=None, token=None, **options):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return client.post(
            f"/api/v1/auth/{path}",
            {} if body is None else body,
            "application/json",
            headers=headers | options.pop("headers", {}),
            **options,
        )

    return send


@pytest.fixture
def ask(client):
    """Return a function that sends a request with an access token."""

    def send(method, path, token, body=None):
        return client.generic(
            method,
            f"/api/v1/{path}",
            "" if body is None else body,
            "application/json",
            headers={"Authorization": f"Bearer {token}"},
        )

    return send


@pytest.fixture
def sign_in(post, ana):
    """Sign ana in and return the API's response; the client keeps no cookies."""

    def enter(**body):
        response = post("login", {"username": "ana", "password": PASSWORD} | body)
        assert response.status_code == 200, response.json()
        response.client.cookies.clear()
        return response.json()

    return enter


@pytest.fixture
def refusal():
    """Return (status, code, [(field, message)]) of an error response and check its shape."""

    def read(response):
        body = response.json()
        assert list(body) == ["status_code", "error", "code", "message", "errors", "timestamp", "path", "trace_id"]
        assert body["status_code"] == response.status_code
        return response.status_code, body["code"], [(error["field"], error["message"]) for error in body["errors"]]

    return read
