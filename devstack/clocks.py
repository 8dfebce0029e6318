"""`make clocks`: the tests at moments when tests like to fail, under libfaketime."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from devstack import testing
from devstack.errors import StartError

LIBRARIES = "/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/local/lib/faketime/libfaketimeMT.so.1"
# By the clock of the zone, which is the machine's as well.
MOMENTS = {
    "the last minutes of a year": ("2027-12-31 23:57", "UTC"),
    "the second 02:30 of a night in autumn": ("2027-10-31 02:30", "Europe/Berlin"),
    "29 February": ("2028-02-29 12:00", "UTC"),
    "the last minutes of an hour": ("2027-06-15 09:58", "UTC"),
}


def run(arguments: list[str]) -> int:
    """Run pytest with `arguments` at each moment; return 1 if it failed at any of them.

    Every process sees the same shifted clock, PostgreSQL and the browser included; it goes on from there.
    """
    library = find_or_install()
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
        "LD_PRELOAD": str(library),
        # An offset, for an absolute time would begin anew in every process.
        "FAKETIME": f"{there.timestamp() - datetime.now().timestamp():+.0f}s",  # noqa: DTZ005
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
        "TZ": zone,
    }
    before = dict(os.environ)
    os.environ.update(shift)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def find_or_install() -> Path:
    """Return the path of libfaketime, installing it as root where apt-get is. Raises StartError."""
    if found := _find():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["update"], ["install", "--yes", "--no-install-recommends", "libfaketime"]):
            environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(["apt-get", "--quiet", *command], check=False, env=environment)
    if found := _find():
        return found
    raise StartError("Shifted clocks need libfaketime: install the package `libfaketime`.")


def _find() -> Path | None:
    return next((path for pattern in LIBRARIES for path in sorted(Path("/").glob(pattern.lstrip("/")))), None)
