"""Copying a day or a week of the programme to other days."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from cinema.core import locks
from cinema.core.local_time import day_bounds, format_slot, to_local, to_utc
from cinema.models import MovieSession, Room
from cinema.programme import scheduling
from cinema.programme.planning import FURTHEST, MAX_AT_ONCE
from cinema.queries.sessions import occupying_sessions, starting_sessions
from common.errors import Code, Conflict, FieldError

DAY, WEEK = 1, 7


class Outcome(StrEnum):
    COPIED = "copied"
    CLASH = "clash"  # the room is taken at that time
    PAST = "past"
    SKIPPED_TIME = "skipped_time"  # the clocks jump over it that day


@dataclass(frozen=True)
class CopyResult:
    """What one session was, or would be, copied to. `reason` is empty where it was copied."""

    session: MovieSession
    starts_at: datetime | None  # None for a time that does not exist
    ends_at: datetime | None
    outcome: Outcome
    reason: str = ""
    clashes_with: MovieSession | None = None  # None also where it is another of the copies
    copy: MovieSession | None = None  # once it is written


class Occupied(NamedTuple):
    """The time a room is taken, and the reason to give for a clash. `session` is None for another of the copies."""

    starts_at: datetime
    free_at: datetime
    reason: str
    session: MovieSession | None = None


def copy_programme(
    first_day: date,
    to_day: date,
    days: int = DAY,
    rooms: Iterable[Room] | None = None,
    *,
    dry_run: bool = False,
    skip_clashes: bool = False,
    as_drafts: bool = False,
) -> list[CopyResult]:
    """Copy every session that begins on the `days` from `first_day` on to the same times by the clock from `to_day` on.

    Drafts are copied, cancelled sessions are not. Each copy lasts as long as the original, is in the same room
    (`rooms`: only of these) and is published if the original was, unless `as_drafts`. A dry run writes nothing and
    returns the same. Otherwise it is all or nothing: Conflict names what can't be copied, by session; with
    `skip_clashes` the rest is written.

    Raises ValidationError by name: "from", "to", "days".
    """
    sources = _window("from", first_day, days)
    targets = _window("to", to_day, days)
    if targets[1] > timezone.now() + FURTHEST:
        raise ValidationError({"to": ["This is more than a hundred years ahead."]})
    if first_day == to_day:
        raise ValidationError({"to": ["These are the days to be copied; choose others."]})
    selected = None if rooms is None else list(rooms)
    shift = to_day - first_day
    if dry_run:
        return _plan_copies(sources, targets, shift, selected)
    with transaction.atomic():
        # The locks keep other managers from scheduling into the rooms between planning and writing.
        pks = Room.objects.values_list("pk", flat=True) if selected is None else (room.pk for room in selected)
        locked = locks.lock_rooms(pks)
        results = _plan_copies(sources, targets, shift, list(locked.values()))
        if not skip_clashes:
            _check_all_copied(results)
        return _write_copies(results, as_drafts=as_drafts)


def _window(name: str, day: date, days: int) -> tuple[datetime, datetime]:
    if days not in (DAY, WEEK):
        raise ValidationError({"days": ["Copy a day or a week: 1 or 7."]})
    try:
        return day_bounds(day)[0], day_bounds(day + timedelta(days=days - 1))[1]
    except (ValidationError, OverflowError) as error:
        raise ValidationError({name: ["There is no such day in the calendar."]}) from error


def _plan_copies(
    sources: tuple[datetime, datetime],
    targets: tuple[datetime, datetime],
    shift: timedelta,
    rooms: list[Room] | None,
) -> list[CopyResult]:
    now = timezone.now()
    by_room: dict[int, list[Occupied]] = defaultdict(list)
    # A copy may begin on the last of the days and end on the day after it, when the room is taken by another session.
    for other in occupying_sessions(targets[0], targets[1] + timedelta(days=2), rooms):
        reason = f"{other.movie} has {other.room} then, {format_slot(other.starts_at, other.ends_at)}."
        by_room[other.room_id].append(Occupied(other.starts_at, other.room_free_at, reason, other))
    originals = starting_sessions(*sources, rooms)
    return [_plan_copy(session, shift, now, by_room[session.room_id]) for session in originals]


def _plan_copy(session: MovieSession, shift: timedelta, now: datetime, occupied: list[Occupied]) -> CopyResult:
    """Plan the copy of one session, and add one that fits to `occupied`."""
    original = to_local(session.starts_at)
    try:
        # `fold` would ask for the second of an hour that comes twice.
        starts_at = to_utc(original.date() + shift, original.time().replace(fold=0))
    except ValidationError as error:
        return CopyResult(session, None, None, Outcome.SKIPPED_TIME, error.messages[0])
    ends_at = starts_at + (session.ends_at - session.starts_at)
    if starts_at <= now:
        return CopyResult(session, starts_at, ends_at, Outcome.PAST, "This time is past.")
    free_at = ends_at + timedelta(minutes=session.room.turnaround_minutes)
    for one in occupied:
        if one.starts_at < free_at and starts_at < one.free_at:
            return CopyResult(session, starts_at, ends_at, Outcome.CLASH, one.reason, one.session)
    occupied.append(Occupied(starts_at, free_at, f"The copy of {session.movie} would have {session.room} then."))
    return CopyResult(session, starts_at, ends_at, Outcome.COPIED)


def _check_all_copied(results: Iterable[CopyResult]) -> None:
    failed = [one for one in results if one.outcome is not Outcome.COPIED]
    if not failed:
        return
    is_clash = any(one.outcome is Outcome.CLASH for one in failed)
    number = f"{len(failed)} {'session' if len(failed) == 1 else 'sessions'}"
    raise Conflict(
        Code.ROOM_TAKEN if is_clash else Code.CONFLICT,
        f"{number} can't be copied, so nothing was. You can choose to leave out what can't be copied.",
        [FieldError(f"sessions.{one.session.pk}", f"{one.session}: {one.reason}") for one in failed],
        {"sessions": [{"id": one.session.pk, "outcome": one.outcome} for one in failed]},
    )


def _write_copies(results: list[CopyResult], *, as_drafts: bool) -> list[CopyResult]:
    rows = [
        {
            "movie": one.session.movie,
            "room": one.session.room,
            "starts_at": one.starts_at,
            "ends_at": one.ends_at,
            "published": one.session.published and not as_drafts,
        }
        for one in results
        if one.outcome is Outcome.COPIED
    ]
    batches = [rows[start : start + MAX_AT_ONCE] for start in range(0, len(rows), MAX_AT_ONCE)]
    copies = chain.from_iterable(scheduling.schedule_many(batch) for batch in batches)
    return [replace(one, copy=next(copies)) if one.outcome is Outcome.COPIED else one for one in results]
