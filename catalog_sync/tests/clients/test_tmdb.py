import gzip
import json
import logging
import traceback
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from uuid import uuid4

import pytest

from catalog_sync.clients.errors import KeyRefused, NotConfigured, NotFound, Refused, Unavailable, UpstreamError
from catalog_sync.clients.limiter import RateLimiter
from catalog_sync.clients.tmdb import Page, TMDBClient
from catalog_sync.tests.fakes.tmdb import KEY, FakeTMDB, details_json, movie_json

TOKEN = "part-one.part-two.part-three"  # the shape of a Read Access Token
ROWS: list[object] = [movie_json(1), movie_json(2, release_date="", vote_average=6)]


def test_genres_are_the_rows_as_sent(fake_tmdb: FakeTMDB):
    fake_tmdb.genres = [{"id": 28, "name": "Action ", "new": True}, None]

    assert fake_tmdb.client().genres() == [{"id": 28, "name": "Action ", "new": True}, None]


def test_a_popular_page(fake_tmdb: FakeTMDB):
    fake_tmdb.page(3, ROWS, total_pages=58_322)

    assert fake_tmdb.client().popular(3) == Page(number=3, results=ROWS, total_pages=500)
    assert [(asked.path, asked.query) for asked in fake_tmdb.requests] == [("/3/movie/popular", {"page": "3"})]


def test_discover_passes_its_filters_in_the_spelling_of_tmdb(fake_tmdb: FakeTMDB):
    fake_tmdb.page(1, ROWS)

    page = fake_tmdb.client().discover(1, include_adult=False, **{"vote_count.gte": 100})

    assert page == Page(number=1, results=ROWS, total_pages=1)
    assert [(asked.path, asked.query) for asked in fake_tmdb.requests] == [
        ("/3/discover/movie", {"include_adult": "false", "vote_count.gte": "100", "page": "1"})
    ]


def test_an_empty_list_has_no_pages(fake_tmdb: FakeTMDB):
    assert fake_tmdb.client().popular(1) == Page(number=1, results=[], total_pages=0)


@pytest.mark.parametrize("page", [0, -1, 501])
def test_pages_that_tmdb_does_not_serve_are_not_asked_for(fake_tmdb: FakeTMDB, page: int):
    with pytest.raises(ValueError, match="the pages 1 to 500"):
        fake_tmdb.client().popular(page)

    assert fake_tmdb.requests == []


@pytest.mark.parametrize(("key", "sent"), [(KEY, KEY), (f" {KEY}\n", KEY), (TOKEN, f"Bearer {TOKEN}")])
def test_both_key_styles(fake_tmdb: FakeTMDB, key: str, sent: str):
    fake_tmdb.client(api_key=key).genres()

    [asked] = fake_tmdb.requests
    assert (asked.key, asked.query, asked.headers["User-Agent"]) == (sent, {}, "Marquee/0.1.0")


def test_the_settings_are_the_defaults(fake_tmdb: FakeTMDB):
    assert TMDBClient().genres() == fake_tmdb.genres
    assert ([asked.key for asked in fake_tmdb.requests], fake_tmdb.limiter.acquired) == ([KEY], 1)


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("", "TMDB_API_KEY is not set."),
        (" \n", "TMDB_API_KEY is not set."),
        ("two\nlines", "TMDB_API_KEY holds characters that no key has."),
        ("ключ", "TMDB_API_KEY holds characters that no key has."),
    ],
)
def test_no_usable_key(fake_tmdb: FakeTMDB, key: str, sentence: str):
    with pytest.raises(NotConfigured) as caught:
        fake_tmdb.client(api_key=key)

    assert str(caught.value) == sentence


TROUBLES = {
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
    "bottomless": ({"status": 200, "body": b"[" * 200_000}, "TMDB sent a reply that is not a JSON object."),
    "a list": ({"status": 200, "body": b"[]"}, "TMDB sent a reply that is not a JSON object."),
    "null rows": ({"status": 200, "body": b'{"genres": null}'}, "TMDB sent a reply without its list of genres."),
    "truncated": ({"status": 200, "body": b"{}", "truncated": True}, "TMDB's reply broke off before its end."),
    "truncated gzip": ({"status": 200, "body": gzip.compress(b"{}")[:-9]}, "TMDB's reply broke off before its end."),
    "no gzip in truth": ({"status": 200, "body": b"\x1f\x8b{}"}, "TMDB's reply broke off before its end."),
    "a false header": (
        {"status": 200, "body": b"{}", "headers": {"Content-Encoding": "gzip"}},
        "TMDB's reply broke off before its end.",
    ),
    "hung up": ({"closed": True}, "TMDB could not be reached."),
}


@pytest.mark.parametrize(("fault", "reason"), TROUBLES.values(), ids=TROUBLES)
def test_a_transient_failure_is_tried_again(fake_tmdb: FakeTMDB, fault: dict, reason: str):
    fake_tmdb.fail("/genre", times=2, **fault)
    heard: list[tuple[str, float]] = []

    genres = fake_tmdb.client(on_retry=lambda *told: heard.append(told)).genres()

    assert genres == fake_tmdb.genres
    assert heard == [(reason, fake_tmdb.slept[0]), (reason, fake_tmdb.slept[1])]
    assert 0.25 <= fake_tmdb.slept[0] <= 0.5 <= fake_tmdb.slept[1] <= 0.75
    assert (len(fake_tmdb.requests), fake_tmdb.limiter.acquired) == (3, 3)


@pytest.mark.parametrize(("fault", "reason"), TROUBLES.values(), ids=TROUBLES)
def test_a_failure_that_lasts_ends_in_unavailable(fake_tmdb: FakeTMDB, fault: dict, reason: str):
    fake_tmdb.fail("/genre", times=100, **fault)

    with pytest.raises(Unavailable) as caught:
        fake_tmdb.client().genres()

    assert (str(caught.value), len(fake_tmdb.requests)) == (reason, TMDBClient.attempts)
    assert max(fake_tmdb.slept) <= 10


@pytest.mark.parametrize("body", [{"results": {}}, {"results": []}, {"results": [], "total_pages": "3"}])
def test_a_page_of_the_wrong_shape_is_tried_again(fake_tmdb: FakeTMDB, body: dict):
    fake_tmdb.page(1, ROWS)
    fake_tmdb.fail("/movie/popular", status=200, body=json.dumps(body).encode())

    assert fake_tmdb.client().popular(1) == Page(number=1, results=ROWS, total_pages=1)
    assert len(fake_tmdb.requests) == 2


def test_a_slow_reply_is_given_up_and_asked_for_again(fake_tmdb: FakeTMDB, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("catalog_sync.clients.base.ProviderClient.timeout", (1, 0.1))
    fake_tmdb.fail("/genre", delay=30)
    heard: list[str] = []

    assert fake_tmdb.client(on_retry=lambda reason, _: heard.append(reason)).genres() == fake_tmdb.genres
    assert heard == ["TMDB did not answer in time."]


def test_nobody_listens(fake_tmdb: FakeTMDB):
    client = fake_tmdb.client()
    fake_tmdb.stop()

    with pytest.raises(Unavailable) as caught:
        client.genres()

    assert (str(caught.value), len(fake_tmdb.slept)) == ("TMDB could not be reached.", TMDBClient.attempts - 1)


REFUSALS = {
    400: (Refused, "TMDB refused the request (status 400)."),
    401: (KeyRefused, "TMDB does not accept the key in TMDB_API_KEY."),
    403: (Refused, "TMDB refused the request (status 403)."),
    404: (Refused, "TMDB_BASE_URL is not TMDB's address: nothing was found there."),
    422: (Refused, "TMDB refused the request (status 422)."),
    302: (Refused, "TMDB sent us on to another address, which is not followed."),
    501: (Refused, "TMDB refused the request (status 501)."),
}


@pytest.mark.parametrize("status", REFUSALS)
def test_a_refusal_is_final(fake_tmdb: FakeTMDB, status: int):
    fake_tmdb.fail("/genre", status=status, headers={"Location": "/3/movie/popular"})

    with pytest.raises(UpstreamError) as caught:
        fake_tmdb.client().genres()

    assert (type(caught.value), str(caught.value)) == REFUSALS[status]
    assert (len(fake_tmdb.requests), fake_tmdb.slept) == (1, [])


def test_what_is_gone_is_said_so_in_the_words_of_tmdb(fake_tmdb: FakeTMDB):
    with pytest.raises(NotFound, match=r"^TMDB does not have what was asked for\.$"):
        fake_tmdb.client().details(7)
    assert len(fake_tmdb.requests) == 1


@pytest.mark.parametrize("body", [b"", b"<html>Not Found</html>", b"[]", b'{"error": "no route"}', b"\x1f\x8b"])
def test_a_404_of_somebody_else_is_no_news_of_a_film(fake_tmdb: FakeTMDB, body: bytes):
    fake_tmdb.fail("/movie/7", status=404, body=body)
    with pytest.raises(Refused, match="TMDB_BASE_URL") as caught:
        fake_tmdb.client().details(7)
    assert caught.type is Refused


def test_details_of_another_film_are_asked_for_again(fake_tmdb: FakeTMDB):
    fake_tmdb.films[7] = details_json(7)
    fake_tmdb.fail("/movie/7", status=200, body=b'{"id": 8, "title": "Another"}')
    assert fake_tmdb.client().details(7) == details_json(7)
    assert len(fake_tmdb.requests) == 2


@pytest.mark.parametrize("base_url", ["no-scheme/3", "http://", "http://exa mple:port/3", "ftp://127.0.0.1/3"])
def test_an_address_that_is_none(fake_tmdb: FakeTMDB, base_url: str):
    with pytest.raises(Refused) as caught:
        fake_tmdb.client(base_url=base_url).genres()

    assert str(caught.value) == "TMDB_BASE_URL is not an address that can be asked."


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


def test_a_429_holds_back_the_other_workers(fake_tmdb: FakeTMDB):
    name = f"test-{uuid4()}"
    mine, other = RateLimiter(name, 100), RateLimiter(name, 100)
    waits: list[float] = []
    fake_tmdb.fail("/genre", status=429, headers={"Retry-After": "1"})

    def note_what_the_other_would_wait(_seconds: float) -> None:
        waits.append(other._delay())

    assert fake_tmdb.client(limiter=mine, sleep=note_what_the_other_would_wait).genres() == fake_tmdb.genres
    [wait] = waits
    assert 0.5 < wait <= 1


def test_a_limiter_without_redis_is_not_asked_eight_times(fake_tmdb: FakeTMDB):
    class Away(RateLimiter):
        def __init__(self) -> None:
            self.asked = 0

        def acquire(self) -> None:
            self.asked += 1
            raise Unavailable("Redis is away.")

    away = Away()
    with pytest.raises(Unavailable, match="Redis is away"):
        fake_tmdb.client(limiter=away).genres()

    assert (away.asked, fake_tmdb.requests) == (1, [])


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}])
def test_compressed_replies_with_and_without_their_header(fake_tmdb: FakeTMDB, headers: dict):
    body = gzip.compress(json.dumps({"genres": [{"id": 1, "name": "Drama"}]}).encode())
    fake_tmdb.fail("/genre", status=200, headers=headers, body=body)

    assert fake_tmdb.client().genres() == [{"id": 1, "name": "Drama"}]


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}])
@pytest.mark.parametrize("compress", [gzip.compress, bytes], ids=["compressed", "plain"])
def test_a_reply_without_end_is_cut(fake_tmdb: FakeTMDB, monkeypatch: pytest.MonkeyPatch, headers: dict, compress):
    monkeypatch.setattr("catalog_sync.clients.base.MAX_BYTES", 100_000)
    body = compress(json.dumps({"genres": ["x" * 200_000]}).encode())
    fake_tmdb.fail("/genre", status=200, body=body, headers=headers if compress is gzip.compress else {})
    heard: list[str] = []

    assert fake_tmdb.client(on_retry=lambda reason, _: heard.append(reason)).genres() == fake_tmdb.genres
    assert heard == ["TMDB sent a reply that is too large."]


@pytest.mark.parametrize("key", [KEY, TOKEN])
@pytest.mark.parametrize(
    "fault",
    [{"status": 429}, {"status": 401}, {"status": 302}, {"closed": True}, {"truncated": True}, {"delay": 30}, None],
    ids=str,
)
def test_the_key_is_never_told(
    fake_tmdb: FakeTMDB,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture,
    key: str,
    fault: dict | None,
):
    monkeypatch.setattr("catalog_sync.clients.base.ProviderClient.timeout", (1, 0.05))
    caplog.set_level(logging.DEBUG)
    client = fake_tmdb.client(api_key=key)
    if fault is None:
        fake_tmdb.stop()
    else:
        fake_tmdb.fail("/genre", times=100, **fault)

    with pytest.raises(UpstreamError) as caught:
        client.genres()

    told = [repr(client), repr(vars(client)), caplog.text, *capfd.readouterr()]
    error: BaseException | None = caught.value.with_traceback(caught.tb.tb_next)  # this test's own frame holds the key
    while error is not None:
        shown = traceback.TracebackException.from_exception(error, capture_locals=True)
        told += [str(error), repr(error.args), repr(vars(error)), "".join(shown.format())]
        error = error.__cause__ or error.__context__
    assert [text for text in told if key in text] == []


def test_addresses_are_logged_without_the_key(fake_tmdb: FakeTMDB, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG, logger="urllib3")

    fake_tmdb.client().popular(1)

    assert '"GET /3/movie/popular?page=1&api_key=*** HTTP/1.1" 200' in caplog.text
    assert KEY not in caplog.text
