"""The details of films that the id export brings in."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog_sync.id_export import awaited
from catalog_sync.models import AwaitedFilm
from catalog_sync.nightly.details import sync_details
from catalog_sync.tests.fakes.tmdb import details_json
from catalog_sync.tests.nightly.films import create_films
from catalog_sync.tests.nightly.outcomes import outcome
from movies.models import Movie, SearchWord
from movies.tests.factories import GenreFactory, MovieFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _genres():
    GenreFactory(tmdb_id=18, name="Drama")
    GenreFactory(tmdb_id=35, name="Comedy")


def wait_for(fake_tmdb, *numbers):
    """Let films wait, which the fake has in full; the highest number is the most popular."""
    awaited.add({number: float(number) for number in numbers})
    for number in numbers:
        fake_tmdb.films[number] = details_json(number)


def test_a_film_comes_complete_and_only_once(fake_tmdb):
    wait_for(fake_tmdb, 7)
    assert outcome(sync_details()) == {"status": "success", "created": 1}
    film = Movie.objects.get()
    values = (film.tmdb_id, film.title, film.imdb_id, film.runtime, film.cast, film.withdrawn)
    assert values == (7, "The Lantern Keeper 7", "tt0000007", 101, ["First Player", "Second Player"], False)
    assert film.genres.count() == 2
    assert film.sync_state.details_synced_at is not None
    assert not AwaitedFilm.objects.exists()
    assert outcome(sync_details()) == {"status": "success"}
    assert len(fake_tmdb.requests) == 1


def test_they_come_after_the_films_of_the_catalogue_the_most_popular_first(fake_tmdb, settings):
    settings.TMDB_NEW_PER_NIGHT = 2
    create_films(fake_tmdb, 1)
    wait_for(fake_tmdb, 3, 4, 5)
    run = sync_details()
    assert outcome(run) == {"status": "success", "created": 2, "updated": 1}
    assert set(Movie.objects.values_list("tmdb_id", flat=True)) == {1, 4, 5}
    assert outcome(sync_details()) == {"status": "success", "created": 1}


def test_none_comes_where_none_is_wanted(fake_tmdb, settings):
    settings.TMDB_NEW_PER_NIGHT = 0
    wait_for(fake_tmdb, 1)
    assert outcome(sync_details()) == {"status": "success"}
    assert awaited.count() == 1


def test_films_that_come_to_nothing_wait_no_longer(fake_tmdb):
    """Deleted at TMDB, flagged as adult, and without a title; but one that could not be fetched waits on."""
    wait_for(fake_tmdb, 1, 2, 3, 4)
    del fake_tmdb.films[1]
    fake_tmdb.films[2] = details_json(2, adult=True)
    fake_tmdb.films[3] = details_json(3, title="", original_title="")
    fake_tmdb.fail("/movie/4", status=500, times=99)
    assert outcome(sync_details()) == {"status": "success", "unchanged": 2, "failed": 2, "remarks": {"adult": 1}}
    assert not Movie.objects.exists()
    assert list(AwaitedFilm.objects.values_list("tmdb_id", flat=True)) == [4]


def test_a_film_of_the_catalogue_is_adopted_and_a_second_row_is_merged(fake_tmdb):
    by_title = MovieFactory(tmdb_id=None, title="The Lantern Keeper 1", year=2019)
    by_imdb_id = MovieFactory(tmdb_id=None, title="Quite another title", imdb_id="tt0000002")
    wait_for(fake_tmdb, 1, 2)
    run = sync_details()
    assert outcome(run) == {"status": "success", "created": 1, "updated": 1, "remarks": {"twins_merged": 1}}
    assert dict(Movie.objects.values_list("pk", "tmdb_id")) == {by_title.pk: 1, by_imdb_id.pk: 2}


def test_a_film_refused_by_the_database_is_left_out(fake_tmdb, monkeypatch):
    monkeypatch.setattr("catalog_sync.mapping.values.YEARS", range(9000))
    wait_for(fake_tmdb, 1, 2)
    fake_tmdb.films[1] = details_json(1, release_date="0999-01-01")
    assert outcome(sync_details()) == {"status": "success", "created": 1, "failed": 1}
    assert not AwaitedFilm.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_they_are_found_by_the_search(fake_tmdb):
    wait_for(fake_tmdb, 1)
    sync_details()
    assert SearchWord.objects.filter(word="lantern").exists()


def test_the_queries_of_a_batch_are_as_many_however_many_come(fake_tmdb):
    def count(*numbers):
        wait_for(fake_tmdb, *numbers)
        with CaptureQueriesContext(connection) as queries:
            sync_details()
        return len(queries)

    assert count(1) == count(*range(2, 32))
