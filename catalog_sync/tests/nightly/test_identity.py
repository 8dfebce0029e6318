"""Films that TMDB deletes and has under another id: the row that people use goes on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from catalog_sync.nightly.details import sync_details
from catalog_sync.nightly.lists import sync_movies
from catalog_sync.tests.fakes.tmdb import details_json, movie_json
from catalog_sync.tests.nightly.outcomes import outcome
from movies.models import FormerFilm, Movie, Rating, SyncState, WatchlistItem
from movies.tests.factories import MovieFactory, RatingFactory, ViewingFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db

A, B = 700, 900
IMDB = "tt0000700"


@pytest.fixture
def moved(fake_tmdb):
    """Let TMDB have deleted A, whose IMDb id B has."""
    fake_tmdb.films[B] = details_json(B, imdb_id=IMDB, external_ids={"imdb_id": IMDB}, title="The Lantern")
    return fake_tmdb


@pytest.fixture
def film():
    return MovieFactory(tmdb_id=A, imdb_id=IMDB, title="Lantern")


def ids():
    return list(Movie.objects.order_by("pk").values_list("pk", "tmdb_id", "imdb_id"))


def test_the_film_goes_on_under_the_other_id(moved, film):
    rating, item = RatingFactory(movie=film), WatchlistItemFactory(movie=film)
    run = sync_details()
    assert outcome(run) == {"status": "success", "updated": 1, "remarks": {"under_another_id": 1}}
    assert ids() == [(film.pk, B, IMDB)]
    film.refresh_from_db()
    assert (film.title, film.ratings_count) == ("The Lantern", 1)
    assert (rating.movie_id, item.movie_id) == (film.pk, film.pk)
    state = SyncState.objects.get()
    assert (state.tmdb_vanished_at, state.details_wanted) == (None, False)
    assert list(FormerFilm.objects.values_list("tmdb_id", "film_id", "movie")) == [(A, None, film.pk)]
    assert outcome(sync_details()) == {"status": "success"}


def test_a_second_row_that_the_list_made_is_merged(moved, film, client):
    RatingFactory(movie=film)
    moved.page(1, [movie_json(B)])
    sync_movies(1)
    second = Movie.objects.get(tmdb_id=B)
    sync_details()
    assert ids() == [(film.pk, B, IMDB)]
    old_page = client.get(second.get_absolute_url())
    assert (old_page.status_code, old_page["Location"]) == (301, Movie.objects.get().get_absolute_url())


def test_a_list_that_still_has_the_deleted_id_makes_no_second_film(moved, film):
    sync_details()
    moved.page(1, [movie_json(A), movie_json(B)])
    MovieFactory(tmdb_id=None, title="The Lantern Keeper 700", year=2019)  # not taken for it either
    before = ids()
    assert outcome(sync_movies(1)) == {"status": "success", "updated": 1, "unchanged": 1}
    assert ids() == before


def test_a_deleted_id_that_had_become_another_film_stays_that_film(moved, film):
    sync_details()
    other = MovieFactory(tmdb_id=A, imdb_id="tt0000123")
    assert outcome(sync_details())["remarks"] == {"vanished": 1}
    assert ids() == [(film.pk, B, IMDB), (other.pk, A, "tt0000123")]


def test_the_row_that_people_use_goes_on_even_if_it_is_the_new_one(moved, film):
    second = MovieFactory(tmdb_id=B)
    item = WatchlistItemFactory(movie=second)
    sync_details()
    assert ids() == [(second.pk, B, IMDB)]
    item.refresh_from_db()
    assert item.movie_id == second.pk
    assert set(FormerFilm.objects.values_list("tmdb_id", "film_id")) == {(A, None), (None, film.pk)}


def test_of_two_rows_in_use_nothing_is_lost(moved, film):
    ana, ben = UserFactory(), UserFactory()
    second = MovieFactory(tmdb_id=B)
    RatingFactory(movie=film, user=ana, rating=4, review="Old words.", updated_at=timezone.now() - timedelta(days=9))
    RatingFactory(movie=second, user=ana, rating=9, review="")
    RatingFactory(movie=second, user=ben, rating=5)
    WatchlistItemFactory(movie=film, user=ana, is_favorite=False)
    WatchlistItemFactory(movie=second, user=ana, is_favorite=True)
    seen = ViewingFactory(movie=second, user=ana)
    ViewingFactory(movie=film, user=ana, watched_at=seen.watched_at)
    other_day = ViewingFactory(movie=second, user=ana, watched_at=seen.watched_at - timedelta(days=30))
    sync_details()
    assert ids() == [(film.pk, B, IMDB)]
    assert set(Rating.objects.values_list("user", "rating", "review")) == {(ana.pk, 9, "Old words."), (ben.pk, 5, "")}
    film.refresh_from_db()
    assert (film.ratings_count, film.ratings_sum) == (2, 14)
    assert list(WatchlistItem.objects.values_list("user", "is_favorite")) == [(ana.pk, True)]
    assert film.viewings.count() == 2
    assert film.viewings.filter(watched_at=other_day.watched_at).exists()


def test_a_row_that_had_vanished_before_is_found_again(moved, film):
    SyncState.objects.create(movie=film, tmdb_vanished_at=timezone.now() - timedelta(days=400))
    WatchlistItemFactory(movie=film)
    sync_details()
    assert ids() == [(film.pk, B, IMDB)]


def test_the_details_of_the_new_row_settle_it_too(moved, film):
    """A is known to be deleted and was asked about a moment ago; B comes in by a list."""
    state = SyncState.objects.create(movie=film, tmdb_vanished_at=timezone.now(), tmdb_asked_at=timezone.now())
    WatchlistItemFactory(movie=film)
    second = MovieFactory(tmdb_id=B)
    WatchlistItemFactory(movie=second)
    assert outcome(sync_details())["remarks"] == {"twins_merged": 1}
    assert ids() == [(film.pk, B, IMDB)]
    state.refresh_from_db()
    assert state.tmdb_vanished_at is None


def test_two_films_that_tmdb_both_has_stay_apart_and_are_named(moved, film):
    moved.films[A] = details_json(A)
    second = MovieFactory(tmdb_id=B)
    assert outcome(sync_details())["remarks"] == {"twins_left_apart": 1}
    assert ids() == [(film.pk, A, IMDB), (second.pk, B, None)]
    assert SyncState.objects.get(movie=second).twin == film


def test_a_deleted_film_without_a_successor_is_asked_about_once_a_month(fake_tmdb, film):
    for _ in range(2):
        sync_details()
    assert [request.path for request in fake_tmdb.requests] == [f"/3/movie/{A}", f"/3/find/{IMDB}"]
    assert Movie.objects.get().sync_state.tmdb_vanished_at is not None
    SyncState.objects.update(tmdb_asked_at=timezone.now() - timedelta(days=31))
    sync_details()
    assert fake_tmdb.count(f"/movie/{A}") == 2


def test_a_film_that_tmdb_finds_but_that_names_another_imdb_id_is_not_taken(moved, film):
    moved.films[B]["external_ids"] = {"imdb_id": "tt7777777"}
    sync_details()
    assert Movie.objects.get().tmdb_id == A
    assert Movie.objects.get().sync_state.tmdb_vanished_at is not None


@pytest.mark.parametrize("fault", [{"status": 500, "times": 99}, {"status": 404, "body": b"<html>", "times": 99}])
def test_a_failed_question_leaves_the_film_as_it_is(moved, film, fault):
    moved.fail("/find/", **fault)
    assert outcome(sync_details()) == {"status": "success", "updated": 1, "remarks": {"vanished": 1}}
    assert ids() == [(film.pk, A, IMDB)]
