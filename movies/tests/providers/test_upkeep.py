from datetime import timedelta

import pytest
from django.utils import timezone

from movies.models import SyncState
from movies.providers import upkeep
from movies.providers.due import films_due_for_details, films_due_for_ratings
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


def ago(days):
    return timezone.now() - timedelta(days=days)


def state(movie, **fields):
    return SyncState.objects.create(movie=movie, **fields)


def test_a_film_is_requested_once():
    film = MovieFactory()
    state(film, details_synced_at=timezone.now())
    assert films_due_for_details(ago(30), 10) == []
    assert (upkeep.request_details([film.pk]), upkeep.request_details([film.pk])) == (1, 0)
    assert films_due_for_details(ago(30), 10) == [film.pk]


def test_only_films_with_a_tmdb_id_can_be_requested():
    assert upkeep.request_details([MovieFactory(tmdb_id=None).pk, 10**9]) == 0
    assert not SyncState.objects.exists()


def test_the_order_of_films_due_for_details():
    never = MovieFactory(popularity=5)
    old = MovieFactory(popularity=9)
    state(old, details_synced_at=ago(40))
    expired = MovieFactory(popularity=1)
    state(expired, details_synced_at=ago(200))
    wanted = MovieFactory(popularity=7)
    state(wanted, details_synced_at=ago(1), details_wanted=True)
    asked_by_omdb_only = MovieFactory(popularity=6)
    state(asked_by_omdb_only, omdb_synced_at=timezone.now())
    state(MovieFactory(popularity=99), details_synced_at=ago(2))
    state(MovieFactory(popularity=99), details_synced_at=ago(99), tmdb_vanished_at=ago(100), tmdb_asked_at=ago(2))
    gone = MovieFactory(popularity=8)
    state(gone, details_synced_at=ago(99), tmdb_vanished_at=ago(100), tmdb_asked_at=ago(31))
    MovieFactory(tmdb_id=None, popularity=99)
    order = [expired, old, gone, wanted, asked_by_omdb_only, never]
    assert films_due_for_details(ago(30), 10) == [film.pk for film in order]
    assert films_due_for_details(ago(30), 2) == [expired.pk, old.pk]


def test_films_due_for_ratings():
    never = MovieFactory(imdb_id="tt0000001", popularity=1)
    old = MovieFactory(imdb_id="tt0000002", popularity=2)
    state(old, omdb_synced_at=ago(31))
    state(MovieFactory(imdb_id="tt0000003"), omdb_synced_at=ago(1))
    MovieFactory(imdb_id=None)
    assert films_due_for_ratings(ago(30), 10) == [old.pk, never.pk]


def test_a_film_is_marked_as_vanished_once_and_is_no_longer_requested():
    film = MovieFactory(tmdb_id=7)
    state(film, details_wanted=True)
    assert (upkeep.mark_vanished([7, 8]), upkeep.mark_vanished([7])) == (1, 0)
    film.sync_state.refresh_from_db()
    assert not film.sync_state.details_wanted


def test_texts_of_a_film_without_details_expire_by_its_age(django_assert_num_queries):
    old, young = MovieFactory(overview="Words."), MovieFactory(overview="Words.")
    type(old).objects.filter(pk=old.pk).update(created_at=ago(181))
    for film in (old, young):
        state(film, tmdb_vanished_at=ago(1))
    assert (upkeep.drop_expired_texts(), upkeep.drop_expired_texts()) == (1, 0)
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.overview, young.overview) == ("", "Words.")
