"""Merging two rows of a film: what goes over, and what another connection writes meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from accounts.tests.factories import UserFactory
from movies.library.watchlist import add_item
from movies.models import FormerFilm, HiddenReview, Movie, ReviewReport, SyncState, WatchlistItem
from movies.providers import adult, duplicates, merging
from movies.providers.merging import merge_films
from movies.tests.at_once import wait_until_blocking
from movies.tests.factories import GenreFactory, MovieFactory, RatingFactory

pytestmark = pytest.mark.django_db


def merge(kept, dropped):
    with transaction.atomic():
        merge_films(kept, dropped)
    kept.refresh_from_db()
    return kept


def test_what_a_manager_wrote_of_either_row_stays():
    drama = GenreFactory()
    kept = MovieFactory(title="Ours", tagline="Kept", locked_fields=["title"])
    by_hand = {"title": "Theirs", "overview": "Written", "certification": "12A", "age_restriction": 12}
    locked = ["certification", "genres", "overview", "poster_source", "title"]
    dropped = MovieFactory(genres=[drama], poster_key="ab" * 16, tagline="Lost", locked_fields=locked, **by_hand)
    merge(kept, dropped)
    assert (kept.title, kept.tagline, kept.overview, kept.poster_key) == ("Ours", "Kept", "Written", "ab" * 16)
    assert (kept.certification, kept.age_restriction, list(kept.genres.all())) == ("12A", 12, [drama])
    assert kept.locked_fields == locked
    assert kept.imdb_id == dropped.imdb_id


def test_what_only_the_dropped_row_has_fills_gaps_but_no_field_that_a_manager_emptied():
    facts = {"overview": "OMDb's plot.", "tagline": "Theirs.", "directors": ["D"], "imdb_rating": Decimal("7.5")}
    rated = {"certification": "R", "age_restriction": 17}
    drama, own = GenreFactory(), GenreFactory()
    coming = {"region": "US", "region_date": date(2030, 5, 1)}
    dropped = MovieFactory(release_date=date(1999, 3, 4), genres=[drama], **facts, **rated, **coming)
    kept = MovieFactory(directors=["Own"], age_restriction=12, locked_fields=["age_restriction", "tagline"])
    merge(kept, dropped)
    assert (kept.overview, kept.tagline, kept.directors, kept.imdb_rating) == ("OMDb's plot.", "", ["Own"], 7.5)
    assert (kept.certification, kept.age_restriction, kept.release_date) == ("R", 12, date(1999, 3, 4))
    assert (list(kept.genres.all()), kept.region_date) == ([drama], date(2030, 5, 1))
    other = MovieFactory(genres=[own], year=2001)
    merge(other, kept)
    assert (list(other.genres.all()), other.release_date) == ([own], None)


DECISIONS = SyncState.AdultDecision


@pytest.mark.parametrize(
    ("ours", "theirs", "is_withdrawn"),
    [
        (None, DECISIONS.HIDDEN, True),
        (None, DECISIONS.SHOWN, False),
        ("", DECISIONS.SHOWN, False),
        (DECISIONS.SHOWN, DECISIONS.HIDDEN, False),
        (DECISIONS.HIDDEN, "", True),
        (None, "", True),
        (DECISIONS.HIDDEN, None, True),
    ],
)
def test_a_managers_decision_about_either_row_stays(ours, theirs, is_withdrawn):
    """None: TMDB does not flag this row as adult. Empty: not decided."""
    kept, dropped = MovieFactory(), MovieFactory()
    for film, decision in ((kept, ours), (dropped, theirs)):
        if decision is not None:
            adult.flag_films({film.tmdb_id: True})
            if decision:
                adult.decide(film, decision)
            film.refresh_from_db()
    merge(kept, dropped)
    state = SyncState.objects.get()
    assert (kept.withdrawn, state.adult_decision) == (is_withdrawn, ours or theirs or "")
    assert state.adult_flagged_at is not None
    adult.flag_films({kept.tmdb_id: True})
    kept.refresh_from_db()
    assert kept.withdrawn == is_withdrawn


def test_a_flag_that_is_not_decided_leaves_a_film_on_the_programme():
    kept, dropped = MovieFactory(showing_until=timezone.now() + timedelta(days=1)), MovieFactory()
    adult.flag_films({dropped.tmdb_id: True})
    assert not merge(kept, dropped).withdrawn
    assert kept.sync_state.adult_flagged_at is not None


def test_the_later_end_of_the_programme_and_the_older_day_of_a_watchlist_stay():
    now = timezone.now()
    user = UserFactory()
    kept, dropped = MovieFactory(showing_until=now), MovieFactory(showing_until=now + timedelta(days=1))
    add_item(user, kept, at=now)
    add_item(user, dropped, at=now - timedelta(days=9))
    assert merge(kept, dropped).showing_until == now + timedelta(days=1)
    assert WatchlistItem.objects.get().added_at == now - timedelta(days=9)


def test_reports_and_hidden_reviews_of_the_dropped_row_stay():
    kept, dropped, author = MovieFactory(), MovieFactory(), UserFactory()
    RatingFactory(movie=kept, user=author, review="")
    rating = RatingFactory(movie=dropped, user=author, review="Rude.")
    ReviewReport.objects.create(rating=rating, reporter=UserFactory(), reason="abusive")
    HiddenReview.objects.create(user=author, movie=dropped, reason="Rude.")
    merge(kept, dropped)
    assert ReviewReport.objects.get().rating.movie == kept
    assert ReviewReport.objects.get().rating.review == "Rude."
    assert HiddenReview.objects.get().movie == kept


def test_former_rows_of_the_dropped_one_lead_to_the_kept_one():
    first, second, third = (MovieFactory() for _ in range(3))
    merge(second, first)
    merge(third, second)
    former = set(FormerFilm.objects.values_list("tmdb_id", "film_id", "movie"))
    assert former == {
        (tmdb_id, film_id, third.pk)
        for row in (first, second)
        for tmdb_id, film_id in ((row.tmdb_id, None), (None, row.pk))
    }


class TestMeanwhile:
    """Another connection adds the dropped row to a watchlist after the rows went over, and before it is deleted."""

    pytestmark = pytest.mark.django_db(transaction=True)

    def merge(self, monkeypatch):
        """Merge two rows in use; return what became of the other connection's item."""
        user = UserFactory()
        kept, dropped = MovieFactory(tmdb_id=1), MovieFactory(tmdb_id=2)
        RatingFactory(movie=kept)
        RatingFactory(movie=dropped)
        take_over, answers = merging._take_over_edits, []

        def add():
            try:
                return add_item(user, dropped)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:

            def in_between(*films):
                answers.append(pool.submit(add))
                wait_until_blocking(answers[0].done)
                take_over(*films)

            monkeypatch.setattr(merging, "_take_over_edits", in_between)
            duplicates.continue_under(1, 2)
        assert Movie.objects.get() == kept
        return answers[0].exception()

    def test_it_waits_and_is_refused(self, monkeypatch):
        # Of the film that is gone, or (on a slow machine) because the wait was too long.
        assert isinstance(self.merge(monkeypatch), IntegrityError | OperationalError)
        assert not WatchlistItem.objects.exists()

    def test_without_the_lock_it_is_accepted_and_lost(self, monkeypatch):
        """The control."""
        monkeypatch.setattr(duplicates, "_lock", lambda films: list(films.order_by("pk")))
        assert self.merge(monkeypatch) is None
        assert not WatchlistItem.objects.exists()
