"""How notices and mails name sessions and seats, by the cinema's clock."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cinema.core.local_time import to_local, today
from cinema.models import Room, Ticket

# A mail's headline is no place for the longest titles that there are.
TITLE_LENGTH = 90


def when(moment: datetime) -> str:
    """ "Friday 20 November, 20:40"; with the year where it is another."""
    there = to_local(moment)
    year = "" if there.year == today().year else f" {there.year}"
    return f"{day(moment)}{year}, {there:%H:%M}"


def day(moment: datetime) -> str:
    """ "Friday 20 November": of a day that is near."""
    there = to_local(moment)
    return f"{there:%A} {there.day} {there:%B}"


def clock(moment: datetime) -> str:
    return f"{to_local(moment):%H:%M}"


def title(text: str) -> str:
    """In one line, and no longer than a headline takes."""
    line = " ".join(text.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rstrip() + "…"


def room(where: Room) -> str:
    """ "Room 2, Great Hall"."""
    return f"Room {where.number}, {where.name}" if where.name else f"Room {where.number}"


def seats(labels: Sequence[str]) -> str:
    """ "seat A1", "seats A1, A2 and A3"."""
    return f"{'seat' if len(labels) == 1 else 'seats'} {listed(labels)}"


def labels(tickets: Iterable[Ticket]) -> list[str]:
    return [ticket.seat.label for ticket in tickets]


def listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
