"""What the sources have in common: numbered lines, rows in our units, and how their cells are understood."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date, parse_datetime

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
    """What is wrong with a line, as a sentence."""


class Line(NamedTuple):
    """A line of a CSV file: its cells by column, whose names are lower case with single spaces."""

    number: int
    cells: Mapping[str, str]

    def cell(self, *columns: str) -> str:
        """The first of these that is not empty."""
        return next((text for column in columns if (text := self.cells.get(column, "").strip())), "")


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that a line says. A row with a `problem` is shown and never brought in.

    `said`: who the film is (title, original_title, year, imdb_id, tmdb_id, marquee_id), and by kind
    rating: rating 1-10, review?, at, changed_at?; watchlist: is_favorite?, at; viewing: at, sometime?;
    film: facts. `at` is a day or a time of ISO 8601. What a source does not say is left out.
    """

    line: int
    kind: Kind
    said: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    # Decided while reading: another line of the same file says it later.
    superseded_by: int | None = None


def attempt(
    line: Line,
    kind: Kind,
    who: Callable[[Line], dict[str, Any]],
    what: Callable[[Line], dict[str, Any] | None],
) -> Iterator[Row]:
    """The row that a line is, with its problem if it has one; none when `what` finds nothing of this kind."""
    said: dict[str, Any] = {}
    try:
        said |= without_nothing(who(line))
        if (found := what(line)) is not None:
            yield Row(line.number, kind, said | without_nothing(found))
    except Problem as problem:
        title = shortened(line.cell("title", "name"), LONGEST_TITLE)
        yield Row(line.number, kind, said or without_nothing({"title": title or None}), str(problem))


def without_nothing(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def film(title: str, year: str = "", original_title: str = "", imdb_id: str = "", tmdb_id: str = "") -> dict[str, Any]:
    """Who a film is. Raises Problem when nothing tells it, or a value is none."""
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
    """A whole one; Excel may have written 1999 as 1999.0."""
    whole = re.fullmatch(r"([0-9]{1,10})(\.0)?", text)
    if not whole or not least <= int(whole[1]) <= most:
        raise Problem(f"“{shortened(text)}” is not a {name}.")
    return int(whole[1])


def parse_year(text: str) -> int:
    return parse_number(text, f"year from {YEARS[0]} to {YEARS[-1]}", YEARS[0], YEARS[-1])


def parse_imdb_id(text: str) -> str:
    if not IMDB_ID.fullmatch(text):
        raise Problem(f"“{shortened(text)}” is not an IMDb id.")
    return text


def parse_id(text: str, name: str) -> int:
    return parse_number(text, name, 1, LARGEST_ID)


def parse_rating(text: str, lowest: str, highest: str, factor: int = 1) -> int:
    """1 to 10; `lowest` and `highest` are in the source's own units, of which one is `factor` of ours."""
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not Decimal(lowest) <= value <= Decimal(highest) or (value * factor) % 1:
        steps = " in halves" if factor == 2 else ", whole"
        raise Problem(f"“{shortened(text)}” is not a rating from {lowest} to {highest}{steps}.")
    return int(value * factor)


def parse_review(text: str) -> str:
    try:
        return ratings.cleaned(text)
    except ValidationError as error:
        raise Problem(" ".join(error.messages)) from error


def parse_flag(text: str) -> bool:
    if text.casefold() not in TRUE | FALSE:
        raise Problem(f"“{shortened(text)}” is neither true nor false.")
    return text.casefold() in TRUE


def parse_moment(text: str) -> str:
    """A day (2024-05-03) or a time with its zone (UTC where it has none), in ISO 8601 either way."""
    try:
        day, time = parse_date(text), parse_datetime(text.removesuffix(" UTC"))
    except ValueError:
        day = time = None
    if len(text) <= LENGTH_OF_DAY and day is not None and day.year in YEARS:
        return day.isoformat()
    if len(text) > LENGTH_OF_DAY and time is not None and time.year in YEARS:
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    raise Problem(f"“{shortened(text)}” is not a date such as 2024-05-03.")


def day_or_time(text: str) -> date | datetime:
    """What `parse_moment` made."""
    return date.fromisoformat(text) if len(text) == LENGTH_OF_DAY else datetime.fromisoformat(text)


def optional_moment(text: str) -> str | None:
    return parse_moment(text) if text else None


def shortened(text: str, length: int = 40) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def latest(rows: list[Row]) -> list[Row]:
    """`rows` where of several ratings (or watchlist entries) of one film all but the last are superseded: the one
    with the latest date counts, then the one furthest down. A diary rates a film each time it is seen."""
    last: dict[Any, Row] = {}
    for each in rows:
        if not each.problem and each.kind in {Kind.RATING, Kind.WATCHLIST}:
            key = identity(each)
            if key not in last or each.said.get("at", "") >= last[key].said.get("at", ""):
                last[key] = each
    return [
        Row(each.line, each.kind, each.said, each.problem, winner.line)
        if (winner := last.get(identity(each))) and winner is not each and not each.problem
        else each
        for each in rows
    ]


def identity(row: Row) -> Any:
    """What tells, without asking the database, that two rows of a file are about one film."""
    said = row.said
    for name in ("marquee_id", "imdb_id", "tmdb_id"):
        if name in said:
            return row.kind, name, said[name]
    return row.kind, said.get("title", "").casefold(), said.get("year")
