"""The seats of a room as rows of cells, which templates/cinema/seat_plan.html draws on the site and in the admin."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.text import get_text_list

from cinema.models import SEAT_TRAITS, Place, SeatKind
from cinema.queries.seats import State

# What a seat's state is called. To customers a seat on hold is as good as taken.
CUSTOMER_WORDS = {State.TAKEN: "taken", State.HELD: "taken", State.MINE: "your ticket"}
STAFF_WORDS = {State.FREE: "free", State.TAKEN: "sold", State.HELD: "on hold"}


class Cell(NamedTuple):
    seat: Place
    state: State | None  # None in the plan of a room
    description: str  # "Row A, seat 1, wheelchair place, taken"

    @property
    def css_classes(self) -> str:
        return " ".join(["seat", *self.seat.traits, *([f"is-{self.state}"] if self.state else [])])

    @property
    def can_be_chosen(self) -> bool:
        return self.state in (State.FREE, State.YOURS)


class Row(NamedTuple):
    letter: str  # "" for a line without seats
    cells: list[Cell | None]  # None is a gap

    @property
    def shown(self) -> tuple[tuple[str, str, State | None] | None, ...]:
        """All that a page shows of it."""
        return tuple([cell and (cell.seat.label, cell.description, cell.state) for cell in self.cells])


@dataclass(frozen=True)
class SeatPlan:
    rows: list[Row]  # from the screen, all equally long
    seats_total: int
    traits: Sequence[tuple[SeatKind, int]]  # those that seats have, with the number of seats
    states: set[State | None]

    @property
    def columns(self) -> int:
        return len(self.rows[0].cells) if self.rows else 0

    @property
    def summary(self) -> str:
        """Return, for example, "96 seats, of them 2 wheelchair places and 2 companion seats"."""
        special = [trait.describe_count(number) for trait, number in self.traits]
        text = SeatKind.STANDARD.describe_count(self.seats_total)
        return f"{text}, of them {get_text_list(special, 'and')}" if special else text


def lay_out(seats: Sequence[Place], words: Mapping[State, str] | None = None) -> SeatPlan:
    """Lay the seats out as they stand in the room, without the empty lines and columns around them.

    `words` are the names of the states that the seats have in a session.
    """
    lines: dict[int, dict[int, Cell]] = {}
    for seat in seats:
        state: State | None = getattr(seat, "state", None)
        word = words.get(state) if words and state else None
        description = f"{seat.description}, {word}" if word else seat.description
        lines.setdefault(seat.line, {})[seat.column] = Cell(seat, state, description)
    if not lines:
        return SeatPlan([], 0, [], set())
    letters = {seat.line: seat.row for seat in seats}
    columns = range(min(map(min, lines.values())), max(map(max, lines.values())) + 1)
    rows = [
        Row(letters.get(line, ""), [lines.get(line, {}).get(column) for column in columns])
        for line in range(min(lines), max(lines) + 1)
    ]
    numbers = Counter(trait for seat in seats for trait in seat.traits)
    traits = [(trait, numbers[trait]) for trait in SEAT_TRAITS if numbers[trait]]
    return SeatPlan(rows, len(seats), traits, {cell.state for cells in lines.values() for cell in cells.values()})
