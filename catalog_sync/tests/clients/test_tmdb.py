import logging
import traceback

import pytest

from catalog_sync.clients.errors import NotConfigured, NotFound, Refused, UpstreamError
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
    assert [(request.path, request.query) for request in fake_tmdb.requests] == [("/3/movie/popular", {"page": "3"})]


def test_discover_sends_filters_as_tmdb_spells_them(fake_tmdb: FakeTMDB):
    fake_tmdb.page(1, ROWS)

    page = fake_tmdb.client().discover(1, include_adult=False, **{"vote_count.gte": 100})

    assert page == Page(number=1, results=ROWS, total_pages=1)
    assert [(request.path, request.query) for request in fake_tmdb.requests] == [
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

    [request] = fake_tmdb.requests
    assert (request.key, request.query, request.headers["User-Agent"]) == (sent, {}, "Marquee/0.1.0")


def test_the_settings_are_the_defaults(fake_tmdb: FakeTMDB):
    assert TMDBClient().genres() == fake_tmdb.genres
    assert ([request.key for request in fake_tmdb.requests], fake_tmdb.limiter.acquired) == ([KEY], 1)


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("", "TMDB_API_KEY is not set."),
        (" \n", "TMDB_API_KEY is not set."),
        ("two\nlines", "TMDB_API_KEY contains characters that are not part of a key."),
        ("ключ", "TMDB_API_KEY contains characters that are not part of a key."),
    ],
)
def test_no_usable_key(fake_tmdb: FakeTMDB, key: str, sentence: str):
    with pytest.raises(NotConfigured) as caught:
        fake_tmdb.client(api_key=key)

    assert str(caught.value) == sentence


def test_a_missing_film_raises_not_found(fake_tmdb: FakeTMDB):
    with pytest.raises(NotFound, match=r"^TMDB does not have this record\.$"):
        fake_tmdb.client().details(7)
    assert len(fake_tmdb.requests) == 1


@pytest.mark.parametrize("body", [b"", b"<html>Not Found</html>", b"[]", b'{"error": "no route"}', b"\x1f\x8b"])
def test_a_404_of_another_server_is_about_the_address(fake_tmdb: FakeTMDB, body: bytes):
    fake_tmdb.fail("/movie/7", status=404, body=body)
    with pytest.raises(Refused, match="TMDB_BASE_URL") as caught:
        fake_tmdb.client().details(7)
    assert caught.type is Refused


def test_details_of_another_film_are_retried(fake_tmdb: FakeTMDB):
    fake_tmdb.films[7] = details_json(7)
    fake_tmdb.fail("/movie/7", status=200, body=b'{"id": 8, "title": "Another"}')
    assert fake_tmdb.client().details(7) == details_json(7)
    assert len(fake_tmdb.requests) == 2


@pytest.mark.parametrize("key", [KEY, TOKEN])
@pytest.mark.parametrize(
    "fault",
    [{"status": 429}, {"status": 401}, {"status": 302}, {"closed": True}, {"truncated": True}, {"delay": 30}, None],
    ids=str,
)
def test_the_key_is_in_no_error_or_log(
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

    outputs = [repr(client), repr(vars(client)), caplog.text, *capfd.readouterr()]
    error: BaseException | None = caught.value.with_traceback(caught.tb.tb_next)  # the frame of this test has the key
    while error is not None:
        shown = traceback.TracebackException.from_exception(error, capture_locals=True)
        outputs += [str(error), repr(error.args), repr(vars(error)), "".join(shown.format())]
        error = error.__cause__ or error.__context__
    assert [text for text in outputs if key in text] == []


def test_addresses_are_logged_without_the_key(fake_tmdb: FakeTMDB, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG, logger="urllib3")

    fake_tmdb.client().popular(1)

    assert '"GET /3/movie/popular?page=1&api_key=*** HTTP/1.1" 200' in caplog.text
    assert KEY not in caplog.text
