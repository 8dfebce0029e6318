"""The choice of the best free seats for a group that wants to sit together. Pure functions, no database.

The best place is the middle of a row about two thirds of the way back from the screen. A group is kept together; where
that is impossible, it is split into as few parts as possible, near one another, and no one sits alone if it can be
avoided. A single free seat, which is hard to sell, is left over only where the next best place is much worse.
"""

from collections.abc import Collection, Iterator, Sequence
from heapq import nsmallest
from itertools import groupby
from typing import NamedTuple

FROM_SCREEN = 2 / 3
ROW_WEIGHT = 1.5  # one row off is as bad as one and a half places to the side
SINGLE_PENALTY = 20.0
ODD_PENALTY = 2.0
STARTS = 20  # places for the first part that are tried when the group cannot sit together


class Place(NamedTuple):
    """A seat's id, and where it stands in the plan (see cinema.models.Seat)."""

    pk: int
    line: int
    column: int


Point = tuple[float, float]


class Group(NamedTuple):
    """People side by side: `size` places of `run` from `start`. The first three fields rank it, the smallest first.

    Of two equally good ones the row further back comes first, then the place further left.
    """

    cost: float
    towards_screen: int
    column: int
    run: list[Place]
    start: int
    size: int

    @property
    def places(self) -> list[Place]:
        return self.run[self.start : self.start + self.size]

    @property
    def centre(self) -> Point:
        first, last = self.places[0], self.places[-1]
        return first.line, (first.column + last.column) / 2


def choose_best(room: Collection[Place], free: Sequence[Place], quantity: int) -> list[Place] | None:
    """Return `quantity` of the `free` places, or None if there are too few. `room`: all places, to find the middle."""
    if quantity > len(free):
        return None
    runs = list(_runs(free))
    firsts = _next_groups(runs, quantity, _best_point(room))
    tried = (_seat_groups(runs, first, quantity) for first in nsmallest(STARTS, firsts, key=_rank))
    groups = min(tried, key=lambda groups: (len(groups), sum(group.cost for group in groups)))
    return [place for group in groups for place in group.places]


def _runs(free: Sequence[Place]) -> Iterator[list[Place]]:
    """Yield the longest runs of free places side by side; a gap or a taken seat ends a run."""
    ordered = sorted(free, key=lambda place: (place.line, place.column))
    # Along a run the column grows as the position does, so their difference stays.
    numbered = enumerate(ordered)
    for _, run in groupby(numbered, key=lambda item: (item[1].line, item[1].column - item[0])):
        yield [place for _, place in run]


def _best_point(room: Collection[Place]) -> Point:
    lines = [place.line for place in room]
    columns = [place.column for place in room]
    return min(lines) + (max(lines) - min(lines)) * FROM_SCREEN, (min(columns) + max(columns)) / 2


def _seat_groups(runs: Sequence[list[Place]], first: Group, quantity: int) -> list[Group]:
    """Return groups for all people, from the `first` one on, each as near as possible to the one before."""
    runs, groups = _remaining_runs(runs, first), [first]
    while left := quantity - sum(group.size for group in groups):
        groups.append(min(_next_groups(runs, left, groups[-1].centre), key=_rank))
        runs = _remaining_runs(runs, groups[-1])
    return groups


def _next_groups(runs: Sequence[list[Place]], people: int, near: Point) -> Iterator[Group]:
    """Yield every place where as many of these people as possible can sit together."""
    size = _group_size(people, max(map(len, runs)))
    for run in runs:
        for start in range(len(run) - size + 1):
            yield Group(_cost(run, start, size, near), -run[start].line, run[start].column, run, start, size)


def _group_size(people: int, longest: int) -> int:
    """Return how many sit together next. A single person left over gets a neighbour if the group is large enough."""
    size = min(people, longest)
    return size - 1 if people - size == 1 and size > 2 else size


def _rank(group: Group) -> tuple[float, int, int]:
    return group[:3]


def _remaining_runs(runs: Sequence[list[Place]], group: Group) -> list[list[Place]]:
    rest = [group.run[: group.start], group.run[group.start + group.size :]]
    return [run for run in (*(run for run in runs if run is not group.run), *rest) if run]


def _cost(run: list[Place], start: int, size: int, near: Point) -> float:
    off = sum(_distance(place, near) for place in run[start : start + size]) / size
    return off + _leftover_cost(start) + _leftover_cost(len(run) - start - size)


def _distance(place: Place, near: Point) -> float:
    return (ROW_WEIGHT * (place.line - near[0])) ** 2 + (place.column - near[1]) ** 2


def _leftover_cost(seats: int) -> float:
    """Return how bad it is to leave so many free seats side by side: pairs fill an even number."""
    return SINGLE_PENALTY if seats == 1 else ODD_PENALTY * (seats % 2)
