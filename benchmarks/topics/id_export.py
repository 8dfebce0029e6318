"""Memory and time of `manage.py import_ids`, in processes of their own: a million lines beside a hundred thousand.

Beside it: the same lines by `bulk_create(ignore_conflicts=True)`, all of them loaded first.
"""

import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from benchmarks.report.goals import at_most
from catalog_sync.models import AwaitedFilm, SyncLog

FEW, MANY = 100_000, 1_000_000

NAIVE = """
import gzip, json, sys
import django
django.setup()
from catalog_sync.models import AwaitedFilm
with gzip.open(sys.argv[1]) as file:
    rows = [json.loads(line) for line in file]
AwaitedFilm.objects.bulk_create(
    (AwaitedFilm(tmdb_id=row["id"], popularity=row["popularity"]) for row in rows), ignore_conflicts=True
)
"""

# Not rusage: its maximum begins with that of the process that starts another one.
TELL_MEMORY = """
import atexit, runpy, sys
atexit.register(lambda: print(open("/proc/self/status").read()))
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


class Cost(NamedTuple):
    megabytes: float
    seconds: float


def measure() -> Iterator[object]:
    manage = str(settings.BASE_DIR / "manage.py")
    with tempfile.TemporaryDirectory() as folder:
        few, many = write_export(Path(folder) / "few.gz", FEW), write_export(Path(folder) / "many.gz", MANY)
        loaded = Path(folder) / "loaded.py"
        loaded.write_text(NAIVE, encoding="utf-8")
        naive = run(str(loaded), str(few))
        forget()
        costs = {FEW: run(manage, "import_ids", str(few))}
        forget()
        costs[MANY] = run(manage, "import_ids", str(many))
        again = run(manage, "import_ids", str(many))
        forget()
    yield f"{'':<32}{'lines':>12}{'most memory':>14}{'lines a second':>16}"
    yield write_row("all loaded, bulk_create", FEW, naive)
    for lines, cost in costs.items():
        yield write_row("import_ids", lines, cost)
    yield write_row("import_ids, the same file again", MANY, again)
    ratio = costs[MANY].megabytes / costs[FEW].megabytes
    yield at_most("Memory of import_ids for ten times as many films", 1.1, ratio)


def write_export(path: Path, lines: int) -> Path:
    chance = random.Random(5)
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8") as file:
        for number in range(1, lines + 1):
            film = {"adult": False, "id": number, "original_title": f"The Lantern Keeper {number}"}
            popularity = round(chance.paretovariate(1.1) - 1, 4)
            file.write(f"{json.dumps(film | {'popularity': popularity, 'video': False})}\n")
    return path


def run(*command: str) -> Cost:
    """Run a Python program with its arguments; return the most memory that it had, and its time."""
    environment = os.environ | {"PYTHONPATH": str(settings.BASE_DIR)}
    started = time.perf_counter()
    process = subprocess.run(
        [sys.executable, "-c", TELL_MEMORY, *command], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return Cost(int(process.stdout.split("VmHWM:")[1].split()[0]) / 1024, time.perf_counter() - started)


def write_row(name: str, lines: int, cost: Cost) -> str:
    return f"{name:<32}{lines:>12,}{cost.megabytes:>11.0f} MB{lines / cost.seconds:>16,.0f}"


def forget() -> None:
    AwaitedFilm.objects.all().delete()
    SyncLog.objects.all().delete()
