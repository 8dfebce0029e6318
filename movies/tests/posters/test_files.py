"""Files and rows of posters on the file store; see test_posters_at_once and test_poster_s3 for the rest."""

from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from movies.models import StoredPoster
from movies.posters import files as poster_files
from movies.posters import store
from movies.posters.files import PosterRefused, StoreUnavailable
from movies.tests.factories import MovieFactory
from movies.tests.posters.pictures import SVG, jpeg

pytestmark = pytest.mark.django_db


def stored(**options):
    return poster_files.store(BytesIO(jpeg(**options)))


def files():
    """Every file of the store, by its name."""
    root = Path(settings.MEDIA_ROOT)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def of(key):
    return [f"posters/{key}/w{width}.jpg" for width in (185, 342, 780)]


@pytest.fixture
def writes(monkeypatch):
    """The names of files as they are written."""
    names = []
    write = store.write

    def noted(name, data):
        names.append(name)
        write(name, data)

    monkeypatch.setattr(store, "write", noted)
    return names


def test_three_files_and_a_row():
    key = stored()
    assert files() == of(key)
    assert [row.key for row in StoredPoster.objects.all()] == [key]
    assert default_storage.open(of(key)[0]).read() == poster_files.prepare(BytesIO(jpeg())).files[185]


def test_what_is_stored_already_is_not_written_again_but_renewed(writes):
    key = stored()
    long_ago = timezone.now() - timezone.timedelta(days=3)
    StoredPoster.objects.update(stored_at=long_ago)
    assert stored() == key
    assert writes == of(key)
    assert StoredPoster.objects.get().stored_at > long_ago


def test_what_a_crash_cut_short_or_somebody_took_is_written_again(writes):
    key = stored()
    first, second, _ = of(key)
    (Path(settings.MEDIA_ROOT) / first).write_bytes(b"half")
    (Path(settings.MEDIA_ROOT) / second).unlink()
    writes.clear()
    stored()
    assert writes == [first, second]


def test_the_row_is_committed_before_a_file_is_written(monkeypatch):
    seen = []

    def crash(name, data):
        seen.append(list(StoredPoster.objects.values_list("key", flat=True)))
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "write", crash)
    with pytest.raises(KeyboardInterrupt):
        stored()
    key = poster_files.prepare(BytesIO(jpeg())).key
    assert seen == [[key]]
    assert StoredPoster.objects.get().key == key


def test_a_refused_file_leaves_nothing():
    with pytest.raises(PosterRefused):
        poster_files.store(BytesIO(SVG))
    assert (files(), StoredPoster.objects.count()) == ([], 0)


def test_inside_a_transaction_it_says_so():
    with pytest.raises(RuntimeError), transaction.atomic():
        stored()
    assert files() == []


def test_discarding_removes_files_folder_and_row():
    key = stored()
    assert poster_files.discard(key) is True
    assert files() == []
    assert not (Path(settings.MEDIA_ROOT) / "posters" / key).exists()
    assert StoredPoster.objects.count() == 0
    assert poster_files.discard(key) is False


def test_a_key_that_a_film_names_is_not_discarded():
    key = stored()
    MovieFactory(poster_key=key)
    assert poster_files.discard(key) is False
    assert files() == of(key)


def test_a_key_stored_again_meanwhile_is_not_swept():
    key = stored()
    row = StoredPoster.objects.get()
    assert poster_files.discard(key, stored_before=row.stored_at) is False
    assert poster_files.discard(key, stored_before=timezone.now()) is True


def test_a_foreign_file_in_the_folder_stays_and_does_not_stop_the_rest():
    key = stored()
    foreign = Path(settings.MEDIA_ROOT) / "posters" / key / "notes.txt"
    foreign.write_text("mine")
    assert poster_files.discard(key) is True
    assert files() == [f"posters/{key}/notes.txt"]


def test_a_store_that_fails_in_the_middle_keeps_the_row(monkeypatch):
    key = stored()
    delete = store.delete

    def fail_at_the_second(name):
        if name.endswith("w342.jpg"):
            raise StoreUnavailable
        delete(name)

    with monkeypatch.context() as broken:
        broken.setattr(store, "delete", fail_at_the_second)
        with pytest.raises(StoreUnavailable):
            poster_files.discard(key)
    assert StoredPoster.objects.get().key == key
    assert stored() == key
    assert files() == of(key)


def test_forgetting_waits_for_the_commit(django_capture_on_commit_callbacks):
    key = stored()
    with django_capture_on_commit_callbacks(execute=True):
        poster_files.forget(key)
        poster_files.forget("")
        assert files() == of(key)
    assert files() == []


def test_forgetting_leaves_to_the_sweep_what_the_store_does_not_do(monkeypatch, django_capture_on_commit_callbacks):
    key = stored()

    def fail(name):
        raise StoreUnavailable

    monkeypatch.setattr(store, "delete", fail)
    with django_capture_on_commit_callbacks(execute=True):
        poster_files.forget(key)
    assert StoredPoster.objects.get().key == key


def test_a_folder_that_cannot_be_written_is_the_stores_trouble(settings, tmp_path, events):
    (tmp_path / "file").write_text("not a folder")
    settings.MEDIA_ROOT = tmp_path / "file"
    with pytest.raises(StoreUnavailable) as unavailable:
        stored()
    assert str(unavailable.value) == "Pictures cannot be stored at the moment. Try again soon."
    assert [event["error"] for event in events("poster_store_failed")] == ["NotADirectoryError"]


def test_somebody_who_always_discards_in_between_ends_in_busy(monkeypatch):
    register = poster_files.register

    def register_and_lose(key):
        register(key)
        StoredPoster.objects.all().delete()

    monkeypatch.setattr(poster_files, "register", register_and_lose)
    with pytest.raises(StoreUnavailable):
        stored()
    assert files() == []


def test_looking_for_films_of_a_key_reads_an_index():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT 1 FROM movies_movie WHERE poster_key = 'ab' LIMIT 1")
        assert "movie_by_poster" in str(cursor.fetchall())
