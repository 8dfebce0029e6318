"""The admin of films: adding, editing, locking, unlocking and deleting."""

import re

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.core.files.storage import default_storage
from django.urls import reverse

from accounts.tests.factories import UserFactory
from movies.models import Movie
from movies.posters.store import StoreUnavailable
from movies.providers.upsert import upsert_movies
from movies.tests.factories import GenreFactory, MovieFactory, MovieRowFactory, RatingFactory
from movies.tests.views.test_own_films import jpeg

pytestmark = pytest.mark.django_db

LIST = "/admin/movies/movie/"
ADD = f"{LIST}add/"
EMPTY = dict.fromkeys(
    ["title", "original_title", "release_date", "year", "runtime", "original_language", "directors", "cast", "tagline",
     "overview", "certification", "age_restriction", "trailer", "tmdb_id", "imdb_id"], ""
)  # fmt: skip


def change(movie):
    return reverse("admin:movies_movie_change", args=[movie.pk])


def form_data(movie, **fields):
    """Return the data of the form of `movie`, with changed `fields`."""
    shown = {
        name: "\n".join(value) if isinstance(value, list) else "" if value is None else value
        for name in EMPTY
        for value in [getattr(movie, name)]
    }
    return shown | {"genres": [genre.pk for genre in movie.genres.all()]} | fields


def errors(response):
    assert response.status_code == 200
    return dict(response.context["adminform"].form.errors)


def history():
    return [
        (entry.action_flag, entry.object_repr, entry.get_change_message(), entry.user.username)
        for entry in LogEntry.objects.order_by("pk")
    ]


def test_a_film_is_added_and_its_fields_are_locked(client, manager):
    drama = GenreFactory(name="Drama")
    response = client.post(
        ADD,
        EMPTY | {"title": "\u202eHe\u200bat", "release_date": "1995-12-15", "genres": [drama.pk],
                 "cast": "Al Pacino\nVal Kilmer", "tmdb_id": "949", "imdb_id": "tt0113277"},
    )  # fmt: skip
    assert (response.status_code, response["Location"]) == (302, LIST)
    movie = Movie.objects.get()
    assert (movie.title, movie.year, movie.cast, movie.owner) == ("Heat", 1995, ["Al Pacino", "Val Kilmer"], None)
    assert list(movie.genres.all()) == [drama]
    assert movie.locked_fields == ["cast", "genres", "imdb_id", "release_date", "title", "year"]
    assert history() == [(ADDITION, "Heat (1995)", "Added.", "manager")]


def test_only_changed_fields_are_locked_against_the_sync(client, manager):
    movie = MovieFactory(tmdb_id=949, title="Heat", overview="Old.", year=None, directors=["Michael Mann"])
    assert client.post(change(movie), form_data(movie, overview="Ours.")).status_code == 302
    movie.refresh_from_db()
    assert (movie.overview, movie.directors, movie.locked_fields) == ("Ours.", ["Michael Mann"], ["overview"])
    assert history() == [(CHANGE, "Heat", "Changed Overview.", "manager")]
    upsert_movies([MovieRowFactory(tmdb_id=949, title="HEAT", overview="Theirs.")])
    movie.refresh_from_db()
    assert (movie.title, movie.overview) == ("HEAT", "Ours.")


def test_saving_without_a_change_locks_nothing(client, manager):
    movie = MovieFactory(genres=[GenreFactory()], cast=["Uno", "Due"], imdb_id="tt0000001")
    before = movie.updated_at
    assert client.post(change(movie), form_data(movie)).status_code == 302
    movie.refresh_from_db()
    assert (movie.locked_fields, movie.updated_at) == ([], before)


def test_the_form_marks_and_unlocks_locked_fields(client, manager):
    movie = MovieFactory(locked_fields=["cast", "overview", "poster_source"])
    page = client.get(change(movie)).content.decode()
    assert page.count("Edited by hand. The nightly sync does not change it.") == 3
    assert re.findall(r'name="unlock" value="(\w+)"', page) == ["cast", "overview", "poster_source"]
    client.post(change(movie), form_data(movie, unlock=["cast", "poster_source"]))
    movie.refresh_from_db()
    assert movie.locked_fields == ["overview"]
    client.post(change(movie), form_data(movie, overview="Other.", unlock=["overview"]))
    movie.refresh_from_db()
    assert (movie.overview, movie.locked_fields) == ("Other.", [])
    assert 'name="unlock"' not in client.get(change(movie)).content.decode()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"title": ""}, {"title": ["This field is required."]}),
        ({"year": "1492"}, {"year": ["Give a year from 1870 to 2200."]}),
        ({"runtime": "0"}, {"runtime": ["Give the minutes, from 1 to 32,767."]}),
        ({"imdb_id": "nm1"}, {"imdb_id": ["An IMDb id looks like tt0211915."]}),
        ({"tmdb_id": "7"}, {"tmdb_id": ["There is a film with this TMDB id already."]}),
        ({"imdb_id": "tt0000007"}, {"imdb_id": ["There is a film with this IMDb id already."]}),
        ({"trailer": "x"}, {"trailer": ["Give an address that begins with http:// or https://."]}),
        ({"cast": "x" * 201}, {"cast": ["Name 1 is longer than 200 characters."]}),
        ({"overview": "a\0b"}, {"overview": ["Null characters are not allowed."]}),
    ],
)
@pytest.mark.parametrize("page", ["add", "change"])
def test_errors_are_shown_at_their_field_and_nothing_is_written(client, manager, page, fields, expected):
    MovieFactory(tmdb_id=7, imdb_id="tt0000007")
    movie = MovieFactory(title="Heat", tmdb_id=949, locked_fields=["cast"])
    if page == "add":
        response = client.post(ADD, EMPTY | {"title": "New", **fields})
    else:
        response = client.post(change(movie), form_data(movie, tagline="Lost.", **fields))
    assert errors(response) == expected
    assert next(iter(expected.values()))[0].replace("'", "&#x27;") in response.content.decode()
    movie.refresh_from_db()
    assert (movie.title, movie.tagline, Movie.objects.count(), history()) == ("Heat", "", 2, [])


def test_only_locked_fields_can_be_unlocked(client, manager):
    movie = MovieFactory(title="Heat", locked_fields=["cast"])
    response = client.post(change(movie), form_data(movie, tagline="Lost.", unlock=["title"]))
    assert errors(response) == {"unlock": ["Select a valid choice. title is not one of the available choices."]}
    movie.refresh_from_db()
    assert (movie.tagline, movie.locked_fields) == ("", ["cast"])


def test_a_poster_is_uploaded_shown_and_removed(client, manager, django_capture_on_commit_callbacks):
    movie = MovieFactory()
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(change(movie), form_data(movie, poster=jpeg())).status_code == 302
    movie.refresh_from_db()
    assert default_storage.exists(f"posters/{movie.poster_key}/w185.jpg")
    assert movie.locked_fields == ["poster_source"]
    assert movie.poster_urls["w185"] in client.get(change(movie)).content.decode()
    client.post(change(movie), form_data(movie, remove_poster="on"))
    movie.refresh_from_db()
    assert movie.poster_key == ""


def test_a_refused_poster_keeps_the_typed_values(client, manager):
    movie = MovieFactory(title="Heat")
    response = client.post(change(movie), form_data(movie, title="Other", poster=jpeg(20, 20)))
    assert list(errors(response)) == ["poster"]
    assert 'value="Other"' in response.content.decode()
    movie.refresh_from_db()
    assert movie.title == "Heat"


@pytest.mark.django_db(transaction=True)
def test_a_poster_that_cannot_be_stored_is_reported(client, manager, monkeypatch):
    def down(*args):
        raise StoreUnavailable

    monkeypatch.setattr("movies.posters.store.write", down)
    client.post(ADD, EMPTY | {"title": "New", "poster": jpeg()})
    assert "posters can&#x27;t be stored right now" in client.get(LIST).content.decode()
    assert Movie.objects.get().poster_key == ""


def test_a_film_is_deleted_after_a_confirmation(client, manager):
    movie = MovieFactory(title="Heat", year=1995)
    RatingFactory(movie=movie, user=UserFactory(username="somebody"))
    address = reverse("admin:movies_movie_delete", args=[movie.pk])
    page = client.get(address).content.decode()
    assert "Ratings of visitors: 1" in page
    assert "somebody" not in page
    assert client.post(address, {"post": "yes"}).status_code == 302
    assert not Movie.objects.exists()
    assert history() == [(DELETION, "Heat (1995)", "", "manager")]


def action_data(action, *movies, **more):
    return {"action": action, "_selected_action": [movie.pk for movie in movies], **more}


def test_several_films_are_deleted_all_or_none(client, manager, monkeypatch):
    one, other, kept = MovieFactory(title="One"), MovieFactory(title="Other"), MovieFactory()
    page = client.post(LIST, action_data("delete_selected", one, other)).content.decode()
    assert "Films: 2" in page
    assert client.post(LIST, action_data("delete_selected", one, other, post="yes")).status_code == 302
    assert list(Movie.objects.all()) == [kept]
    assert [entry[0] for entry in history()] == [DELETION, DELETION]

    monkeypatch.setattr("movies.catalogue.editing.MAX_AT_ONCE", 1)
    more = MovieFactory()
    response = client.post(LIST, action_data("delete_selected", kept, more, post="yes"), follow=True)
    assert "Send 1 to 1 at once." in response.content.decode()
    assert Movie.objects.count() == 2
    assert len(history()) == 2


def test_an_action_unlocks_films(client, manager):
    locked, other = MovieFactory(locked_fields=["title", "cast"]), MovieFactory(locked_fields=["title"])
    free = MovieFactory()
    before = free.updated_at
    response = client.post(LIST, action_data("unlock_selected", locked, free), follow=True)
    assert "1 film unlocked." in response.content.decode()
    for movie in (locked, other, free):
        movie.refresh_from_db()
    assert (locked.locked_fields, other.locked_fields, free.updated_at) == ([], ["title"], before)
    assert [entry[:2] for entry in history()] == [(CHANGE, str(locked))]


def titles(response):
    assert response.status_code == 200
    return [movie.title for movie in response.context["cl"].result_list]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ["Heat", "Alien", "Amélie"]),
        ({"q": "amelie"}, ["Amélie"]),
        ({"q": "tt0113277"}, ["Heat"]),
        ({"q": "348"}, ["Alien"]),
        ({"q": "nothing at all"}, []),
        ({"edited": "yes"}, ["Alien"]),
        ({"edited": "no"}, ["Heat", "Amélie"]),
        ({"poster": "yes"}, ["Heat"]),
        ({"poster": "no"}, ["Alien", "Amélie"]),
        ({"decade": "1990"}, ["Heat"]),
        ({"decade": "none"}, ["Amélie"]),
        ({"decade": "x"}, ["Heat", "Alien", "Amélie"]),
        ({"language": "fr"}, ["Amélie"]),
        ({"o": "1"}, ["Alien", "Amélie", "Heat"]),
        ({"q": "e", "o": "-1"}, []),
    ],
)
def test_the_list_is_searched_filtered_and_sorted(client, manager, parameters, expected):
    MovieFactory(title="Heat", tmdb_id=949, imdb_id="tt0113277", year=1995, popularity=9, poster_key="a" * 32)
    MovieFactory(title="Alien", tmdb_id=348, year=1979, popularity=8, locked_fields=["title"], original_language="en")
    MovieFactory(title="Amélie", tmdb_id=194, year=None, popularity=7, original_language="fr")
    assert titles(client.get(LIST, parameters)) == expected


def test_a_search_can_be_sorted_by_a_column(client, manager):
    for title, popularity in (("Heat A", 1), ("Heat B", 9)):
        MovieFactory(title=title, popularity=popularity)
    assert titles(client.get(LIST, {"q": "heat", "o": "1"})) == ["Heat A", "Heat B"]
    assert titles(client.get(LIST, {"q": "heat", "o": "-1"})) == ["Heat B", "Heat A"]


def test_the_list_shows_locked_fields(client, manager):
    MovieFactory(locked_fields=["overview", "poster_source"])
    assert "overview, poster" in client.get(LIST).content.decode()


@pytest.fixture
def private():
    return MovieFactory(title="Secret", owner=UserFactory(), tmdb_id=None, locked_fields=["title"])


@pytest.mark.parametrize("act", ["change", "delete", "history"])
def test_a_private_film_has_no_admin_page(client, manager, private, act):
    address = reverse(f"admin:movies_movie_{act}", args=[private.pk])
    for response in (client.get(address), client.post(address, form_data(private, title="Seen", post="yes"))):
        assert response.status_code == 302 or (act == "history" and response.status_code == 405)
        assert "Secret" not in response.content.decode()
    private.refresh_from_db()
    assert private.title == "Secret"


def test_a_private_film_is_in_no_list_search_or_action(client, manager, private):
    for parameters in ({}, {"q": "secret"}, {"edited": "yes"}):
        assert "Secret" not in client.get(LIST, parameters).content.decode()
    client.post(LIST, action_data("delete_selected", private, post="yes"))
    client.post(LIST, action_data("unlock_selected", private))
    private.refresh_from_db()
    assert private.locked_fields == ["title"]
    genre = "?app_label=movies&model_name=movie&field_name=genres"
    assert "Secret" not in client.get(f"/admin/autocomplete/{genre}&term=secret").content.decode()


def test_the_queries_of_the_list_and_the_form_do_not_grow(client, manager, django_assert_num_queries):
    for wanted in (1, 3):
        while Movie.objects.count() < wanted:
            movie = MovieFactory(genres=[GenreFactory(), GenreFactory()], locked_fields=["title"])
        client.get(LIST), client.get(change(movie))  # fill the caches of languages and content types
        with django_assert_num_queries(7):
            client.get(LIST)
        with django_assert_num_queries(7):
            client.get(change(movie))
