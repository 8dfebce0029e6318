"""Letterboxd's export: ratings.csv, diary.csv, reviews.csv, watched.csv and watchlist.csv (half stars, 0.5 to 5)."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from movies.importing import rows as common
from movies.importing.reading import NotReadable
from movies.importing.rows import Kind, Line, Problem, Row

NO_RATING = "A review needs a rating."


def recognises(columns: frozenset[str]) -> bool:
    return {"name", "letterboxd uri"} <= columns


def read_rows(columns: frozenset[str], lines: Iterable[Line], filename: str) -> Iterator[Row]:
    parts = list(_readers(columns, filename))
    for line in lines:
        for kind, read_values in parts:
            yield from common.read_row(line, kind, _read_film, read_values)


def _readers(columns: frozenset[str], filename: str) -> Iterator[tuple[Kind, Callable[[Line], Any]]]:
    """Yield the kinds of rows in each line, with the function that reads them."""
    if "watched date" in columns:
        yield Kind.VIEWING, _read_viewing
    if "rating" in columns:
        yield Kind.RATING, _read_rating
    if not {"watched date", "rating"} & columns:
        # Both have the same columns, so only the file's name tells which it is.
        if "watchlist" in filename.casefold():
            yield Kind.WATCHLIST, partial(_read_date, "date")
        elif "watched" in filename.casefold():
            yield Kind.VIEWING, _read_undated_viewing
        else:
            raise NotReadable("Letterboxd's watched.csv and watchlist.csv look alike: keep the file's original name.")


def _read_film(line: Line) -> dict[str, Any]:
    return common.film_values(line.cell("name"), line.cell("year"))


def _read_viewing(line: Line) -> dict[str, Any] | None:
    """Read a viewing; None for a review without one."""
    day = line.cell("watched date")
    return {"at": common.parse_moment(day)} if day else None


def _read_undated_viewing(line: Line) -> dict[str, Any]:
    """Read a viewing whose day is only when the film was marked as watched: any viewing in the library replaces it."""
    return {"at": common.parse_moment(line.cell("date")), "sometime": True}


def _read_date(column: str, line: Line) -> dict[str, Any]:
    return {"at": common.parse_optional_moment(line.cell(column))}


def _read_rating(line: Line) -> dict[str, Any] | None:
    rating, review = line.cell("rating"), common.parse_review(line.cells.get("review", ""))
    if not rating:
        if review:
            raise Problem(NO_RATING)
        return None
    return {
        "rating": common.parse_rating(rating, "0.5", "5", factor=2),
        "review": review or None,
        "at": common.parse_optional_moment(line.cell("watched date", "date")),
    }
