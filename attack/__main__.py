"""`python -m attack [NAME ...]`, which `make attack` starts with a PostgreSQL and a Redis of its own."""

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from attack import report
from attack.attempts import ALL
from attack.registry import choose, run
from attack.site.running import running_site


def main(names: list[str]) -> int:
    """Run the attacks with these names, or all of them; return 1 if one of them did not hold."""
    if names == ["--list"]:
        for one in ALL:
            print(f"{one.item:>3}  {one.name:<28}{one.tries}")
        return 0
    chosen, began, rows = choose(ALL, names), time.monotonic(), list[report.Row]()
    signal.signal(signal.SIGINT, interrupt_once)
    print("Starting a site to attack ...", flush=True)
    with running_site(Path(os.environ["MARQUEE_VAR"])) as site:
        for one in chosen:
            print(f"{one.item:>3}  {one.name:<28}", end="", flush=True)
            verdict = run(one, site)
            print("held: " if verdict.held else "DID NOT HOLD: ", verdict.figure, sep="", flush=True)
            rows.append((one, verdict))
    seconds = time.monotonic() - began
    report.show(rows, seconds)
    if not names:
        report.write(rows, seconds)
    return report.exit_code(rows)


def interrupt_once(number: int, _frame: FrameType | None) -> None:
    """Interrupt the attack; a second signal must not interrupt what ends the site."""
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except ValueError as error:
        sys.exit(f"marquee: {error}")
