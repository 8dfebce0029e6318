"""Fields that a manager edited, when the nightly sync brings other values."""

from dataclasses import replace
from datetime import date

import pytest

from accounts.tests.factories import ManagerFactory, UserFactory
from movies.catalogue import editing
from movies.models import Movie
from movies.providers.upsert import Counts, upsert_movies
from movies.tests.factories import GenreFactory, MovieRowFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return ManagerFactory()


@pytest.fixture
def from_tmdb():
    """Heat as TMDB describes it every night."""
    GenreFactory(tmdb_id=80)
    return MovieRowFactory(
        tmdb_id=949,
        title="Heat",
        original_title="Heat",
        original_language="en",
        overview="Cops and robbers.",
        release_date=date(1995, 12, 15),
        year=1995,
        genre_tmdb_ids=(80,),
    )


BY_HAND = {
    "title": "Heat: the film",
    "original_title": "Chaleur",
    "original_language": "fr",
    "overview": "Ours.",
    "release_date": date(1996, 2, 21),
}


def test_every_edited_field_survives_a_sync(manager, from_tmdb):
    upsert_movies([from_tmdb])
    drama = GenreFactory()
    editing.edit_film(Movie.objects.get(), manager, {**BY_HAND, "genres": [drama]})
    before = Movie.objects.values().get()
    assert upsert_movies([replace(from_tmdb, popularity=99.0)]) == Counts(updated=1)
    after = Movie.objects.values().get()
    assert {name for name in after if after[name] != before[name]} <= {"popularity", "updated_at"}
    assert after["popularity"] == 99.0
    assert list(Movie.objects.get().genres.all()) == [drama]
    assert upsert_movies([replace(from_tmdb, popularity=99.0)]) == Counts(unchanged=1)


@pytest.mark.parametrize("name", BY_HAND)
def test_each_field_is_locked_on_its_own_until_it_is_unlocked(manager, from_tmdb, name):
    upsert_movies([from_tmdb])
    movie = editing.edit_film(Movie.objects.get(), manager, {name: BY_HAND[name]})
    changed = replace(from_tmdb, title="N", original_title="N", original_language="nn", overview="N")
    changed = replace(changed, release_date=date(movie.year, 3, 4), year=movie.year)
    upsert_movies([changed])
    expected = {other: getattr(changed, other) for other in BY_HAND} | {name: BY_HAND[name]}
    assert Movie.objects.values(*BY_HAND).get() == expected
    editing.unlock_fields(movie, [name])
    assert upsert_movies([changed]) == Counts(updated=1)
    assert Movie.objects.values_list(name, flat=True).get() == getattr(changed, name)


def test_emptied_genres_stay_empty_until_they_are_unlocked(manager, from_tmdb):
    upsert_movies([from_tmdb])
    editing.edit_film(Movie.objects.get(), manager, {"genres": []})
    assert upsert_movies([from_tmdb]) == Counts(unchanged=1)
    assert not Movie.objects.get().genres.exists()
    editing.unlock_fields(Movie.objects.get(), ["genres"])
    assert upsert_movies([from_tmdb]) == Counts(updated=1)
    assert Movie.objects.get().genres.count() == 1


def test_a_film_adopted_by_a_sync_keeps_its_locks(manager, from_tmdb):
    made = editing.create_film(manager, {"title": "HEAT", "year": 1995, "overview": "Ours."})
    assert upsert_movies([from_tmdb]) == Counts(updated=1)
    movie = Movie.objects.get()
    assert (movie.pk, movie.tmdb_id, movie.title, movie.overview) == (made.pk, 949, "HEAT", "Ours.")
    assert movie.original_title == "Heat"
    assert movie.locked_fields == ["overview", "title", "year"]


def test_a_private_film_is_neither_adopted_nor_matched(from_tmdb):
    mine = editing.create_film(UserFactory(), {"title": "Heat", "year": 1995, "imdb_id": "tt0113277"})
    before = Movie.objects.filter(pk=mine.pk).values().get()
    assert upsert_movies([from_tmdb]) == Counts(created=1)
    assert Movie.objects.filter(pk=mine.pk).values().get() == before
