"""Lines and rows, and the parsing of cells that all sources share."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date, parse_datetime

from common.text import strip_invisible
from movies.library import ratings
from movies.models import LibraryImportRow
from movies.models.limits import FIRST_YEAR, LAST_YEAR

Kind = LibraryImportRow.Kind

IMDB_ID = re.compile(r"tt[0-9]{7,10}")
LARGEST_ID = 2_147_483_647
LONGEST_TITLE = 500
YEARS = range(FIRST_YEAR, LAST_YEAR + 1)
LENGTH_OF_DAY = len("2024-05-03")
TRUE, FALSE = {"true", "yes", "1", "x"}, {"false", "no", "0", ""}


class Problem(ValueError):
    """A line cannot be imported; its text is a message for the user."""


class Line(NamedTuple):
    """A line of a CSV file: its cells by column, whose names are lower case with single spaces."""

    number: int
    cells: Mapping[str, str]

    def cell(self, *columns: str) -> str:
        """Return the first of these cells that is not empty, or an empty text."""
        return next((text for column in columns if (text := self.cells.get(column, "").strip())), "")


@dataclass(frozen=True, slots=True)
class Row:
    """One rating, viewing, watchlist item or own film of a line. A row with a `problem` is shown but not imported.

    `said`: the film (title, original_title, year, imdb_id, tmdb_id, marquee_id), and by kind
    rating: rating 1-10, review?, at, changed_at?; watchlist: is_favorite?, at; viewing: at, sometime?;
    film: facts. `at` is a day or a time in ISO 8601. Values that the source does not have are left out.
    """

    line: int
    kind: Kind
    said: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    # The line of the same file that replaces this one.
    superseded_by: int | None = None


def read_row(
    line: Line,
    kind: Kind,
    read_film: Callable[[Line], dict[str, Any]],
    read_values: Callable[[Line], dict[str, Any] | None],
) -> Iterator[Row]:
    """Yield the row of this kind, with its problem if there is one; nothing when `read_values` returns None."""
    said: dict[str, Any] = {}
    try:
        said |= _without_none(read_film(line))
        if (values := read_values(line)) is not None:
            yield Row(line.number, kind, said | _without_none(values))
    except Problem as problem:
        title = shorten(strip_invisible(line.cell("title", "name")), LONGEST_TITLE)
        yield Row(line.number, kind, said or _without_none({"title": title or None}), str(problem))


def film_values(
    title: str, year: str = "", original_title: str = "", imdb_id: str = "", tmdb_id: str = ""
) -> dict[str, Any]:
    """Return the values that identify a film. Raises Problem when there are none, or one is invalid."""
    title, original_title = strip_invisible(title).strip(), strip_invisible(original_title).strip()
    if not (title or imdb_id or tmdb_id):
        raise Problem("There is no title.")
    if len(title) > LONGEST_TITLE or len(original_title) > LONGEST_TITLE:
        raise Problem("The title is too long.")
    return {
        "title": title or None,
        "original_title": original_title or None,
        "year": parse_year(year) if year else None,
        "imdb_id": parse_imdb_id(imdb_id) if imdb_id else None,
        "tmdb_id": parse_id(tmdb_id, "TMDB id") if tmdb_id else None,
    }


def parse_number(text: str, name: str, least: int, most: int) -> int:
    """Return a whole number; Excel may have written 1999 as 1999.0. Raises Problem."""
    whole = re.fullmatch(r"([0-9]{1,10})(\.0)?", text)
    if not whole or not least <= int(whole[1]) <= most:
        raise Problem(f"“{shorten(text)}” is not a {name}.")
    return int(whole[1])


def parse_year(text: str) -> int:
    return parse_number(text, f"year from {YEARS[0]} to {YEARS[-1]}", YEARS[0], YEARS[-1])


def parse_imdb_id(text: str) -> str:
    if not IMDB_ID.fullmatch(text):
        raise Problem(f"“{shorten(text)}” is not an IMDb id.")
    return text


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


def day_or_time(text: str) -> date | datetime:
    """Return the value of a text that `parse_moment` returned."""
    return date.fromisoformat(text) if len(text) == LENGTH_OF_DAY else datetime.fromisoformat(text)


def parse_optional_moment(text: str) -> str | None:
    return parse_moment(text) if text else None


def shorten(text: str, length: int = 40) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def mark_superseded(rows: list[Row]) -> list[Row]:
    """Return `rows` with all but the last of several ratings (or watchlist items) of one film superseded.

    The last is the one with the latest date, then the one furthest down. A diary rates a film at each viewing.
    """
    last: dict[Any, Row] = {}
    for each in rows:
        if not each.problem and each.kind in {Kind.RATING, Kind.WATCHLIST}:
            key = _film_key(each)
            if key not in last or each.said.get("at", "") >= last[key].said.get("at", ""):
                last[key] = each
    return [
        Row(each.line, each.kind, each.said, each.problem, winner.line)
        if (winner := last.get(_film_key(each))) and winner is not each and not each.problem
        else each
        for each in rows
    ]


def _film_key(row: Row) -> Any:
    """Return a key that is equal for two rows about the same film, as far as the file alone can tell."""
    said = row.said
    for name in ("marquee_id", "imdb_id", "tmdb_id"):
        if name in said:
            return row.kind, name, said[name]
    return row.kind, said.get("title", "").casefold(), said.get("year")


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
