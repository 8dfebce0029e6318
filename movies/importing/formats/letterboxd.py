"""Letterboxd's export, its lists, and its own import format, which other programs write (half stars, 0.5 to 5).

Of the export: ratings.csv, diary.csv, reviews.csv, watched.csv, watchlist.csv and likes/films.csv.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from movies.importing import rows as common
from movies.importing.reading import NotReadable
from movies.importing.rows import Kind, LeftOut, Line, Problem, Row

EXPORT = {"name", "letterboxd uri"}
LIST = {"position", "name", "url"}
FILM = {"letterboxduri", "tmdbid", "imdbid", "title"}
IMPORT = {"letterboxduri", "tmdbid", "imdbid", "rating10", "watcheddate", "rewatch"}
# Of other sources, whose files have some of the same columns.
FOREIGN = {"const", "simkl_id", "marquee_id", "trakt_id", "watchedat", "userrating", "addedat"}
IN_LISTS = ("film of a list, because Marquee has no lists", "films of lists, because Marquee has no lists")
# The folder of likes has what other people wrote, too.
LIKED = ("review or list of another person that you liked", "reviews and lists of other people that you liked")
# The tags that Letterboxd allows in reviews; other angle brackets are part of the text.
TAGS = re.compile(r"</?(?:a|b|blockquote|cite|del|em|i|ins|li|ol|p|s|small|span|strong|sub|sup|u|ul)\b[^<>]*>", re.I)
LINE_END, PARAGRAPH_END = re.compile(r"<br\b[^<>]*>", re.I), re.compile(r"</p\b[^<>]*>\s*", re.I)


def recognises(columns: frozenset[str]) -> bool:
    is_import = columns & FILM and columns & IMPORT and not columns & FOREIGN
    return columns >= EXPORT or columns >= LIST or bool(is_import)


def read_rows(columns: frozenset[str], lines: Iterable[Line], filename: str) -> Iterator[Row | LeftOut]:
    path = PurePosixPath(filename.casefold())
    is_in_folder = len(path.parts) > 1
    if columns >= LIST and is_in_folder:
        yield LeftOut(*IN_LISTS, len(list(lines)))
        return
    if "likes" in path.parts[:-1] and path.name != "films.csv":
        yield LeftOut(*LIKED, len(list(lines)))
        return
    is_import = not (columns >= EXPORT or columns >= LIST)
    read_film = _read_film_to_import if is_import else _read_film
    parts = list(_readers_of_import(columns) if is_import else _readers(columns, filename))
    is_current = "rating" in columns and "watched date" not in columns
    for line in lines:
        for kind, read_values in parts:
            for row in common.read_row(line, kind, read_film, read_values):
                yield replace(row, is_current=is_current and kind == Kind.RATING)


def _readers(columns: frozenset[str], filename: str) -> Iterator[tuple[Kind, Callable[[Line], Any]]]:
    """Yield the kinds of rows in each line, with the function that reads them."""
    if "watched date" in columns:
        yield Kind.VIEWING, _read_viewing
    if "rating" in columns:
        yield Kind.RATING, partial(_read_rating, ("watched date", "date"))
    if not {"watched date", "rating"} & columns:
        yield _reader_by_name(columns, filename)


def _reader_by_name(columns: frozenset[str], filename: str) -> tuple[Kind, Callable[[Line], Any]]:
    """Return the kind of a file by its name, which alone tells it: watched films, watchlist and likes look alike."""
    path = PurePosixPath(filename.casefold())
    if columns >= LIST or "watchlist" in path.name:
        return Kind.WATCHLIST, _read_day
    if "like" in str(path) or path.name == "films.csv":
        return Kind.FAVORITE, _read_day
    if "watched" in path.name:
        return Kind.VIEWING, _read_undated_viewing
    raise NotReadable("Letterboxd's watched.csv and watchlist.csv look alike: keep the file's original name.")


def _readers_of_import(columns: frozenset[str]) -> Iterator[tuple[Kind, Callable[[Line], Any]]]:
    """Yield the same for the import format; a file of films alone is a watchlist."""
    if "watcheddate" in columns:
        yield Kind.VIEWING, partial(_read_viewing, column="watcheddate")
    if {"rating", "rating10", "review"} & columns:
        yield Kind.RATING, partial(_read_rating, ("watcheddate",))
    if not {"watcheddate", "rating", "rating10", "review"} & columns:
        yield Kind.WATCHLIST, _read_day


def _read_film(line: Line) -> dict[str, Any]:
    return common.read_film(line, title="name")


def _read_film_to_import(line: Line) -> dict[str, Any]:
    return common.read_film(common.unescape_titles(line, "title"), imdb_id="imdbid", tmdb_id="tmdbid")


def _read_viewing(line: Line, column: str = "watched date") -> dict[str, Any] | None:
    """Read a viewing; None for a review without one."""
    day = line.cell(column)
    return {"at": common.parse_moment(day)} if day else None


def _read_undated_viewing(line: Line) -> dict[str, Any]:
    """Read a viewing whose day is only when the film was marked as watched: any viewing in the library replaces it."""
    return {"at": common.read_viewing_day(line, "date"), "sometime": True}


def _read_day(line: Line) -> dict[str, Any]:
    return {"at": common.read_moment(line, "date")}


def _read_rating(days: tuple[str, ...], line: Line) -> dict[str, Any] | None:
    """Read a rating, a review, or both; None where there is neither."""
    review = line.optional("review", _parse_review, "review") or None
    if not line.cell("rating10", "rating") and review is None:
        if line.remarks and line.cell("review"):
            raise Problem(line.remarks[-1])
        return None
    # Without a review the rating is all that the line says, so it must be readable.
    rating = line.optional("rating", partial(_parse_rating, line), "rating10", "rating")
    if rating is None and review is None:
        raise Problem(line.remarks[-1].partition(": ")[2])
    return {"rating": rating, "review": review, "at": common.read_moment(line, *days)}


def _parse_rating(line: Line, text: str) -> int:
    if line.cell("rating10"):
        return common.parse_rating(text, "1", "10")
    return common.parse_rating(text, "0.5", "5", factor=2)


def _parse_review(text: str) -> str:
    """Return the text of a review, whose tags and entities are HTML. Raises Problem."""
    text = PARAGRAPH_END.sub("\n\n", LINE_END.sub("\n", text))
    return common.parse_review(html.unescape(TAGS.sub("", text)))
