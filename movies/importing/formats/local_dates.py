"""Dates as spreadsheets and old exports write them, made ISO 8601 where it is certain which day they mean."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from movies.importing.rows import Line

DATE_COLUMN = re.compile(r"date|_at$|^created$|^modified$|^watchedat$|^addedat$")
YEAR_LAST = re.compile(r"([0-9]{1,2})([./-]) ?([0-9]{1,2})\2 ?([0-9]{4})\.?(?:[ T,].*)?")
YEAR_FIRST = re.compile(r"([0-9]{4})([./]) ?([0-9]{1,2})\2 ?([0-9]{1,2})\.?(?:[ T,].*)?")
# "Sat Dec 31 00:00:00 2016", as IMDb wrote until 2017.
UNIX = "%a %b %d %H:%M:%S %Y"


def make_iso(columns: Iterable[str], lines: Iterable[Line]) -> Iterator[Line]:
    """Yield the lines with their certain dates in ISO 8601; other cells stay as they are.

    13.01.2024 is certain: where dots are used, the day comes first. 03/04/2024 is either of two
    days, unless another date of the file can only be read in one order.
    """
    names = [name for name in columns if DATE_COLUMN.search(name)]
    lines = list(lines)
    month_first = _find_order(line.cells.get(name, "") for line in lines for name in names)
    for line in lines:
        found = {name: _to_iso(line.cells[name].strip(), month_first) for name in names if line.cells.get(name)}
        changed = {name: text for name, text in found.items() if text}
        yield Line(line.number, {**line.cells, **changed}) if changed else line


def _find_order(texts: Iterable[str]) -> bool | None:
    """Return whether months come first, None where no date tells or two dates contradict each other."""
    orders = set()
    for text in texts:
        match = YEAR_LAST.fullmatch(text.strip())
        if match and match[2] != ".":
            first, second = int(match[1]), int(match[3])
            if first > 12 or second > 12:
                orders.add(second > 12)
    return orders.pop() if len(orders) == 1 else None


def _to_iso(text: str, month_first: bool | None) -> str:
    """Return the day in ISO 8601; an empty text where it is uncertain, impossible, or no such date."""
    try:
        if match := YEAR_FIRST.fullmatch(text):
            return date(int(match[1]), int(match[3]), int(match[4])).isoformat()
        if match := YEAR_LAST.fullmatch(text):
            first, second, year = int(match[1]), int(match[3]), int(match[4])
            if match[2] == "." or first == second:
                return date(year, second, first).isoformat()
            if month_first is None:
                return ""
            return date(year, *((first, second) if month_first else (second, first))).isoformat()
        return datetime.strptime(text, UNIX).date().isoformat() if text[:1].isalpha() else ""  # noqa: DTZ007
    except ValueError:
        return ""
