"""Lines and rows, and the parsing of cells that all sources share."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, NamedTuple, TypeVar

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date, parse_datetime

from common.files import csv_cells
from common.text import strip_invisible
from movies.library import history, ratings
from movies.models import LibraryImportRow
from movies.models.limits import FIRST_YEAR, LAST_YEAR

Kind = LibraryImportRow.Kind

IMDB_ID = re.compile(r"tt[0-9]{7,10}")
LARGEST_ID = 2_147_483_647
LONGEST_TITLE = 500
YEARS = range(FIRST_YEAR, LAST_YEAR + 1)
LENGTH_OF_DAY = len("2024-05-03")
TRUE, FALSE = {"true", "yes", "1", "x"}, {"false", "no", "0", ""}


Value = TypeVar("Value")


class Problem(ValueError):
    """A line cannot be imported; its text is a message for the user."""


class LeftOut(NamedTuple):
    """A number of entries of a file that make no row."""

    one: str
    several: str
    number: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a CSV file: its cells by column, whose names are lower case with single spaces."""

    number: int
    cells: Mapping[str, str]
    # What was left out of the row that is being read, as sentences.
    remarks: list[str] = field(default_factory=list)

    def optional(self, name: str, parse: Callable[[str], Value], *columns: str) -> Value | None:
        """Return the parsed cell. One that cannot be read is left out with a remark, and never refuses the row."""
        text = self.cell(*columns)
        try:
            return parse(text) if text else None
        except Problem as problem:
            self.remarks.append(f"The {name} was left out: {problem}")
            return None

    def cell(self, *columns: str) -> str:
        """Return the first of these cells that is not empty, or an empty text."""
        return next((text for column in columns if (text := self.cells.get(column, "").strip())), "")


@dataclass(frozen=True, slots=True)
class Row:
    """One rating, viewing, watchlist item or own film of a line. A row with a `problem` is shown but not imported.

    `said`: the film (title, original_title, year, imdb_id, tmdb_id, marquee_id), and by kind
    rating: rating 1-10 or review or both, at, changed_at?; watchlist: is_favorite?, at; favorite: at;
    viewing: at, sometime?; film: facts. `at` is a day or a time in ISO 8601. Values that the source does not have are
    left out.
    """

    line: int
    kind: Kind
    said: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    # What was left out of the line.
    note: str = ""
    # The file of a zip.
    file: str = ""
    # Whether the source says that this rating is the one that counts, whatever its date.
    is_current: bool = False
    # The line that replaces this one, of the same file or another one of the zip.
    superseded_by: int | None = None
    superseded_in: str = ""
    # Whether the review of this line, or its mark as a favourite, is taken with that one.
    is_merged: bool = False
    # Our film, once it is known.
    film: int | None = None


def read_row(
    line: Line,
    kind: Kind,
    read_film: Callable[[Line], dict[str, Any]],
    read_values: Callable[[Line], dict[str, Any] | None],
) -> Iterator[Row]:
    """Yield the row of this kind, with its problem if there is one; nothing when `read_values` returns None."""
    said: dict[str, Any] = {}
    line.remarks.clear()
    try:
        said |= _without_none(read_film(line))
        if (values := read_values(line)) is not None:
            yield Row(line.number, kind, said | _without_none(values), note=" ".join(line.remarks))
    except Problem as problem:
        title = shorten(strip_invisible(line.cell("title", "name")), LONGEST_TITLE)
        yield Row(line.number, kind, said or _without_none({"title": title or None}), str(problem))


def read_film(
    line: Line,
    title: str = "title",
    original_title: str = "original title",
    imdb_id: str = "imdb_id",
    tmdb_id: str = "tmdb_id",
    year: str = "year",
) -> dict[str, Any]:
    """Return the values that identify a film, from the columns of these names.

    Raises Problem when none identifies it. One that cannot be read is left out with a remark where another one does.
    """
    if not line.cell(title, imdb_id, tmdb_id):
        raise Problem("There is no title.")
    values = {
        "title": line.optional("title", parse_title, title) or None,
        "original_title": line.optional("original title", parse_title, original_title) or None,
        "year": line.optional("year", parse_year, year),
        "imdb_id": line.optional("IMDb id", parse_imdb_id, imdb_id),
        "tmdb_id": line.optional("TMDB id", parse_tmdb_id, tmdb_id),
    }
    if not (values["title"] or values["imdb_id"] or values["tmdb_id"]):
        raise Problem(" ".join(line.remarks) or "There is no title.")
    return values


def unescape_titles(line: Line, *columns: str) -> Line:
    """Return the line with its titles as they were before our own export escaped them for spreadsheets."""
    titles = {name: csv_cells.unescape(line.cells[name]) for name in columns if name in line.cells}
    return Line(line.number, {**line.cells, **titles}, line.remarks)


def read_moment(line: Line, *columns: str) -> str | None:
    """Return the day or time of the first of these cells that is not empty.

    Returns None, with a remark, for one that cannot be read, and for one at which no film can have been seen.
    """
    return line.optional("day", _parse_possible_moment, *columns)


def read_viewing_day(line: Line, *columns: str) -> str:
    """Return the day or time of a viewing, which is all that it says. Raises Problem without one."""
    text = line.cell(*columns)
    if not text:
        raise Problem("The file has no day for this viewing, and your history needs one.")
    return parse_moment(text)


def parse_number(text: str, name: str, least: int, most: int) -> int:
    """Return a whole number; Excel may have written 1999 as 1999.0. Raises Problem."""
    whole = re.fullmatch(r"([0-9]{1,10})([.,]0)?", text)
    if not whole or not least <= int(whole[1]) <= most:
        raise Problem(f"“{shorten(text)}” is not a {name}.")
    return int(whole[1])


def parse_year(text: str) -> int:
    return parse_number(text, f"year from {YEARS[0]} to {YEARS[-1]}", YEARS[0], YEARS[-1])


def parse_title(text: str) -> str:
    """Return the title without invisible signs, which may leave nothing of it. Raises Problem."""
    text = strip_invisible(text).strip()
    if len(text) > LONGEST_TITLE:
        raise Problem(f"It has more than {LONGEST_TITLE} characters.")
    return text


def parse_imdb_id(text: str) -> str:
    if not IMDB_ID.fullmatch(text):
        raise Problem(f"“{shorten(text)}” is not an IMDb id.")
    return text


def parse_tmdb_id(text: str) -> int:
    return parse_id(text, "TMDB id")


def parse_id(text: str, name: str) -> int:
    return parse_number(text, name, 1, LARGEST_ID)


def parse_rating(text: str, lowest: str, highest: str, factor: int = 1) -> int:
    """Return a rating from 1 to 10. Raises Problem.

    `lowest` and `highest` are in the units of the source, of which one is `factor` of ours.
    """
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not Decimal(lowest) <= value <= Decimal(highest) or (value * factor) % 1:
        steps = " in halves" if factor == 2 else ", whole"
        raise Problem(f"“{shorten(text)}” is not a rating from {lowest} to {highest}{steps}.")
    return int(value * factor)


def round_rating(line: Line, column: str) -> int:
    """Return the rating from 1 to 10 nearest to one from 0.5 to 10, with a remark if it was rounded. Raises Problem."""
    halves = parse_rating(line.cell(column), "0.5", "10", factor=2)
    rating = int((Decimal(halves) / 2).to_integral_value(ROUND_HALF_UP))
    if 2 * rating != halves:
        line.remarks.append(f"The rating was rounded from {halves / 2:g} to {rating}.")
    return rating


def parse_review(text: str) -> str:
    try:
        return ratings.clean_review(text)
    except ValidationError as error:
        raise Problem(" ".join(error.messages)) from error


def parse_flag(text: str) -> bool:
    if text.casefold() not in TRUE | FALSE:
        raise Problem(f"“{shorten(text)}” is neither true nor false.")
    return text.casefold() in TRUE


def parse_moment(text: str) -> str:
    """Return a day (2024-05-03) or a time with its zone (UTC if it has none), both in ISO 8601. Raises Problem."""
    try:
        day, time = parse_date(text), parse_datetime(text.removesuffix(" UTC"))
    except ValueError:
        day = time = None
    if len(text) <= LENGTH_OF_DAY and day is not None and day.year in YEARS:
        return day.isoformat()
    if len(text) > LENGTH_OF_DAY and time is not None and time.year in YEARS:
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    raise Problem(f"“{shorten(text)}” is not a date such as 2024-05-03.")


def _parse_possible_moment(text: str) -> str:
    moment = parse_moment(text)
    if fault := history.find_fault(to_moment(moment)):
        raise Problem(fault)
    return moment


def to_moment(text: str) -> datetime:
    """Return the time of a text that `parse_moment` returned, for a day its noon."""
    at = day_or_time(text)
    return at if isinstance(at, datetime) else history.noon_of(at)


def day_or_time(text: str) -> date | datetime:
    """Return the value of a text that `parse_moment` returned."""
    return date.fromisoformat(text) if len(text) == LENGTH_OF_DAY else datetime.fromisoformat(text)


def shorten(text: str, length: int = 40) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
