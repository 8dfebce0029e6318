"""No film names a key whose files are gone, whoever stores, names and discards the same picture at the same moment."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from django.db import connection
from django.utils import timezone

from movies.models import Movie, StoredPoster
from movies.posters import files as poster_files
from movies.posters import store, uploads
from movies.tests.factories import MovieFactory
from movies.tests.posters.pictures import jpeg
from movies.tests.posters.test_files import files, of

pytestmark = pytest.mark.django_db(transaction=True)

PICTURE = jpeg()
OTHER = jpeg(color=(0, 200, 0))
WAITING = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')
"""


@pytest.fixture
def film():
    return MovieFactory()


@pytest.fixture
def aside():
    """Starts an act in a thread with a connection of its own."""

    def connected(act, *args):
        try:
            return act(*args)
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        yield lambda act, *args: pool.submit(connected, act, *args)


@pytest.fixture
def unlocked(monkeypatch):
    """The control's protection switched off: the row is read, and nobody waits for anybody."""
    monkeypatch.setattr(poster_files, "lock", lambda key, **_: StoredPoster.objects.filter(key=key).first())


def until_done_or_waiting(future):
    """Until `future` has ended, or a connection waits for a lock: one of the two comes at once."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not future.done():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees the activity of its start
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return


def is_whole(film):
    key = Movie.objects.get(pk=film.pk).poster_key
    return bool(key) and set(of(key)) <= set(files())


def discard_while_a_film_is_about_to_name_it(film, aside, monkeypatch):
    poster = poster_files.prepare(BytesIO(PICTURE))
    change_key = uploads.change_key
    discarding = []

    def change_after_the_other(*args, **kwargs):
        discarding.append(aside(poster_files.discard, poster.key))
        until_done_or_waiting(discarding[0])
        change_key(*args, **kwargs)

    monkeypatch.setattr(uploads, "change_key", change_after_the_other)
    uploads.put(film, poster)
    return discarding[0].result(20)


def test_what_a_film_is_about_to_name_is_not_discarded(film, aside, monkeypatch):
    assert discard_while_a_film_is_about_to_name_it(film, aside, monkeypatch) is False
    assert is_whole(film)


def test_without_the_lock_the_film_would_name_what_is_gone(film, aside, monkeypatch, unlocked):
    assert discard_while_a_film_is_about_to_name_it(film, aside, monkeypatch) is True
    assert Movie.objects.get().poster_key
    assert not is_whole(film)


def put_while_it_is_being_discarded(film, aside, monkeypatch):
    """The discarding stops after its first file until the upload of the same picture waits for it, or is done."""
    key = poster_files.store(BytesIO(PICTURE))
    delete = store.delete
    putting = []

    def stop_after_the_first(name):
        delete(name)
        if name.endswith("w185.jpg"):
            putting.append(aside(uploads.put, film, BytesIO(PICTURE)))
            until_done_or_waiting(putting[0])

    monkeypatch.setattr(store, "delete", stop_after_the_first)
    assert poster_files.discard(key) is True
    putting[0].result(20)


def test_an_upload_of_what_is_being_discarded_stores_it_again(film, aside, monkeypatch):
    put_while_it_is_being_discarded(film, aside, monkeypatch)
    assert is_whole(film)
    assert StoredPoster.objects.count() == 1


def test_without_the_lock_the_upload_would_lose_its_files(film, aside, monkeypatch, unlocked):
    register = poster_files.register

    def register_by_reading(key):
        # Writing the row would wait by itself; a sweep that locked nothing would not make it.
        if not StoredPoster.objects.filter(key=key).exists():
            register(key)

    monkeypatch.setattr(poster_files, "register", register_by_reading)
    put_while_it_is_being_discarded(film, aside, monkeypatch)
    assert not is_whole(film)


def test_the_same_picture_for_eight_films_at_once_is_written_once(aside, monkeypatch):
    films = [MovieFactory() for _ in range(8)]
    together = threading.Barrier(len(films))
    written, write = [], store.write

    def noted(name, data):
        written.append(name)
        write(name, data)

    def put(film):
        connection.ensure_connection()
        together.wait(20)
        uploads.put(film, BytesIO(PICTURE))

    monkeypatch.setattr(store, "write", noted)
    for future in [aside(put, film) for film in films]:
        future.result(30)
    [key] = set(Movie.objects.values_list("poster_key", flat=True))
    assert written == of(key)
    assert all(is_whole(film) for film in films)


def test_two_posters_for_one_film_at_once_leave_one(film, aside):
    together = threading.Barrier(2)

    def put(data):
        connection.ensure_connection()
        together.wait(20)
        uploads.put(film, BytesIO(data))

    for future in [aside(put, data) for data in (PICTURE, OTHER)]:
        future.result(30)
    assert is_whole(film)
    assert files() == of(Movie.objects.get().poster_key)
    assert StoredPoster.objects.count() == 1


def test_a_storm_of_uploads_removals_and_sweeps(aside, monkeypatch):
    """Each film that has a poster has all of it, and each file that is there has a row that the sweep can find."""
    monkeypatch.setattr(uploads, "KEPT_FOR", timezone.timedelta(0))
    films = [MovieFactory() for _ in range(3)]
    posters = [poster_files.prepare(BytesIO(data)) for data in (PICTURE, OTHER)]

    def act(seed):
        dice = random.Random(seed)
        for _ in range(12):
            film = Movie.objects.get(pk=dice.choice(films).pk)
            choice = dice.randrange(5)
            if choice < 3:
                uploads.put(film, dice.choice(posters))
            elif choice == 3:
                uploads.remove(film)
            else:
                uploads.sweep()

    for future in [aside(act, seed) for seed in range(6)]:
        future.result(60)
    named = set(Movie.objects.exclude(poster_key="").values_list("poster_key", flat=True))
    assert {name for key in named for name in of(key)} <= set(files())
    assert {name.split("/")[1] for name in files()} <= set(StoredPoster.objects.values_list("key", flat=True))
    uploads.sweep()
    assert {name.split("/")[1] for name in files()} == named
