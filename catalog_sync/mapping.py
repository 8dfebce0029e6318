"""From a provider's rows to our facts: pure functions, no network, no database.

What makes a film that film (its id, its title, its figures) must be right, or the row is refused.
What only decorates it (a date, a poster, a genre) is left out when it cannot be used.
"""

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import TypeGuard

from movies.genres import GenreFacts
from movies.upsert import MovieFacts

MAX_INTEGER = 2**31 - 1  # of the database's integer columns
TITLE_LENGTH = 500
GENRE_LENGTH = 100
LANGUAGE_LENGTH = 8
PATH_LENGTH = 200
YEARS = range(1870, 2201)

# PostgreSQL stores no NUL and no half of a surrogate pair; the other control characters mean nothing in a text.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
IMAGE_PATH = re.compile(r"/[\w.-]+\.(jpg|jpeg|png|webp)", re.ASCII)
DIGITS = re.compile(r"[0-9]{1,10}")


class BadRecord(ValueError):
    """A row that cannot be used. The message says which one and why, in a few words."""


def genre(row: object) -> GenreFacts:
    """A row of TMDB's `/genre/movie/list`."""
    fields = _fields(row)
    tmdb_id = _identifier(fields.get("id"))
    try:
        name = _line(fields, "name", GENRE_LENGTH)
        if not name:
            raise BadRecord("name is empty")
    except BadRecord as problem:
        raise BadRecord(f"genre {tmdb_id}: {problem}") from None
    return GenreFacts(tmdb_id, name)


def movie_row(row: object) -> MovieFacts:
    """A row of TMDB's lists of films: `/movie/popular`, `/discover/movie`."""
    fields = _fields(row)
    tmdb_id = _identifier(fields.get("id"))
    try:
        return _movie(tmdb_id, fields)
    except BadRecord as problem:
        raise BadRecord(f"movie {tmdb_id}: {problem}") from None


def _movie(tmdb_id: int, fields: Mapping[str, object]) -> MovieFacts:
    if fields.get("adult") is True:
        raise BadRecord("adult")
    original_title = _line(fields, "original_title", TITLE_LENGTH)
    title = _line(fields, "title", TITLE_LENGTH) or original_title
    if not title:
        raise BadRecord("title is empty")
    released = _date(fields.get("release_date"))
    vote_count = _count(fields, "vote_count")
    return MovieFacts(
        tmdb_id=tmdb_id,
        title=title,
        original_title=original_title,
        original_language=_language(fields),
        overview=_paragraphs(fields, "overview"),
        release_date=released,
        year=released.year if released else None,
        popularity=round(_figure(fields, "popularity"), 4),
        vote_average=_vote_average(fields) if vote_count else None,
        vote_count=vote_count,
        poster_source=_image_path(fields.get("poster_path")),
        backdrop_source=_image_path(fields.get("backdrop_path")),
        genre_tmdb_ids=_genre_ids(fields.get("genre_ids")),
    )


def _fields(row: object) -> Mapping[str, object]:
    if not isinstance(row, dict):
        raise BadRecord("not an object")
    return row


def _identifier(value: object) -> int:
    if not _is_identifier(value):
        raise BadRecord("id is not a positive integer")
    return value


def _is_identifier(value: object) -> TypeGuard[int]:
    # A boolean is an integer to Python.
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_INTEGER


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRecord(f"{name} is not text")
    return UNPRINTABLE.sub("", value)


def _line(fields: Mapping[str, object], name: str, length: int) -> str:
    """One line of text with single spaces."""
    text = " ".join(_text(fields, name).split())
    if len(text) > length:
        raise BadRecord(f"{name} is longer than {length}")
    return text


def _paragraphs(fields: Mapping[str, object], name: str) -> str:
    """Text whose line breaks are kept, all of one kind, with single spaces in between."""
    lines = _text(fields, name).replace("\r\n", "\n").splitlines()
    return "\n".join(" ".join(line.split()) for line in lines).strip()


def _language(fields: Mapping[str, object]) -> str:
    """TMDB's own code, which is not always one of ISO 639-1: "cn", "sh" and "xx" are used."""
    code = " ".join(_text(fields, "original_language").split())
    return code if len(code) <= LANGUAGE_LENGTH else ""


def _figure(fields: Mapping[str, object], name: str) -> float:
    """A finite number, 0 or more. TMDB has sent figures as text too."""
    value = fields.get(name)
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadRecord(f"{name} is not a number")
    try:
        figure = float(value)
    except (ValueError, OverflowError):
        raise BadRecord(f"{name} is not a number") from None
    if not math.isfinite(figure) or figure < 0:
        raise BadRecord(f"{name} is negative or not finite")
    return figure


def _count(fields: Mapping[str, object], name: str) -> int:
    figure = _figure(fields, name)
    if not figure.is_integer() or figure > MAX_INTEGER:
        raise BadRecord(f"{name} is not a count")
    return int(figure)


def _vote_average(fields: Mapping[str, object]) -> float | None:
    if fields.get("vote_average") is None:
        return None
    average = round(_figure(fields, "vote_average"), 3)
    if average > 10:
        raise BadRecord("vote_average is above 10")
    return average


def _date(value: object) -> date | None:
    if not isinstance(value, str):
        return None
    try:
        found = date.fromisoformat(value.strip())
    except ValueError:
        return None
    return found if found.year in YEARS else None


def _image_path(value: object) -> str:
    usable = isinstance(value, str) and len(value) <= PATH_LENGTH and IMAGE_PATH.fullmatch(value)
    return str(value) if usable else ""


def _genre_ids(value: object) -> tuple[int, ...]:
    """Each id once, in TMDB's order."""
    if not isinstance(value, list):
        return ()
    found = [int(item) if isinstance(item, str) and DIGITS.fullmatch(item) else item for item in value]
    return tuple(dict.fromkeys(item for item in found if _is_identifier(item)))
