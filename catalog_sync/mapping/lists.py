"""The rows of TMDB's lists."""

from collections.abc import Mapping
from typing import Any

from catalog_sync.mapping.values import (
    DIGITS,
    BadRecord,
    a_date,
    count,
    figure,
    identifier,
    image_path,
    is_identifier,
    line,
    paragraphs,
    require_object,
    text,
)
from movies.providers.genres import GenreRow
from movies.providers.upsert import MovieRow

TITLE_LENGTH = 500
GENRE_LENGTH = 100
LANGUAGE_LENGTH = 8


def map_genre(row: object) -> GenreRow:
    """A row of TMDB's `/genre/movie/list`."""
    fields = require_object(row)
    tmdb_id = identifier(fields.get("id"))
    try:
        name = line(fields, "name", GENRE_LENGTH)
        if not name:
            raise BadRecord("name is empty")
    except BadRecord as problem:
        raise BadRecord(f"genre {tmdb_id}: {problem}") from None
    return GenreRow(tmdb_id, name)


def map_movie(row: object) -> MovieRow:
    """A row of TMDB's lists of films: `/movie/popular`, `/discover/movie`."""
    fields = require_object(row)
    tmdb_id = identifier(fields.get("id"))
    try:
        return MovieRow(**common_fields(tmdb_id, fields), genre_tmdb_ids=genre_ids(fields.get("genre_ids")))
    except BadRecord as problem:
        raise BadRecord(f"movie {tmdb_id}: {problem}") from None


def map_changed_id(row: object) -> int:
    """A row of TMDB's `/movie/changes`."""
    return identifier(require_object(row).get("id"))


def map_found_id(row: object) -> int:
    """A film that TMDB finds by another's id; one that a cinema does not show is none."""
    fields = require_object(row)
    if fields.get("adult") is True:
        raise BadRecord("adult")
    return identifier(fields.get("id"))


def common_fields(tmdb_id: int, fields: Mapping[str, object]) -> dict[str, Any]:
    """The fields of MovieRow but for the genres, which lists and details write differently."""
    if fields.get("adult") is True:
        raise BadRecord("adult")
    original_title = line(fields, "original_title", TITLE_LENGTH)
    title = line(fields, "title", TITLE_LENGTH) or original_title
    if not title:
        raise BadRecord("title is empty")
    released = a_date(fields.get("release_date"))
    vote_count = count(fields, "vote_count")
    return {
        "tmdb_id": tmdb_id,
        "title": title,
        "original_title": original_title,
        "original_language": language(fields),
        "overview": paragraphs(fields, "overview"),
        "release_date": released,
        "year": released.year if released else None,
        "popularity": round(figure(fields, "popularity"), 4),
        "vote_average": vote_average(fields) if vote_count else None,
        "vote_count": vote_count,
        "poster_source": image_path(fields.get("poster_path")),
        "backdrop_source": image_path(fields.get("backdrop_path")),
    }


def language(fields: Mapping[str, object]) -> str:
    """TMDB's own code, which is not always one of ISO 639-1: "cn", "sh" and "xx" are used."""
    code = " ".join(text(fields, "original_language").split())
    return code if len(code) <= LANGUAGE_LENGTH else ""


def vote_average(fields: Mapping[str, object]) -> float | None:
    if fields.get("vote_average") is None:
        return None
    average = round(figure(fields, "vote_average"), 3)
    if average > 10:
        raise BadRecord("vote_average is above 10")
    return average


def genre_ids(value: object) -> tuple[int, ...]:
    """Each id once, in TMDB's order."""
    if not isinstance(value, list):
        return ()
    found = [int(item) if isinstance(item, str) and DIGITS.fullmatch(item) else item for item in value]
    return tuple(dict.fromkeys(item for item in found if is_identifier(item)))
