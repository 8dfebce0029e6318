"""Validation of film values: the messages, and that the table accepts what it accepts."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from movies.catalogue import validation
from movies.models import Movie
from movies.tests.factories import GenreFactory


def validate(values, stored=None, *, private=False):
    return validation.validate_changes(
        values, {**validation.empty_values(), "title": "Film", **(stored or {})}, private=private
    )


def errors_of(values, stored=None, *, private=False):
    with pytest.raises(ValidationError) as caught:
        validate(values, stored, private=private)
    return caught.value.message_dict


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("title", "", "A film needs a title."),
        ("title", " \t ", "A film needs a title."),
        ("title", "\u200b\u200b", "A film needs a title."),
        ("title", None, "A film needs a title."),
        ("title", "x" * 501, "At most 500 characters."),
        ("title", "nul\0", "Control characters are not allowed."),
        ("title", "two\nlines", "Control characters are not allowed."),
        ("original_title", "bell\a", "Control characters are not allowed."),
        ("original_title", "x" * 501, "At most 500 characters."),
        ("overview", "nul\0", "Control characters are not allowed."),
        ("overview", "x" * 10_001, "At most 10,000 characters."),
        ("tagline", "x" * 501, "At most 500 characters."),
        ("certification", "x" * 33, "At most 32 characters."),
        ("original_language", "english", "A language code looks like en or pt-br."),
        ("original_language", "x" * 9, "At most 8 characters."),
        ("imdb_id", "0211915", "An IMDb id looks like tt0211915."),
        ("imdb_id", "tt123456", "An IMDb id looks like tt0211915."),
        ("imdb_id", "tt٠٢١١٩١٥", "An IMDb id looks like tt0211915."),
        ("imdb_id", "tt12345678901", "At most 12 characters."),
        ("trailer", "javascript:alert(1)", "Give an address that begins with http:// or https://."),
        ("trailer", "ftp://example.org/a", "Give an address that begins with http:// or https://."),
        ("trailer", "example.org", "Give an address that begins with http:// or https://."),
        ("trailer", f"https://example.org/{'x' * 200}", "At most 200 characters."),
        ("year", 1869, "Give a year from 1870 to 2200."),
        ("year", 10**30, "Give a year from 1870 to 2200."),
        ("runtime", 0, "Give the minutes, from 1 to 32,767."),
        ("runtime", 32_768, "Give the minutes, from 1 to 32,767."),
        ("age_restriction", -1, "Give an age from 0 to 21."),
        ("age_restriction", 22, "Give an age from 0 to 21."),
        ("tmdb_id", 0, "A TMDB id is a number from 1 to 2,147,483,647."),
        ("tmdb_id", 2**31, "A TMDB id is a number from 1 to 2,147,483,647."),
        ("release_date", date(1869, 12, 31), "Give a date from 1870 to 2200."),
        ("release_date", date(2201, 1, 1), "Give a date from 1870 to 2200."),
        ("directors", ["Ana", " "], "Name 2 is empty."),
        ("directors", ["x" * 201], "Name 1 is longer than 200 characters."),
        ("directors", ["nul\0"], "Control characters are not allowed."),
        ("directors", [f"Name {n}" for n in range(51)], "Name at most 50 people."),
        ("cast", [f"Name {n}" for n in range(201)], "Name at most 200 people."),
    ],
)
def test_invalid_values_are_refused_with_a_message(name, value, message):
    assert errors_of({name: value}) == {name: [message]}


def test_all_errors_come_at_once():
    assert errors_of({"title": " ", "runtime": 0, "cast": [""]}) == {
        "title": ["A film needs a title."],
        "runtime": ["Give the minutes, from 1 to 32,767."],
        "cast": ["Name 1 is empty."],
    }


WIDEST = {
    "title": "七" * 500,
    "original_title": "x" * 500,
    "original_language": "zxx-latn",
    "overview": "two\n\tlines" + "é" * 9_990,
    "tagline": "x" * 500,
    "release_date": date(2200, 12, 31),
    "year": 2200,
    "runtime": 32_767,
    "age_restriction": 21,
    "certification": "x" * 32,
    "trailer": f"https://example.org/{'x' * 180}",
    "tmdb_id": 2**31 - 1,
    "imdb_id": "tt1234567890",
    "directors": ["x" * 200] * 50,
    "cast": ["é" * 200] * 200,
}
NARROWEST = {
    "title": "X",
    "release_date": date(1870, 1, 1),
    "year": 1870,
    "runtime": 1,
    "age_restriction": 0,
    "tmdb_id": 1,
    "imdb_id": "tt1234567",
    "trailer": "http://a.bc",
    "original_language": "en",
}


@pytest.mark.django_db
@pytest.mark.parametrize("values", [WIDEST, NARROWEST], ids=["widest", "narrowest"])
def test_the_table_accepts_every_valid_value(values):
    """No constraint, column width or size of an index entry is narrower than the validation."""
    assert validate(values, {"title": ""}) == values
    pk = Movie.objects.create(**values).pk
    assert Movie.objects.filter(pk=pk).values(*values).get() == values


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"title": "  Amélie \n"}, {"title": "Amélie"}),
        ({"overview": " one\r\ntwo\rthree "}, {"overview": "one\ntwo\nthree"}),
        ({"cast": [" Audrey Tautou "]}, {"cast": ["Audrey Tautou"]}),
        ({"title": "\u202eAm\u200bélie"}, {"title": "Amélie"}),
        ({"title": "\u2067\u200fהסיפור \u2069\u200b"}, {"title": "הסיפור"}),
        ({"title": "Film\u200b"}, {}),
        (
            {"cast": ["\u202dAudrey\u200b Tautou"], "directors": ["می\u200cنا"]},
            {"cast": ["Audrey Tautou"], "directors": ["می\u200cنا"]},
        ),
        ({"imdb_id": " tt0211915 "}, {"imdb_id": "tt0211915"}),
        ({"title": " Film "}, {}),
        ({"imdb_id": "", "trailer": None, "tagline": " "}, {}),
    ],
)
def test_texts_are_trimmed_before_they_are_compared(values, expected):
    assert validate(values) == expected


def test_empty_values_clear_stored_ones():
    stored = {"imdb_id": "tt0211915", "tagline": "Old", "runtime": 100, "cast": ["Ana"]}
    assert validate({"imdb_id": "", "tagline": "", "runtime": None, "cast": []}, stored) == {
        "imdb_id": None,
        "tagline": "",
        "runtime": None,
        "cast": [],
    }


@pytest.mark.django_db
def test_genres_are_compared_as_a_set():
    drama, comedy = GenreFactory(), GenreFactory()
    stored = {"genres": frozenset({drama.pk, comedy.pk})}
    assert validate({"genres": [comedy, drama, comedy]}, stored) == {}
    assert validate({"genres": [drama, drama]}, stored) == {"genres": {drama.pk}}


RELEASED = date(2001, 4, 25)
DISAGREE = {"year": ["This is not the year of the release date, which is 2001."]}


@pytest.mark.parametrize(
    ("values", "stored", "expected"),
    [
        pytest.param({"release_date": RELEASED}, {}, {"release_date": RELEASED, "year": 2001}, id="the date sets it"),
        pytest.param(
            {"release_date": RELEASED, "year": None},
            {},
            {"release_date": RELEASED, "year": 2001},
            id="an empty year beside a date",
        ),
        pytest.param(
            {"release_date": RELEASED},
            {"year": 1999},
            {"release_date": RELEASED, "year": 2001},
            id="a new date changes it",
        ),
        pytest.param(
            {"year": None}, {"year": 2001, "release_date": RELEASED}, {}, id="cannot be removed while there is a date"
        ),
        pytest.param(
            {"release_date": None},
            {"year": 2001, "release_date": RELEASED},
            {"release_date": None},
            id="stays when the date is removed",
        ),
        pytest.param({"year": 1950}, {}, {"year": 1950}, id="can be set without a date"),
        pytest.param(
            {"year": 1999, "release_date": RELEASED, "runtime": 9},
            {"year": 1999, "release_date": RELEASED},
            {"runtime": 9},
            id="stored values are not checked",
        ),
    ],
)
def test_the_release_date_sets_the_year(values, stored, expected):
    assert validate(values, stored) == expected


@pytest.mark.parametrize(
    ("values", "stored"),
    [
        ({"year": 2000, "release_date": RELEASED}, {}),
        ({"year": 2000}, {"year": 2001, "release_date": RELEASED}),
        ({"year": 2000, "release_date": RELEASED}, {"year": 2000}),
    ],
)
def test_a_year_that_contradicts_its_date_is_errors_of(values, stored):
    assert errors_of(values, stored) == DISAGREE


def test_a_bad_date_and_a_bad_year_give_one_error_each():
    values = {"year": 1, "release_date": date(1, 1, 1)}
    assert set(errors_of(values)) == {"year", "release_date"}


def test_stored_values_of_a_provider_are_not_checked():
    stored = {"title": "Tab\tbed", "trailer": "youtube:x", "cast": [""] * 300, "original_language": "x-y-z"}
    assert validate(dict(stored), stored) == {}


def test_private_films_have_no_tmdb_id():
    assert errors_of({"tmdb_id": 7}, private=True) == {"tmdb_id": ["Only films of the catalogue have a TMDB id."]}
    assert validate({"tmdb_id": None}, private=True) == {}
