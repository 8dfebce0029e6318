"""Import of films in the admin: preview, confirmation and errors of rows."""

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import ManagerFactory, UserFactory
from movies.models import Movie
from movies.providers.merging import merge_films
from movies.tests.admin.exchange import (
    CONFIRM,
    CSV,
    EXPORT,
    IMPORT,
    JSON,
    as_csv,
    confirm,
    export_films,
    import_films,
    outcomes,
    preview,
    read_rows,
    refusals,
    state,
)
from movies.tests.factories import GenreFactory, MovieFactory

pytestmark = pytest.mark.django_db


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
    content = export_films(client, kind)
    if kind == CSV:
        assert not [cell for row in read_rows(content) for cell in row.values() if cell.startswith(tuple("=+-@\t\r"))]
    response = preview(client, content, kind)
    assert {outcome for outcome, *_ in outcomes(response)} == {"skip"}
    assert f"0 new, 0 changed, {len(films)} unchanged" in response.content.decode()
    assert import_films(client, content, kind) == [f"Imported: 0 new, 0 changed, {len(films)} unchanged."]
    assert [state(movie) for movie in films] == before
    assert not LogEntry.objects.exists()


def test_a_preview_shows_the_changes_and_writes_nothing(client, manager):
    changed = MovieFactory(title="Heat", year=1995, tmdb_id=949, tagline="Old")
    MovieFactory(title="Alien", year=1979, tmdb_id=348)
    content = as_csv(
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
    content = as_csv(
        {"tmdb_id": "949", "title": "Heat", "tagline": "'=New", "runtime": "", "genres": "drama"},
        {"tmdb_id": "7", "title": "Fresh", "tagline": "", "runtime": "90", "genres": ""},
    )
    assert import_films(client, content) == ["Imported: 1 new, 1 changed, 0 unchanged."]
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
    assert import_films(client, content) == ["Imported: 0 new, 0 changed, 2 unchanged."]


def test_a_file_is_imported_once(client, manager):
    response = preview(client, as_csv({"title": "Fresh"}))
    assert confirm(client, response).status_code == 200
    again = confirm(client, response)
    assert "This file is no longer available" in again.content.decode()
    assert Movie.objects.count() == 1


def test_rows_invalid_since_the_preview_are_reported_and_nothing_is_written(client, manager):
    response = preview(client, as_csv({"title": "Fresh", "tmdb_id": ""}, {"title": "Late", "tmdb_id": "7"}))
    MovieFactory(tmdb_id=8, imdb_id="tt0000001")
    taken = preview(client, as_csv({"title": "A", "imdb_id": "tt0000002"}, {"title": "B", "imdb_id": "tt0000003"}))
    MovieFactory(title="Meanwhile", tmdb_id=9, imdb_id="tt0000003", year=1999)
    late = confirm(client, taken)
    assert "1 changed" in late.content.decode() or Movie.objects.filter(title="B").exists()
    GenreFactory(name="Gone")
    gone = preview(client, as_csv({"title": "Heat", "genres": "Gone"}))
    from movies.models import Genre

    Genre.objects.filter(name="Gone").delete()
    refused = confirm(client, gone)
    assert refusals(refused) == [(1, "Heat", "genres", "There is no genre called “Gone”.")]
    assert not Movie.objects.filter(title="Heat").exists()
    assert confirm(client, response).status_code == 200


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
    response = preview(client, as_csv({"title": "Right"}, wrong, columns=list(wrong)))
    assert refusals(response) == [(2, wrong["title"], column, sentence)]
    assert not Movie.objects.exists()


def test_rows_with_ids_of_different_films_are_refused(client, manager):
    heat = MovieFactory(title="Heat", year=1995, tmdb_id=949, imdb_id="tt0113277")
    alien = MovieFactory(title="Alien", year=1979, tmdb_id=348)
    content = as_csv(
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
    content = as_csv({"id": str(movie.pk), "tmdb_id": "949", "imdb_id": "tt0113277", "title": "Heat"})
    assert import_films(client, content) == ["Imported: 0 new, 1 changed, 0 unchanged."]
    movie.refresh_from_db()
    assert (movie.tmdb_id, movie.imdb_id) == (949, "tt0113277")


def test_a_private_film_is_never_found(client, manager):
    private = MovieFactory(title="Secret", owner=UserFactory(), tmdb_id=None, imdb_id="tt0000001")
    before = state(private)
    assert refusals(preview(client, as_csv({"id": str(private.pk), "title": "Seen"}))) == [
        (1, "Seen", "id", "No film has this id. Leave the id empty to add one.")
    ]
    assert outcomes(preview(client, as_csv({"imdb_id": "tt0000001", "title": "Ours"})))[0][0] == "new"
    assert state(private) == before


def test_an_unexpected_error_names_the_row_without_details(client, manager, monkeypatch, events):
    def broken(*args):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("movies.catalogue.editing.build_film", broken)
    response = preview(client, as_csv({"title": "Fresh"}))
    assert refusals(response) == [(1, "", "", "Something went wrong on our side. The error has been logged.")]
    assert "secret detail" not in response.content.decode()
    assert [event["row"] for event in events("film_import_broke")] == [1]


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
    content = export_films(client)
    with django_assert_num_queries(17):
        preview(client, content)


def test_a_film_is_found_by_what_it_was_before(client, manager):
    """A file that was exported before TMDB deleted an id, or before two rows were merged."""
    film, row = MovieFactory(title="Heat", tmdb_id=949, year=1995), MovieFactory(tmdb_id=12)
    with transaction.atomic():
        merge_films(film, row)
    before = state(film)
    for keys in ({"tmdb_id": "12"}, {"id": str(row.pk)}, {"id": str(row.pk), "tmdb_id": "12"}):
        known = as_csv({"title": "Heat", "year": "1995", **keys})
        assert outcomes(preview(client, known)) == [("skip", "Heat (1995)", [])]
    twice = as_csv({"tmdb_id": "12", "title": "Heat"}, {"tmdb_id": "949", "title": "Heat"})
    assert refusals(preview(client, twice)) == [(2, "Heat", "", "Row 1 has the same film.")]
    assert state(film) == before
    assert import_films(client, as_csv({"tmdb_id": "12", "title": "Heat", "tagline": "New"})) == [
        "Imported: 0 new, 1 changed, 0 unchanged."
    ]
    film.refresh_from_db()
    assert (film.tagline, film.tmdb_id, Movie.objects.count()) == ("New", 949, 1)


def test_new_films_cost_the_same_few_queries_however_many(client, manager):
    def statements(count, first):
        rows = [{"title": f"Film {n}", "tmdb_id": str(n), "genres": "Drama"} for n in range(first, first + count)]
        shown = preview(client, as_csv(*rows))
        with CaptureQueriesContext(connection) as queries:
            confirm(client, shown)
        assert Movie.objects.filter(tmdb_id__gte=first, genres__name="Drama").count() == count
        return len(queries)

    GenreFactory(name="Drama")
    statements(1, 10)  # finds the types of content once
    assert statements(2, 100) == statements(30, 1_000)


def test_new_films_with_the_same_id_are_refused_by_row(client, manager):
    rows = [{"title": title, "tmdb_id": tmdb_id} for title, tmdb_id in [("One", "5"), ("Two", "6"), ("Three", "5")]]
    assert refusals(preview(client, as_csv(*rows))) == [
        (3, "Three", "tmdb_id", "There is a film with this TMDB id already.")
    ]
    assert not Movie.objects.exists()
