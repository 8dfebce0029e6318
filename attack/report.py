"""The table of what was tried and what held."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from attack.registry import Attack, Verdict

RESULTS = Path(__file__).parent / "results" / "attack.txt"
WIDTH = 150
Row = tuple[Attack, Verdict]


def table_of(rows: Sequence[Row]) -> Table:
    table = Table(show_lines=True)
    table.add_column("#", justify="right")
    for title in ("attack", "what was tried", "held", "what was seen"):
        table.add_column(title)
    for one, verdict in sorted(rows, key=lambda row: row[0].item):
        table.add_row(str(one.item), one.name, one.tries, "yes" if verdict.held else "NO", verdict.figure)
    return table


def show(rows: Sequence[Row], seconds: float) -> None:
    Console(width=WIDTH).print(table_of(rows), summary(rows, seconds), sep="\n", markup=False)


def write(rows: Sequence[Row], seconds: float) -> None:
    """Write the table down beside the machine on which it came to be."""
    with RESULTS.open("w", encoding="utf-8") as file:
        console = Console(file=file, width=WIDTH)
        console.print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine()}", markup=False)
        console.print(table_of(rows), summary(rows, seconds), sep="\n", markup=False)


def summary(rows: Sequence[Row], seconds: float) -> str:
    held = sum(verdict.held for _, verdict in rows)
    return f"{held} of {len(rows)} held, in {seconds / 60:.1f} minutes."


def machine() -> str:
    system = f"{platform.system()} on {platform.machine()}, Python {platform.python_version()}"
    return f"{system}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def exit_code(rows: Sequence[Row]) -> int:
    return 0 if all(verdict.held for _, verdict in rows) else 1
