"""Letterboxd's export: ratings.csv, diary.csv, reviews.csv, watched.csv and watchlist.csv (half stars, 0.5 to 5)."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from movies.importing import rows as common
from movies.importing.reading import NotReadable
from movies.importing.rows import Kind, Line, Problem, Row

NO_RATING = "A review without a rating cannot be kept here."


def recognises(columns: frozenset[str]) -> bool:
    return {"name", "letterboxd uri"} <= columns


def rows(columns: frozenset[str], lines: Iterable[Line], filename: str) -> Iterator[Row]:
    parts = list(parts_of(columns, filename))
    for line in lines:
        for kind, said in parts:
            yield from common.attempt(line, kind, film, said)


def parts_of(columns: frozenset[str], filename: str) -> Iterator[tuple[Kind, Callable[[Line], Any]]]:
    """What each line is, and what reads it."""
    if "watched date" in columns:
        yield Kind.VIEWING, watched
    if "rating" in columns:
        yield Kind.RATING, rated
    if not {"watched date", "rating"} & columns:
        # Both have the same columns, so only their names tell them apart.
        if "watchlist" in filename.casefold():
            yield Kind.WATCHLIST, partial(dated, "date")
        elif "watched" in filename.casefold():
            yield Kind.VIEWING, seen
        else:
            raise NotReadable(
                "Letterboxd's watched.csv and watchlist.csv look alike: let the file keep the name it came with."
            )


def film(line: Line) -> dict[str, Any]:
    return common.film(line.cell("name"), line.cell("year"))


def watched(line: Line) -> dict[str, Any] | None:
    """A review need not be of a viewing."""
    day = line.cell("watched date")
    return {"at": common.parse_moment(day)} if day else None


def seen(line: Line) -> dict[str, Any]:
    """The day is when the film was marked as watched, so any viewing that is known already is as good."""
    return {"at": common.parse_moment(line.cell("date")), "sometime": True}


def dated(column: str, line: Line) -> dict[str, Any]:
    return {"at": common.optional_moment(line.cell(column))}


def rated(line: Line) -> dict[str, Any] | None:
    rating, review = line.cell("rating"), common.parse_review(line.cells.get("review", ""))
    if not rating:
        if review:
            raise Problem(NO_RATING)
        return None
    return {
        "rating": common.parse_rating(rating, "0.5", "5", factor=2),
        "review": review or None,
        "at": common.optional_moment(line.cell("watched date", "date")),
    }
