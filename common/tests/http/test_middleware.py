import pytest
from django.test import Client


def policy(response):
    directives = (part.strip().split(" ") for part in response.headers["Content-Security-Policy"].split(";"))
    return {name: set(values) for name, *values in directives}


SELF = {"'self'"}
STRICT = {
    "default-src": {"'none'"},
    "script-src": SELF,
    "style-src": SELF,
    "img-src": {"'self'", "data:"},
    "font-src": SELF,
    "connect-src": SELF,
    "manifest-src": SELF,
    "form-action": SELF,
    "base-uri": {"'none'"},
    "frame-ancestors": {"'none'"},
}


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/v1/gone", "/gone/", "/api/v1/docs", "/admin-not/", "/troubles/bug/"]
)
def test_the_policy_is_strict(client, path):
    assert policy(client.get(path)) == STRICT


def test_the_admin_needs_more(client):
    assert policy(client.get("/admin/anything/")) == {
        **STRICT,
        "script-src": SELF | {"'unsafe-eval'"},
        "style-src": SELF | {"'unsafe-inline'"},
    }


def test_the_admin_may_live_elsewhere(client, settings):
    settings.ADMIN_PATH = "office/"
    assert policy(client.get("/office/")) != STRICT
    assert policy(client.get("/admin/anything/")) == STRICT


def test_other_headers_of_every_answer(client):
    headers = client.get("/").headers
    names = ("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy")
    assert [headers[name] for name in names] == ["DENY", "nosniff", "same-origin", "same-origin"]
    assert headers["Permissions-Policy"] == (
        "camera=(), accelerometer=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), "
        "microphone=(), midi=(), payment=(), serial=(), usb=()"
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/", "/gone/", "/api/v1/gone", "/troubles/bug/", "/api/v1/troubles/bug", "/api/v1/troubles/timeout"]
)
def test_one_trace_id_in_header_and_log(client, caplog, path):
    caplog.set_level("INFO")
    response = client.get(path, headers={"X-Request-ID": "mine"})
    trace = response.headers["X-Request-ID"]
    assert len(trace) == 36
    events = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert events
    assert {event["request_id"] for event in events} == {trace}
    assert {event["event"] for event in events} & {"request_finished", "request_failed"}
    assert client.get(path).headers["X-Request-ID"] != trace


def test_static_files_have_a_trace_id_too(settings, tmp_path):
    (tmp_path / "a.css").write_text("p { margin: 0 }")
    settings.STATIC_ROOT = tmp_path
    settings.WHITENOISE_AUTOREFRESH = False
    response = Client().get("/static/a.css")
    assert response.getvalue() == b"p { margin: 0 }"
    assert len(response.headers["X-Request-ID"]) == 36


def test_a_redirect_to_https_has_a_trace_id(settings):
    settings.SECURE_SSL_REDIRECT = True
    response = Client().get("/api")
    assert response.status_code == 301
    assert len(response.headers["X-Request-ID"]) == 36
