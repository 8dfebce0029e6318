"""OMDb's rows, in which every value is a text and "N/A" means that it does not know."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from catalog_sync.mapping import certifications
from catalog_sync.mapping.values import MAX_INTEGER, YEARS, BadRecord, imdb_id, names, require_object, words
from movies.providers.adoption import OmdbFilm
from movies.providers.outside_ratings import RatingsRow

TITLE_LENGTH = 500
PLOT_LENGTH = 10_000
MOST_PEOPLE = 15
# OMDb's names of what is no film. "N/A" or nothing is taken for a film, as most of its rows are.
OTHER_KINDS = {"game", "series", "episode"}
# OMDb's names of genres in TMDB's words, where these are others.
GENRES = {"Sci-Fi": "Science Fiction", "Musical": "Music"}
NOT_FOR_A_CINEMA = "Adult"
# Ratings of television say nothing about a cinema.
NO_CERTIFICATION = {*certifications.UNRATED, "TV-Y", "TV-Y7", "TV-G", "TV-PG", "TV-14", "TV-MA"}

YEAR = re.compile(r"([0-9]{4})(?:\s*[–—-]\s*(?:[0-9]{4})?)?")
RUNTIME = re.compile(r"(?:([0-9]{1,2}) ?h(?:ours?)? ?)?(?:([0-9]{1,5}) ?min(?:utes)?)?", re.IGNORECASE)
WHOLE = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})*|[0-9]+")
TENTHS = re.compile(r"[0-9]{1,2}(?:\.[0-9])?")


@dataclass(frozen=True, slots=True)
class OmdbTitle:
    """One row in our units. Empty or None: OMDb does not know. `kind`: movie, game, series or episode."""

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
    """A row of `?i=` or `?t=`, or of a search, which has fewer fields. Raises BadRecord without an id or a title."""
    fields = require_object(row)
    found, title = imdb_id(fields.get("imdbID")), text(fields, "Title", TITLE_LENGTH)
    if found is None:
        raise BadRecord("imdbID is none")
    if not title:
        raise BadRecord(f"{found}: Title is empty")
    kind = text(fields, "Type", 20).lower()
    released = a_day(text(fields, "Released", 20))
    return OmdbTitle(
        imdb_id=found,
        title=title,
        kind=kind if kind in OTHER_KINDS else "movie",
        year=a_year(text(fields, "Year", 20)),
        released=released,
        runtime=minutes(text(fields, "Runtime", 20)),
        genres=listed(fields, "Genre"),
        directors=listed(fields, "Director"),
        cast=listed(fields, "Actors"),
        plot=text(fields, "Plot", PLOT_LENGTH),
        certification=certification(text(fields, "Rated", 16)),
        imdb_rating=tenths(text(fields, "imdbRating", 8)),
        imdb_votes=whole(text(fields, "imdbVotes", 16), MAX_INTEGER),
        metascore=whole(text(fields, "Metascore", 8), 100),
        poster=text(fields, "Poster", 500),
    )


def map_omdb_ratings(title: OmdbTitle, region: str) -> RatingsRow:
    """What we take over of a film that we have. OMDb's certifications are those of the US, and used there only."""
    certified = title.certification if region == "US" else ""
    return RatingsRow(
        imdb_id=title.imdb_id,
        imdb_rating=title.imdb_rating,
        imdb_votes=title.imdb_votes,
        metascore=title.metascore,
        runtime=title.runtime,
        certification=certified,
        age_restriction=certifications.age(certified, "US"),
    )


def map_omdb_film(title: OmdbTitle, region: str) -> OmdbFilm:
    """All of a film that we may not have. Raises BadRecord for one that a cinema does not show, as TMDB's rows do."""
    if NOT_FOR_A_CINEMA in title.genres:
        raise BadRecord(f"{title.imdb_id}: adult")
    year = title.year or (title.released.year if title.released else None)
    return OmdbFilm(
        title=title.title,
        year=year,
        # The two are seen to disagree; the year is what a film is known by.
        release_date=title.released if title.released and title.released.year == year else None,
        overview=title.plot,
        genres=tuple(GENRES.get(name, name) for name in title.genres),
        directors=title.directors,
        cast=title.cast,
        ratings=map_omdb_ratings(title, region),
    )


def text(fields: Mapping[str, object], name: str, length: int) -> str:
    said = words(fields.get(name), length)
    return "" if said.upper() == "N/A" else said


def listed(fields: Mapping[str, object], name: str) -> tuple[str, ...]:
    """ "Jane Doe (screenplay), John Roe" are two names."""
    parts = text(fields, name, PLOT_LENGTH).split(",")
    return names((re.sub(r"\s*\([^)]*\)?\s*", " ", part) for part in parts), MOST_PEOPLE)


def a_year(said: str) -> int | None:
    """A series has a range: its first year counts."""
    found = YEAR.fullmatch(said)
    year = int(found[1]) if found else 0
    return year if year in YEARS else None


def a_day(said: str) -> date | None:
    try:
        found = datetime.strptime(said, "%d %b %Y").date()  # noqa: DTZ007  a day has no time zone
    except ValueError:
        return None
    return found if found.year in YEARS else None


def minutes(said: str) -> int | None:
    found = RUNTIME.fullmatch(said)
    total = int(found[1] or 0) * 60 + int(found[2] or 0) if found else 0
    return total if 1 <= total <= 32_767 else None


def certification(said: str) -> str:
    return "" if said.upper() in NO_CERTIFICATION else said


def whole(said: str, most: int) -> int | None:
    number = int(said.replace(",", "")) if WHOLE.fullmatch(said) else None
    return number if number is not None and number <= most else None


def tenths(said: str) -> Decimal | None:
    number = Decimal(said) if TENTHS.fullmatch(said) else None
    return number if number is not None and number <= 10 else None
