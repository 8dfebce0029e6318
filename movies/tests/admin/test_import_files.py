"""Files for the import of films: formats, limits and confirmations."""

import json

import pytest

from movies.models import Movie
from movies.tests.admin.exchange import (
    CONFIRM,
    CSV,
    JSON,
    as_csv,
    file_error,
    import_films,
    preview,
)

pytestmark = pytest.mark.django_db


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
    assert import_films(client, content) == ["Imported: 1 new, 0 changed, 0 unchanged."]
    assert Movie.objects.get().directors == ["Michael Mann"]


def test_json_may_have_numbers_and_null(client, manager):
    content = json.dumps([{"title": "Heat", "year": 1995, "runtime": None}])
    assert import_films(client, content, JSON) == ["Imported: 1 new, 0 changed, 0 unchanged."]
    movie = Movie.objects.get()
    assert (movie.year, movie.runtime) == (1995, None)


@pytest.mark.parametrize("changed", [{"format": "9"}, {"format": "x"}, {"resource": "7"}, {"import_file_name": ""}])
def test_a_forged_confirmation_is_refused(client, manager, changed):
    initial = preview(client, as_csv({"title": "Fresh"})).context["confirm_form"].initial
    response = client.post(CONFIRM, initial | changed)
    assert response.status_code == 200
    assert response.context["errors"]
    assert not Movie.objects.exists()


def test_a_confirmation_in_the_other_format_is_refused(client, manager):
    initial = preview(client, as_csv({"title": "Fresh"})).context["confirm_form"].initial
    response = client.post(CONFIRM, initial | {"format": JSON}, follow=True)
    assert "This is not a JSON file." in response.content.decode()
    assert not Movie.objects.exists()


def test_an_unavailable_cache_is_reported(client, manager, monkeypatch):
    monkeypatch.setattr("movies.admin.files.cache.get", lambda key: None)
    sentence = "The file could not be stored right now. Please try again in a moment."
    assert file_error(preview(client, as_csv({"title": "Fresh"}))) == sentence
