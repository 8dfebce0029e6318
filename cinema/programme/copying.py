"""A day or a week of the programme, once more on other days."""

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
from cinema.programme.planning import FURTHEST
from cinema.queries import days as programme
from common.errors import Code, Conflict, FieldError

DAY, WEEK = 1, 7


class Outcome(StrEnum):
    COPIED = "copied"
    CLASH = "clash"  # somebody has the room then
    PAST = "past"
    SKIPPED_TIME = "skipped_time"  # the clocks jump over it that day


@dataclass(frozen=True)
class Copied:
    """What became, or would become, of one session. `reason` is empty where it was copied."""

    session: MovieSession
    starts_at: datetime | None  # None for a time that does not exist
    ends_at: datetime | None
    outcome: Outcome
    reason: str = ""
    clashes_with: MovieSession | None = None  # None also where it is another of the copies
    copy: MovieSession | None = None  # once it is written


def copy(
    first_day: date,
    to_day: date,
    days: int = DAY,
    rooms: Iterable[Room] | None = None,
    *,
    dry_run: bool = False,
    skip_clashes: bool = False,
    as_drafts: bool = False,
) -> list[Copied]:
    """Every session that begins on the `days` from `first_day` on, at the same time by the clock from `to_day` on.

    Drafts come along, cancelled sessions don't. Each lasts as long as before, in the same room (`rooms`: of these only)
    and is published if it was, unless `as_drafts`. A dry run writes nothing and answers the same. Otherwise it is all
    or nothing: Conflict names what can't be copied, by session; with `skip_clashes` the rest is written.

    Raises ValidationError by name: "from", "to", "days".
    """
    sources = window("from", first_day, days)
    targets = window("to", to_day, days)
    if targets[1] > timezone.now() + FURTHEST:
        raise ValidationError({"to": ["This is more than a hundred years ahead."]})
    if first_day == to_day:
        raise ValidationError({"to": ["These are the days to be copied; choose others."]})
    only = None if rooms is None else list(rooms)
    shift = to_day - first_day
    if dry_run:
        return planned(sources, targets, shift, only)
    with transaction.atomic():
        # So that nobody schedules into the rooms between looking and writing, be it the same copy once more.
        pks = Room.objects.values_list("pk", flat=True) if only is None else (room.pk for room in only)
        held = locks.lock_rooms(pks)
        outcomes = planned(sources, targets, shift, list(held.values()))
        if not skip_clashes:
            refuse_gaps(outcomes)
        return written(outcomes, as_drafts=as_drafts)


def window(name: str, day: date, days: int) -> tuple[datetime, datetime]:
    if days not in (DAY, WEEK):
        raise ValidationError({"days": ["Copy a day or a week: 1 or 7."]})
    try:
        return day_bounds(day)[0], day_bounds(day + timedelta(days=days - 1))[1]
    except (ValidationError, OverflowError) as error:
        raise ValidationError({name: ["There is no such day in the calendar."]}) from error


class Taken(NamedTuple):
    """A room, from when until when, and what is said to whoever wants it then. `session` None is one of the copies."""

    starts_at: datetime
    free_at: datetime
    reason: str
    session: MovieSession | None = None


def planned(
    sources: tuple[datetime, datetime],
    targets: tuple[datetime, datetime],
    shift: timedelta,
    rooms: list[Room] | None,
) -> list[Copied]:
    now = timezone.now()
    by_room: dict[int, list[Taken]] = defaultdict(list)
    # A copy may begin on the last of the days and end on the day after it; by then the room is somebody's again.
    for other in programme.occupying_sessions(targets[0], targets[1] + timedelta(days=2), rooms):
        reason = f"{other.movie} has {other.room} then, {format_slot(other.starts_at, other.ends_at)}."
        by_room[other.room_id].append(Taken(other.starts_at, other.room_free_at, reason, other))
    return [
        outcome(session, shift, now, by_room[session.room_id])
        for session in programme.starting_sessions(*sources, rooms)
    ]


def outcome(session: MovieSession, shift: timedelta, now: datetime, taken: list[Taken]) -> Copied:
    """A copy that fits is one of `taken` from then on."""
    was = to_local(session.starts_at)
    try:
        # `fold` would ask for the second of an hour that comes twice.
        starts_at = to_utc(was.date() + shift, was.time().replace(fold=0))
    except ValidationError as error:
        return Copied(session, None, None, Outcome.SKIPPED_TIME, error.messages[0])
    ends_at = starts_at + (session.ends_at - session.starts_at)
    if starts_at <= now:
        return Copied(session, starts_at, ends_at, Outcome.PAST, "This time is past.")
    free_at = ends_at + timedelta(minutes=session.room.turnaround_minutes)
    for one in taken:
        if one.starts_at < free_at and starts_at < one.free_at:
            return Copied(session, starts_at, ends_at, Outcome.CLASH, one.reason, one.session)
    taken.append(Taken(starts_at, free_at, f"The copy of {session.movie} would have {session.room} then."))
    return Copied(session, starts_at, ends_at, Outcome.COPIED)


def refuse_gaps(outcomes: Iterable[Copied]) -> None:
    left = [one for one in outcomes if one.outcome is not Outcome.COPIED]
    if not left:
        return
    is_clash = any(one.outcome is Outcome.CLASH for one in left)
    number = f"{len(left)} {'session' if len(left) == 1 else 'sessions'}"
    raise Conflict(
        Code.ROOM_TAKEN if is_clash else Code.CONFLICT,
        f"{number} can't be copied, so nothing was; choose to leave out what can't be.",
        [FieldError(f"sessions.{one.session.pk}", f"{one.session}: {one.reason}") for one in left],
        {"sessions": [{"id": one.session.pk, "outcome": one.outcome} for one in left]},
    )


def written(outcomes: list[Copied], *, as_drafts: bool) -> list[Copied]:
    fit = [one for one in outcomes if one.outcome is Outcome.COPIED]
    rows = [
        {
            "movie": one.session.movie,
            "room": one.session.room,
            "starts_at": one.starts_at,
            "ends_at": one.ends_at,
            "published": one.session.published and not as_drafts,
        }
        for one in fit
    ]
    most = scheduling.MAX_AT_ONCE
    copies = chain.from_iterable(scheduling.schedule_many(rows[at : at + most]) for at in range(0, len(rows), most))
    return [replace(one, copy=next(copies)) if one.outcome is Outcome.COPIED else one for one in outcomes]
