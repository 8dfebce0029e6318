"""ETag and 304 over the whole middleware chain."""

import gzip

import brotli
import pytest

LONG = "/api/v1/long"
TEXT = '{"text":"' + "Amélie à Montmartre " * 200 + '"}'
DECODERS = {"identity": bytes, "gzip": gzip.decompress, "br": brotli.decompress}


def get(client, encoding="identity", **headers):
    return client.get(LONG, headers={"Accept-Encoding": encoding, **headers})


@pytest.mark.parametrize("encoding", DECODERS)
def test_an_etag_is_strong_and_stable_and_honoured(client, encoding):
    response = get(client, encoding)
    assert response.status_code == 200
    assert response.headers.get("Content-Encoding", "identity") == encoding
    assert DECODERS[encoding](response.content).decode() == TEXT
    etag = response.headers["ETag"]
    assert etag.startswith('"')
    assert get(client, encoding).headers["ETag"] == etag

    again = get(client, encoding, **{"If-None-Match": f'"other", {etag}'})
    assert again.status_code == 304
    assert again.content == b""
    for header in ("ETag", "Vary", "Cache-Control"):
        assert again.headers[header] == response.headers[header]
    assert again.headers["X-Request-ID"] != response.headers["X-Request-ID"]


def test_each_encoding_has_its_own_etag(client):
    assert len({get(client, encoding).headers["ETag"] for encoding in DECODERS}) == 3


def test_another_etag_gets_the_whole_answer(client):
    assert get(client, **{"If-None-Match": '"other"'}).status_code == 200


def test_answers_are_revalidated_and_never_shared(client):
    response = get(client)
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert "Accept-Encoding" in response.headers["Vary"]


def test_answers_to_writes_are_not_kept(client):
    response = client.post("/api/v1/echo", [1], content_type="application/json")
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in response.headers


def test_head_is_a_get_without_its_body(client):
    response = client.head(LONG)
    assert response.status_code == 200
    assert response.content == b""
    assert response.headers["Content-Type"] == "application/json"


def test_errors_have_no_etag(client):
    assert "ETag" not in client.get("/api/v1/gone").headers


@pytest.mark.django_db
def test_a_browser_with_a_session_keeps_nothing_of_the_api(client):
    client.cookies["sessionid"] = "of-ana"
    response = get(client)
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in response.headers
    assert get(client, Authorization="Basic x").headers["Cache-Control"] == "private, no-cache"


def test_a_page_is_not_kept_unless_it_is_declared_public(client):
    response = client.get("/")
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in response.headers
    assert client.get("/gone/").headers["Cache-Control"] == "private, no-store"
