"""What a benchmark was to reach, as a row of the table in results/goals.md."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

HEAD = ["| What | Goal | Reached | |", "| --- | --- | ---: | --- |"]


class Goal(NamedTuple):
    name: str
    wanted: str
    reached: str
    is_met: bool
    bound: str  # what keeps a figure from being better: shown where the goal is missed

    def __str__(self) -> str:
        return f"| {self.name} | {self.wanted} | {self.reached} | {'met' if self.is_met else f'missed: {self.bound}'} |"


def at_least(name: str, least: float, reached: float, unit: str = "x", *, bound: str = "") -> Goal:
    """Return the goal of a figure that should be large; `unit` "%" takes shares of 1, as in 0.7."""
    return Goal(name, f"≥ {_write(least, unit)}", _write(reached, unit), reached >= least, bound)


def at_most(name: str, most: float, reached: float, unit: str = "x", *, bound: str = "") -> Goal:
    """Return the goal of a figure that should be small, such as milliseconds."""
    return Goal(name, f"≤ {_write(most, unit)}", _write(reached, unit), reached <= most, bound)


def table(results: Iterable[Path]) -> Iterator[str]:
    """Yield the lines of one table of all goals in these files."""
    yield from HEAD
    for file in results:
        yield from (line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("| "))


def _write(figure: float, unit: str) -> str:
    if unit == "%":
        return f"{figure:.1%}" if abs(figure) < 0.1 else f"{figure:.0%}"
    digits = 2 if abs(figure) < 10 else 0
    number = f"{figure:,.{digits}f}".rstrip("0").rstrip(".") if digits else f"{figure:,.0f}"
    return f"{number}x" if unit == "x" else f"{number} {unit}"
