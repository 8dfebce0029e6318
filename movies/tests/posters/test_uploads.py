from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.http import Http404
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, UserFactory
from movies.models import Movie, PosterUpload, StoredPoster
from movies.posters import images, store, uploads
from movies.posters.images import PosterRefused
from movies.posters.store import StoreUnavailable
from movies.posters.uploads import NothingUploaded, SweepCounts
from movies.tasks import sweep_posters
from movies.tests.factories import MovieFactory
from movies.tests.posters.pictures import SVG, jpeg
from movies.tests.posters.stored import names_of, store_picture, stored_names

pytestmark = pytest.mark.django_db

GREEN = (0, 200, 0)
NAMES = ["poster.jpg", "../../etc/passwd", "Амели\u202e.jpg", "x" * 5000, "a\0b.jpg", ".", ""]


@pytest.fixture
def manager():
    return ManagerFactory()


@pytest.fixture
def film():
    return MovieFactory()


def uploaded(data=None, name="poster.jpg", content_type="image/jpeg"):
    return SimpleUploadedFile(name, jpeg() if data is None else data, content_type)


def poster_of(film):
    return Movie.objects.get(pk=film.pk).poster_key


def age_by(**by):
    """Make all uploads and posters older."""
    before = timezone.now() - timedelta(**by)
    StoredPoster.objects.update(stored_at=before)
    PosterUpload.objects.update(created_at=before)


@pytest.fixture
def fails(monkeypatch):
    """Make a function of the store fail from now on."""

    def make(name):
        def fail(*args, **kwargs):
            raise StoreUnavailable

        monkeypatch.setattr(store, name, fail)

    return make


def test_an_upload_becomes_the_poster_when_it_is_confirmed(film, manager):
    upload = uploads.receive(film, manager, uploaded())
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
    file = uploaded()
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
    upload = uploads.receive(film, manager, uploaded(data))
    with pytest.raises(PosterRefused):
        uploads.confirm(upload, film)
    assert poster_of(film) == before
    assert stored_names() == names_of(before)
    assert PosterUpload.objects.count() == 0


def test_a_file_too_large_is_refused_without_reading_all_of_it(film, manager, monkeypatch):
    upload = uploads.receive(film, manager, uploaded(b"x" * (images.MAX_BYTES + 1)))
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
        uploads.receive(film, manager, uploaded())
    assert PosterUpload.objects.count() == 0


def test_the_confirmation_can_be_repeated_when_the_store_failed(film, manager, monkeypatch, fails):
    upload = uploads.receive(film, manager, uploaded())
    with monkeypatch.context():
        write = store.write
        fails("write")
        with pytest.raises(StoreUnavailable):
            uploads.confirm(upload, film)
        monkeypatch.setattr(store, "write", write)
    assert poster_of(film) == ""
    uploads.confirm(upload, film)
    assert stored_names() == names_of(poster_of(film))


def test_a_file_that_stays_in_quarantine_is_swept_later(film, manager, fails, monkeypatch):
    upload = uploads.receive(film, manager, uploaded())
    delete = store.delete
    fails("delete")
    uploads.confirm(upload, film)
    assert f"uploads/{upload.pk}" in stored_names()
    monkeypatch.setattr(store, "delete", delete)
    monkeypatch.setattr(store, "get_modified_time", lambda name: timezone.now() - timedelta(days=2))
    assert uploads.sweep() == SweepCounts(uploads=1)
    assert stored_names() == names_of(film.poster_key)


def test_the_sweep(film, manager, events, monkeypatch):
    uploads.set_poster(film, BytesIO(jpeg()))
    store_picture(jpeg(color=GREEN))
    begun = uploads.receive(film, manager, uploaded())
    assert uploads.sweep() == SweepCounts()
    age_by(days=1, seconds=1)
    monkeypatch.setattr(store, "get_modified_time", lambda name: timezone.now() - timedelta(days=2))
    fresh = PosterUpload.objects.create(movie=film, user=manager)
    sweep_posters()
    assert stored_names() == names_of(film.poster_key)
    assert [row.key for row in StoredPoster.objects.all()] == [film.poster_key]
    assert list(PosterUpload.objects.all()) == [fresh]
    assert not PosterUpload.objects.filter(pk=begun.pk).exists()
    counts = [{key: event[key] for key in ("posters", "uploads", "failed")} for event in events("posters_swept")]
    assert counts == [{"posters": 0, "uploads": 0, "failed": 0}, {"posters": 1, "uploads": 1, "failed": 0}]


def test_the_sweep_finds_the_leftovers_of_a_crash():
    """A row without files, and a file in quarantine without a row."""
    StoredPoster.objects.create(key="ab" * 16)
    name = default_storage.save(f"uploads/{uuid4()}", BytesIO(b"x"))
    assert default_storage.exists(name)
    age_by(days=2)
    assert uploads.sweep() == SweepCounts(posters=1)
    assert StoredPoster.objects.count() == 0
    assert default_storage.exists(name)  # written just now


def test_posters_of_a_closed_account_are_swept():
    user = UserFactory()
    film = MovieFactory(tmdb_id=None, owner=user)
    uploads.set_poster(film, BytesIO(jpeg()))
    user.delete()
    age_by(days=2)
    assert uploads.sweep() == SweepCounts(posters=1)
    assert stored_names() == []


def test_the_sweep_stops_after_three_failures_and_loses_nothing(fails, monkeypatch):
    keys = {store_picture(jpeg(color=(n * 40, 0, 0))) for n in range(5)}
    age_by(days=2)
    attempts, delete = [], store.delete

    def fail(name):
        attempts.append(name)
        raise StoreUnavailable

    monkeypatch.setattr(store, "delete", fail)
    fails("list_names")
    assert uploads.sweep() == SweepCounts(failed=4)
    assert len(attempts) == 3
    assert {row.key for row in StoredPoster.objects.all()} == keys
    monkeypatch.setattr(store, "delete", delete)
    monkeypatch.setattr(store, "list_names", lambda folder: [])
    assert uploads.sweep() == SweepCounts(posters=5)
    assert stored_names() == []
