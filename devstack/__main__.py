"""The commands of the Makefile: `python -m devstack run | dev | test | clocks | benchmarks | attack | stop | clean`."""

import sys

from devstack import cleanup, clocks, environment, testing
from devstack.errors import StartError
from devstack.stack import Stack


def main(command: str = "run", *arguments: str) -> int:
    """Run the command and return its exit code."""
    if command == "test":
        return testing.run(list(arguments))
    if command == "clocks":
        return clocks.run(list(arguments))
    if command == "benchmarks":
        return testing.measure(list(arguments))
    if command == "attack":
        return testing.attack(list(arguments))
    environment.read_env_file()
    var = environment.var_folder()
    match command:
        case "run" | "dev":
            return Stack(var, debug=command == "dev").run()
        case "stop":
            cleanup.stop(var)
        case "clean":
            cleanup.clean(var)
        case _:
            raise StartError(
                f"There is no command {command!r}: "
                "the commands are run, dev, test, clocks, benchmarks, attack, stop and clean."
            )
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except StartError as error:
        sys.exit(f"marquee: {error}")
