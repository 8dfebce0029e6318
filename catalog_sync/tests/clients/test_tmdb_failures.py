"""Retries, refusals and broken replies, which all clients handle alike."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from uuid import uuid4

import pytest

from catalog_sync.clients.errors import KeyRefused, Refused, Unavailable, UpstreamError
from catalog_sync.clients.limiter import RateLimiter
from catalog_sync.clients.tmdb import Page, TMDBClient
from catalog_sync.tests.fakes.tmdb import FakeTMDB, movie_json

TOKEN = "part-one.part-two.part-three"  # the shape of a Read Access Token
ROWS: list[object] = [movie_json(1), movie_json(2, release_date="", vote_average=6)]


FAULTS = {
    "429": ({"status": 429}, "TMDB asks for fewer requests."),
    "500": ({"status": 500}, "TMDB is out of order (status 500)."),
    "502 with a page of HTML": ({"status": 502, "body": b"<html>"}, "TMDB is out of order (status 502)."),
    "503": ({"status": 503}, "TMDB is out of order (status 503)."),
    "504": ({"status": 504}, "TMDB is out of order (status 504)."),
    "522 of a proxy": ({"status": 522}, "TMDB is out of order (status 522)."),
    "HTML": ({"status": 200, "body": b"<html>Hello</html>"}, "TMDB sent a reply that is not a JSON object."),
    "nothing": ({"status": 200}, "TMDB sent a reply that is not a JSON object."),
    "half a document": ({"status": 200, "body": b'{"genres": ['}, "TMDB sent a reply that is not a JSON object."),
    "no UTF-8": ({"status": 200, "body": b'{"genres": "\xff"}'}, "TMDB sent a reply that is not a JSON object."),
    "nested too deeply": ({"status": 200, "body": b"[" * 200_000}, "TMDB sent a reply that is not a JSON object."),
    "a list": ({"status": 200, "body": b"[]"}, "TMDB sent a reply that is not a JSON object."),
    "null rows": ({"status": 200, "body": b'{"genres": null}'}, "TMDB sent a reply without its list of genres."),
    "truncated": ({"status": 200, "body": b"{}", "truncated": True}, "TMDB's reply ended early."),
    "truncated gzip": ({"status": 200, "body": gzip.compress(b"{}")[:-9]}, "TMDB's reply ended early."),
    "not gzip": ({"status": 200, "body": b"\x1f\x8b{}"}, "TMDB's reply ended early."),
    "a wrong header": (
        {"status": 200, "body": b"{}", "headers": {"Content-Encoding": "gzip"}},
        "TMDB's reply ended early.",
    ),
    "hung up": ({"closed": True}, "TMDB could not be reached."),
}


@pytest.mark.parametrize(("fault", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_transient_failure_is_retried(fake_tmdb: FakeTMDB, fault: dict, reason: str):
    fake_tmdb.fail("/genre", times=2, **fault)
    retries: list[tuple[str, float]] = []

    genres = fake_tmdb.client(on_retry=lambda *retry: retries.append(retry)).genres()

    assert genres == fake_tmdb.genres
    assert retries == [(reason, fake_tmdb.slept[0]), (reason, fake_tmdb.slept[1])]
    assert 0.25 <= fake_tmdb.slept[0] <= 0.5 <= fake_tmdb.slept[1] <= 0.75
    assert (len(fake_tmdb.requests), fake_tmdb.limiter.acquired) == (3, 3)


@pytest.mark.parametrize(("fault", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_lasting_failure_raises_unavailable(fake_tmdb: FakeTMDB, fault: dict, reason: str):
    fake_tmdb.fail("/genre", times=100, **fault)

    with pytest.raises(Unavailable) as caught:
        fake_tmdb.client().genres()

    assert (str(caught.value), len(fake_tmdb.requests)) == (reason, TMDBClient.attempts)
    assert max(fake_tmdb.slept) <= 10


@pytest.mark.parametrize("body", [{"results": {}}, {"results": []}, {"results": [], "total_pages": "3"}])
def test_a_page_of_the_wrong_shape_is_retried(fake_tmdb: FakeTMDB, body: dict):
    fake_tmdb.page(1, ROWS)
    fake_tmdb.fail("/movie/popular", status=200, body=json.dumps(body).encode())

    assert fake_tmdb.client().popular(1) == Page(number=1, results=ROWS, total_pages=1)
    assert len(fake_tmdb.requests) == 2


def test_a_slow_reply_is_retried(fake_tmdb: FakeTMDB, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("catalog_sync.clients.base.ProviderClient.timeout", (1, 0.1))
    fake_tmdb.fail("/genre", delay=30)
    retries: list[str] = []

    assert fake_tmdb.client(on_retry=lambda reason, _: retries.append(reason)).genres() == fake_tmdb.genres
    assert retries == ["TMDB did not answer in time."]


def test_an_unreachable_server(fake_tmdb: FakeTMDB):
    client = fake_tmdb.client()
    fake_tmdb.stop()

    with pytest.raises(Unavailable) as caught:
        client.genres()

    assert (str(caught.value), len(fake_tmdb.slept)) == ("TMDB could not be reached.", TMDBClient.attempts - 1)


REFUSALS = {
    400: (Refused, "TMDB refused the request (status 400)."),
    401: (KeyRefused, "TMDB does not accept the key in TMDB_API_KEY."),
    403: (Refused, "TMDB refused the request (status 403)."),
    404: (Refused, "TMDB_BASE_URL is not the address of TMDB's API."),
    422: (Refused, "TMDB refused the request (status 422)."),
    302: (Refused, "TMDB redirected to another address, which is not followed."),
    501: (Refused, "TMDB refused the request (status 501)."),
}


@pytest.mark.parametrize("status", REFUSALS)
def test_a_refusal_is_final(fake_tmdb: FakeTMDB, status: int):
    fake_tmdb.fail("/genre", status=status, headers={"Location": "/3/movie/popular"})

    with pytest.raises(UpstreamError) as caught:
        fake_tmdb.client().genres()

    assert (type(caught.value), str(caught.value)) == REFUSALS[status]
    assert (len(fake_tmdb.requests), fake_tmdb.slept) == (1, [])


@pytest.mark.parametrize("base_url", ["no-scheme/3", "http://", "http://exa mple:port/3", "ftp://127.0.0.1/3"])
def test_an_invalid_address(fake_tmdb: FakeTMDB, base_url: str):
    with pytest.raises(Refused) as caught:
        fake_tmdb.client(base_url=base_url).genres()

    assert str(caught.value) == "TMDB_BASE_URL is not a valid address."


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("retry_after", "shortest", "longest"),
    [
        ("7", 7, 7),
        ("0", 0.25, 0.5),
        ("86400", 60, 60),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.25, 0.5),
        ("soon", 0.25, 0.5),
        ("9" * 5000, 0.25, 60),
        ("Fri, 99 Foo 999999 99:99:99 GMT", 0.25, 60),
    ],
)
def test_retry_after_is_obeyed(fake_tmdb: FakeTMDB, status: int, retry_after: str, shortest: float, longest: float):
    fake_tmdb.fail("/genre", status=status, headers={"Retry-After": retry_after})

    assert fake_tmdb.client().genres() == fake_tmdb.genres

    [seconds] = fake_tmdb.slept
    assert shortest <= seconds <= longest
    assert fake_tmdb.limiter.pauses == ([seconds] if status == 429 else [])


def test_retry_after_may_be_a_date(fake_tmdb: FakeTMDB):
    in_half_a_minute = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    fake_tmdb.fail("/genre", status=429, headers={"Retry-After": in_half_a_minute})

    assert fake_tmdb.client().genres() == fake_tmdb.genres
    [seconds] = fake_tmdb.slept
    assert 20 < seconds <= 30


def test_a_429_pauses_the_other_workers(fake_tmdb: FakeTMDB):
    name = f"test-{uuid4()}"
    mine, other = RateLimiter(name, 100), RateLimiter(name, 100)
    waits: list[float] = []
    fake_tmdb.fail("/genre", status=429, headers={"Retry-After": "1"})

    def note_wait_of_the_other(_seconds: float) -> None:
        waits.append(other._reserve())

    assert fake_tmdb.client(limiter=mine, sleep=note_wait_of_the_other).genres() == fake_tmdb.genres
    [wait] = waits
    assert 0.5 < wait <= 1.001


def test_a_limiter_without_redis_is_not_retried(fake_tmdb: FakeTMDB):
    class Away(RateLimiter):
        def __init__(self) -> None:
            self.calls = 0

        def acquire(self) -> None:
            self.calls += 1
            raise Unavailable("Redis is away.")

    away = Away()
    with pytest.raises(Unavailable, match="Redis is away"):
        fake_tmdb.client(limiter=away).genres()

    assert (away.calls, fake_tmdb.requests) == (1, [])


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}])
def test_compressed_replies_with_and_without_their_header(fake_tmdb: FakeTMDB, headers: dict):
    body = gzip.compress(json.dumps({"genres": [{"id": 1, "name": "Drama"}]}).encode())
    fake_tmdb.fail("/genre", status=200, headers=headers, body=body)

    assert fake_tmdb.client().genres() == [{"id": 1, "name": "Drama"}]


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}])
@pytest.mark.parametrize("compress", [gzip.compress, bytes], ids=["compressed", "plain"])
def test_an_oversized_reply_is_cut(fake_tmdb: FakeTMDB, monkeypatch: pytest.MonkeyPatch, headers: dict, compress):
    monkeypatch.setattr("catalog_sync.clients.base.MAX_BYTES", 100_000)
    body = compress(json.dumps({"genres": ["x" * 200_000]}).encode())
    fake_tmdb.fail("/genre", status=200, body=body, headers=headers if compress is gzip.compress else {})
    retries: list[str] = []

    assert fake_tmdb.client(on_retry=lambda reason, _: retries.append(reason)).genres() == fake_tmdb.genres
    assert retries == ["TMDB sent a reply that is too large."]
