"""`make stop` and `make clean`."""

import os
import shutil
import signal
import time
from pathlib import Path

from devstack.lock import Lock
from devstack.processes import stop_marked
from devstack.services.postgres import Postgres
from devstack.services.redis import Redis


def stop(var: Path) -> None:
    """Stop the stack of another terminal, and the processes that a killed launcher left behind."""
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
