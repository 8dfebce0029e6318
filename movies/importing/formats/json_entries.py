"""Entries of JSON documents of other services, read as lines: by the same rules as a CSV file."""

from collections.abc import Mapping
from typing import Any

NOT_FILMS = ("entry that is not about a film", "entries that are not about films")


def read_cells(entry: Any, paths: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return a cell for each path of keys; an empty one where the document has no text or number there."""
    return {name: _read_text(entry, path) for name, path in paths.items()}


def is_object(entry: Any, name: str) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get(name), dict)


def _read_text(data: Any, path: tuple[str, ...]) -> str:
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return str(data) if isinstance(data, str | int | float) and not isinstance(data, bool) else ""
