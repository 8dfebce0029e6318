"""TMDB's `/movie/{id}` with its external ids, release dates, credits and videos."""

import re
from collections.abc import Mapping

from catalog_sync.mapping import certifications
from catalog_sync.mapping.lists import common_fields, genre_ids
from catalog_sync.mapping.values import BadRecord, identifier, imdb_id, members, names, require_object, words
from movies.providers.details import DetailsRow

TAGLINE_LENGTH = 500
MAX_RUNTIME = 32_767  # of the database's column, in minutes
MOST_DIRECTORS = 10
MOST_CAST = 15
LAST = 1_000_000  # an order of those who have none
YOUTUBE_KEY = re.compile(r"[\w-]{6,20}", re.ASCII)


def map_details(row: object, region: str) -> DetailsRow:
    """`region`: whose certification counts, such as "US"."""
    fields = require_object(row)
    tmdb_id = identifier(fields.get("id"))
    try:
        listed = common_fields(tmdb_id, fields)
    except BadRecord as problem:
        raise BadRecord(f"movie {tmdb_id}: {problem}") from None
    certification = certifications.of(part(fields, "release_dates").get("results"), region)
    people = part(fields, "credits")
    return DetailsRow(
        **listed,
        genre_tmdb_ids=genre_ids([genre.get("id") for genre in members(fields.get("genres"))]),
        tagline=words(fields.get("tagline"), TAGLINE_LENGTH),
        runtime=runtime(fields.get("runtime")),
        certification=certification,
        age_restriction=certifications.age(certification, region),
        directors=directors(people),
        cast=cast(people),
        trailer=trailer(part(fields, "videos")),
        imdb_id=imdb_id(part(fields, "external_ids").get("imdb_id")) or imdb_id(fields.get("imdb_id")),
    )


def part(fields: Mapping[str, object], name: str) -> Mapping[str, object]:
    """What was appended to the reply; empty when it is missing."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def runtime(value: object) -> int | None:
    """Minutes; TMDB writes 0 for what it does not know."""
    known = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_RUNTIME
    return value if known else None  # type: ignore[return-value]


def directors(people: Mapping[str, object]) -> tuple[str, ...]:
    crew = members(people.get("crew"))
    return names((person.get("name") for person in crew if person.get("job") == "Director"), MOST_DIRECTORS)


def cast(people: Mapping[str, object]) -> tuple[str, ...]:
    """The top-billed first."""

    def billing(person: Mapping[str, object]) -> int:
        order = person.get("order")
        return order if isinstance(order, int) else LAST

    return names((person.get("name") for person in sorted(members(people.get("cast")), key=billing)), MOST_CAST)


def trailer(videos: Mapping[str, object]) -> str:
    """The address of the newest official trailer on YouTube, of the newest other one, or nothing."""
    found = [
        video
        for video in members(videos.get("results"))
        if video.get("site") == "YouTube"
        and video.get("type") == "Trailer"
        and isinstance(video.get("key"), str)
        and YOUTUBE_KEY.fullmatch(str(video["key"]))
    ]
    best = max(found, key=lambda video: (video.get("official") is True, str(video.get("published_at"))), default=None)
    return f"https://www.youtube.com/watch?v={best['key']}" if best else ""
