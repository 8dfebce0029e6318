"""IMDb's export: ratings.csv, and watchlist.csv or any other list (whose lines may hold a rating as well)."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from movies.importing import rows as common
from movies.importing.rows import Kind, Line, Problem, Row

# "TV Series", "tvEpisode", "Video Game", "Podcast Series", and the same in other languages of IMDb.
NOT_A_FILM = re.compile(r"seri|episod|folge|game|spiel|juego|jeu|podcast", re.IGNORECASE)


def recognises(columns: frozenset[str]) -> bool:
    return "const" in columns and "title" in columns


def read_rows(columns: frozenset[str], lines: Iterable[Line], filename: str) -> Iterator[Row]:
    is_list = "position" in columns
    for line in lines:
        if is_list:
            yield from common.read_row(line, Kind.WATCHLIST, _read_film, _read_item)
        if line.cell("your rating") or not is_list:
            yield from common.read_row(line, Kind.RATING, _read_film, _read_rating)


def _read_film(line: Line) -> dict[str, Any]:
    if NOT_A_FILM.search(line.cell("title type")):
        raise Problem("Not a film.")
    return common.film_values(
        line.cell("title"), line.cell("year"), line.cell("original title"), imdb_id=line.cell("const", "imdb id")
    )


def _read_item(line: Line) -> dict[str, Any]:
    return {"at": common.parse_optional_moment(line.cell("created"))}


def _read_rating(line: Line) -> dict[str, Any]:
    return {
        "rating": common.parse_rating(line.cell("your rating"), "1", "10"),
        "at": common.parse_optional_moment(line.cell("date rated")),
    }
