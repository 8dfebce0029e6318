"""Trakt's CSV export: ratings, history and watchlist, which differ in the column with the date."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from movies.importing import rows as common
from movies.importing.rows import Kind, Line, Problem, Row

KINDS = {"rated_at": Kind.RATING, "watched_at": Kind.VIEWING, "listed_at": Kind.WATCHLIST}


def recognises(columns: frozenset[str]) -> bool:
    return "trakt_id" in columns and bool(columns & KINDS.keys())


def read_rows(columns: frozenset[str], lines: Iterable[Line], filename: str) -> Iterator[Row]:
    column = next(name for name in KINDS if name in columns)
    for line in lines:
        yield from common.read_row(line, KINDS[column], _read_film, partial(_read_values, column))


def _read_film(line: Line) -> dict[str, Any]:
    if line.cell("type") not in {"", "movie"}:
        raise Problem("Not a film.")
    return common.film_values(
        line.cell("title"), line.cell("year"), imdb_id=line.cell("imdb_id"), tmdb_id=line.cell("tmdb_id")
    )


def _read_values(column: str, line: Line) -> dict[str, Any]:
    if KINDS[column] == Kind.VIEWING:
        return {"at": common.parse_moment(line.cell(column))}
    at = {"at": common.parse_optional_moment(line.cell(column))}
    return at | {"rating": common.parse_rating(line.cell("rating"), "1", "10")} if column == "rated_at" else at
