"""The programs inside wheels, found without importing them, as their start-up code is not wanted."""

from importlib.util import find_spec
from pathlib import Path

from devstack.errors import StartError


def folder_of(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise StartError(f"The package {package} is not installed: run `make clean`, then `make run` again.")
    return Path(spec.origin).parent
