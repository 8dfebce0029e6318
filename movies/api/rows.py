"""Films and ratings of lists as rows of one query: the same items as their serializers make."""

from collections.abc import Callable
from datetime import date, datetime
from operator import itemgetter
from typing import Any

import orjson
from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import TextField
from django.db.models.expressions import RawSQL
from django.utils import timezone

from common.api.answers.rows import Fields, Made
from movies.models import POSTER_WIDTHS

# Depends on no film, so that it is read once for all rows: a join for each of them takes as long as all the rest.
GENRE_NAMES = RawSQL(
    "(SELECT jsonb_agg(jsonb_build_array(id, name) ORDER BY name) FROM movies_genre)::text",
    (),
    output_field=TextField(),
)


def _name_genres() -> Callable[[list[int], str | None], Any]:
    in_order: dict[int, tuple[int, dict[str, Any]]] = {}

    def name(ids: list[int], names: str | None) -> list[dict[str, Any]]:
        if ids and not in_order:
            for place, (pk, text) in enumerate(orjson.loads(names or "[]")):
                in_order[pk] = (place, {"id": pk, "name": text})
        return [genre for _, genre in sorted([in_order[pk] for pk in ids], key=itemgetter(0))]

    return name


def _find_release() -> Callable[[str, date | None], Any]:
    region = settings.TMDB_REGION
    return lambda where, day: {"region": where, "date": day} if day is not None and where == region else None


def _find_posters() -> Callable[[str], Any]:
    # The store is asked once for an answer: its addresses differ in the key only.
    folder, sizes = default_storage.url("posters/"), [f"w{width}" for width in POSTER_WIDTHS]
    return lambda key: {size: f"{folder}{key}/{size}.jpg" for size in sizes} if key else None


def _is_showing() -> Callable[[datetime | None], bool]:
    now = timezone.now()
    return lambda until: until is not None and until >= now


FILM: Fields = {
    "id": "id",
    "title": "title",
    "original_title": "original_title",
    "year": "year",
    "release_date": "release_date",
    "regional_release": Made(("region", "region_date"), _find_release),
    "runtime": "runtime",
    "genres": Made(("genre_ids", GENRE_NAMES), _name_genres),
    "certification": "certification",
    "age_restriction": "age_restriction",
    "popularity": "popularity",
    "average_rating": "average_rating",
    "ratings_count": "ratings_count",
    "vote_average": "vote_average",
    "poster": Made(("poster_key",), _find_posters),
    "now_showing": Made(("showing_until",), _is_showing),
}

RATING: Fields = {
    "id": "id",
    "movie": Made(("movie_id", "movie__title"), lambda: lambda pk, title: {"id": pk, "title": title}),
    "user": Made(("user_id", "user__username"), lambda: lambda pk, name: {"id": pk, "username": name}),
    "rating": "rating",
    "review": "published_review",
    "is_hidden": "is_hidden",
    "verified": "verified",
    "created_at": "created_at",
    "updated_at": "updated_at",
}
