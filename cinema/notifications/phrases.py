"""How notifications and mails name sessions, in the cinema's time zone."""

from datetime import datetime

from cinema.core.local_time import to_local, today
from cinema.models import Room

# A headline has no room for the longest titles.
TITLE_LENGTH = 90


def format_moment(moment: datetime) -> str:
    """Return a text such as "Friday 20 November, 20:40", with the year when it is not the current one."""
    there = to_local(moment)
    year = "" if there.year == today().year else f" {there.year}"
    return f"{format_day(moment)}{year}, {there:%H:%M}"


def format_day(moment: datetime) -> str:
    """Return a text such as "Friday 20 November", for a day that is near."""
    there = to_local(moment)
    return f"{there:%A} {there.day} {there:%B}"


def format_time(moment: datetime) -> str:
    return f"{to_local(moment):%H:%M}"


def shorten_title(title: str) -> str:
    """Return the title on one line and short enough for a headline."""
    line = " ".join(title.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rstrip() + "…"


def format_room(room: Room) -> str:
    """Return a text such as "Room 2, Great Hall"."""
    return f"Room {room.number}, {room.name}" if room.name else f"Room {room.number}"
