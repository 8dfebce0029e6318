"""Films written by managers and by customers, and the fields that an edit locks."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import Http404

from accounts.tests.factories import ManagerFactory, UserFactory
from common.errors import Conflict
from movies.catalogue import editing
from movies.models import Movie, Rating, SearchWord, Viewing, WatchlistItem
from movies.tests.factories import GenreFactory, MovieFactory, RatingFactory, ViewingFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def manager():
    return ManagerFactory()


@pytest.fixture
def customer():
    return UserFactory()


@pytest.fixture
def film():
    """A catalogue film that was last changed long ago."""
    movie = MovieFactory(title="Heat", tmdb_id=949, year=1995, runtime=170, genres=[GenreFactory()])
    Movie.objects.update(updated_at=LONG_AGO)
    movie.refresh_from_db()
    return movie


def words():
    return set(SearchWord.objects.values_list("word", flat=True))


def test_a_manager_creates_a_catalogue_film_with_the_filled_fields_locked(manager):
    drama, comedy = GenreFactory(), GenreFactory()
    created = editing.create_film(
        manager,
        {
            "title": " Amélie ",
            "release_date": date(2001, 4, 25),
            "genres": [comedy, drama],
            "cast": ["Audrey Tautou"],
            "imdb_id": "tt0211915",
            "tmdb_id": 194,
            "runtime": None,
            "overview": "",
        },
    )
    movie = Movie.objects.get()
    assert created.pk == movie.pk
    assert (movie.owner, movie.title, movie.year, movie.cast) == (None, "Amélie", 2001, ["Audrey Tautou"])
    assert (movie.imdb_id, movie.tmdb_id, movie.runtime, movie.overview) == ("tt0211915", 194, None, "")
    assert set(movie.genres.all()) == {drama, comedy}
    assert movie.locked_fields == ["cast", "genres", "imdb_id", "release_date", "title", "year"]


def test_a_customer_creates_a_private_film_without_locks(customer):
    movie = editing.create_film(customer, {"title": "Our holiday", "imdb_id": "tt0211915", "tmdb_id": None})
    movie.refresh_from_db()
    assert (movie.owner, movie.is_private, movie.imdb_id, movie.locked_fields) == (customer, True, "tt0211915", [])


def test_a_private_film_cannot_have_a_tmdb_id(customer):
    with pytest.raises(ValidationError) as caught:
        editing.create_film(customer, {"title": "Mine", "tmdb_id": 194, "year": 1})
    assert set(caught.value.message_dict) == {"tmdb_id", "year"}
    assert not Movie.objects.exists()


@pytest.mark.parametrize("values", [{}, {"title": ""}, {"title": " ", "year": 2000}])
def test_a_film_needs_a_title(manager, values):
    with pytest.raises(ValidationError) as caught:
        editing.create_film(manager, values)
    assert caught.value.message_dict == {"title": ["A film needs a title."]}


def test_a_field_cannot_be_locked_without_an_edit(manager, film):
    for write in (
        lambda: editing.create_film(manager, {"title": "New", "locked_fields": ["title"]}),
        lambda: editing.edit_film(film, manager, {"locked_fields": ["title"]}),
        lambda: editing.replace_film(film, manager, {"title": "Heat", "locked_fields": ["nonsense"]}),
    ):
        with pytest.raises(ValidationError) as caught:
            write()
        assert list(caught.value.message_dict) == ["locked_fields"]
    assert Movie.objects.get().locked_fields == []


@pytest.mark.parametrize("name", ["tmdb_id", "imdb_id"])
def test_ids_are_unique_in_the_catalogue(manager, name):
    value = {"tmdb_id": 194, "imdb_id": "tt0211915"}[name]
    MovieFactory(**{"tmdb_id": None, name: value})
    other = MovieFactory(tmdb_id=None)
    with pytest.raises(IntegrityError, match=f"movie_{name}_unique"):
        editing.create_film(manager, {"title": "Again", name: value})
    with pytest.raises(IntegrityError, match=f"movie_{name}_unique"):
        editing.edit_film(other, manager, {name: value})
    assert Movie.objects.count() == 2  # the transaction is still usable


def test_private_films_may_share_an_imdb_id_with_any_film(manager, customer):
    values = {"title": "Amélie", "imdb_id": "tt0211915"}
    for by in (customer, customer, UserFactory(), manager):
        editing.create_film(by, values)
    assert Movie.objects.filter(imdb_id="tt0211915").count() == 4


def test_the_number_of_private_films_is_limited(customer, monkeypatch):
    monkeypatch.setattr(editing, "MAX_PRIVATE_FILMS", 2)
    MovieFactory(owner=UserFactory(), tmdb_id=None)
    for title in ("One", "Two"):
        editing.create_film(customer, {"title": title})
    with pytest.raises(Conflict) as caught:
        editing.create_film(customer, {"title": "Three"})
    assert caught.value.code == "conflict"
    assert Movie.objects.filter(owner=customer).count() == 2


def test_an_edit_locks_exactly_the_changed_fields(manager, film):
    changed = editing.edit_film(film, manager, {"title": "Heat", "runtime": 171, "tagline": " Crime saga "})
    movie = Movie.objects.get()
    assert (changed.runtime, changed.tagline, changed.locked_fields) == (171, "Crime saga", ["runtime", "tagline"])
    assert (movie.runtime, movie.tagline, movie.locked_fields) == (171, "Crime saga", ["runtime", "tagline"])
    assert movie.updated_at > LONG_AGO
    editing.edit_film(movie, manager, {"runtime": 172, "genres": []})
    assert Movie.objects.get().locked_fields == ["genres", "runtime", "tagline"]
    assert not Movie.objects.get().genres.exists()


def test_a_new_date_locks_the_year_it_sets(manager, film):
    editing.edit_film(film, manager, {"release_date": date(1996, 2, 1)})
    movie = Movie.objects.get()
    assert (movie.year, movie.locked_fields) == (1996, ["release_date", "year"])


def test_a_tmdb_id_is_never_locked(manager, film):
    editing.edit_film(film, manager, {"tmdb_id": 950})
    assert Movie.objects.values_list("tmdb_id", "locked_fields").get() == (950, [])


def test_an_edit_without_changes_writes_nothing(manager, film, django_assert_num_queries):
    genres = list(film.genres.all())
    same = {"title": " Heat", "runtime": 170, "genres": genres, "tagline": None, "locked_fields": []}
    with django_assert_num_queries(4):  # savepoint, film, genres, release
        editing.edit_film(film, manager, same)
    film.refresh_from_db()
    assert (film.updated_at, film.locked_fields) == (LONG_AGO, [])


def test_only_changed_columns_are_written(manager, film, django_assert_num_queries):
    with django_assert_num_queries(4) as queries:
        editing.edit_film(film, manager, {"title": "Heat", "runtime": 171})
    update = queries[2]["sql"]
    written = update.partition(" SET ")[2].partition(" WHERE ")[0]
    assert [part.split('"')[1] for part in written.split(", ")] == ["runtime", "locked_fields", "updated_at"]


def test_new_genres_alone_are_an_edit(manager, film):
    drama = GenreFactory()
    editing.edit_film(film, manager, {"genres": [drama]})
    movie = Movie.objects.get()
    assert (list(movie.genres.all()), movie.locked_fields) == ([drama], ["genres"])
    assert movie.updated_at > LONG_AGO


def test_replacing_empties_the_fields_that_are_not_given(manager, film):
    film.overview, film.cast, film.popularity = "Old", ["Al Pacino"], 9
    film.save()
    editing.replace_film(film, manager, {"title": "Heat", "year": 1995, "tmdb_id": 949, "cast": ["Al Pacino"]})
    movie = Movie.objects.get()
    assert (movie.title, movie.year, movie.tmdb_id, movie.cast) == ("Heat", 1995, 949, ["Al Pacino"])
    assert (movie.overview, movie.runtime, list(movie.genres.all())) == ("", None, [])
    assert movie.popularity == 9  # not a field that users write
    assert movie.locked_fields == ["genres", "overview", "runtime"]


def test_replacing_needs_a_title(manager, film):
    with pytest.raises(ValidationError) as caught:
        editing.replace_film(film, manager, {"year": 1995})
    assert caught.value.message_dict == {"title": ["A film needs a title."]}


def test_only_the_owner_edits_a_private_film_and_nothing_is_locked(manager, customer):
    mine = MovieFactory(title="Mine", owner=customer, tmdb_id=None)
    editing.edit_film(mine, customer, {"title": "Ours", "runtime": 12})
    assert Movie.objects.values_list("title", "runtime", "locked_fields").get() == ("Ours", 12, [])
    for other in (manager, UserFactory()):
        with pytest.raises(PermissionDenied):
            editing.edit_film(mine, other, {"title": "Theirs"})


def test_films_of_a_customer_who_became_a_manager_stay_private():
    owner = ManagerFactory()
    mine = MovieFactory(title="Mine", owner=owner, tmdb_id=None)
    editing.edit_film(mine, owner, {"title": "Still mine"})
    assert Movie.objects.values_list("title", "owner", "locked_fields").get() == ("Still mine", owner.pk, [])


def test_a_customer_cannot_edit_the_catalogue(customer, film):
    with pytest.raises(PermissionDenied):
        editing.edit_film(film, customer, {"title": "Mine"})


def test_unlocked_fields_are_unlocked_and_others_stay(manager, film):
    editing.edit_film(film, manager, {"title": "HEAT", "runtime": 171, "tagline": "X"})
    Movie.objects.update(updated_at=LONG_AGO)
    assert editing.unlock_fields(film, ["title", "runtime", "overview"]).locked_fields == ["tagline"]
    movie = Movie.objects.get()
    assert (movie.title, movie.locked_fields) == ("HEAT", ["tagline"])
    assert movie.updated_at > LONG_AGO


@pytest.mark.parametrize("name", ["nonsense", "tmdb_id", "popularity", ""])
def test_only_lockable_fields_can_be_unlocked(film, name):
    with pytest.raises(ValidationError) as caught:
        editing.unlock_fields(film, ["title", name])
    assert caught.value.message_dict == {"locked_fields": [f"Unknown: {name}."]}


def test_an_edit_can_unlock_fields(manager, film):
    editing.edit_film(film, manager, {"title": "HEAT", "runtime": 171})
    changes = {"locked_fields": ["runtime"], "tagline": "X"}
    assert editing.edit_film(film, manager, changes).locked_fields == ["runtime", "tagline"]
    # A field edited in the same call is locked all the same.
    changes = {"locked_fields": [], "runtime": 172}
    assert editing.edit_film(film, manager, changes).locked_fields == ["runtime"]


def test_the_order_of_locks_does_not_matter(manager, film):
    Movie.objects.update(locked_fields=["title", "cast", "backdrop_source"])
    editing.edit_film(film, manager, {"locked_fields": ["cast", "title", "backdrop_source"]})
    assert Movie.objects.values_list("updated_at", "locked_fields").get() == (
        LONG_AGO,
        ["title", "cast", "backdrop_source"],
    )
    assert editing.unlock_fields(film, ["backdrop_source"]).locked_fields == ["cast", "title"]


def test_deleting_a_film_deletes_what_users_kept_about_it(film):
    other = RatingFactory(movie=MovieFactory())
    for factory in (RatingFactory, WatchlistItemFactory, ViewingFactory):
        factory(movie=film)
    editing.delete_film(film)
    assert list(Movie.objects.all()) == [other.movie]
    assert (list(Rating.objects.all()), WatchlistItem.objects.count(), Viewing.objects.count()) == ([other], 0, 0)


def test_writing_a_film_that_was_deleted_meanwhile_is_a_404(manager, film):
    Movie.objects.all().delete()
    for write in (
        lambda: editing.edit_film(film, manager, {"title": "X"}),
        lambda: editing.unlock_fields(film, ["title"]),
        lambda: editing.delete_film(film),
    ):
        with pytest.raises(Http404):
            write()


def test_only_words_of_catalogue_films_are_learned(manager, customer, film, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        editing.create_film(manager, {"title": "Amélie", "cast": ["Audrey Tautou"]})
        editing.create_film(customer, {"title": "Secret holiday"})
        editing.edit_film(MovieFactory(owner=customer, tmdb_id=None), customer, {"title": "Hidden wedding"})
    assert words() >= {"amelie", "audrey", "tautou"}
    assert not words() & {"secret", "holiday", "hidden", "wedding"}
    with django_capture_on_commit_callbacks(execute=True) as learnt:
        editing.edit_film(film, manager, {"runtime": 171, "overview": "Unheard of"})
    assert learnt == []
    with django_capture_on_commit_callbacks(execute=True):
        editing.edit_film(film, manager, {"original_title": "Chaleur"})
    assert words() >= {"heat", "chaleur"}
