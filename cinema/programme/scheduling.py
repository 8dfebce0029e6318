"""The programme: which film is shown in which room, and when.

That a room is never promised twice is decided by the database; here the refusal becomes an answer that helps. Whoever
schedules into a room, or moves a session there, queues for it (see cinema.core.locks).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404

from cinema.core import locks
from cinema.models import MovieSession, Room
from cinema.notifications import notify
from cinema.programme import clashes, moving, showing
from cinema.programme.planning import (
    Planned,
    check_length,
    check_start,
    each_planned,
    end_of,
    free_after,
    planned,
    whole_minute,
)
from cinema.programme.removal import MAX_AT_ONCE, check_number, refuse_settled, remove, remove_many
from cinema.queries import tickets
from common.errors import Code, Conflict
from movies.models import Movie

__all__ = ["MAX_AT_ONCE", "change", "end_of", "remove", "remove_many", "schedule", "schedule_many"]

CHANGEABLE = ("room", "starts_at", "ends_at", "published")

Answer = TypeVar("Answer")


class Refused(Exception):
    """By the database: `wanted`, as its cause says."""

    def __init__(self, wanted: Sequence[MovieSession]) -> None:
        self.wanted = wanted


def schedule(
    movie: Movie, room: Room, starts_at: datetime, ends_at: datetime | None = None, published: bool = True
) -> MovieSession:
    """Times with their zone, cut to minutes; without `ends_at` the session is as long as film and advertisements.

    Raises ValidationError by name (movie, room, starts_at, ends_at), and Conflict ("room_taken"), which says who has
    the room and when it is free: a manager's business, not a customer's.
    """
    plan = planned(movie, room, starts_at, ends_at, published)
    return decided(lambda: put([plan], by_index=False), by_index=False)[0]


def schedule_many(rows: Sequence[Mapping[str, Any]], *, tell: bool = True) -> list[MovieSession]:
    """As `schedule`, whose arguments each row holds, for 1 to MAX_AT_ONCE sessions, all or none, in their order.

    Errors are named by index, as in "1.starts_at"; two of the rows can be in each other's way as well. Without `tell`
    nobody hears that a film they want to see is on: for a demo, whose people are made up.
    """
    check_number(rows)
    plans = each_planned(list(rows))
    return decided(lambda: put(plans, by_index=True, tell=tell), by_index=True)


def change(session_id: int, changes: Mapping[str, Any]) -> MovieSession:
    """Writes what differs of room, starts_at, ends_at and published, of a session that has not begun.

    A new start without an end keeps the length; `ends_at` None is as long as film and advertisements. Tickets stay
    what they are, and go along into another room. Raises Http404, ValidationError by name, and Conflict
    (session_started, room_taken, has_tickets for what can't be a draft any more, seats_lost in a room that has not
    got them).
    """
    if unknown := sorted(set(changes) - set(CHANGEABLE)):
        raise ValidationError({name: ["This can't be changed."] for name in unknown})
    return decided(lambda: write(session_id, changes), by_index=False)


def decided(act: Callable[[], Answer], *, by_index: bool) -> Answer:
    """By `act`, in a transaction. Who has the room is looked up when that is over: a queue may be waiting behind it."""
    try:
        with transaction.atomic():
            return act()
    except Refused as refused:
        raise refusal(refused, by_index=by_index) from refused.__cause__


def refusal(refused: Refused, *, by_index: bool) -> BaseException:
    """In words; the database's own where it is about something else, or who had the room has just left it."""
    error = cast(IntegrityError, refused.__cause__)
    clash = clashes.with_programme(refused.wanted) if clashes.is_room_taken(error) else []
    return clashes.conflict(clash, by_index=by_index) if clash else error


def write(session_id: int, changes: Mapping[str, Any]) -> MovieSession:
    session, room = held(session_id, changes.get("room"))
    refuse_settled(session)
    times = new_times(session, changes)
    published = changes.get("published", session.published)
    if session.published and not published and tickets.live_tickets().filter(session=session).exists():
        raise Conflict(
            Code.HAS_TICKETS, "Tickets are sold for this session, so it stays published; it can be moved or cancelled."
        )
    moves = (room.pk, *times) != (session.room_id, session.starts_at, session.ends_at)
    appears = published and not session.published
    if moves:
        was = notify.Slot(session.starts_at, session.ends_at, session.room)
        move(session, room, *times)
        notify.moved(session, was)
    if moves or published != session.published:
        session.published = published
        session.save(update_fields=["published"])
        showing.refresh([session.movie_id])
    if appears:
        notify.sessions_added([session])
    return session


def put(plans: Sequence[Planned], *, by_index: bool, tell: bool = True) -> list[MovieSession]:
    rooms = locks.lock_rooms(plan.room.pk for plan in plans)
    missing = [index for index, plan in enumerate(plans) if plan.room.pk not in rooms]
    if missing:
        raise ValidationError({named(index, "room", by_index): ["There is no such room."] for index in missing})
    sessions = [plan.in_room(rooms[plan.room.pk]) for plan in plans]
    if clash := clashes.among(sessions):
        raise clashes.conflict(clash, by_index=by_index)
    try:
        MovieSession.objects.bulk_create(sessions)
    except IntegrityError as error:
        raise Refused(sessions) from error
    there = showing.refresh(session.movie_id for session in sessions)
    gone = [index for index, session in enumerate(sessions) if session.movie_id not in there]
    if gone:
        raise ValidationError({named(index, "movie", by_index): ["There is no such film."] for index in gone})
    if tell:
        notify.sessions_added(sessions)
    return sessions


def held(session_id: int, room: Room | None) -> tuple[MovieSession, Room]:
    """The session, and the room where it is to be, which nobody else schedules into or rebuilds meanwhile."""
    stands_in = get_object_or_404(MovieSession.objects.only("room"), pk=session_id).room_id
    rooms = locks.lock_rooms({stands_in, room.pk if room else stands_in})
    session = locks.lock_session(session_id)
    wanted = room.pk if room else session.room_id
    if wanted not in rooms or session.room_id not in rooms:
        if room and room.pk not in rooms:
            raise ValidationError({"room": ["There is no such room."]})
        raise Conflict(Code.CONFLICT, "Somebody else moved this session to another room just now. Try again.")
    session.room = rooms[session.room_id]
    return session, rooms[wanted]


def new_times(session: MovieSession, changes: Mapping[str, Any]) -> tuple[datetime, datetime]:
    length = session.ends_at - session.starts_at
    starts_at = whole_minute(changes["starts_at"]) if "starts_at" in changes else session.starts_at
    if starts_at != session.starts_at:
        check_start(starts_at)
    ends_at = starts_at + length
    if "ends_at" in changes:
        said = changes["ends_at"]
        ends_at = end_of(session.movie, starts_at) if said is None else whole_minute(said)
    check_length(starts_at, ends_at)
    return starts_at, ends_at


def move(session: MovieSession, room: Room, starts_at: datetime, ends_at: datetime) -> None:
    """Whoever has a ticket will want to know: `revision` tells a move that they have not heard of."""
    moving.remap(session, room)
    session.room, session.starts_at, session.ends_at = room, starts_at, ends_at
    session.room_free_at = free_after(ends_at, room)
    session.revision += 1
    try:
        session.save(update_fields=["room", "starts_at", "ends_at", "room_free_at", "revision"])
    except IntegrityError as error:
        raise Refused([session]) from error


def named(index: int, field: str, by_index: bool) -> str:
    return f"{index}.{field}" if by_index else field
