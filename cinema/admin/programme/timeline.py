"""A day of the programme as a timeline, room by room."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.decorators import action

from cinema.admin.display import occupancy_bar, session_state
from cinema.core.local_time import day_bounds, to_local, to_utc, today
from cinema.queries.days import RoomDay, timeline

HOUR = timedelta(hours=1)
# The timeline runs from this time, by the clock, until midnight; a session outside of it widens it.
OPENING = time(12)


class TimelineMixin:
    """The page "A day's rooms" of the admin of sessions."""

    admin_site: Any
    opts: Any
    media: Any

    @action(description="A day’s rooms", url_path="timeline", permissions=["view"], icon="view_timeline")
    def timeline(self, request: HttpRequest) -> HttpResponse:
        day, rooms = _requested_day(request.GET.get("day", ""))
        begin, end = _bounds(day, rooms)
        rows = [_row(room, begin, end) for room in rooms]
        context = {
            **self.admin_site.each_context(request),
            "title": "A day’s rooms",
            "opts": self.opts,
            "media": self.media,
            "day": day,
            "is_today": day == today(),
            "before": day - timedelta(days=1),
            "after": day + timedelta(days=1),
            "hours": list(_hours(begin, end)),
            "rows": rows,
            "sold": sum(bar["session"].sold for row in rows for bar in row["bars"]),
        }
        return TemplateResponse(request, "admin/cinema/timeline.html", context)


def _requested_day(text: str) -> tuple[date, list[RoomDay]]:
    """Return the day that `text` names, and its rooms; today where it names none, or a far away one."""
    try:
        day = date.fromisoformat(text)
        if date(1900, 1, 1) <= day <= date(2200, 1, 1):
            return day, timeline(day)
    except (ValueError, ValidationError):
        pass
    return today(), timeline(today())


def _bounds(day: date, rooms: list[RoomDay]) -> tuple[datetime, datetime]:
    """Return begin and end of the timeline, with all sessions that begin on that day.

    A session that runs past midnight belongs to the day before.
    """
    first, last = day_bounds(day)
    todays = [session for room in rooms for session in room.sessions if session.starts_at >= first]
    begin = min(chain([_opening(day)], (session.starts_at for session in todays)))
    end = max(chain([last], (session.room_free_at for session in todays)))
    return begin.replace(minute=0), end


def _opening(day: date) -> datetime:
    return to_utc(day, OPENING)


def _hours(begin: datetime, end: datetime) -> Iterator[dict[str, Any]]:
    """Yield the hours, every second one with a label.

    Where the clocks change, an hour comes twice or is missing.
    """
    at, nth = begin, 0
    while at < end:
        yield {"at": to_local(at), "left": _percent(at, begin, end), "has_label": nth % 2 == 0}
        at, nth = at + HOUR, nth + 1


def _row(room: RoomDay, begin: datetime, end: datetime) -> dict[str, Any]:
    bars = [_bar(session, room.room, begin, end) for session in room.sessions if session.room_free_at > begin]
    return {"room": room.room, "bars": bars}


def _bar(session: Any, room: Any, begin: datetime, end: datetime) -> dict[str, Any]:
    session.seats_total = room.seats_total
    left = _percent(session.starts_at, begin, end)
    return {
        "session": session,
        "left": left,
        "width": round(_percent(session.ends_at, begin, end) - left, 3),
        "turnaround": round(_percent(session.room_free_at, begin, end) - _percent(session.ends_at, begin, end), 3),
        "occupied": occupancy_bar(session),
        "state": session_state(session),
    }


def _percent(at: datetime, begin: datetime, end: datetime) -> float:
    """Return the position of `at` between the two, in per cent, from 0 to 100."""
    return round(100 * min(1, max(0, (at - begin) / (end - begin))), 3)
