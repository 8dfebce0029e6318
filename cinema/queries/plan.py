"""The layout of a session's seats as they stand in the room."""

from collections.abc import Sequence
from typing import NamedTuple

from cinema.queries.seats import SeatOnMap


class Line(NamedTuple):
    """One line of the room; `row` is "" in a line without seats. A place of None is a gap."""

    row: str
    places: list[SeatOnMap | None]


def lines(seats: Sequence[SeatOnMap]) -> list[Line]:
    """Return the lines from the screen on, equally long, without the empty columns at either side."""
    if not seats:
        return []
    columns = range(min(seat.column for seat in seats), max(seat.column for seat in seats) + 1)
    by_place = {(seat.line, seat.column): seat for seat in seats}
    letters = {seat.line: seat.row for seat in seats}
    numbers = range(min(letters), max(letters) + 1)
    return [Line(letters.get(line, ""), [by_place.get((line, column)) for column in columns]) for line in numbers]
