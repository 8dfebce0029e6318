"""The web process as the Procfile runs it, against clients that are slow, silent or odd."""

import os
import signal
from collections.abc import Iterator

import psutil
import psycopg
import pytest
import requests

from devstack.processes import free_port
from movies.tests.posters.pictures import jpeg
from tests.conftest import Site, process, program, wait_until
from tests.raw_http import HOST, SLOW_BODY, SLOW_HEADERS, connect, converse, hold, read_to_end

pytestmark = pytest.mark.xdist_group("site 1")

SLOW = 64
SOON = 20  # seconds: this machine runs other tests as well, and what stops does not answer in a minute
LIVE = "/api/v1/health/live"
CUSTOMER = {"username": "customer", "password": "marquee-demo"}


@pytest.fixture(scope="module")
def url(site: Site) -> str:
    return site.url


@pytest.fixture(scope="module")
def headers(url: str) -> dict[str, str]:
    signed_in = requests.post(f"{url}/api/v1/auth/login", json=CUSTOMER, timeout=60).json()
    return {"Authorization": f"Bearer {signed_in['access']}", "Accept-Encoding": "identity"}


@pytest.fixture
def film(url: str, headers: dict[str, str]) -> Iterator[str]:
    """Return the address of a private film of the customer."""
    film = requests.post(f"{url}/api/v1/movies", json={"title": "A Film"}, headers=headers, timeout=60).json()
    yield f"{url}/api/v1/movies/{film['id']}"
    requests.delete(f"{url}/api/v1/movies/{film['id']}", headers=headers, timeout=60)


def test_64_slow_bodies_and_64_slow_headers_stop_nothing_and_end(url):
    with hold(url, SLOW_BODY, SLOW) as bodies, hold(url, SLOW_HEADERS, SLOW) as heads:
        assert requests.get(f"{url}{LIVE}", timeout=SOON).json() == {"status": "up"}
        assert requests.get(f"{url}/movies/", timeout=SOON).status_code == 200
        assert requests.post(f"{url}/api/v1/auth/login", json=CUSTOMER, timeout=SOON).status_code == 200
        ends = [read_to_end(each) for each in bodies]
        assert {end.split(b"\r\n")[0] for end in ends} == {b"HTTP/1.1 408 Request Timeout"}
        assert b'"code": "request_timeout"' in ends[0]
        assert {read_to_end(each) for each in heads} == {b""}
    assert requests.get(f"{url}/movies/", timeout=SOON).status_code == 200


def test_control_the_same_stops_a_plain_wsgi_server(site, tmp_path):
    """Four slow bodies take its four threads. Without this, the test above might show nothing."""
    port = free_port()
    plain = f"http://127.0.0.1:{port}"
    command = f"granian --interface wsgi --port {port} --blocking-threads 4 config.wsgi:application"
    with process(program(command), site.environment, tmp_path):
        wait_until(lambda: site.answers(LIVE, plain))
        with hold(plain, SLOW_BODY, 4):
            wait_until(lambda: is_silent(plain))
        wait_until(lambda: site.answers(LIVE, plain))


def is_silent(url: str) -> bool:
    try:
        requests.get(f"{url}{LIVE}", timeout=3)
    except requests.ReadTimeout:
        return True
    return False


def test_uploads_and_streamed_answers(url, film, headers):
    picture = {"file": ("poster.jpg", jpeg(), "image/jpeg")}
    sent = requests.post(f"{film}/poster/upload", files=picture, headers=headers, timeout=60)
    assert sent.status_code == 201
    upload = {"upload_id": sent.json()["upload_id"]}
    confirmed = requests.put(f"{film}/poster", json=upload, headers=headers, timeout=60)
    assert confirmed.status_code == 200
    poster = requests.get(f"{url}{confirmed.json()['poster']['w185']}", timeout=60)
    assert poster.content.startswith(b"\xff\xd8")

    exported = requests.get(f"{url}/api/v1/library/export", headers=headers, timeout=60)
    assert exported.json()["ratings"]
    assert exported.headers["Content-Length"] == str(len(exported.content))
    file = {"file": ("library.json", exported.content, "application/json")}
    started = requests.post(f"{url}/api/v1/library/imports", files=file, headers=headers, timeout=60)
    assert started.status_code == 202


def test_a_chunked_form_with_a_file(film, headers):
    """A body without a length, as curl sends from a pipe; it is larger than what is kept in memory."""
    form = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="poster.jpg"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n" + jpeg() + b"x" * 300_000 + b"\r\n--b--\r\n"
    )
    pieces = (form[start : start + 50_000] for start in range(0, len(form), 50_000))
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    sent = requests.post(f"{film}/poster/upload", data=pieces, headers=headers | kind, timeout=60)
    assert sent.status_code == 201


def test_a_body_that_is_too_large_is_refused_before_it_comes(url):
    head = b"POST /api/v1/auth/login HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
    for expect in (b"", b"Expect: 100-continue\r\n"):
        with connect(url, head + expect + b"Content-Length: 100000000\r\n\r\n") as asked:
            assert asked.recv(65_536).startswith(b"HTTP/1.1 413 ")


def test_a_client_that_waits_before_it_sends_is_told_to_go_on(url):
    head = b"POST /api/v1/auth/login HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nConnection: close\r\n"
    with connect(url, head + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n") as asked:
        assert asked.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        asked.sendall(b"{}")
        assert read_to_end(asked).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "body",
    [
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"Transfer-Encoding: gzip\r\n\r\n{}",
        b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"Content-Length: -1\r\n\r\n{}",
    ],
)
def test_bodies_that_are_none(url, body):
    head = b"POST /api/v1/auth/login HTTP/1.1\r\n" + HOST + b"Connection: close\r\nContent-Type: application/json\r\n"
    assert converse(url, head + body)[0] == 400


def test_head_is_get_without_a_body(url):
    for path in ("/movies/", "/api/v1/health/live", "/static/nothing.js", "/api/v1/genres"):
        got = requests.get(url + path, headers={"Accept-Encoding": "identity"}, timeout=60)
        _, raw = converse(url, f"HEAD {path} HTTP/1.1\r\nConnection: close\r\n".encode() + HOST + b"\r\n")
        assert raw.startswith(f"HTTP/1.1 {got.status_code} ".encode())
        assert raw.endswith(b"\r\n\r\n"), raw
        if path != "/movies/":  # whose token differs each time
            assert f"content-length: {got.headers['Content-Length']}\r\n".encode() in raw


def test_cookies_are_set_one_by_one_and_sent_together(url):
    with requests.Session() as browser:
        page = browser.get(f"{url}/account/sign-in/", timeout=60)
        form = {
            "login": CUSTOMER["username"],
            "password": CUSTOMER["password"],
            "csrfmiddlewaretoken": browser.cookies["csrftoken"],
        }
        signed_in = browser.post(page.url, data=form, headers={"Referer": page.url}, timeout=60, allow_redirects=False)
        assert signed_in.status_code == 302
        assert len(signed_in.raw.headers.getlist("Set-Cookie")) >= 2
        assert browser.get(f"{url}/account/", timeout=60, allow_redirects=False).status_code == 200


def test_paths_of_odd_bytes_are_not_found(url):
    for path in (b"/caf%C3%A9/%ff", b"/api/v1/%00", b"/%2e%2e/%2e%2e/etc/passwd", b"http://evil.example/movies"):
        status, answer = converse(url, b"GET " + path + b" HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")
        assert status in {301, 404}, answer
        assert b"evil.example" not in answer


def test_connections_to_the_database_are_kept(site, url):
    def backends() -> set[int]:
        with psycopg.connect(site.environment["DATABASE_URL"]) as own:
            rows = own.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()").fetchall()
            return {pid for (pid,) in rows} - {own.info.backend_pid}

    def visit() -> None:
        assert requests.get(f"{url}/api/v1/genres", timeout=60).status_code == 200

    for _ in range(12):
        visit()
    before = backends()
    for _ in range(12):
        visit()
    assert len(backends() - before) <= 2  # of the worker and the realtime process


def test_a_killed_worker_is_replaced(site):
    killed = worker_of(site)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: site.answers(LIVE) and worker_of(site) != killed)


def worker_of(site: Site) -> int | None:
    children = psutil.Process(site.web).children()
    return next((each.pid for each in children if "resource_tracker" not in " ".join(each.cmdline())), None)
