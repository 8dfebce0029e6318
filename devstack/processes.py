"""Ports, signals, and the processes of a stack."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import FrameType

import psutil

MARK = "MARQUEE_STACK"
GRACE_SECONDS = 8


class StopRequested(Exception):
    """The launcher was asked to stop."""


class Interruption:
    """Remember SIGINT, SIGTERM and SIGHUP instead of being ended by them.

    A start that is torn apart half-way leaves processes behind, so a signal only takes effect where
    the launcher looks: in `check` and in `wait`.
    """

    def __init__(self) -> None:
        self.requested = False

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._remember)

    def _remember(self, _number: int, _frame: FrameType | None) -> None:
        self.requested = True

    def check(self) -> None:
        if self.requested:
            raise StopRequested

    def wait(self, process: subprocess.Popen[bytes]) -> int:
        """Wait for `process` and return its exit code. It goes on running when the wait is interrupted."""
        while True:
            self.check()
            try:
                return process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                continue


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def marked(var: Path) -> list[psutil.Process]:
    """Return the processes with the mark of this stack, and all that they started in turn."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(MARK) == str(var):
                found.append(process)
        except psutil.Error:
            continue  # it ended meanwhile, or belongs to another user
    return found


def stop_marked(var: Path) -> None:
    """End the processes of this stack, also those that a killed launcher left behind.

    Each is asked once the process that started it has ended: a worker of Celery lets its children finish their jobs.
    """
    deadline = time.monotonic() + GRACE_SECONDS
    asked: set[int] = set()
    # Listed anew each time: where no process collects orphans, waiting for one by its number never ends.
    while remaining := marked(var):
        running = {process.pid for process in remaining}
        for process in remaining:
            if time.monotonic() > deadline:
                _send(process, signal.SIGKILL)
            elif process.pid not in asked and _parent(process) not in running:
                asked.add(process.pid)
                _send(process, signal.SIGTERM)
        time.sleep(0.1)


def _parent(process: psutil.Process) -> int | None:
    try:
        return int(process.ppid())
    except psutil.NoSuchProcess:
        return None


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
