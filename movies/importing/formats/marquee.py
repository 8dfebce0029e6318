"""Marquee's own export: one JSON document, or one CSV file for each kind. The columns are those of library.export."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from common.files import csv_cells
from movies.importing import rows as common
from movies.importing.reading import NotReadable
from movies.importing.rows import Kind, Line, Problem, Row

VERSION = 1
# In this order, so that own films come before the rows about them.
LISTS = {"films": Kind.FILM, "ratings": Kind.RATING, "watchlist": Kind.WATCHLIST, "history": Kind.VIEWING}
# The column that only the file of this kind has.
KIND_COLUMNS = {"watched_at": Kind.VIEWING, "is_favorite": Kind.WATCHLIST, "rating": Kind.RATING, "runtime": Kind.FILM}
TEXTS = ("original_title", "imdb_id", "overview", "tagline", "certification", "original_language", "trailer")
NUMBERS = ("year", "runtime", "age_restriction")
NAMES = ("genres", "directors", "cast")


def recognises(columns: frozenset[str]) -> bool:
    return "marquee_id" in columns and bool(columns & KIND_COLUMNS.keys())


def read_rows(columns: frozenset[str], lines: Iterable[Line], filename: str) -> Iterator[Row]:
    kind = next(kind for name, kind in KIND_COLUMNS.items() if name in columns)
    for line in lines:
        cells = {column: csv_cells.unescape(cell) for column, cell in line.cells.items()}
        yield from common.read_row(Line(line.number, cells), kind, _read_film, READERS[kind])


def is_document(data: Any) -> bool:
    return isinstance(data, dict) and "marquee" in data


def read_document(data: dict[str, Any], filename: str) -> Iterator[Row]:
    """Yield the rows of the JSON document; the line of an entry is its number in the whole document."""
    if data["marquee"] != VERSION or isinstance(data["marquee"], bool):
        raise NotReadable(f"This export has an unknown version; version {VERSION} is supported.")
    entries = [(kind, entry) for name, kind in LISTS.items() for entry in _entries(data, name)]
    for number, (kind, entry) in enumerate(entries, 1):
        try:
            line = Line(number, {name: _to_cell(name, value) for name, value in entry.items()})
        except Problem as problem:
            yield Row(number, kind, {}, str(problem))
        else:
            yield from common.read_row(line, kind, _read_film, READERS[kind])


def _entries(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    entries = data.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise NotReadable(f"“{name}” is not a list of objects.")
    return entries


def _to_cell(name: str, value: Any) -> str:
    """Return a JSON value as the CSV export writes it, so that both are read by the same rules. Raises Problem."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return csv_cells.join(value)
    raise Problem(f"“{common.shorten(name)}” has the wrong type.")


def _read_film(line: Line) -> dict[str, Any]:
    marquee_id = line.optional("Marquee id", partial(common.parse_id, name="Marquee id"), "marquee_id")
    return common.read_film(line, original_title="original_title") | {"marquee_id": marquee_id}


def _read_rating(line: Line) -> dict[str, Any]:
    # An empty cell says that there is no review, a missing one says nothing.
    review = line.optional("review", common.parse_review, "review")
    if "review" in line.cells and not line.cell("review"):
        review = ""
    rating = None if review and not line.cell("rating") else common.parse_rating(line.cell("rating"), "1", "10")
    return {
        "rating": rating,
        "review": review,
        "at": common.read_moment(line, "created_at"),
        "changed_at": common.read_moment(line, "updated_at"),
    }


def _read_item(line: Line) -> dict[str, Any]:
    flag = line.optional("mark as a favourite", common.parse_flag, "is_favorite")
    if "is_favorite" in line.cells and not line.cell("is_favorite"):
        flag = False
    return {"is_favorite": flag, "at": common.read_moment(line, "added_at")}


def _read_viewing(line: Line) -> dict[str, Any]:
    """Read a viewing without its `source`: a file must not forge a ticket."""
    return {"at": common.read_viewing_day(line, "watched_at")}


def _read_own_film(line: Line) -> dict[str, Any]:
    """Read the values of an own film by the names of catalogue.validation, which checks them later.

    Empty cells are empty texts, genres are names, dates are in ISO 8601, a poster is base64 (in the JSON only).
    """
    if not line.cell("title"):
        raise Problem("There is no title.")
    values: dict[str, Any] = {name: line.cells[name] for name in TEXTS if name in line.cells}
    values |= {name: csv_cells.split(line.cells[name]) for name in NAMES if name in line.cells}
    values |= {name: _read_number(line, name) for name in NUMBERS if name in line.cells}
    if "release_date" in line.cells:
        day = line.optional("day", common.parse_moment, "release_date") or ""  # of a coming film, too
        values["release_date"] = day[: common.LENGTH_OF_DAY]
    return {"facts": values, "poster": line.cells.get("poster") or None}


def _read_number(line: Line, name: str) -> int | str:
    parse = partial(common.parse_number, name=f"number for “{name}”", least=0, most=32_767)
    number = line.optional(name.replace("_", " "), parse, name)
    return "" if number is None else number


READERS: dict[Kind, Callable[[Line], dict[str, Any]]] = {
    Kind.FILM: _read_own_film,
    Kind.RATING: _read_rating,
    Kind.WATCHLIST: _read_item,
    Kind.VIEWING: _read_viewing,
}
