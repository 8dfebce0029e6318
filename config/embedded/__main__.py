import sys

from config.embedded.errors import StartError
from config.embedded.stack import Stack


def main(command: str, *arguments: str) -> int:
    if command == "run":
        return Stack(debug=False).run()
    if command == "dev":
        return Stack(debug=True).run()
    raise StartError(f"There is no command {command!r}: the commands are run, dev, test and stop.")


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except StartError as error:
        sys.exit(f"marquee: {error}")
