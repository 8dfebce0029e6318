"""API of posters in a folder; see movies/tests/posters/test_s3.py for a bucket."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.client import MULTIPART_CONTENT
from django.test.utils import CaptureQueriesContext

from accounts.sign_in import tokens
from accounts.tests.factories import ManagerFactory, UserFactory
from common.limits.slots import take_slot
from movies.api.views.posters import PosterUploadView
from movies.models import Movie, PosterUpload
from movies.posters import images, store
from movies.posters.store import StoreUnavailable
from movies.tests.api.answers import read_errors
from movies.tests.factories import MovieFactory
from movies.tests.posters.pictures import SVG, animated, claiming, jpeg
from movies.tests.posters.stored import names_of, stored_names

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer():
    return UserFactory()


@pytest.fixture
def film(customer):
    return MovieFactory(tmdb_id=None, owner=customer)


@pytest.fixture
def sign_in():
    """Return a function that makes a client with an access token of a user."""

    def make(user):
        token = tokens.open_sign_in(user).access
        return Client(headers={"Authorization": f"Bearer {token}"})

    return make


@pytest.fixture
def client(customer, sign_in):
    return sign_in(customer)


def upload_url(film):
    return f"/api/v1/movies/{film.pk}/poster/upload"


def poster_url(film):
    return f"/api/v1/movies/{film.pk}/poster"


def send(client, film, data=None, name="poster.jpg"):
    file = SimpleUploadedFile(name, jpeg() if data is None else data, "image/jpeg")
    return client.post(upload_url(film), {"file": file})


def confirm(client, film, upload_id):
    return client.put(poster_url(film), {"upload_id": upload_id}, content_type="application/json")


def upload_id_of(client, film, data=None):
    return send(client, film, data).json()["upload_id"]


def test_upload_confirm_replace_remove(client, film, django_capture_on_commit_callbacks):
    response = send(client, film)
    assert response.status_code == 201
    upload = PosterUpload.objects.get()
    assert response.json() == {"upload_id": str(upload.pk)}
    response = confirm(client, film, str(upload.pk))
    first = Movie.objects.get().poster_key
    shown = {f"w{width}": f"/media/posters/{first}/w{width}.jpg" for width in (185, 342, 780)}
    assert (response.status_code, response.json()) == (200, {"poster": shown})
    assert client.get(f"/api/v1/movies/{film.pk}").json()["poster"] == shown

    with django_capture_on_commit_callbacks(execute=True):
        assert confirm(client, film, upload_id_of(client, film, jpeg(color=(0, 200, 0)))).status_code == 200
    second = Movie.objects.get().poster_key
    assert second != first
    assert stored_names() == names_of(second)

    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            response = client.delete(poster_url(film))
        assert (response.status_code, response.content) == (204, b"")
    assert client.get(f"/api/v1/movies/{film.pk}").json()["poster"] is None
    assert stored_names() == []


def test_while_another_picture_is_decoded_a_confirmation_is_answered_at_once(client, film):
    upload_id = upload_id_of(client, film)
    with take_slot("pictures"):
        busy = confirm(client, film, upload_id)
    assert (busy.status_code, busy["Retry-After"], busy.json()["code"]) == (503, "2", "unavailable")
    assert confirm(client, film, upload_id).status_code == 200


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (SVG, "SVG files are not accepted, because they can contain scripts. Please use a JPEG, PNG or WebP picture."),
        (b"words", "This file is not a picture, or cannot be read. Please use a JPEG, PNG or WebP picture."),
        (jpeg()[:-200], "The picture is damaged or incomplete."),
        (claiming(10_000, 10_000), "The picture has more than 40 megapixels."),
        (animated("PNG"), "The picture is animated. Please use a still picture."),
        (jpeg((1, 1)), "The picture is smaller than 100 by 150 pixels."),
    ],
    ids=["svg", "words", "truncated", "bomb", "animated", "tiny"],
)
def test_refused_files_and_the_reason(client, film, data, reason):
    response = confirm(client, film, upload_id_of(client, film, data))
    assert read_errors(response) == (400, "validation_failed", [("file", reason)])
    assert stored_names() == []
    assert PosterUpload.objects.count() == 0


def test_an_upload_can_be_confirmed_once(client, film):
    upload = upload_id_of(client, film)
    assert confirm(client, film, upload).status_code == 200
    expected = [("upload_id", "There is no such upload, or it has already been confirmed.")]
    assert read_errors(confirm(client, film, upload)) == (400, "validation_failed", expected)


def test_uploads_of_others_and_of_other_films_are_not_found(client, film, customer):
    other_film = MovieFactory(tmdb_id=None, owner=customer)
    of_other_film = PosterUpload.objects.create(movie=other_film, user=customer)
    of_other_user = PosterUpload.objects.create(movie=film, user=UserFactory())
    expected = [("upload_id", "There is no such upload, or it has already been confirmed.")]
    for upload in (of_other_film.pk, of_other_user.pk, uuid4()):
        assert read_errors(confirm(client, film, str(upload))) == (400, "validation_failed", expected)


def test_confirming_before_the_upload(client, film, customer):
    upload = PosterUpload.objects.create(movie=film, user=customer)
    expected = [("upload_id", "No file has been uploaded yet.")]
    assert read_errors(confirm(client, film, str(upload.pk))) == (400, "validation_failed", expected)


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({}, "upload_id", "This field is required."),
        ({"upload_id": "x"}, "upload_id", "Must be a valid UUID."),
        ({"upload_id": None}, "upload_id", "This field may not be null."),
        ({"upload_id": [1]}, "upload_id", "Must be a valid UUID."),
        ({"upload_id": str(uuid4()), "key": "x"}, "key", "Unknown field."),
    ],
)
def test_invalid_bodies_of_the_confirmation(client, film, body, field, message):
    response = client.put(poster_url(film), body, content_type="application/json")
    assert read_errors(response) == (400, "validation_failed", [(field, message)])


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({}, "file", "Send the picture here, as multipart/form-data in the field `file`."),
        ({"content_type": "image/png"}, "file", "Send the picture here, as multipart/form-data in the field `file`."),
        ({"content_type": "image/gif"}, "content_type", '"image/gif" is not a valid choice.'),
        ({"name": "x"}, "name", "Unknown field."),
    ],
)
def test_json_where_posters_are_in_a_folder(client, film, body, field, message):
    response = client.post(upload_url(film), body, content_type="application/json")
    assert read_errors(response) == (400, "validation_failed", [(field, message)])


def test_invalid_forms(client, film):
    def posted(**fields):
        return read_errors(client.post(upload_url(film), fields))

    empty = SimpleUploadedFile("poster.jpg", b"")
    assert posted() == (400, "validation_failed", [("file", "No file was submitted.")])
    assert posted(file="words")[2][0][0] == "file"
    assert posted(file=empty) == (400, "validation_failed", [("file", "The submitted file is empty.")])
    picture = SimpleUploadedFile("poster.jpg", jpeg())
    assert posted(file=picture, movie="5") == (400, "validation_failed", [("movie", "Unknown field.")])
    response = client.post(upload_url(film), b"--x\r\nnonsense", content_type="multipart/form-data; boundary=x")
    assert read_errors(response)[:2] == (400, "validation_failed")
    response = client.post(upload_url(film), b"x", content_type="multipart/form-data")
    assert read_errors(response)[:2] == (400, "validation_failed")
    assert stored_names() == []


def test_other_media_types_and_parameters(client, film):
    assert client.post(upload_url(film), jpeg(), content_type="image/jpeg").status_code == 415
    assert read_errors(client.delete(poster_url(film) + "?force=1"))[2][0][0] == "force"
    response = client.put(poster_url(film), {"upload_id": "x"}, content_type=MULTIPART_CONTENT)
    assert response.status_code == 415


@pytest.mark.parametrize("name", ["../../../etc/passwd", "Амели \u202egpj.jpg", "x" * 2000 + ".jpg", "a/b\\c.jpg"])
def test_the_name_of_a_file_is_ignored(client, film, name):
    assert confirm(client, film, send(client, film, name=name).json()["upload_id"]).status_code == 200
    assert stored_names() == names_of(Movie.objects.get().poster_key)


def test_who_may_change_posters(film, sign_in):
    """tests/test_permission_matrix.py tests every role; here a manager completes an upload."""
    manager = ManagerFactory()
    catalogue = MovieFactory()
    theirs = sign_in(manager)
    assert confirm(theirs, catalogue, upload_id_of(theirs, catalogue)).status_code == 200
    catalogue.refresh_from_db()
    assert catalogue.locked_fields == ["poster_source"]
    assert send(theirs, film).status_code == 404
    assert send(sign_in(UserFactory()), catalogue).status_code == 403
    assert read_errors(sign_in(UserFactory()).delete(poster_url(catalogue)))[:2] == (403, "permission_denied")
    assert send(Client(), catalogue).status_code == 401


def test_an_upload_with_the_session_cookie_needs_a_csrf_token(film, customer):
    client = Client(enforce_csrf_checks=True)
    client.force_login(customer)
    assert send(client, film).status_code == 403
    token = "a" * 32
    client.cookies["csrftoken"] = token
    file = SimpleUploadedFile("poster.jpg", jpeg())
    assert client.post(upload_url(film), {"file": file}, headers={"X-CSRFToken": token}).status_code == 201


def test_a_file_and_a_body_that_are_too_large(client, film):
    large = b"\xff\xd8" + b"x" * (images.MAX_BYTES - 1)
    response = confirm(client, film, upload_id_of(client, film, large))
    assert read_errors(response) == (400, "validation_failed", [("file", "The file is larger than 10 MB.")])
    response = send(client, film, b"x" * (images.MAX_BYTES + 65_536))
    assert read_errors(response) == (413, "payload_too_large", [])
    assert response.json()["message"] == "The body is larger than 10551296 bytes."
    assert stored_names() == []


def test_a_large_body_with_the_session_cookie_is_not_read(film, customer, monkeypatch):
    """The CSRF check reads forms, and would have refused this one."""
    monkeypatch.setattr(PosterUploadView, "largest_file", 0)
    monkeypatch.setattr("common.api.uploads.AROUND_A_FILE", 1000)
    client = Client(enforce_csrf_checks=True)
    client.force_login(customer)
    assert read_errors(send(client, film)) == (413, "payload_too_large", [])


def test_json_keeps_its_own_limit(client, film, settings):
    settings.API_MAX_BODY_BYTES = 20
    response = client.post(upload_url(film), {"content_type": "image/png"}, content_type="application/json")
    assert read_errors(response) == (413, "payload_too_large", [])


@pytest.mark.parametrize("name", ["copy", "write"])
def test_the_store_is_unavailable(client, film, monkeypatch, name):
    def fail(*args):
        raise StoreUnavailable

    monkeypatch.setattr(store, name, fail)
    response = send(client, film)
    if name == "write":
        response = confirm(client, film, response.json()["upload_id"])
    assert read_errors(response) == (503, "unavailable", [])
    assert response.json()["message"] == "Posters can't be stored right now. Please try again in a moment."
    assert response.headers["Retry-After"] == "2"
    assert Movie.objects.get().poster_key == ""


def test_number_of_queries_of_an_upload_and_its_confirmation(client, film):
    upload_id_of(client, film)
    with CaptureQueriesContext(
        connection,
    ) as uploading:
        upload = upload_id_of(client, film)
    with CaptureQueriesContext(connection) as confirming:
        confirm(client, film, upload)
    assert (len(uploading), len(confirming)) == (3, 12)
