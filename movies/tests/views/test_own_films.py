"""The pages of private films."""

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.tests.factories import ManagerFactory, UserFactory
from common.limits.slots import take_slot
from movies.models import Movie
from movies.posters.store import StoreUnavailable
from movies.tests.factories import GenreFactory, MovieFactory, RatingFactory, ViewingFactory, WatchlistItemFactory
from movies.tests.posters import pictures

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(ana):
    def make(**values):
        return MovieFactory(owner=ana, tmdb_id=None, **{"title": "Mine", "year": 2020, "runtime": None, **values})

    return make


def jpeg(width=300, height=450, name="poster.jpg"):
    return SimpleUploadedFile(name, pictures.jpeg((width, height)), "image/jpeg")


def form_data(**fields):
    """Return the data of an otherwise empty form with `fields`."""
    empty = dict.fromkeys(
        ["title", "original_title", "release_date", "year", "runtime", "directors", "cast", "overview", "tagline",
         "original_language", "age_restriction", "certification", "trailer", "imdb_id"], ""
    )  # fmt: skip
    return empty | fields


def errors(response):
    """Return the errors of the form, after checking that the page shows them at their fields."""
    assert response.status_code == 200
    form, page = response.context["form"], response.content.decode()
    for name in form.errors:
        if name != "__all__":
            assert f'id="id_{name}_error"' in page
    return {name: list(messages) for name, messages in form.errors.items()}


def test_a_film_with_everything_is_added(client, ana):
    drama, comedy = GenreFactory(name="Drama"), GenreFactory(name="Comedy")
    response = client.post(
        "/my-movies/add/",
        form_data(
            title=" Der Sommer ", original_title="L'été", release_date="2021-07-14", runtime="93",
            genres=[drama.pk, comedy.pk], directors="Ana Berg\r\n\r\n  Li  Wei ", cast="Uno\nDue", overview="A lake.",
            tagline="Swim.", original_language="fr", age_restriction="12", certification="FSK 12",
            trailer="https://example.org/t", imdb_id="tt1234567", poster=jpeg(),
        ),
        follow=True,
    )  # fmt: skip
    movie = Movie.objects.get()
    assert response.redirect_chain == [(movie.get_absolute_url(), 302)]
    assert "“Der Sommer” has been added. Only you can see it." in response.content.decode()
    values = {
        name: getattr(movie, name)
        for name in ("title", "original_title", "runtime", "year", "directors", "cast", "overview", "tagline",
                     "original_language", "age_restriction", "certification", "trailer", "imdb_id", "owner",
                     "locked_fields")
    }  # fmt: skip
    assert values == {
        "title": "Der Sommer",
        "original_title": "L'été",
        "runtime": 93,
        "year": 2021,
        "directors": ["Ana Berg", "Li Wei"],
        "cast": ["Uno", "Due"],
        "overview": "A lake.",
        "tagline": "Swim.",
        "original_language": "fr",
        "age_restriction": 12,
        "certification": "FSK 12",
        "trailer": "https://example.org/t",
        "imdb_id": "tt1234567",
        "owner": ana,
        "locked_fields": [],
    }
    assert {genre.name for genre in movie.genres.all()} == {"Drama", "Comedy"}
    assert default_storage.exists(f"posters/{movie.poster_key}/w342.jpg")
    assert movie.poster_urls["w342"] in response.content.decode()


def test_while_another_picture_is_decoded_the_form_says_so(client, ana):
    with take_slot("pictures"):
        response = client.post("/my-movies/add/", form_data(title="Mine", poster=jpeg()))
    assert errors(response)["poster"] == ["A lot is going on right now. Please try again in a few seconds."]
    assert client.post("/my-movies/add/", form_data(title="Mine", poster=jpeg())).status_code == 302


def test_only_the_title_is_required(client, ana):
    assert client.post("/my-movies/add/", form_data(title="未知")).status_code == 302
    movie = Movie.objects.get()
    assert (movie.title, movie.year, movie.runtime, movie.directors, movie.poster_key) == ("未知", None, None, [], "")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"title": ""}, {"title": ["This field is required."]}),
        ({"title": "  "}, {"title": ["This field is required."]}),
        ({"title": "\u200b"}, {"title": ["A film needs a title."]}),
        ({"title": "x" * 501}, {"title": ["Ensure this value has at most 500 characters (it has 501)."]}),
        ({"title": "a\0b"}, {"title": ["Null characters are not allowed."]}),
        ({"cast": "a\0b"}, {"cast": ["Null characters are not allowed."]}),
        ({"directors": "x" * 201}, {"directors": ["Name 1 is longer than 200 characters."]}),
        ({"year": "1492"}, {"year": ["Give a year from 1870 to 2200."]}),
        ({"year": "abc"}, {"year": ["Enter a whole number."]}),
        ({"year": "1999", "release_date": "2001-01-01"},
         {"year": ["This is not the year of the release date, which is 2001."]}),
        ({"release_date": "32.13.2001"}, {"release_date": ["Enter a valid date."]}),
        ({"runtime": "0"}, {"runtime": ["Give the minutes, from 1 to 32,767."]}),
        ({"age_restriction": "99"}, {"age_restriction": ["Give an age from 0 to 21."]}),
        ({"trailer": "javascript:alert(1)"}, {"trailer": ["Give an address that begins with http:// or https://."]}),
        ({"imdb_id": "nm0000001"}, {"imdb_id": ["An IMDb id looks like tt0211915."]}),
        ({"original_language": "klingon"},
         {"original_language": ["Select a valid choice. klingon is not one of the available choices."]}),
        ({"genres": ["999999"]}, {"genres": ["Select a valid choice. 999999 is not one of the available choices."]}),
    ],
)  # fmt: skip
def test_errors_are_shown_at_their_field(client, ana, fields, expected):
    response = client.post("/my-movies/add/", form_data(**{"title": "Kept", "overview": "Typed with care.", **fields}))
    assert errors(response) == expected
    page = response.content.decode()
    assert "Typed with care." in page
    assert 'role="alert"' in page
    (field,) = expected
    assert f'href="#id_{field}"' in page
    assert page.count("autofocus") == 1 or field == "genres"
    assert not Movie.objects.exists()


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (SimpleUploadedFile("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "SVG"),
        (SimpleUploadedFile("x.jpg", b""), "The submitted file is empty."),
        (SimpleUploadedFile("x.jpg", b"\xff\xd8\xff\xe0 cut off"), "picture"),
        (SimpleUploadedFile("x.jpg", b"\0" * (10 * 1024 * 1024 + 1)), "The file is larger than 10 MB."),
    ],
    ids=["svg", "empty", "broken", "huge"],
)
def test_a_refused_poster_keeps_the_typed_values(client, ana, file, expected):
    response = client.post("/my-movies/add/", form_data(title="Kept", cast="Uno\nDue", poster=file))
    assert list(errors(response)) == ["poster"]
    assert expected in errors(response)["poster"][0]
    page = response.content.decode()
    assert 'value="Kept"' in page
    assert "Uno\nDue" in page
    assert not Movie.objects.exists()


def test_a_poster_must_be_chosen_again_when_the_film_is_refused(client, ana):
    response = client.post("/my-movies/add/", form_data(title="Kept", year="1492", poster=jpeg()))
    assert list(errors(response)) == ["year"]
    assert "Please choose the poster again, too" in response.content.decode()
    assert not Movie.objects.exists()


def test_the_film_is_not_saved_when_its_poster_cannot_be_stored(client, own, monkeypatch):
    def down(*args):
        raise StoreUnavailable

    movie = own()
    monkeypatch.setattr("movies.posters.store.write", down)
    response = client.post(f"/my-movies/{movie.pk}/edit/", form_data(title="Other", year="2020", poster=jpeg()))
    assert errors(response) == {
        "poster": ["Posters can't be stored right now. Save without it, or try again in a moment."]
    }
    movie.refresh_from_db()
    assert (movie.title, movie.poster_key) == ("Mine", "")


def test_a_film_is_edited(client, own):
    drama = GenreFactory(name="Drama")
    movie = own(title="Mine", directors=["Ana Berg"], cast=["Uno", "Due"], genres=[drama], original_language="cn")
    page = client.get(f"/my-movies/{movie.pk}/edit/").content.decode()
    for shown in ('value="Mine"', "Uno\nDue", f'value="{drama.pk}"', '<option value="cn" selected>'):
        assert shown in page
    address = f"/my-movies/{movie.pk}/edit/"
    fields = form_data(title="Ours", year="2020", cast="Uno", directors="Ana Berg", original_language="cn")
    response = client.post(address, fields, follow=True)
    movie.refresh_from_db()
    assert (movie.title, movie.cast, list(movie.genres.all())) == ("Ours", ["Uno"], [])
    assert response.redirect_chain == [(movie.get_absolute_url(), 302)]
    assert "“Ours” has been saved." in response.content.decode()


def test_an_unchanged_film_is_not_written(client, own):
    movie = own(directors=["Ana Berg"])
    before = movie.updated_at
    address = f"/my-movies/{movie.pk}/edit/"
    assert client.post(address, form_data(title="Mine", year="2020", directors="Ana Berg")).status_code == 302
    movie.refresh_from_db()
    assert movie.updated_at == before


def test_a_poster_is_replaced_and_removed(client, own):
    movie = own()
    address = f"/my-movies/{movie.pk}/edit/"
    assert "remove_poster" not in client.get(address).content.decode()
    client.post(address, form_data(title="Mine", year="2020", poster=jpeg()))
    movie.refresh_from_db()
    first = movie.poster_key
    client.post(address, form_data(title="Mine", year="2020", poster=jpeg(600, 900)))
    movie.refresh_from_db()
    assert movie.poster_key not in {first, ""}
    assert "remove_poster" in client.get(address).content.decode()
    client.post(address, form_data(title="Mine", year="2020", remove_poster="on"))
    movie.refresh_from_db()
    assert movie.poster_key == ""


def test_the_confirmation_lists_what_is_deleted(client, ana, own):
    movie = own()
    RatingFactory(user=ana, movie=movie)
    WatchlistItemFactory(user=ana, movie=movie)
    ViewingFactory(user=ana, movie=movie)
    page = client.get(f"/my-movies/{movie.pk}/delete/").content.decode()
    for expected in ("Delete “Mine”?", "your rating of it", "its entry on your watchlist", "1 entry in your history"):
        assert expected in page
    response = client.post(f"/my-movies/{movie.pk}/delete/", follow=True)
    assert response.redirect_chain == [("/my-movies/", 302)]
    assert "“Mine” has been deleted." in response.content.decode()
    assert not Movie.objects.exists()
    assert client.post(f"/my-movies/{movie.pk}/delete/").status_code == 404


def test_the_list_has_own_films_newest_first(client, own):
    own(title="First")
    second = own(title="Second")
    MovieFactory(title="Elsewhere")
    MovieFactory(title="Theirs", owner=UserFactory(), tmdb_id=None)
    response = client.get("/my-movies/")
    assert [movie.title for movie in response.context["page"]] == ["Second", "First"]
    page = response.content.decode()
    assert f'href="/my-movies/{second.pk}/edit/"' in page
    assert "Elsewhere" not in page
    assert "Theirs" not in page
    assert response["Cache-Control"] == "private, no-store"


def test_an_empty_list_is_explained(client, ana):
    page = client.get("/my-movies/").content.decode()
    assert "No films yet" in page
    assert 'href="/my-movies/add/"' in page


@pytest.mark.parametrize("act", ["edit", "delete"])
@pytest.mark.parametrize("whose", ["theirs", "the catalogue's"])
def test_other_films_are_not_found(client, ana, act, whose):
    movie = MovieFactory(owner=UserFactory(), tmdb_id=None) if whose == "theirs" else MovieFactory()
    for user in (ana, ManagerFactory()):
        client.force_login(user)
        assert client.get(f"/my-movies/{movie.pk}/{act}/").status_code == 404
        assert client.post(f"/my-movies/{movie.pk}/{act}/", form_data(title="Taken")).status_code == 404
    movie.refresh_from_db()
    assert movie.title != "Taken"


@pytest.mark.parametrize("path", ["", "add/", "1/edit/", "1/delete/"])
def test_the_pages_need_a_sign_in(client, path):
    response = client.get(f"/my-movies/{path}")
    assert (response.status_code, response["Location"]) == (302, f"/account/sign-in/?next=/my-movies/{path}")


def test_managers_are_sent_to_the_admin(client):
    client.force_login(ManagerFactory())
    page = client.get("/my-movies/").content.decode()
    assert 'href="/admin/movies/movie/add/"' in page
    assert "No films yet" not in page
    for answer in (client.get("/my-movies/add/"), client.post("/my-movies/add/", form_data(title="Mine"))):
        assert (answer.status_code, answer["Location"]) == (302, "/admin/movies/movie/add/")
    assert not Movie.objects.exists()


def test_the_limit_of_private_films_is_reported(client, own, monkeypatch):
    monkeypatch.setattr("movies.catalogue.editing.MAX_PRIVATE_FILMS", 1)
    own()
    response = client.post("/my-movies/add/", form_data(title="One too many"))
    assert errors(response) == {"__all__": ["You can have at most 1 films of your own."]}
    assert "You can have at most 1 films of your own." in response.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_do_not_grow_with_the_films(client, own, count, django_assert_num_queries):
    genre = GenreFactory()
    for _ in range(count):
        own(genres=[genre])
    with django_assert_num_queries(7):
        client.get("/my-movies/")
