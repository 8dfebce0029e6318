"""A lock for one stack per `var` folder; it ends with the process that has it, however that ends."""

import fcntl
import os
from pathlib import Path

from devstack.errors import StartError


class Lock:
    def __init__(self, var: Path) -> None:
        self.path = var / "lock"
        self.file = self.path.open("a+")

    def take(self, address: str) -> None:
        """Take the lock. Raises StartError, which names the process that has it."""
        if not self.try_to_take():
            pid, other = self.holder()
            raise StartError(f"Marquee is already running here: {other} (process {pid}). Stop it first with Ctrl-C.")
        self.file.truncate(0)
        self.file.write(f"{os.getpid()} {address}\n")
        self.file.flush()

    def try_to_take(self) -> bool:
        try:
            # lockf, not flock: children do not inherit it, so what a killed launcher left behind holds nothing.
            fcntl.lockf(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def holder(self) -> tuple[int, str]:
        self.file.seek(0)
        pid, address = self.file.read().split()
        return int(pid), address
