"""Completion of films from OMDb with what only TMDB has."""

import pytest

from catalog_sync import tasks
from catalog_sync.adoption import adopt, complete
from catalog_sync.clients.errors import Unavailable
from catalog_sync.tests.fakes.omdb import title_json
from catalog_sync.tests.fakes.tmdb import details_json
from common.services import publishing
from movies.models import Movie, StoredPoster, SyncState
from movies.tests.factories import GenreFactory, MovieFactory, RatingFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tmdb(fake_tmdb, fake_images):
    fake_tmdb.films = {7: details_json(7)}
    fake_images.add_images(7)
    GenreFactory(tmdb_id=18, name="Drama")
    return fake_tmdb


def paths(fake):
    return [request.path for request in fake.requests]


def test_details_and_poster_come_in(tmdb, fake_images):
    film = adopt.adopt_row(title_json(7))
    complete.complete_films([film.pk])
    film.refresh_from_db()
    assert (film.tmdb_id, film.imdb_id, film.tagline) == (7, "tt0000007", "Lantern 7 never goes out.")
    assert film.poster_source == "/poster7.jpg"
    assert film.poster_key
    assert StoredPoster.objects.filter(key=film.poster_key).exists()
    assert SyncState.objects.get(movie=film).details_synced_at is not None
    assert paths(tmdb) == ["/3/find/tt0000007", "/3/movie/7"]


def test_a_completed_film_is_not_asked_for_again(tmdb):
    film = adopt.adopt_row(title_json(7))
    for _ in range(2):
        complete.complete_films([film.pk])
    assert len(tmdb.requests) == 2


def test_a_film_that_tmdb_does_not_know_stays_as_it_is(tmdb, events):
    tmdb.films = {}
    film = adopt.adopt_row(title_json(7))
    complete.complete_films([film.pk])
    film.refresh_from_db()
    assert (film.tmdb_id, film.poster_key) == (None, "")
    assert [entry["imdb_id"] for entry in events("film_unknown_to_tmdb")] == ["tt0000007"]


def test_a_film_from_the_lists_is_merged_with_it(tmdb):
    listed = MovieFactory(tmdb_id=7, title="Another title")
    adopted = adopt.adopt_row(title_json(7))
    RatingFactory(movie=adopted)
    complete.complete_films([adopted.pk])
    only = Movie.objects.get()
    assert (only.pk, only.tmdb_id, bool(only.poster_key)) == (adopted.pk, 7, True)
    assert listed.pk != only.pk


def test_a_film_with_a_tmdb_id_is_not_searched_for(tmdb):
    film = MovieFactory(tmdb_id=7, imdb_id="tt0000007")
    complete.complete_films([film.pk])
    assert paths(tmdb) == ["/3/movie/7"]


@pytest.mark.parametrize(
    "films",
    [
        {7: {"id": "seven", "imdb_id": "tt0000007"}},
        {8: details_json(8, imdb_id="tt0000007", title="", original_title="")},
    ],
)
def test_unusable_details_change_nothing(tmdb, films):
    tmdb.films = films
    film = adopt.adopt_row(title_json(7))
    before = Movie.objects.filter(pk=film.pk).values().get()
    complete.complete_films([film.pk])
    changed = {"tmdb_id", "updated_at"}
    after = Movie.objects.filter(pk=film.pk).values().get()
    assert {k: v for k, v in after.items() if k not in changed} == {k: v for k, v in before.items() if k not in changed}


def test_a_film_that_tmdb_flags_as_adult_leaves_the_public_catalogue(tmdb):
    tmdb.films = {7: details_json(7, adult=True)}
    film = adopt.adopt_row(title_json(7))
    complete.complete_films([film.pk])
    film.refresh_from_db()
    assert (film.tmdb_id, film.withdrawn, film.poster_key) == (7, True, "")
    assert film.sync_state.adult_flagged_at is not None


def test_a_bad_film_does_not_stop_the_others(tmdb):
    tmdb.films[8] = {"id": "eight", "imdb_id": "tt0000008"}
    films = [adopt.adopt_row(title_json(number)).pk for number in (8, 7)]
    complete.complete_films(films)
    assert Movie.objects.get(imdb_id="tt0000007").poster_key


def test_a_missing_image_is_recorded(tmdb, fake_images):
    fake_images.pictures = {}
    film = adopt.adopt_row(title_json(7))
    complete.complete_films([film.pk])
    state = SyncState.objects.get(movie=film)
    assert (state.poster_source_failed, state.poster_failures) == ("/poster7.jpg", 1)


def test_without_a_store_the_poster_is_left_to_the_night(tmdb, events, monkeypatch):
    from movies.posters.store import StoreUnavailable

    def away(*_):
        raise StoreUnavailable

    monkeypatch.setattr("movies.providers.posters.store_poster", away)
    film = adopt.adopt_row(title_json(7))
    complete.complete_films([film.pk])
    film.refresh_from_db()
    assert (film.tagline, film.poster_key) == ("Lantern 7 never goes out.", "")
    assert len(events("poster_not_stored")) == 1


@pytest.fixture
def lost(monkeypatch):
    """Lose every message to the workers."""
    monkeypatch.setattr(publishing, "publish", lambda *_arguments, **_options: False)


def test_a_sweep_completes_films_once_tmdb_is_back(tmdb, lost, events):
    film = adopt.adopt_row(title_json(7))
    adopt.schedule_completion([film.pk])
    tmdb.fail("/find/", status=503, times=99)
    with pytest.raises(Unavailable):
        complete.complete_films([film.pk])
    tasks.complete_films([film.pk])
    tasks.complete_wanted()
    assert [entry["error"] for entry in events("sync_interrupted")] == ["TransientFailure"] * 2
    tmdb.clear_faults()
    tasks.complete_wanted()
    assert (Movie.objects.get().tmdb_id, SyncState.objects.get().details_wanted) == (7, False)
    asked = len(tmdb.requests)
    tasks.complete_wanted()
    assert len(tmdb.requests) == asked


def test_a_sweep_asks_once_for_a_film_that_tmdb_does_not_know(tmdb, lost):
    tmdb.films = {}
    film = adopt.adopt_row(title_json(7))
    MovieFactory(imdb_id="tt0000008")  # not requested
    adopt.schedule_completion([film.pk])
    tasks.complete_wanted()
    tasks.complete_wanted()
    assert paths(tmdb) == ["/3/find/tt0000007"]


def test_without_a_key_nothing_happens(tmdb, settings, events):
    settings.TMDB_API_KEY = ""
    film = adopt.adopt_row(title_json(7))
    complete.complete_films([film.pk])
    assert tmdb.requests == []
    assert [entry["reason"] for entry in events("films_not_completed")] == ["TMDB_API_KEY is not set."]


def test_a_film_without_a_poster_at_tmdb_keeps_the_drawn_one(tmdb, fake_images):
    tmdb.films[7] = details_json(7, poster_path=None)
    film = adopt.adopt_row(title_json(7))
    complete.complete_films([film.pk])
    film.refresh_from_db()
    assert (film.tagline, film.poster_key) == ("Lantern 7 never goes out.", "")
    assert fake_images.requests == []


def test_deleted_films_are_ignored(tmdb):
    complete.complete_films([1, 2])
    assert tmdb.requests == []
