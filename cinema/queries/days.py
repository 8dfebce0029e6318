"""Whole days of the programme, room by room."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import OuterRef, Q, QuerySet
from django.utils import timezone

from cinema.core.local_time import day_bounds
from cinema.models import LONGEST_SESSION, MovieSession, Room, Seat, Ticket
from cinema.queries.sessions import count_per, field_names


class Gap(NamedTuple):
    """Nobody has the room."""

    starts_at: datetime
    ends_at: datetime


class RoomDay(NamedTuple):
    """`room` with `seats_total`; `sessions` in order, each with `sold`, `held` and `checked_in`."""

    room: Room
    sessions: list[MovieSession]
    gaps: list[Gap]


def timeline(day: date) -> list[RoomDay]:
    """All rooms by number, with what has them at some moment of that day: drafts, and what began the day before, too.

    Gaps are cut off where the day begins and ends; a room is not free in its turnaround. Two queries. Raises
    ValidationError for a day that no calendar has.
    """
    begin, end = day_bounds(day)
    rooms = Room.objects.annotate(seats_total=count_per(Seat.objects.filter(room=OuterRef("pk"), in_use=True), "room"))
    sessions: dict[int, list[MovieSession]] = {}
    for session in with_occupancy(occupying_sessions(begin, end)):
        sessions.setdefault(session.room_id, []).append(session)
    return [_room_day(room, sessions.get(room.pk, []), begin, end) for room in rooms.order_by("number")]


def occupying_sessions(begin: datetime, end: datetime, rooms: Iterable[Room] | None = None) -> QuerySet[MovieSession]:
    """What has a room, turnaround included, at some moment from `begin` until `end`; in order, with film and room."""
    rows = MovieSession.objects.filter(cancelled_at=None, room_free_at__gt=begin, starts_at__lt=end)
    # Follows from the above, for nothing has a room longer than that; it is what the index knows.
    rows = rows.filter(starts_at__gt=begin - 2 * LONGEST_SESSION)
    return _in_order(rows, rooms)


def starting_sessions(begin: datetime, end: datetime, rooms: Iterable[Room] | None = None) -> QuerySet[MovieSession]:
    """What begins from `begin` until `end` and was not cancelled; in order, with film and room."""
    return _in_order(MovieSession.objects.filter(cancelled_at=None, starts_at__gte=begin, starts_at__lt=end), rooms)


def _in_order(sessions: QuerySet[MovieSession], rooms: Iterable[Room] | None) -> QuerySet[MovieSession]:
    if rooms is not None:
        sessions = sessions.filter(room__in=list(rooms))
    return sessions.select_related("movie", "room").only(*field_names()).order_by("starts_at", "room__number")


def with_occupancy(sessions: QuerySet[MovieSession]) -> QuerySet[MovieSession]:
    """Each with how many tickets are `sold`, how many seats `held`, and how many people `checked_in`."""
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
