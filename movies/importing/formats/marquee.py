"""Marquee's own export: one JSON document, or one CSV file for each kind. The columns are those of `exporting`."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from common import csv_cells
from movies.importing import rows as common
from movies.importing.reading import MAX_ROWS, NotReadable
from movies.importing.rows import Kind, Line, Problem, Row

VERSION = 1
# In this order, so that a rating of an own film comes after the film.
LISTS = {"films": Kind.FILM, "ratings": Kind.RATING, "watchlist": Kind.WATCHLIST, "history": Kind.VIEWING}
# What only the file of this kind has.
TELLING = {"watched_at": Kind.VIEWING, "is_favorite": Kind.WATCHLIST, "rating": Kind.RATING, "runtime": Kind.FILM}
TEXTS = ("original_title", "imdb_id", "overview", "tagline", "certification", "original_language", "trailer")
NUMBERS = ("year", "runtime", "age_restriction")
NAMES = ("genres", "directors", "cast")


def recognises(columns: frozenset[str]) -> bool:
    return "marquee_id" in columns and bool(columns & TELLING.keys())


def rows(columns: frozenset[str], lines: Iterable[Line], filename: str) -> Iterator[Row]:
    kind = next(kind for name, kind in TELLING.items() if name in columns)
    for line in lines:
        cells = {column: csv_cells.unescape(cell) for column, cell in line.cells.items()}
        yield from common.attempt(Line(line.number, cells), kind, film, READERS[kind])


def is_export(data: Any) -> bool:
    return isinstance(data, dict) and "marquee" in data


def rows_of_document(data: dict[str, Any]) -> Iterator[Row]:
    """An entry's line is its number in the whole document."""
    if data["marquee"] != VERSION or isinstance(data["marquee"], bool):
        raise NotReadable(f"This export is of a version that is not known here; {VERSION} is.")
    entries = [(kind, entry) for name, kind in LISTS.items() for entry in list_of(data, name)]
    if len(entries) > MAX_ROWS:
        raise NotReadable(f"The file has more than {MAX_ROWS:,} rows.")
    for number, (kind, entry) in enumerate(entries, 1):
        try:
            line = Line(number, {name: cell_of(name, value) for name, value in entry.items()})
        except Problem as problem:
            yield Row(number, kind, {}, str(problem))
        else:
            yield from common.attempt(line, kind, film, READERS[kind])


def list_of(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    entries = data.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise NotReadable(f"“{name}” is not a list of objects.")
    return entries


def cell_of(name: str, value: Any) -> str:
    """A value of the JSON as a cell of the CSV would say it, so that both are read by the same rules."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return csv_cells.join(value)
    raise Problem(f"“{common.shortened(name)}” is of the wrong kind.")


def film(line: Line) -> dict[str, Any]:
    who = common.film(
        line.cell("title"),
        line.cell("year"),
        line.cell("original_title"),
        line.cell("imdb_id"),
        line.cell("tmdb_id"),
    )
    marquee_id = line.cell("marquee_id")
    return who | {"marquee_id": common.parse_id(marquee_id, "Marquee id") if marquee_id else None}


def rated(line: Line) -> dict[str, Any]:
    return {
        "rating": common.parse_rating(line.cell("rating"), "1", "10"),
        "review": common.parse_review(line.cells["review"]) if "review" in line.cells else None,
        "at": common.optional_moment(line.cell("created_at")),
        "changed_at": common.optional_moment(line.cell("updated_at")),
    }


def kept(line: Line) -> dict[str, Any]:
    flag = common.parse_flag(line.cell("is_favorite")) if "is_favorite" in line.cells else None
    return {"is_favorite": flag, "at": common.optional_moment(line.cell("added_at"))}


def watched(line: Line) -> dict[str, Any]:
    """Whatever its `source` says: a file must not be able to forge a ticket."""
    return {"at": common.parse_moment(line.cell("watched_at"))}


def facts(line: Line) -> dict[str, Any]:
    """What the line says of the film by the names of catalogue.validation, which checks it later; empty text if none.

    Genres are names, a date is in ISO 8601, and a poster is base64 (in the JSON only).
    """
    if not line.cell("title"):
        raise Problem("There is no title.")
    said: dict[str, Any] = {name: line.cells[name] for name in TEXTS if name in line.cells}
    said |= {name: csv_cells.split(line.cells[name]) for name in NAMES if name in line.cells}
    said |= {name: number(line, name) for name in NUMBERS if name in line.cells}
    if "release_date" in line.cells:
        day = line.cell("release_date")
        said["release_date"] = common.parse_moment(day)[: common.LENGTH_OF_DAY] if day else ""
    return {"facts": said, "poster": line.cells.get("poster") or None}


def number(line: Line, name: str) -> int | str:
    text = line.cell(name)
    return common.parse_number(text, f"number for “{name}”", 0, 32_767) if text else ""


READERS: dict[Kind, Callable[[Line], dict[str, Any]]] = {
    Kind.FILM: facts,
    Kind.RATING: rated,
    Kind.WATCHLIST: kept,
    Kind.VIEWING: watched,
}
