"""Trakt's data: CSV exports, the CSV format that it imports, and the JSON files of its data export."""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from movies.importing import rows as common
from movies.importing.formats import json_entries
from movies.importing.formats.letterboxd import IN_LISTS
from movies.importing.rows import Kind, LeftOut, Line, Problem, Row

KINDS = {
    "rated_at": Kind.RATING,
    "watched_at": Kind.VIEWING,
    "watchlisted_at": Kind.WATCHLIST,
    "listed_at": Kind.WATCHLIST,
}
# Such as lists-list-12-favorite-westerns.json.
LIST_OF_THE_USER = "lists-list-"
# What an entry of the JSON files is, by the key that only such entries have.
ENTRIES = {"rated_at", "watched_at", "last_watched_at", "listed_at", "comment", "collected_at"}
COLLECTED = "collected_at"
IN_COLLECTION = (
    "film of a collection, because Marquee keeps no collections",
    "films of a collection, because Marquee keeps no collections",
)
IDS = {"title": ("title",), "year": ("year",), "imdb_id": ("ids", "imdb"), "tmdb_id": ("ids", "tmdb")}


def recognises(columns: frozenset[str]) -> bool:
    has_id = {"trakt_id", "imdb_id", "tmdb_id"} & columns
    return bool(has_id and columns & {*KINDS, COLLECTED}) and "marquee_id" not in columns


def read_rows(columns: frozenset[str], lines: Iterable[Line], filename: str) -> Iterator[Row | LeftOut]:
    # The import format rates a film without the day of the rating, too.
    has_rating = {"rating", "watched_at"} <= columns
    present = [name for name in KINDS if name in columns or (name == "rated_at" and has_rating)]
    if not present:
        yield LeftOut(*IN_COLLECTION, len(list(lines)))
        return
    for line in lines:
        said = [name for name in present if line.cell(name) or (name == "rated_at" and line.cell("rating"))]
        kinds: dict[Kind, str] = {}
        for name in said or present[-1:]:  # a line that says nothing is shown, with its problem
            kinds.setdefault(KINDS[name], name)
        for kind, column in kinds.items():
            yield from common.read_row(line, kind, _read_film, partial(_read_values, column))


def is_document(data: Any) -> bool:
    entries = data if isinstance(data, list) else []
    return any(isinstance(entry, dict) and ENTRIES & entry.keys() and _is_about_something(entry) for entry in entries)


def read_document(data: Any, filename: str) -> Iterator[Row | LeftOut]:
    """Yield the rows of a JSON file, whose line is the number of the entry."""
    films = [(number, entry) for number, entry in enumerate(data, 1) if json_entries.is_object(entry, "movie")]
    if len(films) < len(data):
        yield LeftOut(*json_entries.NOT_FILMS, len(data) - len(films))
    name = PurePosixPath(filename.casefold()).name
    for number, entry in films:
        kind, column = _kind_of(entry, name)
        if kind is None:
            yield LeftOut(*(IN_COLLECTION if column == COLLECTED else IN_LISTS), 1)
            continue
        cells = json_entries.read_cells(entry["movie"], IDS) | json_entries.read_cells(entry, VALUES)
        yield from common.read_row(Line(number, cells), kind, common.read_film, partial(_read_values, column))


VALUES = {
    "rating": ("rating",),
    "review": ("comment", "comment"),
    "commented_at": ("comment", "created_at"),
    "rated_at": ("rated_at",),
    "watched_at": ("watched_at",),
    "last_watched_at": ("last_watched_at",),
    "listed_at": ("listed_at",),
}


def _is_about_something(entry: dict[str, Any]) -> bool:
    return any(isinstance(entry.get(name), dict) for name in ("movie", "show", "episode", "season"))


def _kind_of(entry: dict[str, Any], filename: str) -> tuple[Kind | None, str]:
    """Return the kind of an entry, and the column with its date; None for a film of a list or of a collection."""
    if "comment" in entry:
        return Kind.RATING, "commented_at"
    if "rated_at" in entry:
        return Kind.RATING, "rated_at"
    for column in ("watched_at", "last_watched_at"):
        if column in entry:
            return Kind.VIEWING, column
    if COLLECTED in entry:
        return None, COLLECTED
    if filename.startswith(LIST_OF_THE_USER):
        return None, "listed_at"
    if "favorite" in filename or "recommendation" in filename:
        return Kind.FAVORITE, "listed_at"
    return (None if "list" in filename and "watchlist" not in filename else Kind.WATCHLIST), "listed_at"


def _read_film(line: Line) -> dict[str, Any]:
    if line.cell("type").casefold() not in {"", "movie"}:
        raise Problem("Not a film.")
    return common.read_film(line)


def _read_values(column: str, line: Line) -> dict[str, Any]:
    if column == "watched_at":
        return {"at": common.read_viewing_day(line, column)}
    if column == "last_watched_at":
        return {"at": common.read_viewing_day(line, column), "sometime": True}
    at = {"at": common.read_moment(line, column)}
    if column == "rated_at":
        return at | {"rating": common.parse_rating(line.cell("rating"), "1", "10")}
    return at | {"review": common.parse_review(line.cell("review"))} if column == "commented_at" else at
