"""Clashes of sessions in a room: finding them, and explaining them to managers once the database has refused."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from django.db import IntegrityError, transaction

from cinema.core.local_time import format_iso, format_moment, to_local
from cinema.models import MovieSession
from cinema.programme import free_slots
from cinema.queries.sessions import occupying_sessions
from common.database.constraints import violated_name
from common.errors import Code, Conflict, FieldError

ROOM_TAKEN = "session_room_taken"


class Clash(NamedTuple):
    """`other` has the room at the time of `wanted`, which is at `position` in the list. Both have their film."""

    position: int
    wanted: MovieSession
    other: MovieSession


@contextmanager
def explained_transaction(*, by_index: bool) -> Iterator[list[MovieSession]]:
    """Run a transaction, and raise Conflict ("room_taken") in place of the database's refusal of a taken room.

    Yields an empty list, to which the caller adds the sessions that it is about to write. The clashing sessions are
    looked up after the transaction, when its locks are released: other transactions may be waiting for the rooms. If
    the clashing session has left by then, or another constraint was violated, the IntegrityError is raised as it is.
    """
    attempted: list[MovieSession] = []
    try:
        with transaction.atomic():
            yield attempted
    except IntegrityError as error:
        clashing = _find_in_programme(attempted) if violated_name(error) == ROOM_TAKEN else []
        if not clashing:
            raise
        raise room_conflict(clashing, by_index=by_index) from error


def find_overlaps(wanted: Sequence[MovieSession]) -> list[Clash]:
    """Return the overlaps within `wanted`. Of two that overlap, the later one in the list is the one that clashes."""
    by_room = sorted(enumerate(wanted), key=lambda item: (item[1].room_id, item[1].starts_at))
    clashes = []
    longest = by_room[0]
    for item in by_room[1:]:
        if item[1].room_id == longest[1].room_id and item[1].starts_at < longest[1].room_free_at:
            earlier, later = sorted((longest, item), key=lambda one: one[0])
            clashes.append(Clash(later[0], later[1], earlier[1]))
        longest = max(longest, item, key=lambda one: (one[1].room_id, one[1].room_free_at))
    return sorted(clashes, key=lambda clash: clash.position)


def room_conflict(clashes: Sequence[Clash], *, by_index: bool) -> Conflict:
    """Return the conflict that names every clash, with the next free slots for the first of them."""
    first = clashes[0]
    wanted, other = first.wanted, first.other
    length = wanted.ends_at - wanted.starts_at
    slots = free_slots.find(wanted.room, length, wanted.starts_at, without=wanted.pk)
    message = f"{_sentence(first)} Next free: {', '.join(format_moment(slot.starts_at) for slot in slots)}."
    errors = [
        FieldError(f"{clash.position}.starts_at" if by_index else "starts_at", _sentence(clash)) for clash in clashes
    ]
    details = {
        "clashing_session": {
            "id": other.pk,
            "movie": {"id": other.movie_id, "title": other.movie.title},
            "starts_at": format_iso(other.starts_at),
            "ends_at": format_iso(other.ends_at),
            "room_free_at": format_iso(other.room_free_at),
        },
        "free_slots": [
            {"starts_at": format_iso(slot.starts_at), "ends_at": format_iso(slot.ends_at)} for slot in slots
        ],
    }
    return Conflict(Code.ROOM_TAKEN, message, errors, details)


def _find_in_programme(wanted: Sequence[MovieSession]) -> list[Clash]:
    """Return the first clash of each of `wanted` with the programme, but not of a moved session with itself.

    One query for each room.
    """
    programme = {room_id: _sessions_in_room(room_id, wanted) for room_id in {session.room_id for session in wanted}}
    clashes = ((index, one, _first_clash(one, programme[one.room_id])) for index, one in enumerate(wanted))
    return [Clash(index, session, other) for index, session, other in clashes if other]


def _sessions_in_room(room_id: int, wanted: Sequence[MovieSession]) -> list[MovieSession]:
    times = [(session.starts_at, session.room_free_at) for session in wanted if session.room_id == room_id]
    begin, end = min(start for start, _ in times), max(free for _, free in times)
    return list(occupying_sessions(begin, end, [room_id]).order_by("starts_at"))


def _first_clash(session: MovieSession, programme: Sequence[MovieSession]) -> MovieSession | None:
    """Return the first of `programme` that overlaps `session`.

    `programme` is in order and has no overlaps, so only the one before the start and those after it can be in the way.
    """
    start = max(bisect_right(programme, session.starts_at, key=lambda other: other.starts_at) - 1, 0)
    for other in programme[start:]:
        if other.starts_at >= session.room_free_at:
            return None
        if other.room_free_at > session.starts_at and other.pk != session.pk:
            return other
    return None


def _sentence(clash: Clash) -> str:
    other, room = clash.other, clash.wanted.room
    which = f"session {other.pk}" if other.pk else "another of those sent"
    until = f"until {to_local(other.ends_at):%H:%M}"
    if minutes := (other.room_free_at - other.ends_at).seconds // 60:
        until += f", and the room is free {minutes} minutes later, from {to_local(other.room_free_at):%H:%M}"
    return f"{room} is taken: “{other.movie.title}” ({which}) begins {format_moment(other.starts_at)}, {until}."
