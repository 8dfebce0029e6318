"""`make stop` and `make clean`."""

import os
import shutil
import signal
import time
from pathlib import Path

from config.embedded.lock import Lock
from config.embedded.postgres import Postgres
from config.embedded.processes import stop_marked
from config.embedded.redis import Redis


def stop(var: Path) -> None:
    """Stops the stack of another terminal, and what a launcher that was killed left behind."""
    lock = Lock(var)
    if not lock.try_to_take():
        os.kill(lock.holder()[0], signal.SIGTERM)
        while not lock.try_to_take():
            time.sleep(0.1)
    stop_marked(var)
    Redis(var, keep=True).stop()
    Postgres(var).stop()


def clean(var: Path) -> None:
    stop(var)
    for folder in {Postgres(var).place.home, var}:
        shutil.rmtree(folder)
