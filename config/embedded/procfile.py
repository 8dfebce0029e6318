"""Runs the processes of a Procfile until one ends: `python -m config.embedded.procfile Procfile`."""

import sys
from pathlib import Path

from honcho.environ import parse_procfile
from honcho.manager import Manager


def main(procfile: str) -> int:
    manager = Manager()
    for name, command in parse_procfile(Path(procfile).read_text()).processes.items():
        manager.add_process(name, command)
    manager.loop()
    return int(manager.returncode)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
