"""What a benchmark was to reach, as a row of the table in results/goals.md."""

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

TOOK = re.compile(r"^measured in (\d+) s$", re.MULTILINE)
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


def table(results: Iterable[Path], topics: Collection[str]) -> Iterator[str]:
    """Yield the lines of one table of all goals in these files, and of the time of all topics once it is known."""
    yield from HEAD
    seconds: dict[str, int] = {}
    for file in results:
        text = file.read_text(encoding="utf-8")
        yield from (line for line in text.splitlines() if line.startswith("| "))
        if took := TOOK.search(text):
            seconds[file.stem] = int(took[1])
    if seconds.keys() >= set(topics):
        yield str(at_most("All benchmarks, one after another", 30, sum(seconds.values()) / 60, "min"))


def _write(figure: float, unit: str) -> str:
    if unit == "%":
        return f"{figure:.1%}" if abs(figure) < 0.1 else f"{figure:.0%}"
    digits = 2 if abs(figure) < 10 else 0
    number = f"{figure:,.{digits}f}".rstrip("0").rstrip(".") if digits else f"{figure:,.0f}"
    return f"{number}x" if unit == "x" else f"{number} {unit}"
