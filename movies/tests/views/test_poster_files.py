"""Poster files over HTTP, from a folder."""

from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from movies.posters.images import prepare
from movies.tests.posters.pictures import jpeg
from movies.tests.posters.stored import store_picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def poster():
    made = prepare(BytesIO(jpeg()))
    store_picture(jpeg())
    return made


def test_posters_are_served_with_caching_headers(client, poster, django_assert_num_queries):
    for width, data in poster.files.items():
        with django_assert_num_queries(0):
            response = client.get(f"/media/posters/{poster.key}/w{width}.jpg", headers={"Accept-Encoding": "br, gzip"})
        assert response.status_code == 200
        assert response.getvalue() == data
        headers = response.headers
        assert headers["Content-Type"] == "image/jpeg"
        assert headers["Content-Length"] == str(len(data))
        assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert headers["ETag"] == f'"{poster.key}-{width}"'
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Vary" not in headers
        assert "Content-Encoding" not in headers
        assert not response.cookies


def test_an_unchanged_poster_is_not_sent_again(client, poster):
    url = f"/media/posters/{poster.key}/w185.jpg"
    response = client.get(url, headers={"If-None-Match": f'"{poster.key}-185"'})
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get(url, headers={"If-None-Match": '"other"'}).status_code == 200
    head = client.head(url)
    assert (head.status_code, head.getvalue()) == (200, b"")
    assert client.post(url).status_code == 405


def test_other_files_are_not_served(client, poster):
    default_storage.save("uploads/secret", ContentFile(b"x"))
    default_storage.save("posters/notes/w185.jpg", ContentFile(b"x"))
    key = poster.key
    for path in (
        "uploads/secret",
        "posters/notes/w185.jpg",
        f"posters/{key}/w186.jpg",
        f"posters/{key}/w185.png",
        f"posters/{key}/",
        f"posters/{'ab' * 16}/w185.jpg",
        f"posters/{key.upper()}/w185.jpg",
        f"posters/{key}%00/w185.jpg",
        f"posters/..%2f..%2fuploads/{key}/w185.jpg",
        f"posters/%2e%2e/{key}/w185.jpg",
        f"posters/../posters/{key}x/w185.jpg",
        f"posters/{key}%0a/w185.jpg",
        "posters/" + "9" * 5000 + "/w185.jpg",
        f"posters/{key}/w{'9' * 400}.jpg",
    ):
        assert client.get(f"/media/{path}").status_code == 404, path
