"""Uploading, confirming, setting and removing posters."""

from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import Http404

from accounts.tests.factories import UserFactory
from movies.models import Movie, PosterUpload, StoredPoster
from movies.posters import images, store, uploads
from movies.posters.images import PosterRefused
from movies.posters.store import StoreUnavailable
from movies.posters.uploads import NothingUploaded
from movies.tests.factories import MovieFactory
from movies.tests.posters.pictures import SVG, jpeg
from movies.tests.posters.stored import names_of, stored_names, uploaded_file

pytestmark = pytest.mark.django_db

GREEN = (0, 200, 0)
NAMES = ["poster.jpg", "../../etc/passwd", "Амели\u202e.jpg", "x" * 5000, "a\0b.jpg", ".", ""]


def poster_of(film):
    return Movie.objects.get(pk=film.pk).poster_key


def test_an_upload_becomes_the_poster_when_it_is_confirmed(film, manager):
    upload = uploads.receive(film, manager, uploaded_file())
    assert stored_names() == [f"uploads/{upload.pk}"]
    assert poster_of(film) == ""
    uploads.confirm(upload, film)
    assert poster_of(film) == film.poster_key
    assert stored_names() == names_of(film.poster_key)
    assert PosterUpload.objects.count() == 0
    assert film.poster_urls == {
        f"w{width}": f"/media/posters/{film.poster_key}/w{width}.jpg" for width in (185, 342, 780)
    }


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_the_name_of_a_file_is_ignored(film, manager, name):
    file = uploaded_file()
    file._name = name
    upload = uploads.receive(film, manager, file)
    assert stored_names() == [f"uploads/{upload.pk}"]
    uploads.confirm(upload, film)
    assert stored_names() == names_of(film.poster_key)


def test_a_large_file_in_a_temporary_file(film, manager):
    file = TemporaryUploadedFile("poster.png", "image/png", 0, None)
    file.write(jpeg())
    file.seek(0)
    upload = uploads.receive(film, manager, file)
    uploads.confirm(upload, film)
    assert stored_names() == names_of(film.poster_key)


def test_a_poster_by_hand_is_locked_against_the_sync_once(film, manager):
    uploads.set_poster(film, BytesIO(jpeg()))
    uploads.set_poster(film, BytesIO(jpeg(color=GREEN)))
    film.refresh_from_db()
    assert film.locked_fields == ["poster_source"]


def test_the_poster_of_a_private_film_is_not_locked():
    film = MovieFactory(tmdb_id=None, owner=UserFactory())
    uploads.set_poster(film, BytesIO(jpeg()))
    film.refresh_from_db()
    assert (bool(film.poster_key), film.locked_fields) == (True, [])


def test_a_poster_by_the_sync_is_not_locked(film):
    uploads.set_poster(film, BytesIO(jpeg()), by_hand=False)
    film.refresh_from_db()
    assert (bool(film.poster_key), film.locked_fields) == (True, [])


def test_only_the_poster_is_written(film):
    """Concurrent changes to other fields stay."""
    Movie.objects.update(title="Another title", locked_fields=["title"])
    before = Movie.objects.get().updated_at
    uploads.set_poster(film, images.prepare(BytesIO(jpeg())))
    row = Movie.objects.get()
    assert (row.title, row.locked_fields) == ("Another title", ["title", "poster_source"])
    assert row.updated_at > before
    assert (film.poster_key, film.locked_fields, film.updated_at) == (row.poster_key, row.locked_fields, row.updated_at)


def test_the_replaced_poster_is_discarded(film, django_capture_on_commit_callbacks):
    uploads.set_poster(film, BytesIO(jpeg()))
    with django_capture_on_commit_callbacks(execute=True):
        uploads.set_poster(film, BytesIO(jpeg(color=GREEN)))
    assert stored_names() == names_of(film.poster_key)
    assert [row.key for row in StoredPoster.objects.all()] == [film.poster_key]


def test_the_same_picture_again_is_not_discarded(film, django_capture_on_commit_callbacks):
    uploads.set_poster(film, BytesIO(jpeg()))
    with django_capture_on_commit_callbacks(execute=True):
        uploads.set_poster(film, BytesIO(jpeg()))
    assert stored_names() == names_of(film.poster_key)


def test_a_poster_of_two_films_stays_until_both_are_without(film, django_capture_on_commit_callbacks):
    other = MovieFactory()
    uploads.set_poster(film, BytesIO(jpeg()))
    uploads.set_poster(other, BytesIO(jpeg()))
    with django_capture_on_commit_callbacks(execute=True):
        uploads.remove_poster(film)
    assert stored_names() == names_of(other.poster_key)
    with django_capture_on_commit_callbacks(execute=True):
        uploads.remove_poster(other)
    assert stored_names() == []


def test_removing_updates_and_locks_the_film_and_can_be_repeated(film, django_capture_on_commit_callbacks):
    uploads.set_poster(film, BytesIO(jpeg()), by_hand=False)
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            uploads.remove_poster(film)
        film.refresh_from_db()
        assert (film.poster_key, film.poster_urls, film.locked_fields) == ("", None, ["poster_source"])
    assert stored_names() == []


@pytest.mark.parametrize("data", [SVG, b"words", jpeg()[:-200]], ids=["svg", "words", "truncated"])
def test_a_refused_file_changes_nothing_and_ends_the_upload(film, manager, data):
    uploads.set_poster(film, BytesIO(jpeg()))
    before = film.poster_key
    upload = uploads.receive(film, manager, uploaded_file(data))
    with pytest.raises(PosterRefused):
        uploads.confirm(upload, film)
    assert poster_of(film) == before
    assert stored_names() == names_of(before)
    assert PosterUpload.objects.count() == 0


def test_a_file_too_large_is_refused_without_reading_all_of_it(film, manager, monkeypatch):
    upload = uploads.receive(film, manager, uploaded_file(b"x" * (images.MAX_BYTES + 1)))
    reads = []
    monkeypatch.setattr(store, "read", lambda *args: reads.append(args))
    with pytest.raises(PosterRefused, match=r"The file is larger than 10 MB\."):
        uploads.confirm(upload, film)
    assert reads == []
    assert stored_names() == []


def test_an_upload_without_a_file(film, manager):
    upload = PosterUpload.objects.create(movie=film, user=manager)
    with pytest.raises(NothingUploaded):
        uploads.confirm(upload, film)
    assert PosterUpload.objects.count() == 1


def test_a_folder_has_no_presigned_addresses(film, manager):
    with pytest.raises(ValidationError) as refused:
        uploads.begin(film, manager)
    assert refused.value.message_dict == {
        "file": ["Send the picture here, as multipart/form-data in the field `file`."]
    }
    with pytest.raises(StoreUnavailable):
        store.presign_put("uploads/x", "", 600)
    assert PosterUpload.objects.count() == 0


def test_a_film_deleted_in_the_meantime(film):
    Movie.objects.all().delete()
    with pytest.raises(Http404):
        uploads.set_poster(film, BytesIO(jpeg()))
    assert (stored_names(), StoredPoster.objects.count()) == ([], 0)


def test_no_upload_is_recorded_when_the_store_fails(film, manager, fails):
    fails("copy")
    with pytest.raises(StoreUnavailable):
        uploads.receive(film, manager, uploaded_file())
    assert PosterUpload.objects.count() == 0


def test_the_confirmation_can_be_repeated_when_the_store_failed(film, manager, monkeypatch, fails):
    upload = uploads.receive(film, manager, uploaded_file())
    with monkeypatch.context():
        write = store.write
        fails("write")
        with pytest.raises(StoreUnavailable):
            uploads.confirm(upload, film)
        monkeypatch.setattr(store, "write", write)
    assert poster_of(film) == ""
    uploads.confirm(upload, film)
    assert stored_names() == names_of(poster_of(film))
