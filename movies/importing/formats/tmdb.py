"""TMDB's exports of ratings, watchlist and favourites: CSV files with the same columns."""

from collections.abc import Iterable, Iterator
from typing import Any

from movies.importing import rows as common
from movies.importing.rows import Kind, Line, Problem, Row

YEAR = 4  # characters at the beginning of a date


def recognises(columns: frozenset[str]) -> bool:
    return {"tmdb id", "type", "name"} <= columns


def read_rows(columns: frozenset[str], lines: Iterable[Line], filename: str) -> Iterator[Row]:
    """Yield ratings of the lines that have one, and else what the file's name says: a watchlist or favourites."""
    is_favorites = "favo" in filename.casefold()
    for line in lines:
        if line.cell("your rating"):
            yield from common.read_row(line, Kind.RATING, _read_film, _read_rating)
        if not line.cell("your rating") or is_favorites or "watchlist" in filename.casefold():
            kind = Kind.FAVORITE if is_favorites else Kind.WATCHLIST
            yield from common.read_row(line, kind, _read_film, _read_item)


def _read_film(line: Line) -> dict[str, Any]:
    if line.cell("type").casefold() not in {"", "movie"}:
        raise Problem("Not a film.")
    dated = Line(line.number, {**line.cells, "year": line.cell("release date")[:YEAR]}, line.remarks)
    return common.read_film(dated, title="name", imdb_id="imdb id", tmdb_id="tmdb id")


def _read_rating(line: Line) -> dict[str, Any]:
    return {"rating": common.round_rating(line, "your rating"), "at": common.read_moment(line, "date rated")}


def _read_item(line: Line) -> dict[str, Any]:
    return {"at": common.read_moment(line, "date added")}
