"""The step that fetches posters, into the file store; see test_posters_s3 for buckets."""

from datetime import timedelta
from io import BytesIO
from threading import Thread

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from catalog_sync.models import SyncLog
from catalog_sync.nightly.night import NIGHT, sync_night
from catalog_sync.nightly.posters import sync_posters
from catalog_sync.nightly.runs import BATCH, AlreadyRunning
from catalog_sync.tests.fakes.tmdb import details_json, movie_json
from catalog_sync.tests.nightly.outcomes import outcome
from movies.catalogue import editing
from movies.models import Movie, StoredPoster, SyncState
from movies.posters import store, uploads
from movies.posters.images import prepare
from movies.providers import posters
from movies.providers.due import films_due_for_posters
from movies.providers.posters import WAITS, WantedPoster
from movies.tests.factories import MovieFactory
from movies.tests.posters.pictures import jpeg
from movies.tests.posters.stored import names_of, stored_names

pytestmark = pytest.mark.django_db(transaction=True)

NOTHING = {"status": "success"}


@pytest.fixture
def films(fake_images):
    """Three films with a picture each, the first the most popular."""
    fake_images.hold(1, 2, 3)
    return [MovieFactory(poster_source=f"/poster{number}.jpg", popularity=10 - number) for number in (1, 2, 3)]


@pytest.fixture
def writes(monkeypatch):
    """The names of files as they are written."""
    names, write = [], store.write

    def noted(name, data):
        names.append(name)
        write(name, data)

    monkeypatch.setattr(store, "write", noted)
    return names


def keys():
    return list(Movie.objects.order_by("pk").values_list("poster_key", flat=True))


def state(film):
    return SyncState.objects.values(
        "poster_source_stored", "poster_source_failed", "poster_failures", "poster_problem"
    ).get(movie=film)


def test_the_first_night_and_the_second(fake_images, films, writes):
    run = sync_posters()
    assert outcome(run) == {"status": "success", "created": 3}
    assert (run.progress, run.todo_ids) == ("batch 1 of 1", [])
    assert len(set(keys())) == 3
    assert stored_names() == sorted(name for key in keys() for name in names_of(key))
    assert state(films[0]) == {
        "poster_source_stored": "/poster1.jpg",
        "poster_source_failed": "",
        "poster_failures": 0,
        "poster_problem": "",
    }
    before = list(Movie.objects.values_list("pk", "updated_at")), len(writes)
    assert outcome(sync_posters()) == NOTHING
    assert (list(Movie.objects.values_list("pk", "updated_at")), len(writes)) == before
    assert len(fake_images.requests) == 3


def test_another_picture_replaces_the_first_and_its_files(fake_images, films):
    sync_posters()
    former, *others = keys()
    fake_images.hold(4)
    Movie.objects.filter(pk=films[0].pk).update(poster_source="/poster4.jpg")
    assert outcome(sync_posters()) == {"status": "success", "updated": 1}
    assert former not in keys()
    assert keys()[1:] == others
    assert stored_names() == sorted(name for key in keys() for name in names_of(key))
    assert StoredPoster.objects.count() == 3


def test_the_same_picture_under_another_name_changes_nothing(fake_images, films):
    sync_posters()
    fake_images.pictures["/poster9.jpg"] = fake_images.pictures["/poster1.jpg"]
    Movie.objects.filter(pk=films[0].pk).update(poster_source="/poster9.jpg")
    before = Movie.objects.get(pk=films[0].pk)
    assert outcome(sync_posters()) == {"status": "success", "unchanged": 1}
    after = Movie.objects.get(pk=films[0].pk)
    assert (after.poster_key, after.updated_at) == (before.poster_key, before.updated_at)
    assert outcome(sync_posters()) == NOTHING


def test_what_tmdb_takes_away_goes_here_too(films):
    sync_posters()
    Movie.objects.filter(pk=films[0].pk).update(poster_source="")
    assert outcome(sync_posters()) == {"status": "success", "updated": 1}
    assert keys()[0] == ""
    assert stored_names() == sorted(name for key in keys()[1:] for name in names_of(key))
    assert outcome(sync_posters()) == NOTHING


def test_two_films_with_one_picture_share_it(fake_images, films):
    fake_images.pictures["/poster2.jpg"] = fake_images.pictures["/poster1.jpg"]
    sync_posters()
    first, second, third = keys()
    assert first == second != third
    Movie.objects.filter(pk=films[0].pk).update(poster_source="")
    sync_posters()
    assert keys() == ["", second, third]
    assert stored_names() == sorted(names_of(second) + names_of(third))


def test_a_poster_by_hand_stays(fake_images, films):
    uploads.set_poster(films[0], BytesIO(jpeg(color=(9, 99, 9))))
    uploads.remove_poster(films[1])
    assert outcome(sync_posters()) == {"status": "success", "created": 1}
    assert keys()[:2] == [films[0].poster_key, ""]
    assert fake_images.count("poster1") == fake_images.count("poster2") == 0


def test_a_poster_that_is_unlocked_gives_way(films):
    sync_posters()
    theirs = keys()[0]
    uploads.set_poster(films[0], BytesIO(jpeg(color=(9, 99, 9))))
    assert outcome(sync_posters()) == NOTHING
    editing.unlock_fields(Movie.objects.get(pk=films[0].pk), ["poster_source"])
    assert outcome(sync_posters()) == {"status": "success", "updated": 1}
    assert keys()[0] == theirs


def test_a_poster_by_hand_stays_when_tmdb_has_none_any_more(films):
    sync_posters()
    uploads.set_poster(films[0], BytesIO(jpeg(color=(9, 99, 9))))
    Movie.objects.filter(pk=films[0].pk).update(poster_source="", locked_fields=[])
    assert outcome(sync_posters(films=[films[0].pk])) == {"status": "success", "unchanged": 1}
    assert keys()[0] == films[0].poster_key


def test_a_film_that_was_edited_or_deleted_while_its_picture_came(fake_images, films, monkeypatch):
    """What is fetched in vain leaves nothing behind."""

    def meanwhile(film, poster, keep=posters.store_poster):
        if film.movie == films[0].pk:
            uploads.remove_poster(films[0])
        if film.movie == films[1].pk:
            Movie.objects.filter(pk=films[1].pk).delete()
        return keep(film, poster)

    monkeypatch.setattr(posters, "store_poster", meanwhile)
    assert outcome(sync_posters()) == {"status": "success", "created": 1, "unchanged": 2}
    assert keys() == ["", Movie.objects.get(pk=films[2].pk).poster_key]
    assert stored_names() == names_of(keys()[1])
    assert StoredPoster.objects.count() == 1


def test_the_most_popular_come_first_and_no_more_than_allowed(fake_images, films, settings):
    settings.TMDB_POSTERS_PER_NIGHT = 2
    assert outcome(sync_posters()) == {"status": "success", "created": 2}
    assert [bool(key) for key in keys()] == [True, True, False]
    assert outcome(sync_posters()) == {"status": "success", "created": 1}


def test_private_films_and_films_without_a_picture_are_not_due(fake_images, django_user_model):
    owner = django_user_model.objects.create_user("ana", "ana@example.org")
    MovieFactory(tmdb_id=None, owner=owner, poster_source="/poster1.jpg")
    MovieFactory()
    assert films_due_for_posters(10) == []
    assert outcome(sync_posters()) == NOTHING


def later(**delta):
    """As if that much time had passed since the last failure."""
    for row in SyncState.objects.exclude(poster_retry_at=None):
        row.poster_retry_at -= timedelta(**delta)
        row.save()


def test_a_missing_picture_is_tried_again_less_and_less_often_then_left(fake_images, films, events):
    del fake_images.pictures["/poster2.jpg"]
    assert outcome(sync_posters()) == {"status": "success", "created": 2, "failed": 1}
    [told] = events("poster_not_fetched")
    reason = "TMDB's image host does not have this record."
    assert (told["film"], told["source"], told["reason"]) == (films[1].pk, "/poster2.jpg", reason)
    assert state(films[1]) == {
        "poster_source_stored": "",
        "poster_source_failed": "/poster2.jpg",
        "poster_failures": 1,
        "poster_problem": reason,
    }
    for number, wait in enumerate(WAITS, start=1):
        row = SyncState.objects.get(movie=films[1])
        assert timedelta() < row.poster_retry_at - timezone.now() - wait + timedelta(minutes=5) < timedelta(minutes=5)
        assert outcome(sync_posters()) == NOTHING
        later(days=8)
        assert outcome(sync_posters()) == {"status": "success", "failed": 1}
        assert state(films[1])["poster_failures"] == number + 1
    assert SyncState.objects.get(movie=films[1]).poster_retry_at is None
    assert outcome(sync_posters()) == NOTHING
    assert fake_images.count("poster2") == len(WAITS) + 1


def test_a_picture_that_comes_in_after_all(fake_images, films):
    del fake_images.pictures["/poster2.jpg"]
    sync_posters()
    fake_images.hold(2)
    later(hours=2)
    assert outcome(sync_posters()) == {"status": "success", "created": 1}
    assert state(films[1]) == {
        "poster_source_stored": "/poster2.jpg",
        "poster_source_failed": "",
        "poster_failures": 0,
        "poster_problem": "",
    }


def test_another_picture_does_not_wait(fake_images, films):
    del fake_images.pictures["/poster2.jpg"]
    sync_posters()
    fake_images.hold(5)
    Movie.objects.filter(pk=films[1].pk).update(poster_source="/poster5.jpg")
    assert outcome(sync_posters()) == {"status": "success", "created": 1}


def test_failures_of_one_picture_do_not_count_against_the_next(fake_images, films):
    del fake_images.pictures["/poster2.jpg"]
    sync_posters()
    Movie.objects.filter(pk=films[1].pk).update(poster_source="/poster6.jpg")
    sync_posters()
    assert (state(films[1])["poster_failures"], state(films[1])["poster_source_failed"]) == (1, "/poster6.jpg")


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"<html>", "file is not a picture"), (jpeg((60, 90)), "smaller than 100 by 150"), (jpeg()[:2000], "damaged")],
)
def test_what_is_no_poster_is_counted_and_left(fake_images, films, body, reason):
    fake_images.pictures["/poster2.jpg"] = body
    assert outcome(sync_posters()) == {"status": "success", "created": 2, "failed": 1}
    assert reason in state(films[1])["poster_problem"]
    later(days=99)
    assert outcome(sync_posters()) == NOTHING
    assert fake_images.count("poster2") == 1


def test_a_former_poster_stays_until_the_new_one_is_there(fake_images, films):
    sync_posters()
    former = keys()
    Movie.objects.filter(pk=films[0].pk).update(poster_source="/missing.jpg")
    assert outcome(sync_posters()) == {"status": "success", "failed": 1}
    assert keys() == former


def test_500_then_fine(fake_images, films):
    fake_images.fail("poster1", status=500, times=2)
    assert outcome(sync_posters()) == {"status": "success", "created": 3}


def test_a_redirect_to_another_host_is_a_failure_of_that_film(fake_images, films):
    fake_images.redirect("poster1", "http://169.254.169.254/poster1.jpg")
    assert outcome(sync_posters()) == {"status": "success", "created": 2, "failed": 1}
    assert "not followed" in state(films[0])["poster_problem"]


def test_a_host_that_is_out_of_order_ends_the_run_and_no_film_suffers(fake_images):
    for number in range(1, 31):
        MovieFactory(poster_source=f"/poster{number}.jpg")
    fake_images.fail("/t/p", status=503, times=999)
    assert outcome(sync_posters()) == {
        "status": "failed",
        "error_message": "TMDB's image host is out of order (status 503).",
    }
    assert not SyncState.objects.exists()
    fake_images.forgive()
    fake_images.hold(*range(1, 31))
    assert outcome(sync_posters()) == {"status": "success", "created": 30}


def test_only_one_at_a_time(films):
    refused = []

    def begin_another():
        try:
            sync_posters()
        except AlreadyRunning as running:
            refused.append(str(running))
        finally:
            connection.close()

    def meanwhile(_run):
        thread = Thread(target=begin_another)
        thread.start()
        thread.join()

    assert outcome(sync_posters(on_page=meanwhile)) == {"status": "success", "created": 3}
    [told] = refused
    assert told.startswith("A sync of posters is already running")


def test_the_run_goes_on_after_a_crash(fake_images, monkeypatch):
    """The process dies in the middle of the second batch: no film is fetched twice but those of that batch."""
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
    # Four of the second batch were stored before the crash, and are found in place.
    assert outcome(run) == {"status": "success", "created": BATCH + 6, "unchanged": 4}
    assert "" not in keys()
    assert stored_names() == sorted({name for key in keys() for name in names_of(key)})


def test_a_lost_database_leaves_the_run_to_be_taken_up(films, monkeypatch):
    def lost(*_args):
        raise OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(posters, "store_poster", lost)
        with pytest.raises(OperationalError):
            sync_posters()
    assert outcome(sync_posters()) == {"status": "success", "created": 3}
    assert SyncLog.objects.count() == 1


def test_asked_for_by_name_a_film_does_not_wait_for_its_time(fake_images, films):
    del fake_images.pictures["/poster2.jpg"]
    sync_posters()
    fake_images.hold(2)
    assert outcome(sync_posters(films=[films[1].pk, films[0].pk])) == {
        "status": "success",
        "created": 1,
        "unchanged": 1,
    }
    assert fake_images.count("poster1") == 1


def test_a_failure_of_a_film_that_is_gone_is_not_noted(films):
    posters.record_failure(WantedPoster(films[0].pk, "/elsewhere.jpg"), "x")
    assert not SyncState.objects.exists()
    assert posters.remove_poster(WantedPoster(films[0].pk + 999, "")).unchanged == 1
    assert posters.store_poster(WantedPoster(films[0].pk + 999, "/x.jpg"), prepare(BytesIO(jpeg()))).unchanged == 1
    assert stored_names() == []


def test_posters_come_last_in_the_night(fake_tmdb, fake_omdb, fake_images):
    """What the lists and the details of this night have brought in is fetched in this night."""
    assert NIGHT[-1] == SyncLog.Entity.POSTERS
    fake_tmdb.page(1, [movie_json(7)])
    fake_tmdb.films[7] = details_json(7)
    fake_images.hold(7)
    sync_night()
    assert Movie.objects.get(tmdb_id=7).poster_key
    assert SyncLog.objects.get(entity_type="posters").created == 1
