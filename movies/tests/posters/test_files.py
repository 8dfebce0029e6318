"""Files and rows of posters in a folder; see test_at_once and test_s3 for the rest."""

from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from movies.models import StoredPoster
from movies.posters import files, store
from movies.posters.images import PosterRefused, prepare
from movies.posters.store import StoreUnavailable
from movies.tests.factories import MovieFactory
from movies.tests.posters.pictures import SVG, jpeg
from movies.tests.posters.stored import names_of, store_picture, stored_names

pytestmark = pytest.mark.django_db


@pytest.fixture
def writes(monkeypatch):
    """Record the names of files as they are written."""
    names = []
    write = store.write

    def record(name, data):
        names.append(name)
        write(name, data)

    monkeypatch.setattr(store, "write", record)
    return names


def test_a_poster_has_three_files_and_a_row():
    key = store_picture(jpeg())
    assert stored_names() == names_of(key)
    assert [row.key for row in StoredPoster.objects.all()] == [key]
    assert default_storage.open(names_of(key)[0]).read() == prepare(BytesIO(jpeg())).files[185]


def test_stored_files_are_not_written_again_but_their_row_is_renewed(writes):
    key = store_picture(jpeg())
    long_ago = timezone.now() - timezone.timedelta(days=3)
    StoredPoster.objects.update(stored_at=long_ago)
    assert store_picture(jpeg()) == key
    assert writes == names_of(key)
    assert StoredPoster.objects.get().stored_at > long_ago


def test_incomplete_and_missing_files_are_written_again(writes):
    key = store_picture(jpeg())
    first, second, _ = names_of(key)
    (Path(settings.MEDIA_ROOT) / first).write_bytes(b"half")
    (Path(settings.MEDIA_ROOT) / second).unlink()
    writes.clear()
    store_picture(jpeg())
    assert writes == [first, second]


def test_the_row_is_committed_before_a_file_is_written(monkeypatch):
    seen = []

    def crash(name, data):
        seen.append(list(StoredPoster.objects.values_list("key", flat=True)))
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "write", crash)
    with pytest.raises(KeyboardInterrupt):
        store_picture(jpeg())
    key = prepare(BytesIO(jpeg())).key
    assert seen == [[key]]
    assert StoredPoster.objects.get().key == key


def test_a_refused_file_is_not_stored():
    with pytest.raises(PosterRefused):
        store_picture(SVG)
    assert (stored_names(), StoredPoster.objects.count()) == ([], 0)


def test_storing_inside_a_transaction_is_an_error():
    with pytest.raises(RuntimeError), transaction.atomic():
        store_picture(jpeg())
    assert stored_names() == []


def test_discarding_deletes_files_folder_and_row():
    key = store_picture(jpeg())
    assert files.discard_files(key) is True
    assert stored_names() == []
    assert not (Path(settings.MEDIA_ROOT) / "posters" / key).exists()
    assert StoredPoster.objects.count() == 0
    assert files.discard_files(key) is False


def test_the_poster_of_a_film_is_not_discarded():
    key = store_picture(jpeg())
    MovieFactory(poster_key=key)
    assert files.discard_files(key) is False
    assert stored_names() == names_of(key)


def test_a_poster_stored_again_in_the_meantime_is_not_discarded():
    key = store_picture(jpeg())
    row = StoredPoster.objects.get()
    assert files.discard_files(key, stored_before=row.stored_at) is False
    assert files.discard_files(key, stored_before=timezone.now()) is True


def test_an_unknown_file_in_the_folder_stays_and_the_others_are_deleted():
    key = store_picture(jpeg())
    foreign = Path(settings.MEDIA_ROOT) / "posters" / key / "notes.txt"
    foreign.write_text("mine")
    assert files.discard_files(key) is True
    assert stored_names() == [f"posters/{key}/notes.txt"]


def test_the_row_stays_when_the_store_fails_half_way(monkeypatch):
    key = store_picture(jpeg())
    delete = store.delete

    def fail_at_the_second(name):
        if name.endswith("w342.jpg"):
            raise StoreUnavailable
        delete(name)

    with monkeypatch.context() as broken:
        broken.setattr(store, "delete", fail_at_the_second)
        with pytest.raises(StoreUnavailable):
            files.discard_files(key)
    assert StoredPoster.objects.get().key == key
    assert store_picture(jpeg()) == key
    assert stored_names() == names_of(key)


def test_discarding_after_commit_waits_for_the_commit(django_capture_on_commit_callbacks):
    key = store_picture(jpeg())
    with django_capture_on_commit_callbacks(execute=True):
        files.discard_files_after_commit(key)
        files.discard_files_after_commit("")
        assert stored_names() == names_of(key)
    assert stored_names() == []


def test_discarding_after_commit_ignores_an_unavailable_store(monkeypatch, django_capture_on_commit_callbacks):
    key = store_picture(jpeg())

    def fail(name):
        raise StoreUnavailable

    monkeypatch.setattr(store, "delete", fail)
    with django_capture_on_commit_callbacks(execute=True):
        files.discard_files_after_commit(key)
    assert StoredPoster.objects.get().key == key


def test_a_folder_that_cannot_be_written_counts_as_an_unavailable_store(settings, tmp_path, events):
    (tmp_path / "file").write_text("not a folder")
    settings.MEDIA_ROOT = tmp_path / "file"
    with pytest.raises(StoreUnavailable) as unavailable:
        store_picture(jpeg())
    assert str(unavailable.value) == "Posters can't be stored right now. Please try again in a moment."
    assert [event["error"] for event in events("poster_store_failed")] == ["NotADirectoryError"]


def test_storing_gives_up_when_the_row_is_always_deleted_in_between(monkeypatch):
    register_key = files._register_key

    def register_and_lose(key):
        register_key(key)
        StoredPoster.objects.all().delete()

    monkeypatch.setattr(files, "_register_key", register_and_lose)
    with pytest.raises(StoreUnavailable):
        store_picture(jpeg())
    assert stored_names() == []


def test_finding_the_films_of_a_poster_uses_an_index():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT 1 FROM movies_movie WHERE poster_key = 'ab' LIMIT 1")
        assert "movie_by_poster" in str(cursor.fetchall())
