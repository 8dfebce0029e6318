import pytest

from common.front.application import Front
from common.tests.front.clients import LIVE, ask


@pytest.fixture
def environ_of():
    """Return what a WSGI application gets to know of a request."""

    def read(*pieces, **options):
        seen = {}

        def application(environ, start_response):
            seen.update(environ, body=environ["wsgi.input"].read())
            start_response("204 No Content", [])
            return []

        assert ask(Front(application, LIVE), *pieces, **options).status == 204
        return seen

    return read


def test_a_request_without_a_body(environ_of):
    environ = environ_of(
        method="GET", path="/films", query_string=b"year=1942&q=%FF\xe9", headers=[("host", "a.example")]
    )
    expected = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/films",
        "QUERY_STRING": "year=1942&q=%FF\xe9",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "203.0.113.7",
        "HTTP_HOST": "a.example",
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "body": b"",
    }
    assert {name: value for name, value in environ.items() if name not in {"wsgi.input", "wsgi.errors"}} == expected


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"/caf%C3%A9", "/caf\xc3\xa9"),  # bytes, each as a character: Django decodes them
        (b"/%ff%00/%2e%2e", "/\xff\x00/.."),
        (b"/caf\xc3\xa9", "/caf\xc3\xa9"),
        (b"/a+b%2Fc", "/a+b/c"),
        (b"/%zz", "/%zz"),
    ],
)
def test_the_path_is_bytes(environ_of, raw, path):
    assert environ_of(method="GET", raw_path=raw)["PATH_INFO"] == path


def test_headers_that_come_several_times(environ_of):
    headers = [("x-forwarded-for", "1.1.1.1"), ("cookie", "a=1"), ("X-Forwarded-For", "2.2.2.2"), ("cookie", "b=2")]
    environ = environ_of(method="GET", headers=headers)
    assert (environ["HTTP_X_FORWARDED_FOR"], environ["HTTP_COOKIE"]) == ("1.1.1.1,2.2.2.2", "a=1; b=2")


def test_no_client_writes_a_header_of_the_proxy_with_underscores(environ_of):
    headers = [("X_Forwarded_For", "6.6.6.6"), ("x_forwarded-proto", "https"), ("user-agent", "caf\xe9")]
    environ = environ_of(method="GET", headers=headers)
    assert [name for name in environ if name.startswith("HTTP_")] == ["HTTP_USER_AGENT"]
    assert environ["HTTP_USER_AGENT"] == "caf\xe9"


def test_a_body_has_its_length_whether_it_was_declared_or_not(environ_of):
    kind = ("content-type", "application/json")
    for length in (("content-length", "5"), ("transfer-encoding", "chunked")):
        environ = environ_of(b"[1,", b"2]", headers=[kind, length])
        assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == ("application/json", "5")
        assert environ["body"] == b"[1,2]"
        assert not {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"} & set(environ)


def test_an_empty_chunked_body(environ_of):
    assert environ_of(b"", headers=[("transfer-encoding", "chunked")])["CONTENT_LENGTH"] == "0"


def test_http_1_0_behind_a_unix_socket(environ_of):
    environ = environ_of(method="GET", http_version="1", server=None, client=None)
    assert (environ["SERVER_PROTOCOL"], environ["REMOTE_ADDR"]) == ("HTTP/1.0", "")
