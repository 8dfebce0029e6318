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
from movies.posters import files as poster_files
from movies.posters import store, uploads
from movies.posters.uploads import NothingUploaded, PosterRefused, StoreUnavailable, Swept
from movies.tasks import sweep_posters
from movies.tests.factories import MovieFactory
from movies.tests.posters.pictures import SVG, jpeg
from movies.tests.posters.test_files import files, of, stored

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


def aged(**by):
    """Everything becomes that much older."""
    before = timezone.now() - timedelta(**by)
    StoredPoster.objects.update(stored_at=before)
    PosterUpload.objects.update(created_at=before)


@pytest.fixture
def fails(monkeypatch):
    """Makes a function of the store fail from now on."""

    def make(name):
        def fail(*args, **kwargs):
            raise StoreUnavailable

        monkeypatch.setattr(store, name, fail)

    return make


def test_from_quarantine_to_the_film(film, manager):
    upload = uploads.receive(film, manager, uploaded())
    assert files() == [f"uploads/{upload.pk}"]
    assert poster_of(film) == ""
    uploads.confirm(upload, film)
    assert poster_of(film) == film.poster_key
    assert files() == of(film.poster_key)
    assert PosterUpload.objects.count() == 0
    assert film.poster_urls == {
        f"w{width}": f"/media/posters/{film.poster_key}/w{width}.jpg" for width in (185, 342, 780)
    }


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_the_name_of_a_file_means_nothing(film, manager, name):
    file = uploaded()
    file._name = name
    upload = uploads.receive(film, manager, file)
    assert files() == [f"uploads/{upload.pk}"]
    uploads.confirm(upload, film)
    assert files() == of(film.poster_key)


def test_a_large_file_that_django_put_on_disk(film, manager):
    file = TemporaryUploadedFile("poster.png", "image/png", 0, None)
    file.write(jpeg())
    file.seek(0)
    upload = uploads.receive(film, manager, file)
    uploads.confirm(upload, film)
    assert files() == of(film.poster_key)


def test_by_hand_a_catalogue_film_is_locked_against_the_sync_once(film, manager):
    uploads.put(film, BytesIO(jpeg()))
    uploads.put(film, BytesIO(jpeg(color=GREEN)))
    film.refresh_from_db()
    assert film.locked_fields == ["poster_source"]


def test_a_private_film_has_nothing_to_lock():
    film = MovieFactory(tmdb_id=None, owner=UserFactory())
    uploads.put(film, BytesIO(jpeg()))
    film.refresh_from_db()
    assert (bool(film.poster_key), film.locked_fields) == (True, [])


def test_a_sync_locks_nothing(film):
    uploads.put(film, BytesIO(jpeg()), by_hand=False)
    film.refresh_from_db()
    assert (bool(film.poster_key), film.locked_fields) == (True, [])


def test_only_the_poster_is_written(film):
    """What somebody else changed meanwhile stays."""
    Movie.objects.update(title="Another title", locked_fields=["title"])
    before = Movie.objects.get().updated_at
    uploads.put(film, poster_files.prepare(BytesIO(jpeg())))
    row = Movie.objects.get()
    assert (row.title, row.locked_fields) == ("Another title", ["title", "poster_source"])
    assert row.updated_at > before
    assert (film.poster_key, film.locked_fields, film.updated_at) == (row.poster_key, row.locked_fields, row.updated_at)


def test_replacing_leaves_no_orphan(film, django_capture_on_commit_callbacks):
    uploads.put(film, BytesIO(jpeg()))
    with django_capture_on_commit_callbacks(execute=True):
        uploads.put(film, BytesIO(jpeg(color=GREEN)))
    assert files() == of(film.poster_key)
    assert [row.key for row in StoredPoster.objects.all()] == [film.poster_key]


def test_the_same_picture_again_removes_nothing(film, django_capture_on_commit_callbacks):
    uploads.put(film, BytesIO(jpeg()))
    with django_capture_on_commit_callbacks(execute=True):
        uploads.put(film, BytesIO(jpeg()))
    assert files() == of(film.poster_key)


def test_a_picture_that_another_film_shows_stays(film, django_capture_on_commit_callbacks):
    other = MovieFactory()
    uploads.put(film, BytesIO(jpeg()))
    uploads.put(other, BytesIO(jpeg()))
    with django_capture_on_commit_callbacks(execute=True):
        uploads.remove(film)
    assert files() == of(other.poster_key)
    with django_capture_on_commit_callbacks(execute=True):
        uploads.remove(other)
    assert files() == []


def test_removing_tells_the_film_locks_it_and_may_be_done_twice(film, django_capture_on_commit_callbacks):
    uploads.put(film, BytesIO(jpeg()), by_hand=False)
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            uploads.remove(film)
        film.refresh_from_db()
        assert (film.poster_key, film.poster_urls, film.locked_fields) == ("", None, ["poster_source"])
    assert files() == []


@pytest.mark.parametrize("data", [SVG, b"words", jpeg()[:-200]], ids=["svg", "words", "truncated"])
def test_a_refused_file_leaves_the_film_and_nothing_else(film, manager, data):
    uploads.put(film, BytesIO(jpeg()))
    before = film.poster_key
    upload = uploads.receive(film, manager, uploaded(data))
    with pytest.raises(PosterRefused):
        uploads.confirm(upload, film)
    assert poster_of(film) == before
    assert files() == of(before)
    assert PosterUpload.objects.count() == 0


def test_a_file_too_large_is_refused_without_reading_all_of_it(film, manager, monkeypatch):
    upload = uploads.receive(film, manager, uploaded(b"x" * (uploads.MAX_BYTES + 1)))
    asked = []
    monkeypatch.setattr(store, "read", lambda *args: asked.append(args))
    with pytest.raises(PosterRefused, match=r"The file is larger than 10 MB\."):
        uploads.confirm(upload, film)
    assert asked == []
    assert files() == []


def test_a_file_that_never_came(film, manager):
    upload = PosterUpload.objects.create(movie=film, user=manager)
    with pytest.raises(NothingUploaded):
        uploads.confirm(upload, film)
    assert PosterUpload.objects.count() == 1


def test_the_file_store_presigns_nothing(film, manager):
    with pytest.raises(ValidationError) as refused:
        uploads.begin(film, manager)
    assert refused.value.message_dict == {
        "file": ["Send the picture here, as multipart/form-data in the field `file`."]
    }
    with pytest.raises(StoreUnavailable):
        store.presigned_put("uploads/x", "", 600)
    assert PosterUpload.objects.count() == 0


def test_a_film_deleted_meanwhile(film):
    Movie.objects.all().delete()
    with pytest.raises(Http404):
        uploads.put(film, BytesIO(jpeg()))
    assert (files(), StoredPoster.objects.count()) == ([], 0)


def test_a_store_that_fails_at_the_upload_leaves_nothing(film, manager, fails):
    fails("copy")
    with pytest.raises(StoreUnavailable):
        uploads.receive(film, manager, uploaded())
    assert PosterUpload.objects.count() == 0


def test_a_store_that_fails_at_the_confirmation_may_be_asked_again(film, manager, monkeypatch, fails):
    upload = uploads.receive(film, manager, uploaded())
    with monkeypatch.context():
        write = store.write
        fails("write")
        with pytest.raises(StoreUnavailable):
            uploads.confirm(upload, film)
        monkeypatch.setattr(store, "write", write)
    assert poster_of(film) == ""
    uploads.confirm(upload, film)
    assert files() == of(poster_of(film))


def test_a_quarantine_that_cannot_be_emptied_now_is_swept_later(film, manager, fails, monkeypatch):
    upload = uploads.receive(film, manager, uploaded())
    delete = store.delete
    fails("delete")
    uploads.confirm(upload, film)
    assert f"uploads/{upload.pk}" in files()
    monkeypatch.setattr(store, "delete", delete)
    monkeypatch.setattr(store, "written_at", lambda name: timezone.now() - timedelta(days=2))
    assert uploads.sweep() == Swept(uploads=1)
    assert files() == of(film.poster_key)


def test_the_sweep(film, manager, events, monkeypatch):
    uploads.put(film, BytesIO(jpeg()))
    stored(color=GREEN)
    begun = uploads.receive(film, manager, uploaded())
    assert uploads.sweep() == Swept()
    aged(days=1, seconds=1)
    monkeypatch.setattr(store, "written_at", lambda name: timezone.now() - timedelta(days=2))
    fresh = PosterUpload.objects.create(movie=film, user=manager)
    sweep_posters()
    assert files() == of(film.poster_key)
    assert [row.key for row in StoredPoster.objects.all()] == [film.poster_key]
    assert list(PosterUpload.objects.all()) == [fresh]
    assert not PosterUpload.objects.filter(pk=begun.pk).exists()
    said = [{key: event[key] for key in ("posters", "uploads", "failed")} for event in events("posters_swept")]
    assert said == [{"posters": 0, "uploads": 0, "failed": 0}, {"posters": 1, "uploads": 1, "failed": 0}]


def test_the_sweep_finds_what_a_crash_left():
    """A row without files, and a file in quarantine without a row."""
    StoredPoster.objects.create(key="ab" * 16)
    name = default_storage.save(f"uploads/{uuid4()}", BytesIO(b"x"))
    assert default_storage.exists(name)
    aged(days=2)
    assert uploads.sweep() == Swept(posters=1)
    assert StoredPoster.objects.count() == 0
    assert default_storage.exists(name)  # written just now


def test_posters_of_a_closed_account_are_swept():
    user = UserFactory()
    film = MovieFactory(tmdb_id=None, owner=user)
    uploads.put(film, BytesIO(jpeg()))
    user.delete()
    aged(days=2)
    assert uploads.sweep() == Swept(posters=1)
    assert files() == []


def test_a_store_that_is_down_loses_nothing_and_is_not_asked_for_ever(fails, monkeypatch):
    keys = {stored(color=(n * 40, 0, 0)) for n in range(5)}
    aged(days=2)
    asked, delete = [], store.delete

    def fail(name):
        asked.append(name)
        raise StoreUnavailable

    monkeypatch.setattr(store, "delete", fail)
    fails("names_in")
    assert uploads.sweep() == Swept(failed=4)
    assert len(asked) == 3
    assert {row.key for row in StoredPoster.objects.all()} == keys
    monkeypatch.setattr(store, "delete", delete)
    monkeypatch.setattr(store, "names_in", lambda folder: [])
    assert uploads.sweep() == Swept(posters=5)
    assert files() == []
