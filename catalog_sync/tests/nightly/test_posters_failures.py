"""Images that cannot be fetched, outages and crashes during the posters step."""

from datetime import timedelta
from io import BytesIO
from threading import Thread

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from catalog_sync.models import SyncLog
from catalog_sync.nightly.posters import sync_posters
from catalog_sync.nightly.runs import BATCH, AlreadyRunning
from catalog_sync.tests.nightly.films import poster_keys, poster_state
from catalog_sync.tests.nightly.outcomes import outcome
from movies.models import Movie, SyncState
from movies.posters.images import prepare
from movies.providers import posters
from movies.providers.posters import WAITS, WantedPoster
from movies.tests.factories import MovieFactory
from movies.tests.posters.pictures import jpeg
from movies.tests.posters.stored import names_of, stored_names

pytestmark = pytest.mark.django_db(transaction=True)

NOTHING = {"status": "success"}


def pass_time(**delta):
    """Change the times as if so much had passed since the last failure."""
    for row in SyncState.objects.exclude(poster_retry_at=None):
        row.poster_retry_at -= timedelta(**delta)
        row.save()


def test_a_missing_image_is_retried_less_and_less_often(fake_images, films, events):
    del fake_images.pictures["/poster2.jpg"]
    assert outcome(sync_posters()) == {"status": "success", "created": 2, "failed": 1}
    [entry] = events("poster_not_fetched")
    reason = "TMDB's image host does not have this record."
    assert (entry["film"], entry["source"], entry["reason"]) == (films[1].pk, "/poster2.jpg", reason)
    assert poster_state(films[1]) == {
        "poster_source_stored": "",
        "poster_source_failed": "/poster2.jpg",
        "poster_failures": 1,
        "poster_problem": reason,
    }
    for number, wait in enumerate(WAITS, start=1):
        row = SyncState.objects.get(movie=films[1])
        assert timedelta() < row.poster_retry_at - timezone.now() - wait + timedelta(minutes=5) < timedelta(minutes=5)
        assert outcome(sync_posters()) == NOTHING
        pass_time(days=8)
        assert outcome(sync_posters()) == {"status": "success", "failed": 1}
        assert poster_state(films[1])["poster_failures"] == number + 1
    assert SyncState.objects.get(movie=films[1]).poster_retry_at is None
    assert outcome(sync_posters()) == NOTHING
    assert fake_images.count("poster2") == len(WAITS) + 1


def test_an_image_that_arrives_after_a_failure(fake_images, films):
    del fake_images.pictures["/poster2.jpg"]
    sync_posters()
    fake_images.add_images(2)
    pass_time(hours=2)
    assert outcome(sync_posters()) == {"status": "success", "created": 1}
    assert poster_state(films[1]) == {
        "poster_source_stored": "/poster2.jpg",
        "poster_source_failed": "",
        "poster_failures": 0,
        "poster_problem": "",
    }


def test_another_image_is_fetched_at_once(fake_images, films):
    del fake_images.pictures["/poster2.jpg"]
    sync_posters()
    fake_images.add_images(5)
    Movie.objects.filter(pk=films[1].pk).update(poster_source="/poster5.jpg")
    assert outcome(sync_posters()) == {"status": "success", "created": 1}


def test_failures_of_one_image_do_not_count_for_the_next(fake_images, films):
    del fake_images.pictures["/poster2.jpg"]
    sync_posters()
    Movie.objects.filter(pk=films[1].pk).update(poster_source="/poster6.jpg")
    sync_posters()
    assert (poster_state(films[1])["poster_failures"], poster_state(films[1])["poster_source_failed"]) == (
        1,
        "/poster6.jpg",
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>", "This file is not a picture"),
        (jpeg((60, 90)), "smaller than 100 by 150"),
        (jpeg()[:2000], "damaged"),
    ],
)
def test_an_unusable_file_is_counted_and_not_retried(fake_images, films, body, reason):
    fake_images.pictures["/poster2.jpg"] = body
    assert outcome(sync_posters()) == {"status": "success", "created": 2, "failed": 1}
    assert reason in poster_state(films[1])["poster_problem"]
    pass_time(days=99)
    assert outcome(sync_posters()) == NOTHING
    assert fake_images.count("poster2") == 1


def test_a_former_poster_stays_until_the_new_one_is_there(fake_images, films):
    sync_posters()
    former = poster_keys()
    Movie.objects.filter(pk=films[0].pk).update(poster_source="/missing.jpg")
    assert outcome(sync_posters()) == {"status": "success", "failed": 1}
    assert poster_keys() == former


def test_a_transient_failure_is_retried(fake_images, films):
    fake_images.fail("poster1", status=500, times=2)
    assert outcome(sync_posters()) == {"status": "success", "created": 3}


def test_a_redirect_to_another_host_fails_that_film(fake_images, films):
    fake_images.redirect("poster1", "http://169.254.169.254/poster1.jpg")
    assert outcome(sync_posters()) == {"status": "success", "created": 2, "failed": 1}
    assert "not followed" in poster_state(films[0])["poster_problem"]


def test_an_outage_ends_the_run_without_failures_of_films(fake_images):
    for number in range(1, 31):
        MovieFactory(poster_source=f"/poster{number}.jpg")
    fake_images.fail("/t/p", status=503, times=999)
    assert outcome(sync_posters()) == {
        "status": "failed",
        "error_message": "TMDB's image host is out of order (status 503).",
    }
    assert not SyncState.objects.exists()
    fake_images.clear_faults()
    fake_images.add_images(*range(1, 31))
    assert outcome(sync_posters()) == {"status": "success", "created": 30}


def test_only_one_at_a_time(films):
    refused = []

    def start_another():
        try:
            sync_posters()
        except AlreadyRunning as running:
            refused.append(str(running))
        finally:
            connection.close()

    def meanwhile(_run):
        thread = Thread(target=start_another)
        thread.start()
        thread.join()

    assert outcome(sync_posters(on_page=meanwhile)) == {"status": "success", "created": 3}
    [entry] = refused
    assert entry.startswith("A sync of posters is already running")


def test_the_run_is_resumed_after_a_crash(fake_images, monkeypatch):
    """The process dies in the second batch: only films of that batch are fetched twice."""
    count = BATCH + 10
    fake_images.pictures = {f"/poster{number}.jpg": jpeg(color=(number, 9, 9)) for number in range(count)}
    for number in range(count):
        MovieFactory(poster_source=f"/poster{number}.jpg", popularity=number)

    def die(film, poster, keep=posters.store_poster):
        if Movie.objects.exclude(poster_key="").count() == BATCH + 4:
            raise SystemExit
        return keep(film, poster)

    with monkeypatch.context() as patch:
        patch.setattr(posters, "store_poster", die)
        with pytest.raises(SystemExit):
            sync_posters()
    left = SyncLog.objects.get()
    assert (left.status, left.pages_done, left.created) == ("in_progress", 1, BATCH)
    run = sync_posters()
    assert run.pk == left.pk
    # Four of the second batch were stored before the crash, and are found stored.
    assert outcome(run) == {"status": "success", "created": BATCH + 6, "unchanged": 4}
    assert "" not in poster_keys()
    assert stored_names() == sorted({name for key in poster_keys() for name in names_of(key)})


def test_a_lost_database_leaves_the_run_in_progress(films, monkeypatch):
    def lost(*_args):
        raise OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(posters, "store_poster", lost)
        with pytest.raises(OperationalError):
            sync_posters()
    assert outcome(sync_posters()) == {"status": "success", "created": 3}
    assert SyncLog.objects.count() == 1


def test_a_failure_of_a_deleted_film_is_not_recorded(films):
    posters.record_failure(WantedPoster(films[0].pk, "/elsewhere.jpg"), "x")
    assert not SyncState.objects.exists()
    assert posters.remove_poster(WantedPoster(films[0].pk + 999, "")).unchanged == 1
    assert posters.store_poster(WantedPoster(films[0].pk + 999, "/x.jpg"), prepare(BytesIO(jpeg()))).unchanged == 1
    assert stored_names() == []
