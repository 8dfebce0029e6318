import pytest
from django.test import Client


@pytest.fixture(autouse=True)
def _routes(settings):
    settings.ROOT_URLCONF = "common.tests.urls"
    settings.CSRF_FAILURE_VIEW = "common.http.error_pages.csrf_failure"


@pytest.fixture
def client():
    """A client that gets the answer to an unexpected exception, as the world does."""
    return Client(raise_request_exception=False)


@pytest.fixture
def error_of():
    """The error in a response, without what changes each time; checks those, too."""

    def read(response):
        body = response.json()
        assert list(body) == [
            "status_code",
            "error",
            "code",
            "message",
            "errors",
            "timestamp",
            "path",
            "trace_id",
            *(["details"] if body.get("details") else []),
        ]
        assert body["status_code"] == response.status_code
        assert body["path"] == response.wsgi_request.path
        assert body["trace_id"] == response.headers["X-Request-ID"]
        assert len(body["trace_id"]) == 36
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["Cache-Control"] == "no-store"
        changing = {"timestamp", "path", "trace_id"}
        return {name: value for name, value in body.items() if name not in changing}

    return read
