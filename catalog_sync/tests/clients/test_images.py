import gzip
import logging
from urllib.parse import urlsplit

import pytest

from catalog_sync.clients import images
from catalog_sync.clients.errors import NotFound, Refused, Unavailable
from catalog_sync.clients.images import ImageClient, UnusableImage
from catalog_sync.tests.fakes.images import FakeImages
from catalog_sync.tests.fakes.server import KEY
from movies.posters.images import MAX_BYTES
from movies.tests.posters.pictures import SVG, animated, claiming, jpeg, picture, saved

POSTER = "/poster7.jpg"
JPEG = {"Content-Type": "image/jpeg"}


@pytest.fixture
def other(_no_waiting):
    """Start another host, which has the image and should never be asked for it."""
    fake = FakeImages()
    fake.add_images(7)
    fake.start()
    yield fake
    fake.stop()


def test_an_image_in_three_widths(fake_images):
    fake_images.add_images(7)
    poster = ImageClient().poster(POSTER)
    assert sorted(poster.files) == [185, 342, 780]
    [request] = fake_images.requests
    assert (request.path, request.query, request.key) == ("/t/p/w780/poster7.jpg", {}, "")
    assert fake_images.limiter.acquired == 1


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_image_formats(fake_images, kind):
    fake_images.pictures[POSTER] = saved(picture(), kind)
    assert fake_images.client().poster(POSTER).files[185].startswith(b"\xff\xd8")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_same_host_is_followed(fake_images, status):
    fake_images.add_images(8)
    fake_images.redirect(POSTER, "/t/p/original/poster8.jpg?v=2", status)
    assert fake_images.client().poster(POSTER).files
    assert [request.path for request in fake_images.requests] == ["/t/p/w780/poster7.jpg", "/t/p/original/poster8.jpg"]
    assert fake_images.requests[1].query == {"v": "2"}


def test_at_most_two_redirects(fake_images):
    fake_images.redirect(POSTER, POSTER, times=9)
    with pytest.raises(Refused, match="more than 2 times"):
        fake_images.client().poster(POSTER)
    assert len(fake_images.requests) == 3


def test_a_redirect_to_another_host_is_refused(fake_images, other):
    fake_images.redirect(POSTER, f"{other.url}/w780{POSTER}")
    with pytest.raises(Refused, match="redirected to another address, which is not followed"):
        fake_images.client().poster(POSTER)
    assert (other.requests, len(fake_images.requests)) == ([], 1)


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "//169.254.169.254/latest/meta-data/",
        "http://127.0.0.1/",
        "http://127.0.0.1:{port}@169.254.169.254/",
        "http://user@127.0.0.1:{port}/t/p/w780/poster8.jpg",
        "http://169.254.169.254\\@127.0.0.1:{port}/",
        "https://127.0.0.1:{port}/t/p/w780/poster8.jpg",
        "http://[::1]:{port}/",
        "http://[broken/",
        "http://localhost:{port}/t/p/w780/poster8.jpg",
        "file:///etc/passwd",
        "ftp://127.0.0.1:{port}/",
        "gopher://127.0.0.1:{port}/",
    ],
)
def test_no_other_redirect_is_followed(fake_images, target):
    fake_images.add_images(8)
    fake_images.redirect(POSTER, target.format(port=urlsplit(fake_images.url).port))
    with pytest.raises(Refused, match="not followed"):
        fake_images.client().poster(POSTER)
    assert len(fake_images.requests) == 1


@pytest.mark.parametrize("fault", [{"body": b"x" * 4_000_000}, {"body": b"x" * 50, "drip": 60}], ids=["huge", "drip"])
def test_the_body_of_a_redirect_is_not_read(fake_images, fault):
    fake_images.fail(POSTER, status=302, headers={"Location": "http://other.example/"}, **fault)
    with pytest.raises(Refused, match="not followed"):
        fake_images.client().poster(POSTER)
    assert fake_images.slept == []


TRANSIENT = {
    "500": {"status": 500},
    "503": {"status": 503},
    "429": {"status": 429, "headers": {"Retry-After": "2"}},
    "cut": {"status": 200, "body": jpeg()[:500], "headers": JPEG, "truncated": True},
    "hung up": {"closed": True},
}


@pytest.mark.parametrize("fault", TRANSIENT.values(), ids=TRANSIENT)
def test_a_transient_failure_is_retried(fake_images, fault):
    fake_images.add_images(7)
    fake_images.fail(POSTER, times=2, **fault)
    retries = []
    assert fake_images.client(on_retry=lambda reason, _: retries.append(reason)).poster(POSTER).files
    assert len(retries) == 2
    fake_images.fail(POSTER, times=9, **fault)
    with pytest.raises(Unavailable):
        fake_images.client().poster(POSTER)
    assert len(fake_images.requests) == 3 + 4


def test_retry_after_pauses_all_workers(fake_images):
    fake_images.add_images(7)
    fake_images.fail(POSTER, status=429, headers={"Retry-After": "7"})
    fake_images.client().poster(POSTER)
    assert fake_images.limiter.pauses == [7]


REFUSED = {
    "not a picture": (b"<html>not a picture</html>", "This file is not a picture, or cannot be read"),
    "SVG": (SVG, "SVG files are not accepted"),
    "too small": (jpeg((60, 90)), "smaller than 100 by 150 pixels"),
    "animated": (animated("PNG"), "The picture is animated"),
    "huge": (claiming(20_000, 20_000), "more than 40 megapixels"),
    "truncated": (jpeg()[:2000], "damaged or incomplete"),
    "empty": (b"", "The file is empty"),
    "compressed": (gzip.compress(jpeg()), "This file is not a picture, or cannot be read"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_unusable_file_is_not_retried(fake_images, name):
    body, reason = REFUSED[name]
    fake_images.fail(POSTER, status=200, body=body, headers=JPEG, times=9)
    with pytest.raises(UnusableImage, match=reason):
        fake_images.client().poster(POSTER)
    assert len(fake_images.requests) == 1


def test_an_oversized_file_is_not_read_to_its_end(fake_images):
    fake_images.fail(POSTER, status=200, body=b"\xff\xd8" + b"x" * (MAX_BYTES + 1024 * 1024), headers=JPEG, times=9)
    with pytest.raises(UnusableImage, match=r"a file of more than 10 MB\.$"):
        fake_images.client().poster(POSTER)
    assert len(fake_images.requests) == 1


def test_a_page_instead_of_an_image_counts_as_not_found(fake_images):
    fake_images.fail(POSTER, status=200, body=jpeg(), headers={"Content-Type": "text/html; charset=utf-8"}, times=9)
    with pytest.raises(NotFound, match="sent something else than an image"):
        fake_images.client().poster(POSTER)
    assert len(fake_images.requests) == 1


def test_a_slow_body_times_out(fake_images, monkeypatch):
    monkeypatch.setattr(images, "SECONDS", 0.1)
    fake_images.fail(POSTER, status=200, body=jpeg(), headers=JPEG, drip=0.03, times=9)
    with pytest.raises(Unavailable, match=r"did not answer in time\.$"):
        fake_images.client().poster(POSTER)
    assert len(fake_images.slept) == 3


def test_a_silent_host_times_out(fake_images, monkeypatch):
    monkeypatch.setattr(images, "TIMEOUT", (1, 0.1))
    fake_images.fail(POSTER, status=200, body=jpeg(), headers=JPEG, delay=60, times=2)
    fake_images.fail(POSTER, status=200, body=jpeg(), headers=JPEG, drip=60, times=2)
    with pytest.raises(Unavailable, match=r"did not answer in time\.$"):
        fake_images.client().poster(POSTER)
    assert len(fake_images.slept) == 3


@pytest.mark.parametrize(("status", "kind"), [(404, NotFound), (401, Refused), (403, Refused), (410, Refused)])
def test_a_refusal_is_final(fake_images, status, kind):
    fake_images.fail(POSTER, status=status, times=9)
    with pytest.raises(kind) as refused:
        fake_images.client().poster(POSTER)
    assert type(refused.value) is kind
    assert len(fake_images.requests) == 1


def test_an_unreachable_host(fake_images, other):
    other.stop()
    with pytest.raises(Unavailable, match="could not be reached"):
        fake_images.client(base_url=other.url).poster(POSTER)


def test_no_proxy_of_the_environment_is_used(fake_images, other, monkeypatch):
    fake_images.add_images(7)
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTP_PROXY", other.url)
    assert fake_images.client().poster(POSTER).files
    assert other.requests == []


def test_no_key_is_sent_or_logged(fake_images, settings, caplog):
    settings.TMDB_API_KEY = KEY
    caplog.set_level(logging.DEBUG)
    fake_images.add_images(7)
    fake_images.fail(POSTER, status=500)
    fake_images.client().poster(POSTER)
    assert KEY not in caplog.text
    assert all(KEY not in f"{request.path}{request.query}{request.headers}" for request in fake_images.requests)
    assert "Cookie" not in fake_images.requests[0].headers
