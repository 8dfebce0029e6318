"""No film refers to deleted files, even if the same picture is stored, used and discarded at the same moment."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from django.db import connection
from django.utils import timezone

from movies.models import Movie, StoredPoster
from movies.posters import files, images, store, uploads
from movies.tests.factories import MovieFactory
from movies.tests.posters.pictures import jpeg
from movies.tests.posters.stored import names_of, store_picture, stored_names

pytestmark = pytest.mark.django_db(transaction=True)

PICTURE = jpeg()
OTHER = jpeg(color=(0, 200, 0))
WAITING = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')
"""


@pytest.fixture
def in_thread():
    """Start a function in a thread with its own connection."""

    def run_and_close(function, *args):
        try:
            return function(*args)
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        yield lambda function, *args: pool.submit(run_and_close, function, *args)


@pytest.fixture
def without_lock(monkeypatch):
    """Read the row of a key without locking it, for the control."""
    monkeypatch.setattr(files, "_lock_key", lambda key, **_: StoredPoster.objects.filter(key=key).first())


def wait_until_done_or_blocked(future):
    """Wait until `future` has ended or a connection waits for a lock; one of the two happens at once."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not future.done():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees the activity of its start
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return


def is_whole(film):
    key = Movie.objects.get(pk=film.pk).poster_key
    return bool(key) and set(names_of(key)) <= set(stored_names())


def discard_while_a_film_is_about_to_use_it(film, in_thread, monkeypatch):
    poster = images.prepare(BytesIO(PICTURE))
    change_key = uploads.change_poster_key
    discarding = []

    def change_after_the_other(*args, **kwargs):
        discarding.append(in_thread(files.discard_files, poster.key))
        wait_until_done_or_blocked(discarding[0])
        change_key(*args, **kwargs)

    monkeypatch.setattr(uploads, "change_poster_key", change_after_the_other)
    uploads.set_poster(film, poster)
    return discarding[0].result(20)


def test_a_poster_that_a_film_is_about_to_use_is_not_discarded(film, in_thread, monkeypatch):
    assert discard_while_a_film_is_about_to_use_it(film, in_thread, monkeypatch) is False
    assert is_whole(film)


def test_without_the_lock_the_film_would_refer_to_deleted_files(film, in_thread, monkeypatch, without_lock):
    assert discard_while_a_film_is_about_to_use_it(film, in_thread, monkeypatch) is True
    assert Movie.objects.get().poster_key
    assert not is_whole(film)


def store_while_it_is_being_discarded(film, in_thread, monkeypatch):
    """Pause discarding after its first file until an upload of the same picture is blocked or done."""
    key = store_picture(PICTURE)
    delete = store.delete
    putting = []

    def stop_after_the_first(name):
        delete(name)
        if name.endswith("w185.jpg"):
            putting.append(in_thread(uploads.set_poster, film, BytesIO(PICTURE)))
            wait_until_done_or_blocked(putting[0])

    monkeypatch.setattr(store, "delete", stop_after_the_first)
    assert files.discard_files(key) is True
    putting[0].result(20)


def test_an_upload_of_a_picture_that_is_being_discarded_stores_it_again(film, in_thread, monkeypatch):
    store_while_it_is_being_discarded(film, in_thread, monkeypatch)
    assert is_whole(film)
    assert StoredPoster.objects.count() == 1


def test_without_the_lock_the_upload_would_lose_its_files(film, in_thread, monkeypatch, without_lock):
    register_key = files._register_key

    def register_if_missing(key):
        # An UPDATE of the row would wait anyway, even without the explicit lock.
        if not StoredPoster.objects.filter(key=key).exists():
            register_key(key)

    monkeypatch.setattr(files, "_register_key", register_if_missing)
    store_while_it_is_being_discarded(film, in_thread, monkeypatch)
    assert not is_whole(film)


def test_the_same_picture_for_eight_films_at_once_is_written_once(in_thread, monkeypatch):
    films = [MovieFactory() for _ in range(8)]
    together = threading.Barrier(len(films))
    written, write = [], store.write

    def record(name, data):
        written.append(name)
        write(name, data)

    def put(film):
        connection.ensure_connection()
        together.wait(60)
        uploads.set_poster(film, BytesIO(PICTURE))

    monkeypatch.setattr(store, "write", record)
    for future in [in_thread(put, film) for film in films]:
        future.result(60)
    [key] = set(Movie.objects.values_list("poster_key", flat=True))
    assert written == names_of(key)
    assert all(is_whole(film) for film in films)


def test_two_posters_for_one_film_at_once_leave_one(film, in_thread):
    together = threading.Barrier(2)

    def put(data):
        connection.ensure_connection()
        together.wait(60)
        uploads.set_poster(film, BytesIO(data))

    for future in [in_thread(put, data) for data in (PICTURE, OTHER)]:
        future.result(60)
    assert is_whole(film)
    assert stored_names() == names_of(Movie.objects.get().poster_key)
    assert StoredPoster.objects.count() == 1


def test_many_uploads_removals_and_sweeps_at_once(in_thread, monkeypatch):
    """Every poster of a film has all its files, and every file has a row that the sweep can find."""
    monkeypatch.setattr(uploads, "KEPT_FOR", timezone.timedelta(0))
    films = [MovieFactory() for _ in range(3)]
    posters = [images.prepare(BytesIO(data)) for data in (PICTURE, OTHER)]

    def act(seed):
        dice = random.Random(seed)
        for _ in range(12):
            film = Movie.objects.get(pk=dice.choice(films).pk)
            choice = dice.randrange(5)
            if choice < 3:
                uploads.set_poster(film, dice.choice(posters))
            elif choice == 3:
                uploads.remove_poster(film)
            else:
                uploads.sweep()

    for future in [in_thread(act, seed) for seed in range(6)]:
        future.result(60)
    used = set(Movie.objects.exclude(poster_key="").values_list("poster_key", flat=True))
    assert {name for key in used for name in names_of(key)} <= set(stored_names())
    assert {name.split("/")[1] for name in stored_names()} <= set(StoredPoster.objects.values_list("key", flat=True))
    uploads.sweep()
    assert {name.split("/")[1] for name in stored_names()} == used
