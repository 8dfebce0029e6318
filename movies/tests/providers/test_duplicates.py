import pytest

from accounts.tests.factories import UserFactory
from movies.models import Movie
from movies.providers import duplicates
from movies.providers.duplicates import MergeCounts
from movies.providers.merging import references_to_films
from movies.tests.factories import GenreFactory, MovieFactory, RatingFactory, ViewingFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db

IMDB_IDS = {7: "tt0000007"}


@pytest.fixture
def film():
    """A film with a TMDB id, as the list sync creates it."""
    return MovieFactory(tmdb_id=7, genres=[GenreFactory()])


@pytest.fixture
def holder():
    """A film with the IMDb id, from the demo or a manager."""
    return MovieFactory(tmdb_id=None, imdb_id="tt0000007", genres=[GenreFactory()])


USES = [RatingFactory, WatchlistItemFactory, ViewingFactory]


def test_the_row_from_the_list_is_deleted(film, holder):
    assert duplicates.merge_duplicates(IMDB_IDS) == MergeCounts(merged=1)
    assert list(Movie.objects.values_list("pk", "tmdb_id", "imdb_id")) == [(holder.pk, 7, "tt0000007")]


@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
def test_the_film_in_use_stays(film, holder, use):
    used = use(movie=film)
    assert duplicates.merge_duplicates(IMDB_IDS) == MergeCounts(merged=1)
    assert list(Movie.objects.values_list("pk", "tmdb_id")) == [(film.pk, 7)]
    used.refresh_from_db()
    assert used.movie_id == film.pk


@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
def test_two_in_use_stay_apart(film, holder, use, events):
    use(movie=film)
    use(movie=holder)
    assert duplicates.merge_duplicates(IMDB_IDS) == MergeCounts(left_apart=1)
    assert Movie.objects.count() == 2
    [event] = events("twins_left_apart")
    assert (event["film"], event["holder"]) == (film.pk, holder.pk)


def test_the_film_that_a_manager_edited_stays(film, holder):
    Movie.objects.filter(pk=film.pk).update(locked_fields=["title"])
    assert duplicates.merge_duplicates(IMDB_IDS) == MergeCounts(merged=1)
    assert Movie.objects.get().pk == film.pk


def test_two_films_that_a_manager_edited_stay_apart(film, holder):
    Movie.objects.update(locked_fields=["title"])
    assert duplicates.merge_duplicates(IMDB_IDS) == MergeCounts(left_apart=1)


def test_two_films_with_tmdb_ids_stay_apart(film, holder):
    Movie.objects.filter(pk=holder.pk).update(tmdb_id=8)
    assert duplicates.merge_duplicates(IMDB_IDS) == MergeCounts(left_apart=1)
    assert Movie.objects.count() == 2


def test_a_film_with_a_locked_imdb_id_is_not_merged(film, holder):
    Movie.objects.filter(pk=film.pk).update(locked_fields=["imdb_id"])
    assert duplicates.merge_duplicates(IMDB_IDS) == MergeCounts()


def test_private_films_are_not_merged(film):
    MovieFactory(tmdb_id=None, imdb_id="tt0000007", owner=UserFactory())
    assert duplicates.merge_duplicates(IMDB_IDS) == MergeCounts()
    assert Movie.objects.count() == 2


def test_missing_films_are_not_merged(holder):
    assert duplicates.merge_duplicates(IMDB_IDS) == MergeCounts()
    assert duplicates.merge_duplicates({}) == MergeCounts()


def test_a_film_deleted_in_the_meantime_is_not_merged(film, holder):
    Movie.objects.filter(pk=holder.pk).delete()
    assert not duplicates._merge_pair(film, holder)


def test_every_reference_to_a_film_counts_as_a_use():
    """A new table that refers to films counts as a use of them, unless OWN_MODELS names it."""
    references = {(model._meta.label, name) for model, name in references_to_films()}
    assert {("movies.Rating", "movie"), ("movies.WatchlistItem", "movie"), ("movies.Viewing", "movie")} <= references
    assert not {label for label, _ in references} & {"movies.SyncState", "movies.Movie_genres"}
