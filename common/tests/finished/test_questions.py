"""What a request asks for: what can be answered for everybody, and by which key."""

import pytest
from django.test import override_settings

from common.finished.questions import Question, Reader, choose_encoding

SESSION = "sessionid=secret"


def read(method="GET", path="/movies/", query="", **headers):
    pairs = [
        (name.replace("_", "-").encode(), value.encode()) for name, value in ({"host": "a.example"} | headers).items()
    ]
    scope = {"method": method, "raw_path": path.encode(), "query_string": query.encode(), "headers": pairs}
    return Reader().read(scope)


def test_a_visitor():
    key = (b"/movies/", b"page=2", b"a.example", b"", b"", b"")
    assert read(query="page=2") == Question(key, is_head=False, known=b"", token=b"", has_session=False, session=b"")


def test_head_and_what_is_known():
    asked = read("HEAD", if_none_match='"1"')
    assert (asked.is_head, asked.known) == (True, b'"1"')


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "PUT"])
def test_other_methods_are_not_read(method):
    assert read(method) is None


@pytest.mark.parametrize(
    "headers",
    [
        {"hx_request": "true"},
        {"range": "bytes=0-1"},
        {"if_match": "*"},
        {"content_length": "2"},
        {"transfer_encoding": "chunked"},
        {"accept": "text/csv"},
        {"authorization": "Basic YTpi"},
        {"cookie": "messages=hello"},
        {"cookie": SESSION},
        {"cookie": f"{SESSION}; parts=1; messages=hello"},
    ],
)
def test_what_django_has_to_see_itself(headers):
    assert read(**headers) is None


def test_headers_that_come_twice():
    scope = {"method": "GET", "raw_path": b"/", "query_string": b"", "headers": [(b"host", b"a"), (b"host", b"b")]}
    assert Reader().read(scope) is None


def test_long_addresses():
    assert read(query="x" * 600) is None


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/movies/", {"cookie": f"parts=1; {SESSION}"}),
        ("/api/v1/movies", {"cookie": SESSION}),
        ("/api/v1/movies", {"authorization": "bearer abc"}),
    ],
)
def test_who_is_signed_in(path, headers):
    asked = read(path=path, **headers)
    assert asked.is_signed_in
    assert asked.key == read(path=path).key


def test_other_cookies_change_nothing():
    assert read(cookie="csrftoken=a; theme=dark") == read()


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, deflate, br, zstd", b"zstd"), ("br;q=0, gzip", b"gzip"), ("identity", b""), ("*", b"zstd"), ("", b"")],
)
def test_the_encoding_is_the_one_that_the_compression_chooses(accepted, encoding):
    assert choose_encoding(accepted.encode()) == encoding
    assert read(accept_encoding=accepted).key[3] == encoding


@override_settings(CORS_ALLOWED_ORIGINS=["https://app.example"])
def test_only_origins_that_may_read_are_told_apart():
    assert read(origin="https://app.example").key[5] == b"https://app.example"
    assert read(origin="https://evil.example") == read()


@override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"))
def test_the_scheme_is_told_apart_where_a_proxy_says_it():
    assert read(x_forwarded_proto="https").key != read(x_forwarded_proto="http").key


def test_what_django_is_asked_with_is_nothing_of_a_visitor():
    reader = Reader()
    asked = read(cookie=f"{SESSION}; parts=1", if_none_match='"1"', user_agent="Me", accept_encoding="br, gzip")
    assert reader.build_headers(asked.key) == [
        (b"host", b"a.example"),
        (b"accept", b"*/*"),
        (b"accept-encoding", b"br"),
    ]
