"""The rows of TMDB's lists."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from catalog_sync.mapping.values import (
    DIGITS,
    BadRecord,
    is_id,
    parse_date,
    parse_image_path,
    read_count,
    read_line,
    read_number,
    read_paragraphs,
    read_text,
    require_id,
    require_object,
)
from movies.providers.genres import GenreRow
from movies.providers.upsert import MovieRow

TITLE_LENGTH = 500
GENRE_LENGTH = 100
LANGUAGE_LENGTH = 8


def map_genre(row: object) -> GenreRow:
    """Map a row of TMDB's `/genre/movie/list`."""
    fields = require_object(row)
    tmdb_id = require_id(fields.get("id"))
    try:
        name = read_line(fields, "name", GENRE_LENGTH)
        if not name:
            raise BadRecord("name is empty")
    except BadRecord as problem:
        raise BadRecord(f"genre {tmdb_id}: {problem}") from None
    return GenreRow(tmdb_id, name)


def map_movie(row: object) -> MovieRow:
    """Map a row of TMDB's `/movie/popular`, which has the film's own date."""
    fields = require_object(row)
    tmdb_id = require_id(fields.get("id"))
    try:
        return MovieRow(**common_fields(tmdb_id, fields), genre_tmdb_ids=genre_ids(fields.get("genre_ids")))
    except BadRecord as problem:
        raise BadRecord(f"movie {tmdb_id}: {problem}") from None


def map_release(row: object, region: str) -> MovieRow:
    """Map a row of `/discover/movie` for a region, whose date is that of the region: a film of 1967 may be of today."""
    film = map_movie(row)
    return replace(film, release_date=None, year=None, region=region, region_date=film.release_date)


def map_changed_id(row: object) -> int:
    """Return the id of a row of TMDB's `/movie/changes`."""
    return require_id(require_object(row).get("id"))


def map_found_id(row: object) -> int:
    """Return the id of a film that TMDB found by IMDb id."""
    return require_id(require_object(row).get("id"))


def common_fields(tmdb_id: int, fields: Mapping[str, object]) -> dict[str, Any]:
    """Return the fields of MovieRow but for the genres, which differ between lists and details."""
    original_title = read_line(fields, "original_title", TITLE_LENGTH)
    title = read_line(fields, "title", TITLE_LENGTH)
    if not (title or original_title):
        raise BadRecord("title is empty")
    released = parse_date(fields.get("release_date"))
    vote_count = read_count(fields, "vote_count")
    return {
        "tmdb_id": tmdb_id,
        "title": title,
        "original_title": original_title,
        "original_language": _language(fields),
        "overview": read_paragraphs(fields, "overview"),
        "release_date": released,
        "year": released.year if released else None,
        "popularity": round(read_number(fields, "popularity"), 4),
        "vote_average": _vote_average(fields) if vote_count else None,
        "vote_count": vote_count,
        "poster_source": parse_image_path(fields.get("poster_path")),
        "backdrop_source": parse_image_path(fields.get("backdrop_path")),
        "adult": adult if isinstance(adult := fields.get("adult"), bool) else None,
    }


def _language(fields: Mapping[str, object]) -> str:
    """Return TMDB's language code, which is not always of ISO 639-1: it uses "cn", "sh" and "xx"."""
    code = " ".join(read_text(fields, "original_language").split())
    return code if len(code) <= LANGUAGE_LENGTH else ""


def _vote_average(fields: Mapping[str, object]) -> float | None:
    if fields.get("vote_average") is None:
        return None
    average = round(read_number(fields, "vote_average"), 3)
    if average > 10:
        raise BadRecord("vote_average is above 10")
    return average


def genre_ids(value: object) -> tuple[int, ...]:
    """Return each id once, in TMDB's order."""
    if not isinstance(value, list):
        return ()
    ids = [int(item) if isinstance(item, str) and DIGITS.fullmatch(item) else item for item in value]
    return tuple(dict.fromkeys(item for item in ids if is_id(item)))
