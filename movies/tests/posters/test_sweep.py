"""The daily sweep of posters and uploads."""

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.tests.factories import UserFactory
from movies.models import PosterUpload, StoredPoster
from movies.posters import store, uploads
from movies.posters.store import StoreUnavailable
from movies.posters.uploads import SweepCounts
from movies.tasks import sweep_posters
from movies.tests.factories import MovieFactory
from movies.tests.posters.pictures import jpeg
from movies.tests.posters.stored import date_files_now, names_of, store_picture, stored_names, uploaded_file

pytestmark = pytest.mark.django_db

GREEN = (0, 200, 0)


def age_by(**by):
    """Make all uploads and posters older."""
    before = timezone.now() - timedelta(**by)
    StoredPoster.objects.update(stored_at=before)
    PosterUpload.objects.update(created_at=before)


def test_a_file_that_stays_in_quarantine_is_swept_later(film, manager, fails, monkeypatch):
    upload = uploads.receive(film, manager, uploaded_file())
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
    begun = uploads.receive(film, manager, uploaded_file())
    date_files_now()
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
    date_files_now()
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
