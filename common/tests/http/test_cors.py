"""What a browser on another site's page may do with the API."""

import pytest

OTHER = "https://app.example"
ALLOWING = ["Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Expose-Headers",
            "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Max-Age"]  # fmt: skip


def allowed(response):
    return {name: response.headers[name] for name in ALLOWING if name in response.headers}


@pytest.fixture
def preflight(client):
    def ask(origin, path="/api/v1/orders"):
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        return client.options(path, headers=headers)

    return ask


def test_nobody_by_default(client, preflight, settings):
    assert settings.CORS_ALLOWED_ORIGINS == []
    assert allowed(client.get("/api", headers={"Origin": OTHER})) == {}
    assert allowed(preflight(OTHER)) == {}


def test_an_answer_may_be_read_with_its_headers(client, settings):
    settings.CORS_ALLOWED_ORIGINS = [OTHER]
    response = client.get("/api", headers={"Origin": OTHER})
    assert allowed(response) == {
        "Access-Control-Allow-Origin": OTHER,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": "ETag, Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-ID",
    }
    assert "origin" in response.headers["Vary"].lower()
    unchanged = client.get("/api", headers={"Origin": OTHER, "If-None-Match": response.headers["ETag"]})
    assert unchanged.status_code == 304
    assert allowed(unchanged) == allowed(response)


@pytest.mark.parametrize(("path", "status"), [("/api/v1/gone", 404), ("/api/v1/private", 401)])
def test_an_error_may_be_read_as_well(client, settings, path, status):
    settings.CORS_ALLOWED_ORIGINS = [OTHER]
    response = client.get(path, headers={"Origin": OTHER})
    assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (status, OTHER)


def test_a_preflight(preflight, settings):
    settings.CORS_ALLOWED_ORIGINS = [OTHER]
    response = preflight(OTHER)
    assert (response.status_code, response.content) == (200, b"")
    assert allowed(response) == {
        "Access-Control-Allow-Origin": OTHER,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": "ETag, Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-ID",
        "Access-Control-Allow-Methods": "DELETE, GET, OPTIONS, PATCH, POST, PUT",
        "Access-Control-Allow-Headers": "accept, authorization, content-type, if-none-match, idempotency-key, "
        "x-csrftoken",
        "Access-Control-Max-Age": "86400",
    }


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.example.evil.example",
        "https://evil-app.example",
        "http://app.example",
        "https://app.example:8443",
        "https://sub.app.example",
        "null",
        "*",
    ],
)
def test_another_origin_gets_nothing(client, preflight, settings, origin):
    settings.CORS_ALLOWED_ORIGINS = [OTHER]
    assert allowed(client.get("/api", headers={"Origin": origin})) == {}
    assert allowed(preflight(origin)) == {}


@pytest.mark.parametrize("path", ["/", "/form/", "/apis", "/movies-api/"])
def test_only_under_api(client, preflight, settings, path):
    settings.CORS_ALLOWED_ORIGINS = [OTHER]
    assert allowed(client.get(path, headers={"Origin": OTHER})) == {}
    assert allowed(preflight(OTHER, path)) == {}
