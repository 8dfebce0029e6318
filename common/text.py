"""Text that the database can store."""

import re
from collections.abc import Iterator
from typing import Any

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
# Of each name in a path. Paths are for messages; a name may be as long as the body.
MAX_NAME = 100


def unstorable(data: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the dotted paths of texts with NUL or half a surrogate pair; of a name with one, its object's path."""
    if isinstance(data, str):
        if _UNSTORABLE.search(data):
            yield ".".join(path) or "body"
    elif isinstance(data, dict):
        for name, value in data.items():
            if _UNSTORABLE.search(name):
                yield ".".join(path) or "body"
            else:
                yield from unstorable(value, (*path, name[:MAX_NAME]))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from unstorable(value, (*path, str(index)))
