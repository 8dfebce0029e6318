"""The seats of a room as rows of cells, which templates/cinema/seat_plan.html draws on the site and in the admin."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from django.utils.text import get_text_list

from cinema.models import Seat
from cinema.queries.seats import State

# What a seat's state is called. To customers a seat on hold is as good as taken.
CUSTOMER_WORDS = {State.TAKEN: "taken", State.HELD: "taken", State.MINE: "your ticket"}
STAFF_WORDS = {State.FREE: "free", State.TAKEN: "sold", State.HELD: "on hold"}


class Placed(Protocol):
    """A seat, or a place of a typed plan. In the plan of a session it has a `state` too."""

    @property
    def row(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def label(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


class Cell(NamedTuple):
    label: str
    number: int
    kind: str
    state: State | None  # None in the plan of a room
    description: str  # "Row A, seat 1, wheelchair place, taken"

    @property
    def can_be_chosen(self) -> bool:
        return self.state in (State.FREE, State.YOURS)


class Row(NamedTuple):
    letter: str  # "" for a line without seats
    cells: list[Cell | None]  # None is a gap


@dataclass(frozen=True)
class SeatPlan:
    rows: list[Row]  # from the screen, all equally long
    counts: dict[str, int]  # seats by kind
    states: set[State | None]

    @property
    def columns(self) -> int:
        return len(self.rows[0].cells) if self.rows else 0

    @property
    def summary(self) -> str:
        """Return, for example, "96 seats, of them 2 wheelchair places and 2 companion seats"."""
        total = sum(self.counts.values())
        special = [
            f"{number} {Seat.Kind(kind).label}{'' if number == 1 else 's'}"
            for kind, number in sorted(self.counts.items(), reverse=True)
            if kind != Seat.Kind.STANDARD and number
        ]
        text = f"{total} seat{'' if total == 1 else 's'}"
        return f"{text}, of them {get_text_list(special, 'and')}" if special else text


def lay_out(seats: Iterable[Placed], words: Mapping[State, str] | None = None) -> SeatPlan:
    """Lay the seats out as they stand in the room, without the empty lines and columns around them.

    `words` are the names of the states that the seats have in a session.
    """
    lines: dict[int, dict[int, Cell]] = {}
    letters: dict[int, str] = {}
    counts = dict.fromkeys(Seat.Kind.values, 0)
    for seat in seats:
        state: State | None = getattr(seat, "state", None)
        description = _describe(seat, words.get(state, "") if words and state else "")
        lines.setdefault(seat.line, {})[seat.column] = Cell(seat.label, seat.number, seat.kind, state, description)
        letters[seat.line] = seat.row
        counts[seat.kind] += 1
    if not lines:
        return SeatPlan([], counts, set())
    columns = range(min(map(min, lines.values())), max(map(max, lines.values())) + 1)
    rows = [
        Row(letters.get(line, ""), [lines.get(line, {}).get(column) for column in columns])
        for line in range(min(lines), max(lines) + 1)
    ]
    return SeatPlan(rows, counts, {cell.state for cells in lines.values() for cell in cells.values()})


def _describe(seat: Placed, state: str) -> str:
    kind = "" if seat.kind == Seat.Kind.STANDARD else Seat.Kind(seat.kind).label
    return ", ".join(part for part in (f"Row {seat.row}", f"seat {seat.number}", kind, state) if part)
