import pytest

from accounts.tests.factories import UserFactory
from movies.models import Movie
from movies.providers import duplicates
from movies.providers.duplicates import Settled
from movies.tests.factories import GenreFactory, MovieFactory, RatingFactory, ViewingFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db

SAID = {7: "tt0000007"}


@pytest.fixture
def film():
    """What TMDB knows; the list brought it in."""
    return MovieFactory(tmdb_id=7, genres=[GenreFactory()])


@pytest.fixture
def holder():
    """What has the IMDb id already: the demo's, or a manager's."""
    return MovieFactory(tmdb_id=None, imdb_id="tt0000007", genres=[GenreFactory()])


USES = [RatingFactory, WatchlistItemFactory, ViewingFactory]


def test_the_row_from_the_list_goes(film, holder):
    assert duplicates.settle(SAID) == Settled(merged=1)
    assert list(Movie.objects.values_list("pk", "tmdb_id", "imdb_id")) == [(holder.pk, 7, "tt0000007")]


@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
def test_whichever_is_in_use_stays(film, holder, use):
    used = use(movie=film)
    assert duplicates.settle(SAID) == Settled(merged=1)
    assert list(Movie.objects.values_list("pk", "tmdb_id")) == [(film.pk, 7)]
    used.refresh_from_db()
    assert used.movie_id == film.pk


@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
def test_two_in_use_stay_apart(film, holder, use, events):
    use(movie=film)
    use(movie=holder)
    assert duplicates.settle(SAID) == Settled(left_apart=1)
    assert Movie.objects.count() == 2
    [told] = events("twins_left_apart")
    assert (told["film"], told["holder"]) == (film.pk, holder.pk)


def test_what_a_manager_edited_stays(film, holder):
    Movie.objects.filter(pk=film.pk).update(locked_fields=["title"])
    assert duplicates.settle(SAID) == Settled(merged=1)
    assert Movie.objects.get().pk == film.pk


def test_two_that_a_manager_edited_stay_apart(film, holder):
    Movie.objects.update(locked_fields=["title"])
    assert duplicates.settle(SAID) == Settled(left_apart=1)


def test_what_tmdb_has_twice_stays_apart(film, holder):
    Movie.objects.filter(pk=holder.pk).update(tmdb_id=8)
    assert duplicates.settle(SAID) == Settled(left_apart=1)
    assert Movie.objects.count() == 2


def test_a_locked_imdb_id_is_no_question(film, holder):
    Movie.objects.filter(pk=film.pk).update(locked_fields=["imdb_id"])
    assert duplicates.settle(SAID) == Settled()


def test_private_films_have_no_twins(film):
    MovieFactory(tmdb_id=None, imdb_id="tt0000007", owner=UserFactory())
    assert duplicates.settle(SAID) == Settled()
    assert Movie.objects.count() == 2


def test_films_that_are_not_there_are_no_twins(holder):
    assert duplicates.settle(SAID) == Settled()
    assert duplicates.settle({}) == Settled()


def test_one_that_was_deleted_meanwhile_is_left(film, holder):
    Movie.objects.filter(pk=holder.pk).delete()
    assert not duplicates.make_one(film, holder)


def test_every_reference_to_a_film_is_looked_at():
    """A new table that points at films counts as a use of them, unless it says otherwise here."""
    named = {(model._meta.label, name) for model, name in duplicates.references_to_films()}
    assert {("movies.Rating", "movie"), ("movies.WatchlistItem", "movie"), ("movies.Viewing", "movie")} <= named
    assert not {label for label, _ in named} & {"movies.SyncState", "movies.Movie_genres"}
