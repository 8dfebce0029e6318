"""Managers who write the same film, or the same id, at the same moment, each on a connection of their own."""

import threading
import time

import pytest
from django.db import IntegrityError, connection, transaction
from psycopg import sql

from accounts.tests.factories import ManagerFactory, UserFactory
from common.errors import Conflict
from movies.catalogue import editing
from movies.models import Movie, Rating, WatchlistItem
from movies.providers import upsert
from movies.providers.upsert import COLUMNS, Counts, MovieRow, upsert_movies
from movies.tests.at_once import at_once
from movies.tests.factories import GenreFactory, MovieFactory, RatingFactory

pytestmark = pytest.mark.django_db(transaction=True)

EDITS = {"title": "By hand", "runtime": 171, "tagline": "X", "overview": "Y"}


@pytest.fixture
def film():
    return MovieFactory(title="Heat", runtime=170)


def edit_at_once(film):
    manager = ManagerFactory()
    return at_once([lambda each=each: editing.edit_film(film, manager, dict([each])) for each in EDITS.items()])


def test_edits_of_different_fields_all_survive(film):
    answers = edit_at_once(film)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert Movie.objects.values(*EDITS, "locked_fields").get() == EDITS | {"locked_fields": sorted(EDITS)}


def test_without_the_row_lock_edits_are_lost(film, monkeypatch):
    """The control: everybody reads before anybody writes, so that each writes the locks that they knew of."""
    everybody_has_read = threading.Barrier(len(EDITS))

    def held(movie, *, key=False):
        row = Movie.objects.get(pk=movie.pk)
        everybody_has_read.wait(20)
        return row

    monkeypatch.setattr(editing, "held", held)
    edit_at_once(film)
    assert len(Movie.objects.get().locked_fields) == 1


def test_one_film_for_one_imdb_id():
    manager = ManagerFactory()
    facts = {"title": "Amélie", "imdb_id": "tt0211915"}
    acts = [lambda: editing.create_film(manager, facts), lambda: editing.create_films(manager, [facts])] * 4
    answers = at_once(acts)
    refused = [answer for answer in answers if isinstance(answer, IntegrityError | Conflict)]
    assert (len(refused), Movie.objects.count()) == (7, 1)


def test_the_cap_holds_for_a_crowd(monkeypatch):
    monkeypatch.setattr(editing, "MAX_PRIVATE_FILMS", 3)
    customer = UserFactory()
    answers = at_once([lambda: editing.create_film(customer, {"title": "Mine"})] * 8)
    assert sum(isinstance(answer, Conflict) for answer in answers) == 5
    assert Movie.objects.filter(owner=customer).count() == 3


def test_without_waiting_for_one_another_a_crowd_breaks_the_cap(monkeypatch):
    """The control: everybody counts before anybody writes."""
    monkeypatch.setattr(editing, "MAX_PRIVATE_FILMS", 1)
    everybody_has_counted = threading.Barrier(3)
    customer = UserFactory()

    def count_only(owner, more):
        assert Movie.objects.filter(owner=owner).count() + more <= editing.MAX_PRIVATE_FILMS
        everybody_has_counted.wait(20)

    monkeypatch.setattr(editing, "make_room", count_only)
    at_once([lambda: editing.create_film(customer, {"title": "Mine"})] * 3)
    assert Movie.objects.count() == 3


def test_rating_a_film_that_is_just_being_deleted_leaves_nothing_behind(film):
    people = [UserFactory() for _ in range(6)]
    acts = [lambda user=user: RatingFactory(movie=film, user=user) for user in people]
    acts += [lambda: WatchlistItem.objects.create(movie=film, user=people[0]), lambda: editing.delete_film(film)]
    answers = at_once(acts)
    # Who came first lost their row with the film; who came later was refused. Nobody met anything else.
    assert [type(one) for one in answers if isinstance(one, Exception) and not isinstance(one, IntegrityError)] == []
    assert (Movie.objects.count(), Rating.objects.count(), WatchlistItem.objects.count()) == (0, 0, 0)


@pytest.fixture
def genres_at_once(film):
    """A manager's other genres, committed when the sync's have met them; the names of the film's genres afterwards."""
    drama, _ = GenreFactory(name="Drama"), GenreFactory(name="Crime", tmdb_id=80)
    manager = ManagerFactory()
    facts = {name: getattr(film, name) for name in COLUMNS}
    said = MovieRow(tmdb_id=film.tmdb_id, genre_tmdb_ids=(80,), **facts)
    written = threading.Event()

    def by_hand():
        with transaction.atomic(), connection.cursor() as cursor:
            editing.edit_film(film, manager, {"genres": [drama]})
            written.set()
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                # Who waits for this very transaction; beside it, other tests wait for locks of theirs.
                cursor.execute("SELECT 1 FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))")
                if cursor.fetchone():
                    return True
        return False

    def by_night():
        assert written.wait(20)
        return upsert_movies([said])

    def meet():
        they_met, counts = at_once([by_hand, by_night])
        assert they_met is True
        return counts, sorted(film.genres.values_list("name", flat=True))

    return meet


def test_the_sync_waits_for_whom_it_meets_and_sees_their_locks(genres_at_once):
    assert genres_at_once() == (Counts(unchanged=1), ["Drama"])


def test_a_sync_that_does_not_wait_mixes_its_genres_in(genres_at_once, monkeypatch):
    """The control."""
    hasty = upsert.MERGE_GENRES.as_string().replace("FOR NO KEY UPDATE OF m", "")
    monkeypatch.setattr(upsert, "MERGE_GENRES", sql.SQL(hasty))
    assert genres_at_once()[1] == ["Crime", "Drama"]
