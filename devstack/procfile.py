"""Running the processes of a Procfile until one ends: `python -m devstack.procfile Procfile`."""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Message, Printer


class Watcher(Printer):
    """A printer that remembers which process ended first; honcho reports it only in the lines it prints."""

    first_end = ""

    def write(self, message: Message) -> None:
        if not self.first_end and message.name == "system" and " stopped (rc=" in message.data:
            self.first_end = message.data.strip()
        super().write(message)


def ask_to_end(pid: int) -> None:
    """Ask this process only: honcho's own way reaches the children of a Celery worker, which would drop their jobs."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


def main(procfile: str) -> str | None:
    """Describe a process that ended without being asked to."""
    watcher = Watcher()
    manager = Manager(watcher)
    manager._procmgr.terminate = ask_to_end  # noqa: SLF001
    for name, command in parse_procfile(Path(procfile).read_text()).processes.items():
        manager.add_process(name, command)
    try:
        manager.loop()
    except KeyError:  # honcho's answer to a signal that comes before it knows the numbers of its processes
        os._exit(1)  # without waiting for them: the launcher ends whatever carries its mark
    if manager.returncode in {130, 143}:  # honcho's own codes for SIGINT and SIGTERM
        return None
    return f"marquee: {watcher.first_end} by itself, so the others were stopped too."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
