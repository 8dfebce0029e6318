"""Posters in a bucket of a real S3 server, over HTTP (see tests/s3.py)."""

from datetime import timedelta
from io import BytesIO

import pytest
import requests
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.sign_in import tokens
from accounts.tests.factories import UserFactory
from common.health import parts
from movies.models import Movie, PosterUpload, StoredPoster
from movies.posters import images, store, uploads
from movies.posters.store import StoreUnavailable
from movies.posters.uploads import SweepCounts
from movies.tests.factories import MovieFactory
from movies.tests.posters.pictures import SVG, jpeg
from movies.tests.posters.stored import names_of, store_picture

pytestmark = pytest.mark.django_db

GREEN = (0, 200, 0)
SENTENCE = "Posters can't be stored right now. Please try again in a moment."


@pytest.fixture
def customer():
    return UserFactory()


@pytest.fixture
def film(customer):
    return MovieFactory(tmdb_id=None, owner=customer)


@pytest.fixture
def client(customer):
    token = tokens.open_sign_in(customer).access
    return Client(headers={"Authorization": f"Bearer {token}"})


def begin(client, film, **body):
    return client.post(f"/api/v1/movies/{film.pk}/poster/upload", body, content_type="application/json")


def send(client, film, data=None):
    file = SimpleUploadedFile("poster.jpg", data or jpeg(), "image/jpeg")
    return client.post(f"/api/v1/movies/{film.pk}/poster/upload", {"file": file})


def confirm(client, film, upload_id):
    body = {"upload_id": str(upload_id)}
    return client.put(f"/api/v1/movies/{film.pk}/poster", body, content_type="application/json")


def put(begun, data, **headers):
    target = begun.json()
    headers = {**target["headers"], **headers}
    return requests.request(target["method"], target["url"], data=data, headers=headers, timeout=60)


def errors(response):
    return response.status_code, [(error["field"], error["message"]) for error in response.json()["errors"]]


def test_a_presigned_upload_from_beginning_to_end(client, film, bucket, django_capture_on_commit_callbacks):
    before = timezone.now()
    begun = begin(client, film, content_type="image/jpeg")
    upload = PosterUpload.objects.get()
    target = begun.json()
    assert begun.status_code == 201
    assert (target["upload_id"], target["method"]) == (str(upload.pk), "PUT")
    assert target["headers"] == {"Content-Type": "image/jpeg"}
    assert target["url"].startswith(f"{bucket.endpoint}/{bucket.name}/uploads/{upload.pk}?")
    expires = timezone.datetime.fromisoformat(target["expires_at"])
    assert timedelta(minutes=9, seconds=59) < expires - before < timedelta(minutes=10, seconds=30)
    assert errors(confirm(client, film, upload.pk)) == (400, [("upload_id", "No file has been uploaded yet.")])

    assert put(begun, jpeg()).status_code == 200
    assert bucket.names() == [f"uploads/{upload.pk}"]
    answer = confirm(client, film, upload.pk)
    first = Movie.objects.get().poster_key
    place = f"{bucket.endpoint}/{bucket.name}/posters/{first}"
    shown = {f"w{width}": f"{place}/w{width}.jpg" for width in (185, 342, 780)}
    assert (answer.status_code, answer.json()) == (200, {"poster": shown})
    assert bucket.names() == names_of(first)

    begun = begin(client, film)
    assert begun.json()["headers"] == {}
    assert put(begun, jpeg(color=GREEN)).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        assert confirm(client, film, begun.json()["upload_id"]).status_code == 200
    assert bucket.names() == names_of(Movie.objects.get().poster_key) != names_of(first)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(f"/api/v1/movies/{film.pk}/poster").status_code == 204
    assert bucket.names() == []
    assert StoredPoster.objects.count() == 0


def test_the_bucket_serves_files_as_pictures_that_can_be_cached(film, bucket):
    poster = images.prepare(BytesIO(jpeg()))
    uploads.set_poster(film, poster)
    for width, data in poster.files.items():
        served = bucket.get(f"posters/{film.poster_key}/w{width}.jpg")
        assert served.content == data
        assert served.headers["Content-Type"] == "image/jpeg"
        assert served.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_multipart_upload_works_with_a_bucket_too(client, film, bucket):
    sent = send(client, film)
    assert sent.json() == {"upload_id": str(PosterUpload.objects.get().pk)}
    assert confirm(client, film, sent.json()["upload_id"]).status_code == 200
    assert bucket.names() == names_of(Movie.objects.get().poster_key)


def test_the_presigned_address_is_valid_for_its_object_and_type_only(client, film, bucket):
    begun = begin(client, film, content_type="image/png")
    assert put(begun, jpeg(), **{"Content-Type": "text/html"}).status_code == 403
    url = begun.json()["url"]
    assert requests.put(url.replace("uploads/", "posters/"), data=b"x", timeout=60).status_code == 403
    assert requests.get(url, timeout=60).status_code == 403
    assert bucket.names() == []


def test_uploaded_files_are_checked(client, film, bucket):
    for data, reason in (
        (SVG, "SVG files are not accepted, because they can contain scripts. Please use a JPEG, PNG or WebP picture."),
        (b"x" * (images.MAX_BYTES + 1), "The file is larger than 10 MB."),
        (b"", "The file is empty."),
    ):
        begun = begin(client, film)
        assert put(begun, data).status_code == 200
        assert errors(confirm(client, film, begun.json()["upload_id"])) == (400, [("file", reason)])
    assert bucket.names() == []
    assert PosterUpload.objects.count() == 0


def test_reading_stops_at_the_limit(bucket):
    """A file may grow between checking its size and reading it."""
    bucket.put("uploads/x", b"x" * 5000)
    assert store.read("uploads/x", 100) == b"x" * 100
    with pytest.raises(FileNotFoundError):
        store.read("uploads/gone", 100)


def test_only_incomplete_files_are_written_again(bucket):
    key = store_picture(jpeg())
    bucket.put(names_of(key)[1], b"half")
    modified = bucket.client.head_object(Bucket=bucket.name, Key=names_of(key)[0])["LastModified"]
    assert store_picture(jpeg()) == key
    assert store.get_size(names_of(key)[1]) == len(images.prepare(BytesIO(jpeg())).files[342])
    assert bucket.client.head_object(Bucket=bucket.name, Key=names_of(key)[0])["LastModified"] == modified


def test_the_sweep(film, customer, bucket, monkeypatch):
    uploads.set_poster(film, BytesIO(jpeg()))
    orphan = store_picture(jpeg(color=GREEN))
    bucket.put("uploads/after-its-confirmation", b"x")
    assert uploads.sweep() == SweepCounts()
    StoredPoster.objects.update(stored_at=timezone.now() - timedelta(days=2))
    assert uploads.sweep() == SweepCounts(posters=1)
    monkeypatch.setattr(uploads, "KEPT_FOR", timedelta(seconds=-60))
    assert uploads.sweep() == SweepCounts(uploads=1)
    assert bucket.names() == names_of(film.poster_key)
    assert orphan != film.poster_key


FAILURES = {
    "down": lambda bucket: bucket.down(),
    "silent": lambda bucket: bucket.silent(),
    "wrong secret": lambda bucket: bucket.used(secret_key="wrong"),
    "wrong key": lambda bucket: bucket.used(access_key="wrong"),
    "no bucket": lambda bucket: bucket.used(name="missing"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_every_step_answers_503_when_the_store_fails(client, film, customer, bucket, failure, events):
    """Nothing is half-written, and every step can be repeated afterwards."""
    uploads.set_poster(film, BytesIO(jpeg()))
    shown = film.poster_key
    waiting = send(client, film, jpeg(color=GREEN)).json()["upload_id"]
    before = bucket.names()
    orphan = StoredPoster.objects.create(key="ab" * 16, stored_at=timezone.now() - timedelta(days=2))
    with FAILURES[failure](bucket):
        for response in (send(client, film), confirm(client, film, waiting)):
            assert (response.status_code, response.json()["code"]) == (503, "unavailable")
            assert response.json()["message"] == SENTENCE
            assert response.headers["Retry-After"] == "2"
        with pytest.raises(StoreUnavailable):
            store_picture(jpeg(color=(9, 9, 9)))
        assert uploads.sweep().failed
    assert [str(upload.pk) for upload in PosterUpload.objects.all()] == [waiting]
    assert Movie.objects.get().poster_key == shown
    assert bucket.names() == before
    assert StoredPoster.objects.filter(pk=orphan.pk).exists() or failure == "no bucket"
    assert all(bucket.secret_key not in str(event) for event in events("poster_store_failed"))
    assert confirm(client, film, waiting).status_code == 200


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        ("down", "The store does not answer."),
        ("silent", "The store does not answer."),
        ("wrong secret", "The store refuses the credentials."),
        ("wrong key", "The store refuses the credentials."),
        ("no bucket", "The bucket is missing."),
    ],
)
@pytest.mark.usefixtures("asked_at_once")
def test_health_names_the_failure(bucket, failure, sentence):
    with FAILURES[failure](bucket):
        state = parts.Part("storage", parts.StorageCheck()).state()
    assert (state["status"], state["error"]) == ("down", sentence)


@pytest.mark.usefixtures("asked_at_once")
def test_health_of_a_bucket(bucket):
    part = parts.Part("storage", parts.StorageCheck())
    assert part.state()["status"] == "up"
    assert bucket.names() == []
    with bucket.used(secret_key="wrong"):
        assert part.state()["error"] == "The store refuses the credentials."


def test_a_bucket_serves_its_own_files(client, film, bucket):
    uploads.set_poster(film, BytesIO(jpeg()))
    assert Client().get(f"/media/posters/{film.poster_key}/w185.jpg").status_code == 404
