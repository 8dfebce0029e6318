"""Writes to the watchlist, one by one and several at once."""

import threading
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from movies.library import watchlist
from movies.models import Movie, WatchlistItem
from movies.tests.at_once import at_once
from movies.tests.factories import MovieFactory, WatchlistItemFactory

LONG_AGO = datetime(2020, 2, 3, tzinfo=UTC)


@pytest.fixture
def film(db):
    return MovieFactory()


def on_list(user):
    return dict(WatchlistItem.objects.filter(user=user).values_list("movie_id", "is_favorite"))


def test_an_item_is_dated_now_unless_imported(ana, film):
    other = MovieFactory()
    item, older = watchlist.add_item(ana, film), watchlist.add_item(ana, other, is_favorite=True, at=LONG_AGO)
    assert timezone.now() - item.added_at < timedelta(minutes=1)
    assert older.added_at == LONG_AGO
    assert on_list(ana) == {film.pk: False, other.pk: True}


def test_adding_twice_is_refused_and_leaves_the_transaction_usable(ana, film):
    watchlist.add_item(ana, film)
    with pytest.raises(IntegrityError, match="watchlist_item_one_per_user_and_movie"):
        watchlist.add_item(ana, film, is_favorite=True)
    assert on_list(ana) == {film.pk: False}


def test_keeping_and_dropping_can_be_repeated(ana, film):
    item = WatchlistItemFactory(user=ana, movie=film, is_favorite=True, added_at=LONG_AGO)
    watchlist.keep_film(ana, film)
    assert list(WatchlistItem.objects.values_list("pk", "is_favorite", "added_at")) == [(item.pk, True, LONG_AGO)]
    other_users_item = WatchlistItemFactory(movie=film)
    watchlist.drop_film(ana, film)
    watchlist.drop_film(ana, film)
    assert list(WatchlistItem.objects.all()) == [other_users_item]
    watchlist.keep_film(ana, film)
    assert on_list(ana) == {film.pk: False}


def test_marking_a_favourite_puts_it_on_the_list(ana, film):
    watchlist.mark_favorite(ana, film)
    assert on_list(ana) == {film.pk: True}
    watchlist.unmark_favorite(ana, film)
    assert on_list(ana) == {film.pk: False}


def test_marking_a_favourite_keeps_when_it_was_added(ana, film):
    WatchlistItemFactory(user=ana, movie=film, added_at=LONG_AGO)
    other = WatchlistItemFactory(movie=film)
    watchlist.mark_favorite(ana, film)
    assert list(WatchlistItem.objects.filter(user=ana).values_list("is_favorite", "added_at")) == [(True, LONG_AGO)]
    other.refresh_from_db()
    assert not other.is_favorite


def test_unmarking_a_favourite_puts_nothing_on_the_list(ana, film):
    watchlist.unmark_favorite(ana, film)
    assert on_list(ana) == {}


def test_favourites_are_set_and_toggled(ana, film):
    item = watchlist.add_item(ana, film)
    assert watchlist.set_favorite(item, is_favorite=True).is_favorite is True
    assert watchlist.set_favorite(item, is_favorite=True).is_favorite is True
    assert watchlist.toggle_favorite(item).is_favorite is False
    assert on_list(ana) == {film.pk: False}


def test_toggling_inverts_the_stored_state(ana, film):
    read_before = watchlist.add_item(ana, film)
    WatchlistItem.objects.update(is_favorite=True)
    assert watchlist.toggle_favorite(read_before).is_favorite is False


def test_writing_a_deleted_item(ana, film):
    item = watchlist.add_item(ana, film)
    watchlist.delete_item(item)
    assert on_list(ana) == {}
    for act in (lambda: watchlist.set_favorite(item, is_favorite=True), lambda: watchlist.toggle_favorite(item)):
        with pytest.raises(WatchlistItem.DoesNotExist):
            act()
    watchlist.delete_item(item)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    THREADS = 10

    def test_keeping_ten_times_at_once(self, ana, film):
        assert at_once([lambda: watchlist.keep_film(ana, film)] * self.THREADS) == [None] * self.THREADS
        assert on_list(ana) == {film.pk: False}

    def test_different_writes_at_once(self, ana, film):
        writes = [watchlist.keep_film, watchlist.drop_film, watchlist.mark_favorite, watchlist.unmark_favorite] * 5
        assert at_once([partial(write, ana, film) for write in writes]) == [None] * 20
        assert WatchlistItem.objects.count() <= 1

    def test_adding_ten_times_at_once(self, ana, film):
        made = at_once([lambda: watchlist.add_item(ana, film)] * self.THREADS)
        assert [type(each) for each in made].count(WatchlistItem) == 1
        refused = [each for each in made if isinstance(each, IntegrityError)]
        assert len(refused) == self.THREADS - 1
        assert all("watchlist_item_one_per_user_and_movie" in str(each) for each in refused)

    @pytest.mark.parametrize("threads", [9, 10])
    def test_every_toggle_counts(self, ana, film, threads):
        item = watchlist.add_item(ana, film)
        answers = at_once([lambda: watchlist.toggle_favorite(WatchlistItem.objects.get()).is_favorite] * threads)
        assert (answers.count(True), answers.count(False)) == (-(-threads // 2), threads // 2)
        item.refresh_from_db()
        assert item.is_favorite is (threads % 2 == 1)

    def test_toggles_that_read_and_write_are_lost(self, ana, film):
        """The control: both read before either writes."""
        watchlist.add_item(ana, film)
        together = threading.Barrier(2)

        def read_then_write():
            item = WatchlistItem.objects.get()
            together.wait(60)
            return watchlist.set_favorite(item, not item.is_favorite).is_favorite

        assert at_once([read_then_write] * 2) == [True, True]

    def test_checking_before_adding_fails(self, ana, film):
        """The control: `keep_film` without ON CONFLICT."""
        together = threading.Barrier(2)

        def look_then_add():
            missing = not WatchlistItem.objects.filter(user=ana, movie=film).exists()
            together.wait(60)
            return watchlist.add_item(ana, film) if missing else None

        answers = at_once([look_then_add] * 2)
        assert [isinstance(answer, IntegrityError) for answer in answers].count(True) == 1

    def test_keeping_a_film_deleted_meanwhile(self, ana, film):
        read_before = Movie.objects.get(pk=film.pk)
        film.delete()
        with pytest.raises(IntegrityError):
            watchlist.keep_film(ana, read_before)
        assert not connection.in_atomic_block
        with transaction.atomic():
            assert on_list(ana) == {}
