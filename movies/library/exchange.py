"""Export of a user's library to other services, as CSV files in the formats that they read.

Letterboxd: https://letterboxd.com/about/importing-data/. Trakt: the CSV of its data import. IMDb: the columns of its
own exports. Films that a service cannot know are left out.
"""

import html
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone

from accounts.models import User
from common.files import csv_cells
from movies.library import export
from movies.models import Rating, Viewing, WatchlistItem

Cells = dict[str, Any]

LETTERBOXD, TRAKT, IMDB = "letterboxd", "trakt", "imdb"
SERVICES = {LETTERBOXD: "Letterboxd", TRAKT: "Trakt", IMDB: "IMDb"}

# Letterboxd finds a film by its title and year, too.
KNOWN_FILMS = {
    LETTERBOXD: Q(movie__owner=None) | Q(movie__imdb_id__isnull=False),
    TRAKT: Q(movie__imdb_id__isnull=False) | Q(movie__tmdb_id__isnull=False),
    IMDB: Q(movie__imdb_id__isnull=False),
}
ROWS: dict[str, tuple[Callable[[], QuerySet[Any]], str]] = {
    "ratings": (Rating.objects.all, "created_at"),
    "watchlist": (WatchlistItem.objects.all, "added_at"),
    "history": (Viewing.objects.all, "watched_at"),
}


class Sheet(NamedTuple):
    columns: tuple[str, ...]
    cells: Callable[[Any], Cells]


def stream_sheet(user: User, service: str, kind: str) -> Iterator[str]:
    """Yield CSV with a heading, oldest first; `service` and `kind` are a key of SHEETS."""
    columns, cells = SHEETS[service, kind]
    load, time = ROWS[kind]
    rows = export.rows_with_film(load(), user).filter(KNOWN_FILMS[service]).order_by(time, "pk")
    if kind == "ratings" and service != LETTERBOXD:
        rows = rows.exclude(rating=None)  # only Letterboxd has a place for a review
    seen: set[int] = set()
    yield export.csv_line(columns)
    for number, row in enumerate(rows.iterator(export.ROWS_AT_ONCE), 1):
        values = cells(row) | {"Position": number, "Rewatch": "true" if row.movie_id in seen else "false"}
        seen.add(row.movie_id)
        yield export.csv_line(["" if values.get(name) is None else str(values[name]) for name in columns])


def sheet_response(user: User, service: str, kind: str) -> StreamingHttpResponse:
    """Return the same as a download that no cache keeps."""
    return export.export_response(user, f"{service}-{kind}", stream_sheet(user, service, kind))


def kinds_of(service: str) -> list[str]:
    return [kind for name, kind in SHEETS if name == service]


def _letterboxd_film(row: Any) -> Cells:
    film = row.movie
    # A spreadsheet may run a title that another person wrote. A review is the user's own, and must stay as it is.
    return {
        "tmdbID": film.tmdb_id,
        "imdbID": film.imdb_id,
        "Title": csv_cells.escape(film.title),
        "Year": film.year,
    }


def _letterboxd_rating(row: Rating) -> Cells:
    # Letterboxd reads reviews as HTML.
    return _letterboxd_film(row) | {"Rating10": row.rating, "Review": html.escape(row.review, quote=False)}


def _letterboxd_viewing(row: Viewing) -> Cells:
    return _letterboxd_film(row) | {"WatchedDate": timezone.localdate(row.watched_at)}


def _trakt_film(row: Any) -> Cells:
    return {"imdb_id": row.movie.imdb_id, "tmdb_id": row.movie.tmdb_id, "type": "movie"}


def _trakt_rating(row: Rating) -> Cells:
    return _trakt_film(row) | {"rating": row.rating, "rated_at": _format_time(row.created_at)}


def _trakt_item(row: WatchlistItem) -> Cells:
    return _trakt_film(row) | {"watchlisted_at": _format_time(row.added_at)}


def _trakt_viewing(row: Viewing) -> Cells:
    return _trakt_film(row) | {"watched_at": _format_time(row.watched_at)}


def _imdb_film(row: Any) -> Cells:
    film = row.movie
    return {
        "Const": film.imdb_id,
        "Title": csv_cells.escape(film.title),
        "Original Title": csv_cells.escape(film.original_title),
        "URL": f"https://www.imdb.com/title/{film.imdb_id}/",
        "Title Type": "Movie",
        "Year": film.year,
    }


def _imdb_rating(row: Rating) -> Cells:
    return _imdb_film(row) | {"Your Rating": row.rating, "Date Rated": timezone.localdate(row.created_at)}


def _imdb_item(row: WatchlistItem) -> Cells:
    day = timezone.localdate(row.added_at)
    return _imdb_film(row) | {"Created": day, "Modified": day}


def _format_time(moment: datetime) -> str:
    """Return the time in ISO 8601, exact, so that the same viewing is known again."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


_LETTERBOXD_FILM = ("tmdbID", "imdbID", "Title", "Year")
_TRAKT_FILM = ("imdb_id", "tmdb_id", "type")
_IMDB_FILM = (
    "Title", "Original Title", "URL", "Title Type", "IMDb Rating", "Runtime (mins)", "Year", "Genres", "Num Votes",
    "Release Date", "Directors",
)  # fmt: skip

SHEETS = {
    (LETTERBOXD, "ratings"): Sheet((*_LETTERBOXD_FILM, "Rating10", "Review"), _letterboxd_rating),
    (LETTERBOXD, "history"): Sheet((*_LETTERBOXD_FILM, "WatchedDate", "Rewatch"), _letterboxd_viewing),
    (LETTERBOXD, "watchlist"): Sheet(_LETTERBOXD_FILM, _letterboxd_film),
    (TRAKT, "ratings"): Sheet((*_TRAKT_FILM, "rating", "rated_at"), _trakt_rating),
    (TRAKT, "history"): Sheet((*_TRAKT_FILM, "watched_at"), _trakt_viewing),
    (TRAKT, "watchlist"): Sheet((*_TRAKT_FILM, "watchlisted_at"), _trakt_item),
    (IMDB, "ratings"): Sheet(("Const", "Your Rating", "Date Rated", *_IMDB_FILM), _imdb_rating),
    (IMDB, "watchlist"): Sheet(
        ("Position", "Const", "Created", "Modified", "Description", *_IMDB_FILM, "Your Rating", "Date Rated"),
        _imdb_item,
    ),
}
