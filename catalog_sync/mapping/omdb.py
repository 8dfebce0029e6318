"""OMDb's rows, in which every value is a text, and "N/A" an unknown one."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from catalog_sync.mapping.certifications import LENGTH as CERTIFICATION_LENGTH
from catalog_sync.mapping.values import (
    MAX_INTEGER,
    YEARS,
    BadRecord,
    distinct_names,
    parse_imdb_id,
    require_object,
    short_text,
)
from movies.catalogue.certifications import age_of, is_unrated
from movies.providers.adoption import OmdbFilm
from movies.providers.outside_ratings import RatingsRow

TITLE_LENGTH = 500
PLOT_LENGTH = 10_000
MOST_PEOPLE = 15
# OMDb's types of other titles than films. "N/A" or nothing counts as a film, as most of its rows are.
OTHER_KINDS = {"game", "series", "episode"}
# TMDB's names of genres, where OMDb's differ.
GENRES = {"Sci-Fi": "Science Fiction", "Musical": "Music"}
NOT_FOR_A_CINEMA = "Adult"
TELEVISION = "TV-"  # begins ratings that do not apply to a cinema

# Only with its semicolon: in "Black&White", nothing is encoded.
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
YEAR = re.compile(r"([0-9]{4})(?:\s*[–—-]\s*(?:[0-9]{4})?)?")
RUNTIME = re.compile(r"(?:([0-9]{1,2}) ?h(?:ours?)? ?)?(?:([0-9]{1,5}) ?min(?:utes)?)?", re.IGNORECASE)
WHOLE = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})*|[0-9]+")
TENTHS = re.compile(r"[0-9]{1,2}(?:\.[0-9])?")


@dataclass(frozen=True, slots=True)
class OmdbTitle:
    """A row in our units; empty or None for unknown. `kind`: movie, game, series or episode."""

    imdb_id: str
    title: str
    kind: str
    year: int | None
    released: date | None
    runtime: int | None
    genres: tuple[str, ...]
    directors: tuple[str, ...]
    cast: tuple[str, ...]
    plot: str
    certification: str
    imdb_rating: Decimal | None
    imdb_votes: int | None
    metascore: int | None
    poster: str


def parse_omdb_title(row: object) -> OmdbTitle:
    """Parse a row of `?i=` or `?t=`, or of a search, which has fewer fields. Raises BadRecord without id or title."""
    fields = require_object(row)
    identifier, title = parse_imdb_id(fields.get("imdbID")), _read_text(fields, "Title", TITLE_LENGTH)
    if identifier is None:
        raise BadRecord("imdbID is none")
    if not title:
        raise BadRecord(f"{identifier}: Title is empty")
    kind = _read_text(fields, "Type", 20).lower()
    released = _parse_day(_read_text(fields, "Released", 20))
    return OmdbTitle(
        imdb_id=identifier,
        title=title,
        kind=kind if kind in OTHER_KINDS else "movie",
        year=_parse_year(_read_text(fields, "Year", 20)),
        released=released,
        runtime=_parse_minutes(_read_text(fields, "Runtime", 20)),
        genres=_split_names(fields, "Genre"),
        directors=_split_names(fields, "Director"),
        cast=_split_names(fields, "Actors"),
        plot=_read_text(fields, "Plot", PLOT_LENGTH),
        certification=_clean_certification(_read_text(fields, "Rated", CERTIFICATION_LENGTH)),
        imdb_rating=_parse_tenths(_read_text(fields, "imdbRating", 8)),
        imdb_votes=_parse_whole(_read_text(fields, "imdbVotes", 16), MAX_INTEGER),
        metascore=_parse_whole(_read_text(fields, "Metascore", 8), 100),
        poster=_read_text(fields, "Poster", 500),
    )


def map_omdb_ratings(title: OmdbTitle, region: str) -> RatingsRow:
    """Map what we update of a film that we have. OMDb's certifications are those of the US, and used there only."""
    certified = title.certification if region == "US" else ""
    return RatingsRow(
        imdb_id=title.imdb_id,
        imdb_rating=title.imdb_rating,
        imdb_votes=title.imdb_votes,
        metascore=title.metascore,
        runtime=title.runtime,
        certification=certified,
        age_restriction=age_of(certified, "US"),
    )


def map_omdb_film(title: OmdbTitle, region: str) -> OmdbFilm:
    """Map all of a film that we may not have. Raises BadRecord for one that a cinema does not show."""
    if NOT_FOR_A_CINEMA in title.genres:
        raise BadRecord(f"{title.imdb_id}: adult")
    year = title.year or (title.released.year if title.released else None)
    return OmdbFilm(
        title=title.title,
        year=year,
        # The two differ at times; a film is known by its year.
        release_date=title.released if title.released and title.released.year == year else None,
        overview=title.plot,
        genres=tuple(GENRES.get(name, name) for name in title.genres),
        directors=title.directors,
        cast=title.cast,
        ratings=map_omdb_ratings(title, region),
    )


def _read_text(fields: Mapping[str, object], name: str, length: int) -> str:
    """Return the text with OMDb's HTML entities decoded once, so that "&amp;lt;" is the text "&lt;"."""
    value = fields.get(name)
    if isinstance(value, str):
        value = ENTITY.sub(lambda entity: html.unescape(entity[0]), value)
    text = short_text(value, length)
    return "" if text.upper() == "N/A" else text


def _split_names(fields: Mapping[str, object], name: str) -> tuple[str, ...]:
    """Split names such as "Jane Doe (screenplay), John Roe" and drop the remarks."""
    parts = _read_text(fields, name, PLOT_LENGTH).split(",")
    return distinct_names((re.sub(r"\s*\([^)]*\)?\s*", " ", part) for part in parts), MOST_PEOPLE)


def _parse_year(value: str) -> int | None:
    """Return the year, or the first year of a range, as of a series."""
    match = YEAR.fullmatch(value)
    year = int(match[1]) if match else 0
    return year if year in YEARS else None


def _parse_day(value: str) -> date | None:
    try:
        day = datetime.strptime(value, "%d %b %Y").date()  # noqa: DTZ007  a day has no time zone
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _parse_minutes(value: str) -> int | None:
    match = RUNTIME.fullmatch(value)
    total = int(match[1] or 0) * 60 + int(match[2] or 0) if match else 0
    return total if 1 <= total <= 32_767 else None


def _clean_certification(value: str) -> str:
    return "" if is_unrated(value) or value.upper().startswith(TELEVISION) else value


def _parse_whole(value: str, most: int) -> int | None:
    number = int(value.replace(",", "")) if WHOLE.fullmatch(value) else None
    return number if number is not None and number <= most else None


def _parse_tenths(value: str) -> Decimal | None:
    number = Decimal(value) if TENTHS.fullmatch(value) else None
    return number if number is not None and number <= 10 else None
