"""The writes of the watchlist, and what they come to when several happen at once."""

import threading
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.tests.factories import UserFactory
from movies.library import watchlist
from movies.models import Movie, WatchlistItem
from movies.tests.at_once import at_once
from movies.tests.factories import MovieFactory, WatchlistItemFactory

LONG_AGO = datetime(2020, 2, 3, tzinfo=UTC)


@pytest.fixture
def ana(db):
    return UserFactory()


@pytest.fixture
def film(db):
    return MovieFactory()


def on_list(user):
    return dict(WatchlistItem.objects.filter(user=user).values_list("movie_id", "is_favorite"))


def test_added_now_unless_an_import_knows_when(ana, film):
    other = MovieFactory()
    item, older = watchlist.add(ana, film), watchlist.add(ana, other, is_favorite=True, at=LONG_AGO)
    assert timezone.now() - item.added_at < timedelta(minutes=1)
    assert older.added_at == LONG_AGO
    assert on_list(ana) == {film.pk: False, other.pk: True}


def test_added_twice_is_refused_by_the_database_and_leaves_the_transaction_usable(ana, film):
    watchlist.add(ana, film)
    with pytest.raises(IntegrityError, match="watchlist_item_one_per_user_and_movie"):
        watchlist.add(ana, film, is_favorite=True)
    assert on_list(ana) == {film.pk: False}


def test_kept_and_dropped_as_often_as_one_likes(ana, film):
    kept = WatchlistItemFactory(user=ana, movie=film, is_favorite=True, added_at=LONG_AGO)
    watchlist.keep(ana, film)
    assert list(WatchlistItem.objects.values_list("pk", "is_favorite", "added_at")) == [(kept.pk, True, LONG_AGO)]
    somebody_elses = WatchlistItemFactory(movie=film)
    watchlist.drop(ana, film)
    watchlist.drop(ana, film)
    assert list(WatchlistItem.objects.all()) == [somebody_elses]
    watchlist.keep(ana, film)
    assert on_list(ana) == {film.pk: False}


def test_a_favourite_is_on_the_list(ana, film):
    watchlist.favor(ana, film)
    assert on_list(ana) == {film.pk: True}
    watchlist.unfavor(ana, film)
    assert on_list(ana) == {film.pk: False}


def test_a_film_that_becomes_a_favourite_was_added_when_it_was(ana, film):
    WatchlistItemFactory(user=ana, movie=film, added_at=LONG_AGO)
    other = WatchlistItemFactory(movie=film)
    watchlist.favor(ana, film)
    assert list(WatchlistItem.objects.filter(user=ana).values_list("is_favorite", "added_at")) == [(True, LONG_AGO)]
    other.refresh_from_db()
    assert not other.is_favorite


def test_no_favourite_puts_nothing_on_the_list(ana, film):
    watchlist.unfavor(ana, film)
    assert on_list(ana) == {}


def test_marked_and_turned_over(ana, film):
    item = watchlist.add(ana, film)
    assert watchlist.set_favorite(item, is_favorite=True).is_favorite is True
    assert watchlist.set_favorite(item, is_favorite=True).is_favorite is True
    assert watchlist.toggle_favorite(item).is_favorite is False
    assert on_list(ana) == {film.pk: False}


def test_what_is_turned_over_is_what_is_stored(ana, film):
    read_before = watchlist.add(ana, film)
    WatchlistItem.objects.update(is_favorite=True)
    assert watchlist.toggle_favorite(read_before).is_favorite is False


def test_an_item_that_is_gone(ana, film):
    item = watchlist.add(ana, film)
    watchlist.remove(item)
    assert on_list(ana) == {}
    for act in (lambda: watchlist.set_favorite(item, is_favorite=True), lambda: watchlist.toggle_favorite(item)):
        with pytest.raises(WatchlistItem.DoesNotExist):
            act()
    watchlist.remove(item)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    THREADS = 10

    def test_kept_by_ten_presses(self, ana, film):
        assert at_once([lambda: watchlist.keep(ana, film)] * self.THREADS) == [None] * self.THREADS
        assert on_list(ana) == {film.pk: False}

    def test_kept_dropped_and_favoured(self, ana, film):
        wishes = [watchlist.keep, watchlist.drop, watchlist.favor, watchlist.unfavor] * 5
        assert at_once([partial(wish, ana, film) for wish in wishes]) == [None] * 20
        assert WatchlistItem.objects.count() <= 1

    def test_added_by_ten_requests(self, ana, film):
        made = at_once([lambda: watchlist.add(ana, film)] * self.THREADS)
        assert [type(each) for each in made].count(WatchlistItem) == 1
        refused = [each for each in made if isinstance(each, IntegrityError)]
        assert len(refused) == self.THREADS - 1
        assert all("watchlist_item_one_per_user_and_movie" in str(each) for each in refused)

    @pytest.mark.parametrize("threads", [9, 10])
    def test_every_turn_counts(self, ana, film, threads):
        item = watchlist.add(ana, film)
        answers = at_once([lambda: watchlist.toggle_favorite(WatchlistItem.objects.get()).is_favorite] * threads)
        assert (answers.count(True), answers.count(False)) == (-(-threads // 2), threads // 2)
        item.refresh_from_db()
        assert item.is_favorite is (threads % 2 == 1)

    def test_read_and_written_back_turns_get_lost(self, ana, film):
        """The control: both read before either writes."""
        watchlist.add(ana, film)
        together = threading.Barrier(2)

        def read_then_write():
            item = WatchlistItem.objects.get()
            together.wait(20)
            return watchlist.set_favorite(item, not item.is_favorite).is_favorite

        assert at_once([read_then_write] * 2) == [True, True]

    def test_looked_up_and_added_then_fails(self, ana, film):
        """The control: what `keep` would be without ON CONFLICT."""
        together = threading.Barrier(2)

        def look_then_add():
            missing = not WatchlistItem.objects.filter(user=ana, movie=film).exists()
            together.wait(20)
            return watchlist.add(ana, film) if missing else None

        answers = at_once([look_then_add] * 2)
        assert [isinstance(answer, IntegrityError) for answer in answers].count(True) == 1

    def test_a_film_deleted_meanwhile(self, ana, film):
        read_before = Movie.objects.get(pk=film.pk)
        film.delete()
        with pytest.raises(IntegrityError):
            watchlist.keep(ana, read_before)
        assert not connection.in_atomic_block
        with transaction.atomic():
            assert on_list(ana) == {}
