"""Bounds on what a process does at once."""

from collections.abc import Iterator
from contextlib import contextmanager


class BusyError(Exception):
    """No place is free; the client may come back in a moment."""


class Places:
    """A bounded number of places. Only the event loop takes them, so they need no lock."""

    def __init__(self, number: int) -> None:
        self.free = number

    @contextmanager
    def take(self) -> Iterator[None]:
        """Occupy a place until the block ends. Raises BusyError at once: who waits is bounded elsewhere."""
        if self.free <= 0:
            raise BusyError
        self.free -= 1
        try:
            yield
        finally:
            self.free += 1
