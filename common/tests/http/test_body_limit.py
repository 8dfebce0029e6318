"""No body larger than anything that is read here is stored, on pages as in the API."""

import pytest

from common.http.middleware import BodyLimitMiddleware


@pytest.fixture(autouse=True)
def _limit(settings):
    settings.MAX_UPLOAD_BYTES = 1000


def test_a_page(client):
    response = client.post("/form", b"x" * 1001, content_type="multipart/form-data; boundary=x")
    assert response.status_code == 413
    assert "That file is too large" in response.content.decode()


def test_the_api(client, error_of):
    response = client.post("/api/v1/echo", b"x" * 1001, content_type="application/json")
    assert error_of(response) == {
        "status_code": 413,
        "error": "Request Entity Too Large",
        "code": "payload_too_large",
        "message": "The body is larger than 1000 bytes.",
        "errors": [],
    }


def test_at_the_limit(client):
    assert client.post("/api/v1/echo", b'"' + b"x" * 998 + b'"', content_type="application/json").status_code == 200


@pytest.mark.parametrize("length", ["", "x", "-1", "1e9", "²"])
def test_a_length_that_is_none_is_left_to_django(rf, length):
    request = rf.get("/")
    request.META["CONTENT_LENGTH"] = length
    assert BodyLimitMiddleware(lambda request: "answer")(request) == "answer"
