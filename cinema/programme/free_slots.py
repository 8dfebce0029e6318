"""Free slots: when a room is free for as long as a session takes."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from cinema.models import Room
from cinema.queries.sessions import occupying_sessions

# Sessions begin on full steps: 19:40 or 19:45, never 19:43.
STEP = timedelta(minutes=5)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class Slot(NamedTuple):
    starts_at: datetime
    ends_at: datetime


def find(room: Room, length: timedelta, after: datetime, *, number: int = 3, without: int | None = None) -> list[Slot]:
    """Return the next `number` slots from `after` on. They do not overlap, so a session fits into every one of them.

    `without` is the id of a session that does not count, because it is the one to be moved. One query.
    """
    rows = occupying_sessions(after, rooms=[room]).order_by("starts_at").values_list("pk", "starts_at", "room_free_at")
    occupied = ((begin, free) for pk, begin, free in rows.iterator(chunk_size=100) if pk != without)
    return list(islice(generate(occupied, length, timedelta(minutes=room.turnaround_minutes), after), number))


def generate(
    occupied: Iterable[tuple[datetime, datetime]], length: timedelta, turnaround: timedelta, after: datetime
) -> Iterator[Slot]:
    """Yield free slots without end, each on a full step of five minutes and `turnaround` before what follows it.

    `occupied` holds the times from when to when the room is taken, in order.
    """
    begin = _next_step(after)
    for start, free in occupied:
        while begin + length + turnaround <= start:
            yield Slot(begin, begin + length)
            begin = _next_step(begin + length + turnaround)
        begin = max(begin, _next_step(free))
    while True:
        yield Slot(begin, begin + length)
        begin = _next_step(begin + length + turnaround)


def _next_step(moment: datetime) -> datetime:
    return moment + (EPOCH - moment) % STEP
