"""`make benchmarks`: run every benchmark and write its output to results/."""

import os
from pathlib import Path

import django
from django.core.management import call_command

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    from benchmarks import front, keyset, ratings, search, tickets, upsert  # they need the settings

    RESULTS.mkdir(exist_ok=True)
    for benchmark in (upsert, keyset, ratings, tickets, search, front):
        lines = list(benchmark.measure())
        name = benchmark.__name__.rpartition(".")[2]
        (RESULTS / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"--- {name}", *lines, sep="\n", flush=True)


if __name__ == "__main__":
    main()
