"""Bounded reading of streams."""

from typing import Any


def read_up_to(stream: Any, size: int) -> bytes:
    """Read `size` bytes, or fewer at the end of the stream only; `stream.read(size)` may return fewer before."""
    parts, missing = [], size
    while missing and (part := stream.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
