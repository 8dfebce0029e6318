"""Room plans as text: one line of characters for each row of seats, the first nearest to the screen.

    ss_ss       s  seat               A1 A2    A3 A4
    _____       w  wheelchair place
    wc_ss       c  companion seat     B1 B2    B3 B4
                _  nothing: a gap, an aisle

Rows are lettered from the screen, A to Z and then AA, AB ...; a line without seats has no letter. Seats are numbered
from 1 from the left in each row; gaps do not count. Capital letters are read as well.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.text import get_text_list

from cinema.models import Place, Seat

MOST_LINES = 60
MOST_COLUMNS = 60
MOST_SEATS = 2_000
MOST_MISTAKES = 20  # in one answer

LINE_BREAK = re.compile(r"\r\n|\r|\n")
GAP = "_"
KINDS: dict[str, str] = {"s": Seat.Kind.STANDARD, "w": Seat.Kind.WHEELCHAIR, "c": Seat.Kind.COMPANION}
CHARACTERS = {kind: character for character, kind in KINDS.items()}
# What the signs of a plan are called.
NAMES: dict[str, str] = {**{character: str(Seat.Kind(kind).label) for character, kind in KINDS.items()}, GAP: "gap"}
ALLOWED_SIGNS = get_text_list(list(NAMES), "or")


@dataclass(frozen=True)
class Size:
    """The size of a room. `rows` are lines with seats.

    `seats_per_row` is None unless the plan is a plain rectangle of standard seats.
    """

    rows: int
    seats_per_row: int | None
    seats_total: int
    wheelchair_places: int
    companion_seats: int


def parse(text: str) -> list[Place]:
    """Return the places of a plan, from the screen and from the left.

    Raises ValidationError {"plan": [...]} that names the line and the column, both from 1, of every mistake.
    """
    # Blanks and gaps at the end of a line cannot be seen, so they are no mistake.
    lines = [line.rstrip().rstrip(GAP) for line in LINE_BREAK.split(text)]
    while lines and not lines[-1]:
        lines.pop()
    _check_size(lines)
    _check_characters(lines)
    places = [
        place
        for index, line in enumerate(lines)
        if line
        for place in _parse_row(line, index, _row_letter(index, lines))
    ]
    if len(places) > MOST_SEATS:
        raise _plan_error(f"A room has at most {MOST_SEATS:,} seats; these are {len(places):,}.")
    return places


def render(places: Iterable[Place | Seat]) -> str:
    """Return the plan in its normal form: small letters, no gap at the end of a line, `_` for an empty line.

    A text field that trims its text does no harm to this form, even if the plan begins with an empty line.
    """
    lines: dict[int, dict[int, str]] = {}
    for place in places:
        lines.setdefault(place.line, {})[place.column] = CHARACTERS[place.kind]
    return "\n".join(_render_line(lines.get(index, {})) for index in range(max(lines, default=-1) + 1))


def rectangle(rows: int, seats_per_row: int) -> str:
    """Return the plan of a room without gaps. Raises ValidationError by name."""
    errors = {}
    if not 1 <= rows <= MOST_LINES:
        errors["rows"] = [f"Give 1 to {MOST_LINES} rows."]
    if not 1 <= seats_per_row <= MOST_COLUMNS:
        errors["seats_per_row"] = [f"Give 1 to {MOST_COLUMNS} seats in a row."]
    if not errors and rows * seats_per_row > MOST_SEATS:
        errors["rows"] = [f"A room has at most {MOST_SEATS:,} seats; these are {rows * seats_per_row:,}."]
    if errors:
        raise ValidationError(errors)
    return "\n".join(["s" * seats_per_row] * rows)


def measure(places: Sequence[Place | Seat]) -> Size:
    kinds = Counter(place.kind for place in places)
    rows = len({place.line for place in places})
    width = len(places) // rows if rows else 0
    is_plain = bool(rows) and render(places) == "\n".join(["s" * width] * rows)
    return Size(rows, width if is_plain else None, len(places), kinds[Seat.Kind.WHEELCHAIR], kinds[Seat.Kind.COMPANION])


def _check_size(lines: list[str]) -> None:
    if not lines:
        raise _plan_error("A room has at least one seat.")
    if len(lines) > MOST_LINES:
        raise _plan_error(f"At most {MOST_LINES} lines; these are {len(lines):,}.")
    long = [index for index, line in enumerate(lines, start=1) if len(line) > MOST_COLUMNS]
    if long:
        raise _plan_error(*(f"Line {index} has more than {MOST_COLUMNS} columns." for index in long[:MOST_MISTAKES]))


def _check_characters(lines: list[str]) -> None:
    mistakes = [
        f"Line {index}, column {column}: {_printable(character)} does not belong in a plan. Use {ALLOWED_SIGNS}."
        for index, line in enumerate(lines, start=1)
        for column, character in enumerate(line, start=1)
        if character.lower() not in NAMES
    ]
    if mistakes:
        raise _plan_error(*mistakes[:MOST_MISTAKES])


def _printable(character: str) -> str:
    if character == " ":
        return "a space"
    return f"“{character}”" if character.isprintable() else f"the character U+{ord(character):04X}"


def _parse_row(line: str, index: int, row: str) -> list[Place]:
    seats = [(column, character) for column, character in enumerate(line.lower()) if character != GAP]
    return [
        Place(row, number, KINDS[character], index, column) for number, (column, character) in enumerate(seats, start=1)
    ]


def _row_letter(index: int, lines: list[str]) -> str:
    """Return the letter of the line at `index`: A, B, ... Z, AA, AB, ..., lines without seats left out."""
    before = sum(bool(line) for line in lines[:index])
    first, last = divmod(before, 26)
    return (chr(ord("A") + first - 1) if first else "") + chr(ord("A") + last)


def _render_line(characters: dict[int, str]) -> str:
    return "".join(characters.get(column, GAP) for column in range(max(characters, default=0) + 1))


def _plan_error(*mistakes: str) -> ValidationError:
    return ValidationError({"plan": list(mistakes)})
