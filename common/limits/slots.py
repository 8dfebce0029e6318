"""Slots for work that costs a process much: what exceeds them is refused, so that other threads stay free."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from common.errors import Unavailable

RETRY_SECONDS = 2
# A slot is mostly free again after this time, and a thread that waits is a thread less for others.
PATIENCE_SECONDS = 0.25

_slots = {name: BoundedSemaphore(1) for name in ("documents", "pictures")}


class Busy(Unavailable):
    """Another request of this process does such work at the moment."""

    default_message = "A lot is going on right now. Please try again in a few seconds."

    def __init__(self) -> None:
        super().__init__(wait=RETRY_SECONDS)


@contextmanager
def take_slot(name: str) -> Iterator[None]:
    """Let one thread of this process into the block at a time. Raises Busy after PATIENCE_SECONDS."""
    slot = _slots[name]
    if not slot.acquire(timeout=PATIENCE_SECONDS):
        raise Busy
    try:
        yield
    finally:
        slot.release()
