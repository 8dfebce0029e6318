"""Who has the room: what is said to whoever wanted it, once the database has refused."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import IntegrityError

from cinema.core.local_time import to_local
from cinema.models import MovieSession
from cinema.programme import free_slots
from cinema.queries.sessions import occupying_sessions
from common.constraints import violated
from common.errors import Code, Conflict, FieldError

ROOM_TAKEN = "session_room_taken"


class Clash(NamedTuple):
    """`other` has the room at the time of `wanted`, which has that `place` in the list; both know their film."""

    place: int
    wanted: MovieSession
    other: MovieSession


def is_room_taken(error: IntegrityError) -> bool:
    return violated(error) == ROOM_TAKEN


def among(wanted: Sequence[MovieSession]) -> list[Clash]:
    """Those that are in each other's way. It is the one further back in the list that is too many."""
    by_room = sorted(enumerate(wanted), key=lambda item: (item[1].room_id, item[1].starts_at))
    clashes = []
    longest = by_room[0]
    for item in by_room[1:]:
        if item[1].room_id == longest[1].room_id and item[1].starts_at < longest[1].room_free_at:
            earlier, later = sorted((longest, item), key=lambda one: one[0])
            clashes.append(Clash(later[0], later[1], earlier[1]))
        longest = max(longest, item, key=lambda one: (one[1].room_id, one[1].room_free_at))
    return sorted(clashes, key=lambda clash: clash.place)


def with_programme(wanted: Sequence[MovieSession]) -> list[Clash]:
    """With the first that each of them meets in its room. A session that is to be moved does not meet itself."""
    standing = {room_id: list(in_room(room_id, wanted)) for room_id in {session.room_id for session in wanted}}
    found = ((index, session, met(session, standing[session.room_id])) for index, session in enumerate(wanted))
    return [Clash(index, session, other) for index, session, other in found if other]


def in_room(room_id: int, wanted: Sequence[MovieSession]) -> Iterable[MovieSession]:
    times = [(session.starts_at, session.room_free_at) for session in wanted if session.room_id == room_id]
    begin, end = min(start for start, _ in times), max(free for _, free in times)
    return occupying_sessions(room_id, begin, end).order_by("starts_at")


def met(session: MovieSession, standing: Sequence[MovieSession]) -> MovieSession | None:
    """`standing`, in order, never overlap one another: the one before the start, and those behind it, can be met."""
    at = max(bisect_right(standing, session.starts_at, key=lambda other: other.starts_at) - 1, 0)
    for other in standing[at:]:
        if other.starts_at >= session.room_free_at:
            return None
        if other.room_free_at > session.starts_at and other.pk != session.pk:
            return other
    return None


def conflict(clashes: Sequence[Clash], *, by_index: bool) -> Conflict:
    """Names every clash, and of the first one what a program can go on with."""
    first = clashes[0]
    wanted, other = first.wanted, first.other
    length = wanted.ends_at - wanted.starts_at
    slots = free_slots.find(wanted.room, length, wanted.starts_at, without=wanted.pk)
    message = f"{sentence(first)} Next free: {', '.join(when(slot.starts_at) for slot in slots)}."
    details = {
        "clashing_session": {
            "id": other.pk,
            "movie": {"id": other.movie_id, "title": other.movie.title},
            "starts_at": iso(other.starts_at),
            "ends_at": iso(other.ends_at),
            "room_free_at": iso(other.room_free_at),
        },
        "free_slots": [{"starts_at": iso(slot.starts_at), "ends_at": iso(slot.ends_at)} for slot in slots],
    }
    return Conflict(Code.ROOM_TAKEN, message, list(errors(clashes, by_index)), details)


def errors(clashes: Iterable[Clash], by_index: bool) -> Iterator[FieldError]:
    for clash in clashes:
        yield FieldError(f"{clash.place}.starts_at" if by_index else "starts_at", sentence(clash))


def sentence(clash: Clash) -> str:
    other, room = clash.other, clash.wanted.room
    which = f"session {other.pk}" if other.pk else "another of those sent"
    until = f"until {to_local(other.ends_at):%H:%M}"
    if minutes := (other.room_free_at - other.ends_at).seconds // 60:
        until += f", and the room is free {minutes} minutes later, from {to_local(other.room_free_at):%H:%M}"
    return f"{room} is taken: “{other.movie.title}” ({which}) begins {when(other.starts_at)}, {until}."


def when(moment: datetime) -> str:
    return f"{to_local(moment):%a %d %b %Y, %H:%M}"


def iso(moment: datetime) -> str:
    """As the API writes times."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
