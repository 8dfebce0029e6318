"""Movary's exports: history, ratings and watchlist. Its comments are private, so they do not become reviews."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from movies.importing import rows as common
from movies.importing.rows import Kind, Line, Row

KINDS = {"watchedat": Kind.VIEWING, "userrating": Kind.RATING, "addedat": Kind.WATCHLIST}


def recognises(columns: frozenset[str]) -> bool:
    return "title" in columns and bool(columns & KINDS.keys())


def read_rows(columns: frozenset[str], lines: Iterable[Line], filename: str) -> Iterator[Row]:
    column = next(name for name in KINDS if name in columns)
    read_film = partial(common.read_film, imdb_id="imdbid", tmdb_id="tmdbid")
    for line in lines:
        yield from common.read_row(line, KINDS[column], read_film, partial(_read_values, column))


def _read_values(column: str, line: Line) -> dict[str, Any]:
    if column == "watchedat":
        return {"at": common.read_viewing_day(line, column)}
    if column == "userrating":
        return {"rating": common.parse_rating(line.cell(column), "1", "10")}
    return {"at": common.read_moment(line, column)}
