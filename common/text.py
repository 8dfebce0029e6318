"""Text that the database can store."""

from collections.abc import Iterator
from typing import Any


def unstorable(data: Any, path: str = "") -> Iterator[str]:
    """Return the dotted paths of texts with NUL or half a surrogate pair; of a name with one, its object's path."""
    if isinstance(data, str):
        if "\0" in data or any("\ud800" <= character <= "\udfff" for character in data):
            yield path or "body"
    elif isinstance(data, dict):
        for name, value in data.items():
            if any(unstorable(name)):
                yield path or "body"
            else:
                yield from unstorable(value, f"{path}.{name}".lstrip("."))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from unstorable(value, f"{path}.{index}".lstrip("."))
