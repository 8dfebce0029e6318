"""Simkl's backup, as CSV or JSON. Its memos are private notes, so they do not become reviews, which are public."""

from collections.abc import Iterable, Iterator
from typing import Any

from movies.importing import rows as common
from movies.importing.formats import json_entries
from movies.importing.rows import Kind, LeftOut, Line, Problem, Row

LISTS = ("movies", "shows", "anime")
FILM = {"title": ("title",), "year": ("year",), "imdb": ("ids", "imdb"), "tmdb": ("ids", "tmdb")}
VALUES = {
    "watchlist": ("status",),
    "rating": ("user_rating",),
    "rated_at": ("user_rated_at",),
    "watcheddate": ("last_watched_at",),
    "added_at": ("added_to_watchlist_at",),
}
PLANNED = {"plantowatch", "plan to watch", "ptw"}
DROPPED = {"dropped", "notinteresting", "not interesting"}


def recognises(columns: frozenset[str]) -> bool:
    return {"simkl_id", "title", "type"} <= columns


def read_rows(columns: frozenset[str], lines: Iterable[Line], filename: str) -> Iterator[Row]:
    for line in lines:
        yield from _read_line(line)


def is_document(data: Any) -> bool:
    lists = [data.get(name) for name in LISTS] if isinstance(data, dict) else []
    entries = [entry for each in lists if isinstance(each, list) for entry in each]
    return any("status" in entry and _film_of(entry) is not None for entry in entries if isinstance(entry, dict))


def read_document(data: Any, filename: str) -> Iterator[Row | LeftOut]:
    """Yield the rows of a JSON file, whose line is the number of the film or show in the whole document."""
    entries = [(name, entry) for name in LISTS for entry in (data.get(name) or []) if isinstance(entry, dict)]
    left_out = 0
    for number, (name, entry) in enumerate(entries, 1):
        film = _film_of(entry)
        if film is None or name == "shows" or (name == "anime" and entry.get("anime_type") != "movie"):
            left_out += 1
        else:
            cells = json_entries.read_cells(film, FILM) | json_entries.read_cells(entry, VALUES)
            yield from _read_line(Line(number, cells))
    if left_out:
        yield LeftOut(*json_entries.NOT_FILMS, left_out)


def _film_of(entry: dict[str, Any]) -> Any:
    return next((entry[name] for name in ("movie", "show") if json_entries.is_object(entry, name)), None)


def _read_line(line: Line) -> Iterator[Row]:
    status = line.cell("watchlist").casefold()
    if status in PLANNED:
        yield from common.read_row(line, Kind.WATCHLIST, _read_film, _read_item)
    elif status not in DROPPED:
        yield from common.read_row(line, Kind.VIEWING, _read_film, _read_viewing)
    if line.cell("rating"):
        yield from common.read_row(line, Kind.RATING, _read_film, _read_rating)


def _read_film(line: Line) -> dict[str, Any]:
    if line.cell("type").casefold() not in {"", "movie", "movies", "film"}:
        raise Problem("Not a film.")
    return common.read_film(line, imdb_id="imdb", tmdb_id="tmdb")


def _read_item(line: Line) -> dict[str, Any]:
    return {"at": common.read_moment(line, "added_at")}


def _read_viewing(line: Line) -> dict[str, Any]:
    """Read the last viewing; Simkl keeps no others."""
    return {"at": common.read_viewing_day(line, "watcheddate")}


def _read_rating(line: Line) -> dict[str, Any]:
    return {
        "rating": common.parse_rating(line.cell("rating"), "1", "10"),
        "at": common.read_moment(line, "rated_at", "watcheddate"),
    }
