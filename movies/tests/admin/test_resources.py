"""Import and export of films in the admin."""

import csv
import json
from datetime import date
from io import StringIO

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.tests.factories import ManagerFactory, UserFactory
from movies.admin.resources import COLUMNS
from movies.models import Movie
from movies.tests.factories import GenreFactory, MovieFactory

pytestmark = pytest.mark.django_db

IMPORT, CONFIRM, EXPORT = (f"/admin/movies/movie/{name}/" for name in ("import", "process_import", "export"))
CSV, JSON = "0", "1"


@pytest.fixture
def manager(client):
    user = ManagerFactory(username="manager")
    client.force_login(user)
    return user


def exported(client, kind=CSV, columns=COLUMNS, **parameters):
    chosen = {f"movieresource_{column}": "on" for column in columns}
    response = client.post(EXPORT, {"format": kind, "resource": "0", **chosen}, query_params=parameters)
    assert response["Content-Disposition"].startswith('attachment; filename="Movie-')
    return response.content.decode()


def rows(text):
    return list(csv.DictReader(StringIO(text, newline="")))


def written(*films, columns=None):
    """Return a CSV file of these films."""
    text = StringIO()
    writer = csv.DictWriter(text, columns or list(films[0]))
    writer.writeheader()
    writer.writerows(films)
    return text.getvalue()


def preview(client, content, kind=CSV):
    data = content if isinstance(content, bytes) else content.encode()
    file = SimpleUploadedFile("films.csv" if kind == CSV else "films.json", data)
    return client.post(IMPORT, {"import_file": file, "format": kind, "resource": "0"})


def confirmed(client, response):
    return client.post(CONFIRM, response.context["confirm_form"].initial, follow=True)


def brought_in(client, content, kind=CSV):
    response = confirmed(client, preview(client, content, kind))
    return [str(message) for message in response.context["messages"]]


def outcomes(response):
    return [(row.import_type, row.object_repr, row.changes) for row in response.context["result"].shown_rows()]


def refusals(response):
    assert "confirm_form" not in response.context
    page = response.content.decode()
    assert 'role="alert"' in page
    said = response.context["result"].refusals()
    for *_, sentence in said:
        assert sentence.replace("'", "&#x27;") in page
    return said


def file_error(response):
    assert response.status_code == 200
    (sentence,) = response.context["form"].errors["import_file"]
    return sentence


def state(movie):
    movie.refresh_from_db()
    return {name: value for name, value in vars(movie).items() if name != "_state"}


def test_an_export_has_every_column(client, manager):
    drama, comedy = GenreFactory(name="Drama"), GenreFactory(name="Comedy")
    movie = MovieFactory(
        tmdb_id=194, imdb_id="tt0211915", title="Amélie", original_title="Le Fabuleux Destin", original_language="fr",
        year=2001, release_date=date(2001, 4, 25), runtime=122, genres=[drama, comedy], certification="R",
        directors=["Jean-Pierre Jeunet"], cast=["Audrey Tautou", "Mathieu; Kassovitz"], age_restriction=17,
        overview="A\nB", tagline="One person", trailer="https://example.org/t",
    )  # fmt: skip
    assert rows(exported(client)) == [
        {
            "id": str(movie.pk),
            "tmdb_id": "194",
            "imdb_id": "tt0211915",
            "title": "Amélie",
            "original_title": "Le Fabuleux Destin",
            "original_language": "fr",
            "overview": "A\nB",
            "tagline": "One person",
            "release_date": "2001-04-25",
            "year": "2001",
            "runtime": "122",
            "genres": "Comedy; Drama",
            "directors": "Jean-Pierre Jeunet",
            "cast": "Audrey Tautou; Mathieu\\; Kassovitz",
            "certification": "R",
            "age_restriction": "17",
            "trailer": "https://example.org/t",
        }
    ]
    assert json.loads(exported(client, JSON, ["id", "title"])) == [{"id": str(movie.pk), "title": "Amélie"}]


def test_an_export_has_the_filtered_list_without_private_films(client, manager):
    MovieFactory(title="Heat", year=1995)
    MovieFactory(title="Alien", year=1979)
    MovieFactory(title="Secret", year=1995, owner=UserFactory(), tmdb_id=None)
    assert {row["title"] for row in rows(exported(client))} == {"Heat", "Alien"}
    assert {row["title"] for row in rows(exported(client, decade="1990"))} == {"Heat"}


def test_a_large_export_is_refused(client, manager, monkeypatch):
    monkeypatch.setattr("movies.admin.exchange.MAX_ROWS", 1)
    MovieFactory(), MovieFactory()
    response = client.post(EXPORT, {"format": CSV, "resource": "0", "movieresource_title": "on"})
    assert "These are more than 1 films." in response.content.decode()


def test_an_export_page_ignores_an_unknown_filter(client, manager):
    response = client.get(EXPORT, {"nonsense": "1"})
    assert (response.status_code, response["Location"]) == (302, EXPORT)


@pytest.mark.parametrize("kind", [CSV, JSON])
def test_a_round_trip_changes_and_locks_nothing(client, manager, kind):
    genre = GenreFactory(name="Science; Fiction")
    awkward = ["=1+1", "'=1+1", "+1", "-1", "@x", "\u4e03 \u4eba", 'He said "no", twice', " padded ", "a\\b;c", "'tis"]
    films = [
        MovieFactory(title=title, tagline=title, overview=f"{title}\nand\r\nmore", cast=[title, "B"], genres=[genre])
        for title in awkward
    ]
    films.append(MovieFactory(runtime=None, year=None))
    before = [state(movie) for movie in films]
    content = exported(client, kind)
    if kind == CSV:
        assert not [cell for row in rows(content) for cell in row.values() if cell.startswith(tuple("=+-@\t\r"))]
    response = preview(client, content, kind)
    assert {outcome for outcome, *_ in outcomes(response)} == {"skip"}
    assert f"0 new, 0 changed, {len(films)} unchanged" in response.content.decode()
    assert brought_in(client, content, kind) == [f"Imported: 0 new, 0 changed, {len(films)} unchanged."]
    assert [state(movie) for movie in films] == before
    assert not LogEntry.objects.exists()


def test_a_preview_shows_the_changes_and_writes_nothing(client, manager):
    changed = MovieFactory(title="Heat", year=1995, tmdb_id=949, tagline="Old")
    MovieFactory(title="Alien", year=1979, tmdb_id=348)
    content = written(
        {"tmdb_id": "348", "title": "Alien", "tagline": "", "year": "1979"},
        {"tmdb_id": "949", "title": "Heat", "tagline": "New", "year": "1995"},
        {"tmdb_id": "", "title": "Fresh", "tagline": "", "year": ""},
    )
    response = preview(client, content)
    assert outcomes(response) == [
        ("update", "Heat (1995)", [("tagline", "Old", "New")]),
        ("new", "Fresh", [("title", "", "Fresh")]),
        ("skip", "Alien (1979)", []),
    ]
    page = response.content.decode()
    assert "1 new, 1 changed, 1 unchanged" in page
    assert "<del>Old</del>" in page
    assert "<ins>New</ins>" in page
    changed.refresh_from_db()
    assert (changed.tagline, Movie.objects.count()) == ("Old", 2)


def test_a_confirmed_import_is_written_locked_and_in_the_history(client, manager):
    drama = GenreFactory(name="Drama")
    movie = MovieFactory(title="Heat", year=1995, tmdb_id=949, tagline="Old", runtime=170, genres=[GenreFactory()])
    content = written(
        {"tmdb_id": "949", "title": "Heat", "tagline": "'=New", "runtime": "", "genres": "drama"},
        {"tmdb_id": "7", "title": "Fresh", "tagline": "", "runtime": "90", "genres": ""},
    )
    assert brought_in(client, content) == ["Imported: 1 new, 1 changed, 0 unchanged."]
    movie.refresh_from_db()
    assert (movie.tagline, movie.runtime, list(movie.genres.all())) == ("=New", None, [drama])
    assert movie.locked_fields == ["genres", "runtime", "tagline"]
    fresh = Movie.objects.get(tmdb_id=7)
    assert (fresh.title, fresh.runtime, fresh.owner, fresh.locked_fields) == ("Fresh", 90, None, ["runtime", "title"])
    assert [
        (entry.action_flag, entry.object_repr, entry.get_change_message(), entry.user_id)
        for entry in LogEntry.objects.order_by("action_flag")
    ] == [
        (ADDITION, "Fresh", "Added.", manager.pk),
        (CHANGE, "Heat (1995)", "Changed tagline, runtime and genres.", manager.pk),
    ]
    assert brought_in(client, content) == ["Imported: 0 new, 0 changed, 2 unchanged."]


def test_a_file_is_imported_once(client, manager):
    response = preview(client, written({"title": "Fresh"}))
    assert confirmed(client, response).status_code == 200
    again = confirmed(client, response)
    assert "This file is no longer available" in again.content.decode()
    assert Movie.objects.count() == 1


def test_rows_invalid_since_the_preview_are_reported_and_nothing_is_written(client, manager):
    response = preview(client, written({"title": "Fresh", "tmdb_id": ""}, {"title": "Late", "tmdb_id": "7"}))
    MovieFactory(tmdb_id=8, imdb_id="tt0000001")
    taken = preview(client, written({"title": "A", "imdb_id": "tt0000002"}, {"title": "B", "imdb_id": "tt0000003"}))
    MovieFactory(title="Meanwhile", tmdb_id=9, imdb_id="tt0000003", year=1999)
    late = confirmed(client, taken)
    assert "1 changed" in late.content.decode() or Movie.objects.filter(title="B").exists()
    GenreFactory(name="Gone")
    gone = preview(client, written({"title": "Heat", "genres": "Gone"}))
    from movies.models import Genre

    Genre.objects.filter(name="Gone").delete()
    refused = confirmed(client, gone)
    assert refusals(refused) == [(1, "Heat", "genres", "There is no genre called “Gone”.")]
    assert not Movie.objects.filter(title="Heat").exists()
    assert confirmed(client, response).status_code == 200


@pytest.mark.parametrize(
    ("film", "column", "sentence"),
    [
        ({"title": ""}, "title", "A film needs a title."),
        ({"year": "1492"}, "year", "Give a year from 1870 to 2200."),
        ({"year": "soon"}, "year", "Enter a whole number."),
        ({"release_date": "25.4.2001"}, "release_date", "Enter a date as 2001-04-25."),
        ({"runtime": "-5"}, "runtime", "Give the minutes, from 1 to 32,767."),
        ({"genres": "Drama; Opera"}, "genres", "There is no genre called “Opera”."),
        ({"imdb_id": "nm1"}, "imdb_id", "An IMDb id looks like tt0211915."),
        ({"tmdb_id": "99999999999999999999"}, "tmdb_id", "A TMDB id is a number from 1 to 2,147,483,647."),
        ({"id": "424242"}, "id", "No film has this id. Leave the id empty to add one."),
        ({"id": "x"}, "id", "No film has this id. Leave the id empty to add one."),
        ({"tagline": "a\0b"}, "tagline", "Control characters are not allowed."),
        ({"cast": "x" * 201}, "cast", "Name 1 is longer than 200 characters."),
    ],
)
def test_an_invalid_row_is_reported_and_nothing_is_written(client, manager, film, column, sentence):
    GenreFactory(name="Drama")
    wrong = {"title": "Wrong", **film}
    response = preview(client, written({"title": "Right"}, wrong, columns=list(wrong)))
    assert refusals(response) == [(2, wrong["title"], column, sentence)]
    assert not Movie.objects.exists()


def test_rows_with_ids_of_different_films_are_refused(client, manager):
    heat = MovieFactory(title="Heat", year=1995, tmdb_id=949, imdb_id="tt0113277")
    alien = MovieFactory(title="Alien", year=1979, tmdb_id=348)
    content = written(
        {"id": "", "tmdb_id": "949", "imdb_id": "tt0113277", "title": "Heat"},
        {"id": str(alien.pk), "tmdb_id": "949", "imdb_id": "", "title": "Heat"},
        {"id": str(heat.pk), "tmdb_id": "1", "imdb_id": "", "title": "Heat"},
        {"id": str(heat.pk), "tmdb_id": "", "imdb_id": "tt0113277", "title": "Heat"},
        {"id": "", "tmdb_id": "5", "imdb_id": "", "title": "Five"},
        {"id": "", "tmdb_id": "5", "imdb_id": "", "title": "Five again"},
    )
    assert refusals(preview(client, content)) == [
        (2, "Heat", "id", "This is the id of Alien (1979), but another id of this row is of Heat (1995)."),
        (3, "Heat", "id", "This is the id of Heat (1995), which has another tmdb_id. Leave it empty."),
        (4, "Heat", "", "Row 1 has the same film."),
        (6, "Five again", "tmdb_id", "There is a film with this TMDB id already."),
    ]


def test_our_id_finds_a_film_to_add_other_ids(client, manager):
    movie = MovieFactory(title="Heat", tmdb_id=None)
    content = written({"id": str(movie.pk), "tmdb_id": "949", "imdb_id": "tt0113277", "title": "Heat"})
    assert brought_in(client, content) == ["Imported: 0 new, 1 changed, 0 unchanged."]
    movie.refresh_from_db()
    assert (movie.tmdb_id, movie.imdb_id) == (949, "tt0113277")


def test_a_private_film_is_never_found(client, manager):
    private = MovieFactory(title="Secret", owner=UserFactory(), tmdb_id=None, imdb_id="tt0000001")
    before = state(private)
    assert refusals(preview(client, written({"id": str(private.pk), "title": "Seen"}))) == [
        (1, "Seen", "id", "No film has this id. Leave the id empty to add one.")
    ]
    assert outcomes(preview(client, written({"imdb_id": "tt0000001", "title": "Ours"})))[0][0] == "new"
    assert state(private) == before


@pytest.mark.parametrize(
    ("content", "kind", "sentence"),
    [
        ("", CSV, "The submitted file is empty."),
        ("\n", CSV, "There are no films in this file."),
        ("title\n", CSV, "There are no films in this file."),
        ("title,colour\nHeat,red\n", CSV, "Unknown columns: colour."),
        ("title,title\nHeat,Heat\n", CSV, "A column occurs twice."),
        ("year\n1995\n", CSV, "There is no column “title”."),
        ("title\nHeat,and,more\n", CSV, "This is not a valid CSV file: a row has more cells than the heading."),
        (b"title\nAm\xe9lie\n", CSV, "The file is not UTF-8 text."),
        ("title\n" + "Heat\n" * 4, CSV, "The file has 4 films. Import up to 3 at once."),
        ("{", JSON, "This is not a JSON file."),
        ("[" * 100_000, JSON, "This is not a JSON file."),
        ('{"title": "Heat"}', JSON, "The file is not a list of films."),
        ("[]", JSON, "There are no films in this file."),
        ('[{"title": "Heat"}, {"title": "Alien", "year": 1979}]', JSON,
         "Film 2 does not have the same fields as the first one."),
        ('[{"title": ["Heat"]}]', JSON, "Film 1: title is neither text nor a number."),
    ],
)  # fmt: skip
def test_invalid_files_are_refused(client, manager, content, kind, sentence, monkeypatch):
    monkeypatch.setattr("movies.admin.files.MAX_ROWS", 3)
    assert file_error(preview(client, content, kind)) == sentence


def test_a_file_that_is_too_large_is_refused(client, manager):
    assert file_error(preview(client, b"title\n" + b"x" * (10 * 1024 * 1024))) == "The file is larger than 10 MB."


def test_a_file_with_semicolons_and_a_byte_order_mark_is_read(client, manager):
    content = "\ufefftitle;directors\r\nHeat;Michael Mann\r\n"
    assert brought_in(client, content) == ["Imported: 1 new, 0 changed, 0 unchanged."]
    assert Movie.objects.get().directors == ["Michael Mann"]


def test_json_may_have_numbers_and_null(client, manager):
    content = json.dumps([{"title": "Heat", "year": 1995, "runtime": None}])
    assert brought_in(client, content, JSON) == ["Imported: 1 new, 0 changed, 0 unchanged."]
    movie = Movie.objects.get()
    assert (movie.year, movie.runtime) == (1995, None)


@pytest.mark.parametrize("changed", [{"format": "9"}, {"format": "x"}, {"resource": "7"}, {"import_file_name": ""}])
def test_a_forged_confirmation_is_refused(client, manager, changed):
    initial = preview(client, written({"title": "Fresh"})).context["confirm_form"].initial
    response = client.post(CONFIRM, initial | changed)
    assert response.status_code == 200
    assert response.context["errors"]
    assert not Movie.objects.exists()


def test_a_confirmation_in_the_other_format_is_refused(client, manager):
    initial = preview(client, written({"title": "Fresh"})).context["confirm_form"].initial
    response = client.post(CONFIRM, initial | {"format": JSON}, follow=True)
    assert "This is not a JSON file." in response.content.decode()
    assert not Movie.objects.exists()


def test_an_unexpected_error_names_the_row_without_details(client, manager, monkeypatch, events):
    def broken(*args):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("movies.catalogue.editing.create_film", broken)
    response = preview(client, written({"title": "Fresh"}))
    assert refusals(response) == [(1, "", "", "Something went wrong on our side. The error has been logged.")]
    assert "secret detail" not in response.content.decode()
    assert [event["row"] for event in events("film_import_broke")] == [1]


def test_an_unavailable_cache_is_reported(client, manager, monkeypatch):
    monkeypatch.setattr("movies.admin.files.cache.get", lambda key: None)
    sentence = "The file could not be stored right now. Please try again in a moment."
    assert file_error(preview(client, written({"title": "Fresh"}))) == sentence


@pytest.mark.parametrize("path", [IMPORT, CONFIRM, EXPORT])
def test_customers_are_sent_to_the_sign_in_page(client, path):
    client.force_login(UserFactory())
    for response in (client.get(path), client.post(path, {"format": CSV})):
        assert (response.status_code, response["Location"].split("?")[0]) == (302, "/admin/login/")


@pytest.mark.parametrize("path", [IMPORT, EXPORT])
def test_viewers_can_neither_import_nor_export(client, path, settings):
    settings.MANAGER_PERMISSIONS = {"movies.view_movie"}
    client.force_login(ManagerFactory())
    assert client.get(path).status_code == 403
    page = client.get("/admin/movies/movie/").content.decode()
    assert path not in page


@pytest.mark.parametrize("count", [1, 3])
def test_unchanged_rows_cost_no_queries(client, manager, count, django_assert_num_queries):
    genre = GenreFactory()
    for _ in range(count):
        MovieFactory(genres=[genre])
    content = exported(client)
    with django_assert_num_queries(16):
        preview(client, content)
