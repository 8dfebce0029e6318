"""The README's table of how fast it is: the latest results of some benchmarks, and the goals that were missed."""

import re
from collections.abc import Iterator
from pathlib import Path

BEGIN, END = "<!-- Written by make benchmarks. -->", "<!-- The end of what make benchmarks writes. -->"
HEAD = ["| | Marquee | beside it |", "| --- | ---: | --- |"]
# A picture of curves.txt at its largest size, and what it is called here.
CURVES = {
    "A list of 20 films": "A list of 20 of a million films, made anew",
    "The last films of the list": "Its last page",
    "A word searched": "A word searched among a million films",
    "What is on": "What is on, of 100,000 sessions",
    "A customer's tickets": "A customer's tickets, of a million",
    "A film rated": "A film rated, among ten million ratings",
}


def write(readme: Path, results: Path) -> None:
    """Write the table into the README, between the two comments that enclose it."""
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    readme.write_text("\n".join([before + BEGIN, *lines(results), END + after]), encoding="utf-8")


def lines(results: Path) -> Iterator[str]:
    yield from HEAD
    yield _row("A finished list of 20 films, of a bare server's answers", _read_shares(results / "finished.txt"))
    curves = (results / "curves.txt").read_text(encoding="utf-8")
    for title, name in CURVES.items():
        yield _row(name, _read_curves(curves, title))
    tickets = (results / "tickets.txt").read_text(encoding="utf-8").partition("by HTTP")[0]
    yield _row("A named seat, wanted by many: answers", _read_sales(tickets, "by name"))
    yield _row("The best seat, wanted by many: answers", _read_sales(tickets, "the best seat"))
    yield _row("10,000 films synced, 2 % of them changed", _read_upsert(results / "upsert.txt"))
    yield ""
    yield "Goals that were missed:"
    yield ""
    for goal in (results / "goals.md").read_text(encoding="utf-8").splitlines():
        if " | missed" in goal:
            name, wanted, reached, why = (cell.strip() for cell in goal.strip("| ").split(" | "))
            why = why.removeprefix("missed:").strip()
            yield f"- {name}: {reached} instead of {wanted}" + (f" ({why})" if why else "")


def _row(name: str, figures: dict[str, str]) -> str:
    """Return a row of the table; the first of the figures is ours."""
    ours, *others = figures.items()
    return f"| {name} | **{ours[1]}** | {'; '.join(f'{way} {figure}' for way, figure in others)} |"


def _read_shares(file: Path) -> dict[str, str]:
    found = re.findall(r"^ *(\S.*?) {2,}[\d,]+ +([\d.]+)%$", file.read_text(encoding="utf-8"), re.MULTILINE)
    shares = {name: f"{float(share):.1f} %" for name, share in found}
    peers = {name: share for name, share in shares.items() if name.startswith(("Express", "plain DRF"))}
    return {"ours": shares["list, finished"], "ours, made anew": shares["list, from Django"]} | peers


def _read_curves(text: str, title: str) -> dict[str, str]:
    block = text.split(f"{title}, by ", 1)[1].split("; milliseconds", 2)[1]
    rows = re.findall(r"^(\S.*?) {2,}.*?([\d,.]+)$", block, re.MULTILINE)
    return {way: f"{figure} ms" for way, figure in rows if "; " not in way}


def _read_sales(text: str, heading: str) -> dict[str, str]:
    block = text.split(f"\n{heading} ", 1)[1].split("\n", 1)[1]
    sales = {}
    for line in block.splitlines():
        row = re.match(r"(\S.*?) {2,}([\d,]+) .* (\d+)$", line)
        if not row:
            break
        sales[row[1]] = f"{row[2]}/s" + (f" (sells {row[3]} seats twice)" if int(row[3]) else "")
    return sales


def _read_upsert(file: Path) -> dict[str, str]:
    row = re.search(r"^2 % changed +([\d,]+) +([\d,]+) +([\d,]+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    assert row, file
    return {"ours": f"{row[3]}/s", "bulk_create": f"{row[2]}/s", "update_or_create": f"{row[1]}/s"}
