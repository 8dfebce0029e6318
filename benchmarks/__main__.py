"""`make benchmarks`: run every benchmark, or those that are named, and write what they measured to results/."""

import argparse
import os
import pkgutil
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from inspect import signature
from pathlib import Path

import django
from django.core.management import call_command

RESULTS = Path(__file__).parent / "results"


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m devstack benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--films", type=int, help="how many films the catalogue of `search` has")
    parser.add_argument("--titles", type=Path, help="real titles for `search`: JSON, a film a line with its title")
    asked = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    found = find_benchmarks()
    names = asked.names
    if unknown := set(names) - set(found):
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}: there are {', '.join(found)}.")
    for name in names or found:
        takes = signature(found[name]).parameters
        given = {key: value for key, value in vars(asked).items() if key in takes and value is not None}
        run(name, partial(found[name], **given))


def find_benchmarks() -> dict[str, Callable[..., Iterator[object]]]:
    """Return the functions `measure` of the topics, by name."""
    names = sorted(topic.name for topic in pkgutil.iter_modules([str(RESULTS.with_name("topics"))]))
    return {name: import_module(f"benchmarks.topics.{name}").measure for name in names}


def run(name: str, measure: Callable[[], Iterator[object]]) -> None:
    """Print each line when it is known; write them, the goals of all results, and the README's table to files."""
    from benchmarks.report import goals, machine, summary  # they need the settings

    RESULTS.mkdir(exist_ok=True)
    started, lines = time.monotonic(), [machine.describe()]
    print(f"--- {name}", *lines, sep="\n", flush=True)
    for line in measure():
        print(line, flush=True)
        lines.append(str(line))
    lines.append(f"measured in {time.monotonic() - started:.0f} s")
    print(lines[-1], flush=True)
    (RESULTS / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    table = goals.table(sorted(RESULTS.glob("*.txt")), find_benchmarks())
    (RESULTS / "goals.md").write_text("\n".join(table) + "\n", encoding="utf-8")
    summary.write(RESULTS.parents[1] / "README.md", RESULTS)


if __name__ == "__main__":
    main(sys.argv[1:])
