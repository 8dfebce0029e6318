from datetime import timedelta

import pytest
from django.utils import timezone

from movies.models import SyncState
from movies.providers import upkeep
from movies.providers.due import due_for_details, due_for_ratings
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


def ago(days):
    return timezone.now() - timedelta(days=days)


def state(movie, **fields):
    return SyncState.objects.create(movie=movie, **fields)


def test_a_wanted_film_is_next_in_line_once():
    film = MovieFactory()
    state(film, details_synced_at=timezone.now())
    assert due_for_details(ago(30), 10) == []
    assert (upkeep.want_details([film.pk]), upkeep.want_details([film.pk])) == (1, 0)
    assert due_for_details(ago(30), 10) == [film.pk]


def test_only_tmdbs_films_can_be_wanted():
    assert upkeep.want_details([MovieFactory(tmdb_id=None).pk, 10**9]) == 0
    assert not SyncState.objects.exists()


def test_the_order_of_what_is_due():
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
    state(MovieFactory(popularity=99), details_synced_at=ago(200), tmdb_vanished_at=ago(100))
    MovieFactory(tmdb_id=None, popularity=99)
    order = [expired, old, wanted, asked_by_omdb_only, never]
    assert due_for_details(ago(30), 10) == [film.pk for film in order]
    assert due_for_details(ago(30), 2) == [expired.pk, old.pk]


def test_what_is_due_for_ratings():
    never = MovieFactory(imdb_id="tt0000001", popularity=1)
    old = MovieFactory(imdb_id="tt0000002", popularity=2)
    state(old, omdb_synced_at=ago(31))
    state(MovieFactory(imdb_id="tt0000003"), omdb_synced_at=ago(1))
    MovieFactory(imdb_id=None)
    assert due_for_ratings(ago(30), 10) == [old.pk, never.pk]


def test_vanishing_is_news_once_and_answers_the_wish():
    film = MovieFactory(tmdb_id=7)
    state(film, details_wanted=True)
    assert (upkeep.mark_vanished([7, 8]), upkeep.mark_vanished([7])) == (1, 0)
    film.sync_state.refresh_from_db()
    assert not film.sync_state.details_wanted


def test_the_texts_of_a_film_whose_details_never_came_go_by_its_age(django_assert_num_queries):
    old, young = MovieFactory(overview="Words."), MovieFactory(overview="Words.")
    type(old).objects.filter(pk=old.pk).update(created_at=ago(181))
    for film in (old, young):
        state(film, tmdb_vanished_at=ago(1))
    assert (upkeep.drop_expired_texts(), upkeep.drop_expired_texts()) == (1, 0)
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.overview, young.overview) == ("", "Words.")
