"""A person's library as a file: everything in one JSON document, or one CSV file for each kind.

Both are written as they are read, some hundred rows at a time, so that no library needs more memory than another. The
columns are those that `importing.formats.marquee` reads, and a library that is brought in again is as it was.
"""

import csv
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone

from accounts.models import User
from common.files import csv_cells
from movies.models import Movie, Rating, Viewing, WatchlistItem
from movies.posters import files, store
from movies.posters.images import MAX_BYTES
from movies.queries.films import private_films

VERSION = 1
ROWS_AT_ONCE = 500
WIDEST = 780
# Excel takes a file without it for the computer's own encoding, and breaks every accent.
BOM = "\ufeff"

WHO = ("title", "original_title", "year", "imdb_id", "tmdb_id", "marquee_id")
FACTS = (
    "original_language", "overview", "tagline", "release_date", "runtime", "genres", "directors", "cast",
    "certification", "age_restriction", "trailer",
)  # fmt: skip
# Of the films that rows are about, and of own films, no more than is written.
WHO_FIELDS = ("title", "original_title", "year", "imdb_id", "tmdb_id")
OWN_FIELDS = (*WHO_FIELDS, *(name for name in FACTS if name != "genres"), "poster_key")

Values = dict[str, Any]


class Kind(NamedTuple):
    columns: tuple[str, ...]
    rows: Callable[[User], QuerySet[Any]]
    values: Callable[[Any], Values]


def who(movie: Movie) -> Values:
    return {name: getattr(movie, name) for name in WHO_FIELDS} | {"marquee_id": movie.pk}


def film_values(movie: Movie) -> Values:
    facts = {name: getattr(movie, name) for name in FACTS if name != "genres"}
    return who(movie) | facts | {"genres": [genre.name for genre in movie.genres.all()]}


def rating_values(row: Rating) -> Values:
    return who(row.movie) | {name: getattr(row, name) for name in ("rating", "review", "created_at", "updated_at")}


def watchlist_values(row: WatchlistItem) -> Values:
    return who(row.movie) | {"is_favorite": row.is_favorite, "added_at": row.added_at}


def history_values(row: Viewing) -> Values:
    return who(row.movie) | {"watched_at": row.watched_at, "source": row.source}


def films_of(user: User) -> QuerySet[Movie]:
    return private_films(user).only(*OWN_FIELDS).prefetch_related("genres").order_by("pk")


def about_films(rows: QuerySet[Any], user: User) -> QuerySet[Any]:
    unused = {field.name for field in Movie._meta.concrete_fields} - {"id", *WHO_FIELDS}
    return rows.filter(user=user).select_related("movie").defer(*(f"movie__{name}" for name in unused)).order_by("pk")


# In the order of the document: films first, because the rest may be about them.
KINDS = {
    "films": Kind((*WHO, *FACTS), films_of, film_values),
    "ratings": Kind(
        (*WHO, "rating", "review", "created_at", "updated_at"),
        lambda user: about_films(Rating.objects.all(), user),
        rating_values,
    ),
    "watchlist": Kind(
        (*WHO, "is_favorite", "added_at"),
        lambda user: about_films(WatchlistItem.objects.all(), user),
        watchlist_values,
    ),
    "history": Kind(
        (*WHO, "watched_at", "source"),
        lambda user: about_films(Viewing.objects.all(), user),
        history_values,
    ),
}


def as_json(user: User) -> Iterator[str]:
    """{"marquee": 1, "exported_at", "films": [...], "ratings": [...], "watchlist": [...], "history": [...]}

    An own film has its poster as base64 of our widest JPEG, or null.
    """
    yield f'{{"marquee":{VERSION},"exported_at":{written(timezone.now())}'
    for name, kind in KINDS.items():
        yield f',\n"{name}":['
        separator = "\n"
        for row in kind.rows(user).iterator(ROWS_AT_ONCE):
            values = kind.values(row)
            if isinstance(row, Movie):
                values["poster"] = poster_of(row)
            yield separator + written(values)
            separator = ",\n"
        yield "]"
    yield "}\n"


def as_csv(user: User, name: str) -> Iterator[str]:
    """RFC 4180, with a heading; `name` is one of KINDS."""
    kind = KINDS[name]
    writer = csv.writer(Line())
    yield BOM
    yield writer.writerow(kind.columns)
    for row in kind.rows(user).iterator(ROWS_AT_ONCE):
        values = kind.values(row)
        yield writer.writerow([csv_cells.escape(cell(values[column])) for column in kind.columns])


class Line:
    """A file for a csv.writer, whose `writerow` then returns the line."""

    def write(self, line: str) -> str:
        return line


def cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return csv_cells.join(value)
    return moment(value) if isinstance(value, datetime) else str(value)


def written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=plain)


def plain(value: Any) -> str:
    return moment(value) if isinstance(value, datetime) else value.isoformat()


def moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def poster_of(movie: Movie) -> str | None:
    """None also where the file is missing. Raises StoreUnavailable: a file that lacks them silently would be worse."""
    if not movie.poster_key:
        return None
    try:
        return b64encode(store.read(files.file_name(movie.poster_key, WIDEST), MAX_BYTES)).decode("ascii")
    except FileNotFoundError:
        return None


def download(user: User, kind: str = "") -> StreamingHttpResponse:
    """Everything as JSON, or one of KINDS as CSV; for both doors. Nobody keeps it."""
    parts = as_csv(user, kind) if kind else as_json(user)
    answer = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8" if kind else "application/json")
    answer["Content-Disposition"] = f'attachment; filename="{filename(user, kind)}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def filename(user: User, kind: str = "") -> str:
    """Such as marquee-ana-2026-01-31.json; names are of letters, digits and signs that every system takes."""
    name = "".join(sign for sign in user.username if sign.isascii() and (sign.isalnum() or sign in "-_"))
    parts = ["marquee", kind, name, f"{timezone.localdate():%Y-%m-%d}"]
    return "-".join(part for part in parts if part) + (".csv" if kind else ".json")
