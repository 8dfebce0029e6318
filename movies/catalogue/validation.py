"""Validation of the values that users write about a film, with the same messages for API, pages, admin and imports.

A value that equals the stored one is not checked: providers write films as well, and a client may send back what it
has read.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from common.text import strip_invisible
from movies.models import Movie
from movies.models.limits import FIRST_YEAR, LAST_YEAR

FIELDS = (
    "tmdb_id", "imdb_id", "title", "original_title", "original_language", "overview", "tagline", "release_date", "year",
    "runtime", "genres", "directors", "cast", "certification", "age_restriction", "trailer",
)  # fmt: skip

# Least and most, as the table allows, and the message for any other value.
NUMBERS = {
    "tmdb_id": (1, 2**31 - 1, "A TMDB id is a number from 1 to 2,147,483,647."),
    "year": (FIRST_YEAR, LAST_YEAR, f"Give a year from {FIRST_YEAR} to {LAST_YEAR}."),
    "runtime": (1, 32_767, "Give the minutes, from 1 to 32,767."),
    "age_restriction": (0, 21, "Give an age from 0 to 21."),
}
SHAPES = {
    "imdb_id": (re.compile(r"tt[0-9]{7,10}"), "An IMDb id looks like tt0211915."),
    "original_language": (re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,4})?"), "A language code looks like en or pt-br."),
}
MAX_PEOPLE = {"directors": 50, "cast": 200}
NAME_LENGTH = 200
OVERVIEW_LENGTH = 10_000
LENGTHS: dict[str, Any] = {name: getattr(Movie._meta.get_field(name), "max_length", None) for name in FIELDS} | {
    "overview": OVERVIEW_LENGTH
}
# These are None when unknown; other texts are empty.
NULLABLE = ("imdb_id", "release_date", *NUMBERS)

_validate_web_address = URLValidator(schemes=["http", "https"])


def empty_values() -> dict[str, Any]:
    """Return the values of a film of which nothing is known."""
    return {name: None if name in NULLABLE else "" for name in FIELDS} | {
        "genres": frozenset(),
        "directors": [],
        "cast": [],
    }


def film_values(movie: Movie, names: Iterable[str]) -> dict[str, Any]:
    """Return those of FIELDS as `movie` has them, `genres` as a set of ids."""
    return {name: _genre_ids(movie.genres.all()) if name == "genres" else getattr(movie, name) for name in names}


def validate_changes(values: Mapping[str, Any], stored: Mapping[str, Any], *, private: bool) -> dict[str, Any]:
    """Return the values that differ from those in `stored`, trimmed; `genres` becomes a set of ids.

    A new release date sets the year. `stored` holds at least the names in `values`, title, release_date and year.
    Raises ValidationError by field.
    """
    values = {name: _genre_ids(value) if name == "genres" else value for name, value in values.items()}
    new: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, value in values.items():
        if value != stored[name]:
            try:
                new[name] = clean_value(name, value, private=private)
            except ValidationError as error:
                errors[name] = error.messages
    if "title" not in errors and not new.get("title", stored["title"]):
        errors["title"] = ["A film needs a title."]
    if not {"year", "release_date"} & errors.keys():
        try:
            new |= _year_of_date(values.get("year"), new, stored)
        except ValidationError as error:
            errors["year"] = error.messages
    if errors:
        raise ValidationError(errors)
    return {name: value for name, value in new.items() if value != stored[name]}


def clean_value(name: str, value: Any, *, private: bool) -> Any:
    """Return the value of one field, trimmed. Raises ValidationError."""
    if private and name == "tmdb_id" and value is not None:
        raise ValidationError("Only films of the catalogue have a TMDB id.")
    if name in NUMBERS:
        return _clean_number(name, value)
    if name in MAX_PEOPLE:
        return _clean_people(name, value)
    if name == "release_date":
        return _clean_release_date(value)
    return value if name == "genres" else _clean_text(name, value)


def trim_text(value: str, *, lines: bool = False) -> str:
    """Strip surrounding spaces and invisible signs. `lines` allows line breaks and tabs.

    A text without visible characters becomes empty. Raises ValidationError for control characters.
    """
    text = strip_invisible(value).strip()
    if lines:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    allowed = "\n\t" if lines else ""
    if any(unicodedata.category(character) in {"Cc", "Cs"} and character not in allowed for character in text):
        raise ValidationError("Control characters are not allowed.")
    return text if any(character.isprintable() and not character.isspace() for character in text) else ""


def _genre_ids(genres: Any) -> frozenset[int]:
    return frozenset(genre.pk for genre in genres)


def _year_of_date(year: int | None, new: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, int]:
    """Return {"year": ...} where the release date gives it; `year` is the year that was sent.

    Raises ValidationError if the two disagree.
    """
    released = new.get("release_date", stored["release_date"])
    if released is None or not {"year", "release_date"} & new.keys():
        return {}
    if year not in (None, released.year):
        raise ValidationError(f"This is not the year of the release date, which is {released.year}.")
    return {"year": released.year}


def _clean_number(name: str, value: int | None) -> int | None:
    least, most, message = NUMBERS[name]
    if value is not None and not least <= value <= most:
        raise ValidationError(message)
    return value


def _clean_release_date(value: date | None) -> date | None:
    first, last, _ = NUMBERS["year"]
    if value is not None and not first <= value.year <= last:
        raise ValidationError(f"Give a date from {first} to {last}.")
    return value


def _clean_people(field: str, value: Iterable[str]) -> list[str]:
    names = [trim_text(name) for name in value]
    most = MAX_PEOPLE[field]
    if len(names) > most:
        raise ValidationError(f"Name at most {most} people.")
    for position, name in enumerate(names, start=1):
        if not name:
            raise ValidationError(f"Name {position} is empty.")
        if len(name) > NAME_LENGTH:
            raise ValidationError(f"Name {position} is longer than {NAME_LENGTH} characters.")
    return names


def _clean_text(name: str, value: str | None) -> str | None:
    text = trim_text(value or "", lines=name == "overview")
    if len(text) > LENGTHS[name]:
        raise ValidationError(f"At most {LENGTHS[name]:,} characters.")
    if not text:
        return None if name in NULLABLE else ""
    if name in SHAPES and not SHAPES[name][0].fullmatch(text):
        raise ValidationError(SHAPES[name][1])
    if name == "trailer":
        try:
            _validate_web_address(text)
        except ValidationError:
            raise ValidationError("Give an address that begins with http:// or https://.") from None
    return text
