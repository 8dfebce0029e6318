"""TMDB's `/movie/{id}` with its external ids, release dates, credits, videos and alternative titles."""

import re
from collections.abc import Mapping

from catalog_sync.mapping.certifications import find_certification, find_region_date
from catalog_sync.mapping.lists import common_fields, genre_ids
from catalog_sync.mapping.values import (
    BadRecord,
    distinct_names,
    object_items,
    parse_imdb_id,
    require_id,
    require_object,
    short_text,
)
from movies.catalogue.certifications import age_of
from movies.providers.details import DetailsRow

TAGLINE_LENGTH = 500
MAX_RUNTIME = 32_767  # of the database's column, in minutes
MOST_DIRECTORS = 10
MOST_CAST = 15
MOST_TITLES, TITLE_LENGTH = 40, 200
LAST = 1_000_000  # the billing of people without one
YOUTUBE_KEY = re.compile(r"[\w-]{6,20}", re.ASCII)


def map_details(row: object, region: str) -> DetailsRow:
    """Map a film in full; `region`, such as "US", is that of its certification and of its date in cinemas."""
    fields = require_object(row)
    tmdb_id = require_id(fields.get("id"))
    try:
        common = common_fields(tmdb_id, fields)
    except BadRecord as problem:
        raise BadRecord(f"movie {tmdb_id}: {problem}") from None
    countries = _part(fields, "release_dates").get("results")
    certification = find_certification(countries, region)
    people = _part(fields, "credits")
    return DetailsRow(
        **common,
        region=region if isinstance(countries, list) else "",
        region_date=find_region_date(countries, region),
        genre_tmdb_ids=genre_ids([genre.get("id") for genre in object_items(fields.get("genres"))]),
        tagline=short_text(fields.get("tagline"), TAGLINE_LENGTH),
        runtime=_parse_runtime(fields.get("runtime")),
        certification=certification,
        age_restriction=age_of(certification, region),
        directors=_directors(people),
        cast=_cast(people),
        alternative_titles=_alternative_titles(_part(fields, "alternative_titles"), common),
        trailer=_trailer(_part(fields, "videos")),
        imdb_id=parse_imdb_id(_part(fields, "external_ids").get("imdb_id")) or parse_imdb_id(fields.get("imdb_id")),
    )


def _part(fields: Mapping[str, object], name: str) -> Mapping[str, object]:
    """Return an object that was appended to the reply; empty when it is missing."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def _parse_runtime(value: object) -> int | None:
    """Return the minutes; TMDB sends 0 when they are unknown."""
    is_known = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_RUNTIME
    return value if is_known else None  # type: ignore[return-value]


def _directors(people: Mapping[str, object]) -> tuple[str, ...]:
    crew = object_items(people.get("crew"))
    return distinct_names((person.get("name") for person in crew if person.get("job") == "Director"), MOST_DIRECTORS)


def _cast(people: Mapping[str, object]) -> tuple[str, ...]:
    """Return the names, the top-billed first."""

    def billing(person: Mapping[str, object]) -> int:
        order = person.get("order")
        return order if isinstance(order, int) else LAST

    return distinct_names(
        (person.get("name") for person in sorted(object_items(people.get("cast")), key=billing)), MOST_CAST
    )


def _alternative_titles(part: Mapping[str, object], common: Mapping[str, object]) -> tuple[str, ...]:
    """Return the titles that differ from the film's own two, at most MOST_TITLES."""
    known = {str(common[name]).casefold() for name in ("title", "original_title")}
    others: dict[str, str] = {}
    for item in object_items(part.get("titles")):
        text = short_text(item.get("title"), TITLE_LENGTH)
        if text and text.casefold() not in known:
            others.setdefault(text.casefold(), text)
    return tuple(others.values())[:MOST_TITLES]


def _trailer(videos: Mapping[str, object]) -> str:
    """Return the address of the newest official trailer on YouTube, else of the newest other one, else nothing."""
    trailers = [
        video
        for video in object_items(videos.get("results"))
        if video.get("site") == "YouTube"
        and video.get("type") == "Trailer"
        and isinstance(video.get("key"), str)
        and YOUTUBE_KEY.fullmatch(str(video["key"]))
    ]
    best = max(
        trailers, key=lambda video: (video.get("official") is True, str(video.get("published_at"))), default=None
    )
    return f"https://www.youtube.com/watch?v={best['key']}" if best else ""
