"""Days of the programme, room by room."""

from datetime import date, datetime
from typing import NamedTuple

from django.db.models import OuterRef, Q, QuerySet
from django.utils import timezone

from cinema.core.local_time import day_bounds
from cinema.models import MovieSession, Room, Seat, Ticket
from cinema.queries.sessions import count_per, occupying_sessions


class Gap(NamedTuple):
    """A time in which the room is free."""

    starts_at: datetime
    ends_at: datetime


class RoomDay(NamedTuple):
    """One room on one day: `room` with `seats_total`, `sessions` in order with `sold`, `held` and `checked_in`."""

    room: Room
    sessions: list[MovieSession]
    gaps: list[Gap]


def timeline(day: date) -> list[RoomDay]:
    """Return all rooms by number with the sessions that occupy them on that day, drafts and the night before included.

    Gaps are cut off where the day begins and ends; a room is not free in its turnaround. Two queries. Raises
    ValidationError for a day that no calendar has.
    """
    begin, end = day_bounds(day)
    rooms = Room.objects.annotate(seats_total=count_per(Seat.objects.filter(room=OuterRef("pk"), in_use=True), "room"))
    sessions: dict[int, list[MovieSession]] = {}
    for session in with_occupancy(occupying_sessions(begin, end)):
        sessions.setdefault(session.room_id, []).append(session)
    return [_room_day(room, sessions.get(room.pk, []), begin, end) for room in rooms.order_by("number")]


def with_occupancy(sessions: QuerySet[MovieSession]) -> QuerySet[MovieSession]:
    """Annotate how many tickets are `sold`, how many seats `held`, and how many visitors `checked_in`."""
    tickets = Ticket.objects.filter(session=OuterRef("pk"), cancelled_at=None)
    bought = Q(purchased_at__isnull=False)
    return sessions.annotate(
        sold=count_per(tickets.filter(bought), "session"),
        held=count_per(tickets.filter(~bought, held_until__gte=timezone.now()), "session"),
        checked_in=count_per(tickets.filter(used_at__isnull=False), "session"),
    )


def _room_day(room: Room, sessions: list[MovieSession], begin: datetime, end: datetime) -> RoomDay:
    gaps, free = [], begin
    for session in sessions:
        if session.starts_at > free:
            gaps.append(Gap(free, session.starts_at))
        free = max(free, session.room_free_at)
    if free < end:
        gaps.append(Gap(free, end))
    return RoomDay(room, sessions, gaps)
