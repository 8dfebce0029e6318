"""The step that fetches posters, into the file store; see test_posters_s3 for buckets."""

from io import BytesIO

import pytest

from catalog_sync.models import SyncLog
from catalog_sync.nightly.night import NIGHT, sync_night
from catalog_sync.nightly.posters import sync_posters
from catalog_sync.tests.fakes.tmdb import details_json, movie_json
from catalog_sync.tests.nightly.films import poster_keys, poster_state
from catalog_sync.tests.nightly.outcomes import outcome
from movies.catalogue import editing
from movies.models import Movie, StoredPoster
from movies.posters import store, uploads
from movies.providers import posters
from movies.providers.due import films_due_for_posters
from movies.tests.factories import MovieFactory
from movies.tests.posters.pictures import jpeg
from movies.tests.posters.stored import names_of, stored_names

pytestmark = pytest.mark.django_db(transaction=True)

NOTHING = {"status": "success"}


@pytest.fixture
def writes(monkeypatch):
    """Return a list that collects the names of written files."""
    names, write = [], store.write

    def record(name, data):
        names.append(name)
        write(name, data)

    monkeypatch.setattr(store, "write", record)
    return names


def test_the_first_night_and_the_second(fake_images, films, writes):
    run = sync_posters()
    assert outcome(run) == {"status": "success", "created": 3}
    assert (run.progress, run.todo_ids) == ("batch 1 of 1", [])
    assert len(set(poster_keys())) == 3
    assert stored_names() == sorted(name for key in poster_keys() for name in names_of(key))
    assert poster_state(films[0]) == {
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
    former, *others = poster_keys()
    fake_images.add_images(4)
    Movie.objects.filter(pk=films[0].pk).update(poster_source="/poster4.jpg")
    assert outcome(sync_posters()) == {"status": "success", "updated": 1}
    assert former not in poster_keys()
    assert poster_keys()[1:] == others
    assert stored_names() == sorted(name for key in poster_keys() for name in names_of(key))
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


def test_a_poster_removed_at_tmdb_is_removed(films):
    sync_posters()
    Movie.objects.filter(pk=films[0].pk).update(poster_source="")
    assert outcome(sync_posters()) == {"status": "success", "updated": 1}
    assert poster_keys()[0] == ""
    assert stored_names() == sorted(name for key in poster_keys()[1:] for name in names_of(key))
    assert outcome(sync_posters()) == NOTHING


def test_two_films_with_one_picture_share_it(fake_images, films):
    fake_images.pictures["/poster2.jpg"] = fake_images.pictures["/poster1.jpg"]
    sync_posters()
    first, second, third = poster_keys()
    assert first == second != third
    Movie.objects.filter(pk=films[0].pk).update(poster_source="")
    sync_posters()
    assert poster_keys() == ["", second, third]
    assert stored_names() == sorted(names_of(second) + names_of(third))


def test_a_manual_poster_stays(fake_images, films):
    uploads.set_poster(films[0], BytesIO(jpeg(color=(9, 99, 9))))
    uploads.remove_poster(films[1])
    assert outcome(sync_posters()) == {"status": "success", "created": 1}
    assert poster_keys()[:2] == [films[0].poster_key, ""]
    assert fake_images.count("poster1") == fake_images.count("poster2") == 0


def test_an_unlocked_poster_is_replaced(films):
    sync_posters()
    theirs = poster_keys()[0]
    uploads.set_poster(films[0], BytesIO(jpeg(color=(9, 99, 9))))
    assert outcome(sync_posters()) == NOTHING
    editing.unlock_fields(Movie.objects.get(pk=films[0].pk), ["poster_source"])
    assert outcome(sync_posters()) == {"status": "success", "updated": 1}
    assert poster_keys()[0] == theirs


def test_a_manual_poster_stays_when_tmdb_has_none(films):
    sync_posters()
    uploads.set_poster(films[0], BytesIO(jpeg(color=(9, 99, 9))))
    Movie.objects.filter(pk=films[0].pk).update(poster_source="", locked_fields=[])
    assert outcome(sync_posters(films=[films[0].pk])) == {"status": "success", "unchanged": 1}
    assert poster_keys()[0] == films[0].poster_key


def test_a_film_edited_or_deleted_during_the_fetch(fake_images, films, monkeypatch):
    """Its image is not stored."""

    def meanwhile(film, poster, keep=posters.store_poster):
        if film.movie == films[0].pk:
            uploads.remove_poster(films[0])
        if film.movie == films[1].pk:
            Movie.objects.filter(pk=films[1].pk).delete()
        return keep(film, poster)

    monkeypatch.setattr(posters, "store_poster", meanwhile)
    assert outcome(sync_posters()) == {"status": "success", "created": 1, "unchanged": 2}
    assert poster_keys() == ["", Movie.objects.get(pk=films[2].pk).poster_key]
    assert stored_names() == names_of(poster_keys()[1])
    assert StoredPoster.objects.count() == 1


def test_the_most_popular_come_first_and_no_more_than_allowed(fake_images, films, settings):
    settings.TMDB_POSTERS_PER_NIGHT = 2
    assert outcome(sync_posters()) == {"status": "success", "created": 2}
    assert [bool(key) for key in poster_keys()] == [True, True, False]
    assert outcome(sync_posters()) == {"status": "success", "created": 1}


def test_private_films_and_films_without_a_picture_are_not_due(fake_images, django_user_model):
    owner = django_user_model.objects.create_user("ana", "ana@example.org")
    MovieFactory(tmdb_id=None, owner=owner, poster_source="/poster1.jpg")
    MovieFactory()
    assert films_due_for_posters(10) == []
    assert outcome(sync_posters()) == NOTHING


def test_films_given_by_key_are_fetched_at_once(fake_images, films):
    del fake_images.pictures["/poster2.jpg"]
    sync_posters()
    fake_images.add_images(2)
    assert outcome(sync_posters(films=[films[1].pk, films[0].pk])) == {
        "status": "success",
        "created": 1,
        "unchanged": 1,
    }
    assert fake_images.count("poster1") == 1


def test_posters_come_last_in_the_night(fake_tmdb, fake_omdb, fake_images):
    """Posters of films that this night's lists and details have stored are fetched in the same night."""
    assert NIGHT[-1] == SyncLog.Entity.POSTERS
    fake_tmdb.page(1, [movie_json(7)])
    fake_tmdb.films[7] = details_json(7)
    fake_images.add_images(7)
    sync_night()
    assert Movie.objects.get(tmdb_id=7).poster_key
    assert SyncLog.objects.get(entity_type="posters").created == 1
