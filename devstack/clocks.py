"""`make clocks`: the tests at moments when tests like to fail, under libfaketime."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from devstack import testing
from devstack.errors import StartError

# By the clock of the zone, which is the machine's as well.
MOMENTS = {
    "the last minutes of a year": ("2027-12-31 23:57", "UTC"),
    "the second 02:30 of a night in autumn": ("2027-10-31 02:30", "Europe/Berlin"),
    "29 February": ("2028-02-29 12:00", "UTC"),
    "the last minutes of an hour": ("2027-06-15 09:58", "UTC"),
}


def run(arguments: list[str]) -> int:
    """Run pytest with `arguments` at each moment; return 1 if it failed at any of them.

    Every process sees the same shifted clock, PostgreSQL included; it goes on from there. Chromium cannot: the journeys
    give its pages that clock. Tests with an S3 server, a program that keeps the machine's clock, are skipped.
    """
    library = find_library()
    failed = []
    for name, (local_time, zone) in MOMENTS.items():
        print(f"\n=== {name}: {local_time}, {zone} ===", flush=True)
        with shifted_clock(library, local_time, zone):
            if testing.run(arguments or ["-q"]):
                failed.append(name)
    print("\nFailed at: " + ", ".join(failed) if failed else "\nPassed at every moment.")
    return 1 if failed else 0


@contextmanager
def shifted_clock(library: Path, local_time: str, zone: str) -> Iterator[None]:
    """Set the clock of the processes that are started in the block. Timers keep the machine's own."""
    there = datetime.fromisoformat(local_time).replace(tzinfo=ZoneInfo(zone), fold=1)
    shift = {
        # An offset, for an absolute time would begin anew in every process.
        "FAKETIME": f"{there.timestamp() - datetime.now().timestamp():+.0f}s",  # noqa: DTZ005
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
        "TZ": zone,
    }
    before = dict(os.environ)
    with TemporaryDirectory(prefix="marquee-clock-") as folder:
        # Where PostgreSQL finds it too, which may run as another user.
        Path(folder).chmod(0o711)
        os.environ.update(shift | {"LD_PRELOAD": str(copyfile(library, Path(folder) / library.name))})
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def find_library() -> Path:
    """Return the path of libfaketime, which the package of that name brings. Raises StartError."""
    package = find_spec("libfaketime")
    folders = package.submodule_search_locations if package else None
    for folder in folders or ():
        for library in sorted(Path(folder).rglob("libfaketime*.so.1")):
            return library
    raise StartError("Shifted clocks need libfaketime, and its package has none for this system.")
