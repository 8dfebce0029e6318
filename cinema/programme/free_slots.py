"""When a room is free for as long as a session takes."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from cinema.models import Room
from cinema.queries.sessions import occupying_sessions

# Programmes are made in such steps; nobody wants to begin at 19:43.
STEP = timedelta(minutes=5)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class Slot(NamedTuple):
    starts_at: datetime
    ends_at: datetime


def find(room: Room, length: timedelta, after: datetime, *, number: int = 3, without: int | None = None) -> list[Slot]:
    """The next `number` slots from `after` on, which leave room for one another: a session fits into every one.

    `without`: id of a session that does not count, because it is the one to be moved.
    """
    rows = occupying_sessions(room.pk, after).order_by("starts_at").values_list("pk", "starts_at", "room_free_at")
    taken = ((begin, free) for pk, begin, free in rows.iterator(chunk_size=100) if pk != without)
    return list(islice(slots(taken, length, timedelta(minutes=room.turnaround_minutes), after), number))


def slots(
    taken: Iterable[tuple[datetime, datetime]], length: timedelta, turnaround: timedelta, after: datetime
) -> Iterator[Slot]:
    """Endless. `taken` in order: from when to when somebody has the room. Each slot ends `turnaround` before the next.

    All begin on a full step of five minutes.
    """
    begin = next_step(after)
    for start, free in taken:
        while begin + length + turnaround <= start:
            yield Slot(begin, begin + length)
            begin = next_step(begin + length + turnaround)
        begin = max(begin, next_step(free))
    while True:
        yield Slot(begin, begin + length)
        begin = next_step(begin + length + turnaround)


def next_step(moment: datetime) -> datetime:
    return moment + (EPOCH - moment) % STEP
