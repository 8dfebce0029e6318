"""IMDb's exports: ratings.csv, and watchlist.csv or any other list (whose lines may hold a rating as well).

Until 2017 ratings and lists had the same columns, with "You rated" (or "ana rated") and a day such as
"Sat Dec 31 00:00:00 2016"; in 2017 the day of a rating was "Date Added".
"""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from movies.importing import rows as common
from movies.importing.rows import Kind, Line, Problem, Row

# "TV Series", "tvEpisode", "Video Game", "Podcast Series", and the same in other languages of IMDb ("Série télévisée").
NOT_A_FILM = re.compile(r"s[eé]ri|[eé]pis[oó]d|folge|game|spiel|juego|jeu|jogo|gioco|podcast", re.IGNORECASE)
RATED_BY = " rated"


def recognises(columns: frozenset[str]) -> bool:
    return "const" in columns and "title" in columns


def read_rows(columns: frozenset[str], lines: Iterable[Line], filename: str) -> Iterator[Row]:
    column = _rating_column(columns)
    lines = list(lines)
    is_list = "position" in columns and not (column.endswith(RATED_BY) and _are_ratings(lines, column, filename))
    # The day on which an old list was made of a film is not the day of its rating.
    days = ("date rated", "date added") if is_list else ("date rated", "date added", "created")
    for line in lines:
        if is_list:
            yield from common.read_row(line, Kind.WATCHLIST, _read_film, _read_item)
        if line.cell(column) or not is_list:
            yield from common.read_row(line, Kind.RATING, _read_film, partial(_read_rating, column, days))


def _rating_column(columns: frozenset[str]) -> str:
    return next((name for name in sorted(columns) if name.endswith(RATED_BY) and name != "date rated"), "your rating")


def _are_ratings(lines: list[Line], column: str, filename: str) -> bool:
    """Return whether lines of the old form are ratings, not a list: then each has one."""
    return "watchlist" not in filename.casefold() and all(line.cell(column) for line in lines)


def _read_film(line: Line) -> dict[str, Any]:
    if NOT_A_FILM.search(line.cell("title type")):
        raise Problem("Not a film.")
    common.parse_imdb_id(line.cell("const"))
    return common.read_film(common.unescape_titles(line, "title", "original title"), imdb_id="const")


def _read_item(line: Line) -> dict[str, Any]:
    return {"at": common.read_moment(line, "created")}


def _read_rating(column: str, days: tuple[str, ...], line: Line) -> dict[str, Any]:
    return {
        "rating": common.parse_rating(line.cell(column), "1", "10"),
        "at": common.read_moment(line, *days),
    }
