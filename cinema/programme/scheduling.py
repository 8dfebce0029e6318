"""Scheduling and moving sessions: which film is shown in which room, and when.

An exclusion constraint of the database decides that a room is never promised twice. Every write of a session's room or
times locks the rooms first, so that two of them wait for each other in order (see cinema.core.locks).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django.utils import timezone

from cinema.box_office import holds, offers
from cinema.core import locks
from cinema.models import MovieSession, Room
from cinema.notifications.session_added import notify_sessions_added
from cinema.notifications.session_cancelled import notify_session_withdrawn
from cinema.notifications.session_moved import Slot, notify_session_moved
from cinema.programme import clashes, moving, planning, showing
from cinema.programme.planning import SessionPlan
from cinema.queries import tickets
from cinema.queries.concerned import people_concerned
from common.errors import Code, Conflict
from movies.models import Movie

CHANGEABLE = ("room", "starts_at", "ends_at", "published")


def schedule(
    movie: Movie, room: Room, starts_at: datetime, ends_at: datetime | None = None, published: bool = True
) -> MovieSession:
    """Schedule one session, and notify those who want to see the film if it was not on the programme.

    Times carry their zone and are cut to minutes; without `ends_at` the session lasts as long as film and
    advertisements. Raises ValidationError by name (movie, room, starts_at, ends_at), and Conflict ("room_taken"), which
    says which session has the room and when it is free: for managers, not for customers.
    """
    plan = planning.plan_session(movie, room, starts_at, ends_at, published)
    return _write([plan], by_index=False, notify_watchers=True)[0]


def schedule_many(rows: Sequence[Mapping[str, Any]], *, notify_watchers: bool = True) -> list[MovieSession]:
    """Schedule 1 to MAX_AT_ONCE sessions, all or none; each row holds the arguments of `schedule`.

    Returns the sessions in the order of the rows. Errors are named by index, as in "1.starts_at"; two rows can clash
    with each other as well. The demo, whose people are made up, sends no notifications.
    """
    planning.check_count(rows)
    return _write(planning.plan_sessions(rows), by_index=True, notify_watchers=notify_watchers)


def _write(plans: Sequence[SessionPlan], *, by_index: bool, notify_watchers: bool) -> list[MovieSession]:
    with clashes.explained_transaction(by_index=by_index) as attempted:
        rooms = locks.lock_rooms(plan.room.pk for plan in plans)
        if missing := [index for index, plan in enumerate(plans) if plan.room.pk not in rooms]:
            raise ValidationError({_field(index, "room", by_index): ["There is no such room."] for index in missing})
        sessions = [plan.build_session(rooms[plan.room.pk]) for plan in plans]
        if overlaps := clashes.find_overlaps(sessions):
            raise clashes.room_conflict(overlaps, by_index=by_index)
        attempted.extend(sessions)
        MovieSession.objects.bulk_create(sessions)  # here the constraint decides
        movies = showing.refresh(session.movie_id for session in sessions)
        if missing := [index for index, session in enumerate(sessions) if session.movie_id not in movies]:
            raise ValidationError({_field(index, "movie", by_index): ["There is no such film."] for index in missing})
        if notify_watchers:
            notify_sessions_added(sessions)
    return sessions


def change_session(session_id: int, changes: Mapping[str, Any]) -> MovieSession:
    """Write what differs of room, starts_at, ends_at and published, for a session that has not begun.

    A new start without an end keeps the length; `ends_at` None is as long as film and advertisements. Tickets stay
    valid and move along into another room, as do held seats, and everyone concerned is notified: holds and offers
    are bought only after the new time was shown. Seats that a larger room adds are offered to the waiting list. A draft
    loses its holds and its waiting list. Raises Http404, ValidationError by name, and Conflict: session_started,
    room_taken, has_tickets for a sold session that was to become a draft, seats_lost for tickets whose seats the new
    room does not have.
    """
    if unknown := sorted(set(changes) - set(CHANGEABLE)):
        raise ValidationError({name: ["This can't be changed."] for name in unknown})
    with clashes.explained_transaction(by_index=False) as attempted:
        session, room = _lock_session_and_room(session_id, changes.get("room"))
        planning.check_changeable(session)
        starts_at, ends_at = _new_times(session, changes)
        published = changes.get("published", session.published)
        moves = (room.pk, starts_at, ends_at) != (session.room_id, session.starts_at, session.ends_at)
        appears = published and not session.published
        disappears = session.published and not published
        if disappears:
            _check_no_tickets(session)
        if moves:
            slot = Slot(session.starts_at, session.ends_at, session.room)
            attempted.append(session)
            _move(session, room, starts_at, ends_at)  # here the constraint decides
            notify_session_moved(session, slot)
        if moves or published != session.published:
            session.published = published
            session.save(update_fields=["published"])
            showing.refresh([session.movie_id])
        if disappears:
            _withdraw(session)
        if moves:
            offers.offer_free_seats([session])
        if appears:
            notify_sessions_added([session])
    return session


def _lock_session_and_room(session_id: int, room: Room | None) -> tuple[MovieSession, Room]:
    """Lock the session, its room and the room where it is to be; return the session and the latter."""
    current_id = get_object_or_404(MovieSession.objects.only("room"), pk=session_id).room_id
    rooms = locks.lock_rooms({current_id, room.pk if room else current_id})
    session = locks.lock_session(session_id)
    target_id = room.pk if room else session.room_id
    if target_id not in rooms or session.room_id not in rooms:
        if room and room.pk not in rooms:
            raise ValidationError({"room": ["There is no such room."]})
        raise Conflict(Code.CONFLICT, "Another manager has just moved this session to another room. Try again.")
    session.room = rooms[session.room_id]
    return session, rooms[target_id]


def _new_times(session: MovieSession, changes: Mapping[str, Any]) -> tuple[datetime, datetime]:
    length = session.ends_at - session.starts_at
    starts_at = planning.cut_to_minute(changes["starts_at"]) if "starts_at" in changes else session.starts_at
    if starts_at != session.starts_at:
        planning.check_start(starts_at)
    ends_at = starts_at + length
    if "ends_at" in changes:
        new_end = changes["ends_at"]
        ends_at = (
            planning.calculate_end(session.movie, starts_at) if new_end is None else planning.cut_to_minute(new_end)
        )
    planning.check_length(starts_at, ends_at)
    return starts_at, ends_at


def _check_no_tickets(session: MovieSession) -> None:
    if tickets.live_tickets().filter(session=session).exists():
        raise Conflict(
            Code.HAS_TICKETS, "Tickets are sold for this session, so it stays published; it can be moved or cancelled."
        )


def _withdraw(session: MovieSession) -> None:
    """Release the holds of a session that becomes a draft, close its waiting list, and notify these people."""
    if people := people_concerned([session]):
        holds.delete_holds_of_session(session)
        session.revision += 1
        session.changed_at = timezone.now()
        session.save(update_fields=["revision", "changed_at"])
        notify_session_withdrawn(session, people)


def _move(session: MovieSession, room: Room, starts_at: datetime, ends_at: datetime) -> None:
    """Write the new place and times; a higher `revision` tells each move from the one before it."""
    moving.move_tickets(session, room)
    session.room, session.starts_at, session.ends_at = room, starts_at, ends_at
    session.room_free_at = planning.calculate_room_free_at(ends_at, room)
    session.revision += 1
    session.moved_revision, session.changed_at = session.revision, timezone.now()
    session.save(
        update_fields=["room", "starts_at", "ends_at", "room_free_at", "revision", "moved_revision", "changed_at"]
    )


def _field(index: int, name: str, by_index: bool) -> str:
    return f"{index}.{name}" if by_index else name
