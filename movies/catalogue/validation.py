"""What people may say of a film: each value trimmed and checked, so that every door refuses it with the same sentence.

A value that is stored already is not questioned again: providers write films as well, and what was read of one may be
sent back.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from movies.models import Movie
from movies.models.limits import FIRST_YEAR, LAST_YEAR

FIELDS = (
    "tmdb_id", "imdb_id", "title", "original_title", "original_language", "overview", "tagline", "release_date", "year",
    "runtime", "genres", "directors", "cast", "certification", "age_restriction", "trailer",
)  # fmt: skip

# Least, most (as the table has it), and what to say of any other.
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
# None is the absence of these; the absence of a text is an empty one.
NULLABLE = ("imdb_id", "release_date", *NUMBERS)

is_web_address = URLValidator(schemes=["http", "https"])


def nothing() -> dict[str, Any]:
    """A film of which nothing is known."""
    return {name: None if name in NULLABLE else "" for name in FIELDS} | {
        "genres": frozenset(),
        "directors": [],
        "cast": [],
    }


def of(movie: Movie, names: Iterable[str]) -> dict[str, Any]:
    """Those of FIELDS as `movie` has them, `genres` as a set of ids."""
    return {
        name: frozenset(genre.pk for genre in movie.genres.all()) if name == "genres" else getattr(movie, name)
        for name in names
    }


def changed(given: Mapping[str, Any], stored: Mapping[str, Any], *, private: bool) -> dict[str, Any]:
    """The values of `given` that differ from those in `stored`, trimmed; `genres` comes out as a set of ids.

    A new release date brings its year along. `stored` holds at least the names of `given`, title, release_date and
    year. Raises ValidationError by field.
    """
    values: dict[str, Any] = {name: ids(value) if name == "genres" else value for name, value in given.items()}
    new: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, value in values.items():
        if value != stored[name]:
            try:
                new[name] = cleaned(name, value, private=private)
            except ValidationError as error:
                errors[name] = error.messages
    if "title" not in errors and not new.get("title", stored["title"]):
        errors["title"] = ["A film needs a title."]
    if not {"year", "release_date"} & errors.keys():
        try:
            new |= year_of_date(values.get("year"), new, stored)
        except ValidationError as error:
            errors["year"] = error.messages
    if errors:
        raise ValidationError(errors)
    return {name: value for name, value in new.items() if value != stored[name]}


def ids(genres: Any) -> frozenset[int]:
    return frozenset(genre.pk for genre in genres)


def year_of_date(said: int | None, new: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, int]:
    """The year, where a date says it; `said` is what was sent as the year. Raises ValidationError if they disagree."""
    released = new.get("release_date", stored["release_date"])
    if released is None or not {"year", "release_date"} & new.keys():
        return {}
    if said not in (None, released.year):
        raise ValidationError(f"This is not the year of the release date, which is {released.year}.")
    return {"year": released.year}


def cleaned(name: str, value: Any, *, private: bool) -> Any:
    """Raises ValidationError with a sentence."""
    if private and name == "tmdb_id" and value is not None:
        raise ValidationError("Only films of the catalogue have a TMDB id.")
    if name in NUMBERS:
        return number(name, value)
    if name in MAX_PEOPLE:
        return people(name, value)
    if name == "release_date":
        return release_date(value)
    return value if name == "genres" else text(name, value)


def number(name: str, value: int | None) -> int | None:
    least, most, sentence = NUMBERS[name]
    if value is not None and not least <= value <= most:
        raise ValidationError(sentence)
    return value


def release_date(value: date | None) -> date | None:
    first, last, _ = NUMBERS["year"]
    if value is not None and not first <= value.year <= last:
        raise ValidationError(f"Give a date from {first} to {last}.")
    return value


def people(name: str, value: Iterable[str]) -> list[str]:
    names = [trimmed(one) for one in value]
    most = MAX_PEOPLE[name]
    if len(names) > most:
        raise ValidationError(f"Name at most {most} people.")
    for position, one in enumerate(names, start=1):
        if not one:
            raise ValidationError(f"Name {position} is empty.")
        if len(one) > NAME_LENGTH:
            raise ValidationError(f"Name {position} is longer than {NAME_LENGTH} characters.")
    return names


def text(name: str, value: str | None) -> str | None:
    said = trimmed(value or "", lines=name == "overview")
    if len(said) > LENGTHS[name]:
        raise ValidationError(f"At most {LENGTHS[name]:,} characters.")
    if not said:
        return None if name in NULLABLE else ""
    if name in SHAPES and not SHAPES[name][0].fullmatch(said):
        raise ValidationError(SHAPES[name][1])
    if name == "trailer":
        web_address(said)
    return said


def web_address(value: str) -> None:
    try:
        is_web_address(value)
    except ValidationError:
        raise ValidationError("Give an address that begins with http:// or https://.") from None


def trimmed(value: str, *, lines: bool = False) -> str:
    """Without spaces around it; empty when there is nothing to see in it. Raises ValidationError for control signs."""
    said = value.strip()
    if lines:
        said = said.replace("\r\n", "\n").replace("\r", "\n")
    allowed = "\n\t" if lines else ""
    if any(unicodedata.category(sign) in {"Cc", "Cs"} and sign not in allowed for sign in said):
        raise ValidationError("Control characters are not allowed.")
    return said if any(sign.isprintable() and not sign.isspace() for sign in said) else ""
