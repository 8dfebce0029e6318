"""Entries: what is kept of an answer, for how long, and what is sent of it."""

import time

import pytest

from common.finished.entries import Entry, Lifetime, can_be_kept, has_tag, keep_headers

TAG = b'"0123"'
HEADERS = [
    (b"content-type", b"application/json"),
    (b"content-length", b"2"),
    (b"etag", TAG),
    (b"x-frame-options", b"DENY"),
]


def entry(total=120, made_at=None, body=b"{}", versions=(b"1",)):
    return Entry(versions, made_at or time.time(), Lifetime(total), HEADERS, body, ("films",))


def answer(known=b"", *, is_head=False, for_all=True, extra=((b"x-request-id", b"7"),)):
    return entry().answer(known, is_head=is_head, for_all=for_all, extra=extra)


def test_the_whole_answer_for_all():
    ready = answer()
    assert (ready.status, ready.body) == (200, b"{}")
    assert ready.headers == [
        *HEADERS,
        (b"cache-control", b"public, max-age=5, stale-while-revalidate=10"),
        (b"x-request-id", b"7"),
    ]


def test_a_person_asks_again_each_time():
    assert (b"cache-control", b"private, no-cache") in answer(for_all=False).headers


def test_head_has_all_headers_and_no_body():
    assert answer(is_head=True) == answer()._replace(body=b"")


@pytest.mark.parametrize("known", [TAG, b"W/" + TAG, b'"a", ' + TAG, b"*", b' "a",W/"0123" '])
def test_not_modified(known):
    ready = answer(known)
    assert (ready.status, ready.body) == (304, b"")
    assert [name for name, _ in ready.headers] == [b"etag", b"x-frame-options", b"cache-control", b"x-request-id"]


@pytest.mark.parametrize("known", [b'"01234"', b"0123", b'"a", "b"'])
def test_modified(known):
    assert answer(known).status == 200
    assert not has_tag(known, TAG)


@pytest.mark.parametrize("total", [1, 2, 5, 6, 10, 59, 60, 120, 3600])
def test_all_caches_together_show_an_answer_no_longer_than_the_setting_says(total):
    lifetime = Lifetime(total)
    assert 0 < lifetime.kept <= lifetime.kept + lifetime.fresh + lifetime.revalidating <= total


@pytest.mark.parametrize(
    ("total", "header"),
    [
        (120, b"public, max-age=5, stale-while-revalidate=10"),
        (10, b"public, max-age=1, stale-while-revalidate=1"),
        (1, b"public, no-cache"),
    ],
)
def test_what_other_caches_are_told(total, header):
    assert Lifetime(total).header == (b"cache-control", header)


def test_it_is_the_same_after_redis_had_it():
    before = entry(body=b"\n\xff\n", versions=(b"a", b"b"))
    after = Entry.load(before.dump(), ("films",))
    assert after == before
    assert after.until == pytest.approx(before.until, abs=1)


def test_the_time_in_redis_counts():
    old = entry(total=120, made_at=time.time() - 1000)
    assert Entry.load(old.dump(), ("films",)).until < time.monotonic()


@pytest.mark.parametrize(
    ("status", "headers", "size"),
    [
        (404, [], 2),
        (200, [(b"set-cookie", b"a=1")], 2),
        (200, [(b"cache-control", b"private, no-store")], 2),
        (200, [], 10**6),
    ],
)
def test_what_is_not_kept(status, headers, size):
    assert not can_be_kept(status, [*HEADERS, *headers], size)


def test_what_is_kept():
    assert can_be_kept(200, [*HEADERS, (b"cache-control", b"private, no-cache")], 2)
    assert not can_be_kept(200, [], 2), "without an ETag"


def test_no_header_of_one_request_is_kept():
    of_one = [(b"x-request-id", b"7"), (b"ratelimit", b"r"), (b"ratelimit-policy", b"p"), (b"cache-control", b"c")]
    varied = [(b"vary", b"Accept-Encoding, Cookie"), (b"vary", b"origin")]
    assert keep_headers([*HEADERS, *of_one, *varied]) == [*HEADERS, (b"vary", b"Accept-Encoding, origin")]
    assert keep_headers([*HEADERS, (b"vary", b"Cookie")]) == HEADERS


def test_what_never_changes_goes_out_as_django_says():
    for_ever = (b"cache-control", b"public, max-age=31536000, immutable")
    headers = keep_headers([*HEADERS, for_ever])
    ready = Entry((), time.time(), Lifetime(120), headers, b"{}", ())
    for for_all in (True, False):
        sent = ready.answer(b"", is_head=False, for_all=for_all, extra=[]).headers
        assert [header for header in sent if header[0] == b"cache-control"] == [for_ever]
