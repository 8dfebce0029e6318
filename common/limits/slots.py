"""Slots for work that costs a process much: what exceeds them is refused, so that other threads stay free."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from common.errors import Unavailable

RETRY_SECONDS = 2
# A slot is mostly free again after this time, and a thread that waits is a thread less for others.
PATIENCE_SECONDS = 0.25
# Sign-ins wait in a line of their own (common.front.application) and take no thread from readers; on a machine that has
# much to do, a hash takes longer than it should.
PASSWORD_PATIENCE_SECONDS = 3.0

_slots = {
    "documents": BoundedSemaphore(1),
    "passwords": BoundedSemaphore(1),
    "pictures": BoundedSemaphore(1),
    "providers": BoundedSemaphore(1),  # of sign-ins; one that hangs keeps a thread for seconds
    "search": BoundedSemaphore(2),  # searches are many, and mostly short: half of a process's threads may be at them
}


class Busy(Unavailable):
    """Other requests of this process do such work at the moment."""

    default_message = "A lot is going on right now. Please try again in a few seconds."

    def __init__(self) -> None:
        super().__init__(wait=RETRY_SECONDS)


@contextmanager
def take_slot(name: str) -> Iterator[None]:
    """Let as many threads of this process into the block as there are slots. Raises Busy when patience ends."""
    slot = _slots[name]
    if not slot.acquire(timeout=PASSWORD_PATIENCE_SECONDS if name == "passwords" else PATIENCE_SECONDS):
        raise Busy
    try:
        yield
    finally:
        slot.release()
