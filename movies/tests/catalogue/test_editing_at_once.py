"""Users who write the same film, or the same id, at the same moment, each on their own connection."""

import threading

import pytest
from django.db import IntegrityError, transaction
from psycopg import sql

from accounts.tests.factories import ManagerFactory, UserFactory
from common.errors import Conflict
from movies.catalogue import editing
from movies.models import Movie, Rating, WatchlistItem
from movies.providers import upsert
from movies.providers.upsert import COLUMNS, Counts, MovieRow, upsert_movies
from movies.tests.at_once import at_once, wait_until_blocking
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
    """The control: all read before any of them writes, so each writes only the locks that it has read."""
    all_have_read = threading.Barrier(len(EDITS))

    def read_without_lock(movie, *, key=False):
        row = Movie.objects.get(pk=movie.pk)
        all_have_read.wait(60)
        return row

    monkeypatch.setattr(editing, "_lock_film", read_without_lock)
    edit_at_once(film)
    assert len(Movie.objects.get().locked_fields) == 1


def test_only_one_of_many_creates_a_film_with_the_same_imdb_id():
    manager = ManagerFactory()
    values = {"title": "Amélie", "imdb_id": "tt0211915"}
    acts = [lambda: editing.create_film(manager, values), lambda: editing.create_films(manager, [values])] * 4
    answers = at_once(acts)
    refused = [answer for answer in answers if isinstance(answer, IntegrityError | Conflict)]
    assert (len(refused), Movie.objects.count()) == (7, 1)


def test_requests_at_once_do_not_exceed_the_limit(monkeypatch):
    monkeypatch.setattr(editing, "MAX_PRIVATE_FILMS", 3)
    customer = UserFactory()
    answers = at_once([lambda: editing.create_film(customer, {"title": "Mine"})] * 8)
    assert sum(isinstance(answer, Conflict) for answer in answers) == 5
    assert Movie.objects.filter(owner=customer).count() == 3


def test_without_the_users_lock_requests_at_once_exceed_the_limit(monkeypatch):
    """The control: all count before any of them writes."""
    monkeypatch.setattr(editing, "MAX_PRIVATE_FILMS", 1)
    all_have_counted = threading.Barrier(3)
    customer = UserFactory()

    def count_only(owner, more):
        assert Movie.objects.filter(owner=owner).count() + more <= editing.MAX_PRIVATE_FILMS
        all_have_counted.wait(60)

    monkeypatch.setattr(editing, "_check_private_limit", count_only)
    at_once([lambda: editing.create_film(customer, {"title": "Mine"})] * 3)
    assert Movie.objects.count() == 3


def test_rating_a_film_while_it_is_deleted_leaves_no_rows(film):
    people = [UserFactory() for _ in range(6)]
    acts = [lambda user=user: RatingFactory(movie=film, user=user) for user in people]
    acts += [lambda: WatchlistItem.objects.create(movie=film, user=people[0]), lambda: editing.delete_film(film)]
    answers = at_once(acts)
    # A row written before the deletion went with the film, a later one was refused; there are no other errors.
    assert [type(one) for one in answers if isinstance(one, Exception) and not isinstance(one, IntegrityError)] == []
    assert (Movie.objects.count(), Rating.objects.count(), WatchlistItem.objects.count()) == (0, 0, 0)


@pytest.fixture
def genres_at_once(film):
    """A function that commits a manager's genres while a sync waits for them.

    It returns the counts of the sync and the names of the film's genres afterwards.
    """
    drama, _ = GenreFactory(name="Drama"), GenreFactory(name="Crime", tmdb_id=80)
    manager = ManagerFactory()
    columns = {name: getattr(film, name) for name in COLUMNS}
    row = MovieRow(tmdb_id=film.tmdb_id, genre_tmdb_ids=(80,), **columns)
    written = threading.Event()

    def edit():
        with transaction.atomic():
            editing.edit_film(film, manager, {"genres": [drama]})
            written.set()
            return wait_until_blocking()

    def sync():
        assert written.wait(60)
        return upsert_movies([row])

    def run():
        sync_waited, counts = at_once([edit, sync])
        assert sync_waited is True
        return counts, sorted(film.genres.values_list("name", flat=True))

    return run


def test_a_sync_waits_for_an_edit_and_then_sees_its_locks(genres_at_once):
    assert genres_at_once() == (Counts(unchanged=1), ["Drama"])


def test_a_sync_without_the_row_lock_mixes_its_genres_in(genres_at_once, monkeypatch):
    """The control."""
    hasty = upsert.MERGE_GENRES.as_string().replace("FOR NO KEY UPDATE OF m", "")
    monkeypatch.setattr(upsert, "MERGE_GENRES", sql.SQL(hasty))
    monkeypatch.setattr(upsert, "LOCK_FILMS", sql.SQL("SELECT 1"))
    assert genres_at_once()[1] == ["Crime", "Drama"]
