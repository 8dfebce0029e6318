"""Export of a user's library: everything in one JSON document, or one CSV file for each kind.

Both are streamed, some hundred rows at a time, so memory does not grow with the library. The columns are those that
`importing.formats.marquee` reads; an exported library imported again is the same.
"""

import csv
import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
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
# Without it Excel reads the file in the computer's own encoding, and breaks every accent.
BOM = "\ufeff"

IDENTITY = ("title", "original_title", "year", "imdb_id", "tmdb_id", "marquee_id")
DETAILS = (
    "original_language", "overview", "tagline", "release_date", "runtime", "genres", "directors", "cast",
    "certification", "age_restriction", "trailer",
)  # fmt: skip
# The only columns loaded of the films that rows are about, and of own films.
IDENTITY_FIELDS = ("title", "original_title", "year", "imdb_id", "tmdb_id")
OWN_FIELDS = (*IDENTITY_FIELDS, *(name for name in DETAILS if name != "genres"), "poster_key")

Values = dict[str, Any]


class Kind(NamedTuple):
    columns: tuple[str, ...]
    rows: Callable[[User], QuerySet[Any]]
    values: Callable[[Any], Values]


def _identity_values(movie: Movie) -> Values:
    return {name: getattr(movie, name) for name in IDENTITY_FIELDS} | {"marquee_id": movie.pk}


def _film_values(movie: Movie) -> Values:
    details = {name: getattr(movie, name) for name in DETAILS if name != "genres"}
    return _identity_values(movie) | details | {"genres": [genre.name for genre in movie.genres.all()]}


def _rating_values(row: Rating) -> Values:
    values = {name: getattr(row, name) for name in ("rating", "review", "created_at", "updated_at")}
    return _identity_values(row.movie) | values


def _watchlist_values(row: WatchlistItem) -> Values:
    return _identity_values(row.movie) | {"is_favorite": row.is_favorite, "added_at": row.added_at}


def _history_values(row: Viewing) -> Values:
    return _identity_values(row.movie) | {"watched_at": row.watched_at, "source": row.source}


def _own_films(user: User) -> QuerySet[Movie]:
    return private_films(user).only(*OWN_FIELDS).prefetch_related("genres").order_by("pk")


def rows_with_film(rows: QuerySet[Any], user: User) -> QuerySet[Any]:
    unused = {field.name for field in Movie._meta.concrete_fields} - {"id", *IDENTITY_FIELDS}
    return rows.filter(user=user).select_related("movie").defer(*(f"movie__{name}" for name in unused)).order_by("pk")


# In the order of the document: films first, because the other rows may be about them.
KINDS = {
    "films": Kind((*IDENTITY, *DETAILS), _own_films, _film_values),
    "ratings": Kind(
        (*IDENTITY, "rating", "review", "created_at", "updated_at"),
        lambda user: rows_with_film(Rating.objects.all(), user),
        _rating_values,
    ),
    "watchlist": Kind(
        (*IDENTITY, "is_favorite", "added_at"),
        lambda user: rows_with_film(WatchlistItem.objects.all(), user),
        _watchlist_values,
    ),
    "history": Kind(
        (*IDENTITY, "watched_at", "source"),
        lambda user: rows_with_film(Viewing.objects.all(), user),
        _history_values,
    ),
}


def stream_json(user: User) -> Iterator[str]:
    """Yield {"marquee": 1, "exported_at", "films": [...], "ratings": [...], "watchlist": [...], "history": [...]}.

    The poster of an own film is our widest JPEG in base64, or null. Raises StoreUnavailable.
    """
    yield f'{{"marquee":{VERSION},"exported_at":{_to_json(timezone.now())}'
    for name, kind in KINDS.items():
        yield f',\n"{name}":['
        separator = "\n"
        for row in kind.rows(user).iterator(ROWS_AT_ONCE):
            values = kind.values(row)
            if isinstance(row, Movie):
                values["poster"] = _poster_in_base64(row)
            yield separator + _to_json(values)
            separator = ",\n"
        yield "]"
    yield "}\n"


def stream_csv(user: User, name: str) -> Iterator[str]:
    """Yield CSV as in RFC 4180, with a heading; `name` is one of KINDS."""
    kind = KINDS[name]
    yield BOM
    yield csv_line(kind.columns)
    for row in kind.rows(user).iterator(ROWS_AT_ONCE):
        values = kind.values(row)
        yield csv_line([csv_cells.escape(_to_cell(values[column])) for column in kind.columns])


def csv_line(cells: Iterable[str]) -> str:
    line: str = csv.writer(_Line()).writerow(cells)  # what `write` returns
    return line


def export_response(user: User, kind: str = "", parts: Iterator[str] | None = None) -> StreamingHttpResponse:
    """Return everything as JSON, or one of KINDS as CSV, as a download that no cache keeps.

    With `parts` these are the lines of the CSV file, and `kind` is only its name.
    """
    parts = parts or (stream_csv(user, kind) if kind else stream_json(user))
    response = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8" if kind else "application/json")
    response["Content-Disposition"] = f'attachment; filename="{_filename(user, kind)}"'
    response["Cache-Control"] = "private, no-store"
    return response


class _Line:
    """A file for csv.writer that makes `writerow` return the line."""

    def write(self, line: str) -> str:
        return line


def _to_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return csv_cells.join(value)
    return _format_moment(value) if isinstance(value, datetime) else str(value)


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_encode_time)


def _encode_time(value: Any) -> str:
    return _format_moment(value) if isinstance(value, datetime) else value.isoformat()


def _format_moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _poster_in_base64(movie: Movie) -> str | None:
    """Return the film's poster, or None where it has none or its file is missing.

    Raises StoreUnavailable: an export that silently lacks posters would be worse.
    """
    if not movie.poster_key:
        return None
    try:
        return b64encode(store.read(files.file_name(movie.poster_key, WIDEST), MAX_BYTES)).decode("ascii")
    except FileNotFoundError:
        return None


def _filename(user: User, kind: str = "") -> str:
    """Return a name such as marquee-ana-2026-01-31.json, with only characters that every system allows."""
    name = "".join(each for each in user.username if each.isascii() and (each.isalnum() or each in "-_"))
    parts = ["marquee", kind, name, f"{timezone.localdate():%Y-%m-%d}"]
    return "-".join(part for part in parts if part) + (".csv" if kind else ".json")
