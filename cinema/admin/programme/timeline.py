"""A day of the programme, room by room, against the clock."""

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
# Shown from then on, by the clock, until midnight; whatever begins earlier or ends later widens the day.
OPENING = time(12)


class Timeline:
    """Of the admin of sessions: "A day's rooms"."""

    admin_site: Any
    opts: Any
    media: Any

    @action(description="A day’s rooms", url_path="timeline", permissions=["view"], icon="view_timeline")
    def timeline(self, request: HttpRequest) -> HttpResponse:
        day, rooms = chosen(request.GET.get("day", ""))
        begin, end = frame(day, rooms)
        lines = [line(room, begin, end) for room in rooms]
        context = {
            **self.admin_site.each_context(request),
            "title": "A day’s rooms",
            "opts": self.opts,
            "media": self.media,
            "day": day,
            "is_today": day == today(),
            "before": day - timedelta(days=1),
            "after": day + timedelta(days=1),
            "hours": list(hours(begin, end)),
            "lines": lines,
            "sold": sum(bar["session"].sold for each in lines for bar in each["bars"]),
        }
        return TemplateResponse(request, "admin/cinema/timeline.html", context)


def chosen(text: str) -> tuple[date, list[RoomDay]]:
    """Any day that a calendar has, and that has days around it; today for everything else."""
    try:
        day = date.fromisoformat(text)
        if date(1900, 1, 1) <= day <= date(2200, 1, 1):
            return day, timeline(day)
    except (ValueError, ValidationError):
        pass
    return today(), timeline(today())


def frame(day: date, rooms: list[RoomDay]) -> tuple[datetime, datetime]:
    """So that everything that begins on that day is in it; the end of the night before belongs to the day before."""
    first, last = day_bounds(day)
    todays = [session for room in rooms for session in room.sessions if session.starts_at >= first]
    begin = min(chain([noon(day)], (session.starts_at for session in todays)))
    end = max(chain([last], (session.room_free_at for session in todays)))
    return begin.replace(minute=0), end


def noon(day: date) -> datetime:
    return to_utc(day, OPENING)


def hours(begin: datetime, end: datetime) -> Iterator[dict[str, Any]]:
    """Every second one is named; two hours of one name, or one that is missing, are what the clocks do that day."""
    at, nth = begin, 0
    while at < end:
        yield {"at": to_local(at), "left": percent(at, begin, end), "named": nth % 2 == 0}
        at, nth = at + HOUR, nth + 1


def line(room: RoomDay, begin: datetime, end: datetime) -> dict[str, Any]:
    bars = [bar(session, room.room, begin, end) for session in room.sessions if session.room_free_at > begin]
    return {"room": room.room, "bars": bars}


def bar(session: Any, room: Any, begin: datetime, end: datetime) -> dict[str, Any]:
    session.seats_total = room.seats_total
    left = percent(session.starts_at, begin, end)
    return {
        "session": session,
        "left": left,
        "width": round(percent(session.ends_at, begin, end) - left, 3),
        "turnaround": round(percent(session.room_free_at, begin, end) - percent(session.ends_at, begin, end), 3),
        "occupied": occupancy_bar(session),
        "state": session_state(session),
    }


def percent(at: datetime, begin: datetime, end: datetime) -> float:
    """Where that moment is between the two, as a share of a hundred; what is outside is at the edge."""
    return round(100 * min(1, max(0, (at - begin) / (end - begin))), 3)
