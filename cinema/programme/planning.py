"""Checks on a session that do not depend on other sessions: its film, its times, and whether it can still change."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from cinema.core.local_time import to_local
from cinema.models import LONGEST_SESSION, MovieSession, Room
from common.errors import Code, Conflict
from movies.models import Movie

FURTHEST = timedelta(days=36_525)
MAX_AT_ONCE = 500


@dataclass(frozen=True)
class SessionPlan:
    """A valid session to be: a film of the catalogue, in whole minutes, not in the past."""

    movie: Movie
    room: Room
    starts_at: datetime
    ends_at: datetime
    published: bool

    def build_session(self, room: Room) -> MovieSession:
        """Return the unsaved session; `room` is the locked row, whose turnaround counts."""
        return MovieSession(
            movie=self.movie,
            room=room,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            room_free_at=calculate_room_free_at(self.ends_at, room),
            published=self.published,
        )


def plan_session(
    movie: Movie, room: Room, starts_at: datetime, ends_at: datetime | None = None, published: bool = True
) -> SessionPlan:
    """Check the values of a session.

    Raises ValidationError by name; those of the times only if nothing is wrong with the film.
    """
    if movie.is_private:
        raise ValidationError({"movie": ["Only films of the catalogue are shown; this one is private."]})
    starts_at = cut_to_minute(starts_at)
    check_start(starts_at)
    ends_at = calculate_end(movie, starts_at) if ends_at is None else cut_to_minute(ends_at)
    check_length(starts_at, ends_at)
    return SessionPlan(movie, room, starts_at, ends_at, published)


def plan_sessions(rows: Sequence[Mapping[str, Any]]) -> list[SessionPlan]:
    """Check rows of arguments of `plan_session`.

    Raises one ValidationError for all of them, by index and name ("1.starts_at").
    """
    plans: list[SessionPlan] = []
    errors: dict[str, list[str]] = {}
    for index, row in enumerate(rows):
        try:
            plans.append(plan_session(**row))
        except ValidationError as error:
            errors |= {f"{index}.{name}": messages for name, messages in error.message_dict.items()}
    if errors:
        raise ValidationError(errors)
    return plans


def check_count(items: Collection[Any], field: str = "__all__") -> None:
    """Raise ValidationError unless there are 1 to MAX_AT_ONCE items."""
    if not 1 <= len(items) <= MAX_AT_ONCE:
        raise ValidationError({field: [f"Send 1 to {MAX_AT_ONCE} at once."]})


def check_changeable(session: MovieSession) -> None:
    """Raise Conflict ("session_started") for a session that has begun, is over or was cancelled."""
    if reason := explain_unchangeable(session):
        raise Conflict(Code.SESSION_STARTED, reason)


def explain_unchangeable(session: MovieSession) -> str:
    """Return why nothing about the session can be changed any more; "" while it can."""
    now = timezone.now()
    if session.cancelled_at:
        return "This session was cancelled."
    if session.ends_at <= now:
        return "This session is over."
    if session.starts_at <= now:
        return f"This session began at {to_local(session.starts_at):%H:%M}."
    return ""


def check_start(starts_at: datetime) -> None:
    """Raise ValidationError for a start in the past, or absurdly far ahead."""
    now = timezone.now()
    if starts_at < now:
        raise ValidationError({"starts_at": ["This is in the past."]})
    if starts_at > now + FURTHEST:
        raise ValidationError({"starts_at": ["This is more than a hundred years ahead."]})


def check_length(starts_at: datetime, ends_at: datetime) -> None:
    """Raise ValidationError unless the session lasts between a minute and 24 hours."""
    if ends_at <= starts_at:
        raise ValidationError({"ends_at": ["A session ends after it starts."]})
    if ends_at - starts_at > LONGEST_SESSION:
        raise ValidationError({"ends_at": ["A session is at most 24 hours long."]})


def cut_to_minute(when: datetime) -> datetime:
    """Cut off the seconds, which a program's "in two hours" has and no programme shows."""
    return when.replace(second=0, microsecond=0)


def calculate_end(movie: Movie, starts_at: datetime) -> datetime:
    """Return when the film is over, advertisements before it included.

    Raises ValidationError for a film without a runtime.
    """
    if movie.runtime is None:
        raise ValidationError(
            {"ends_at": ["The runtime of the film is not known, so say when the session ends."]}, code="required"
        )
    return starts_at + timedelta(minutes=movie.runtime + settings.ADVERTISEMENT_MINUTES)


def calculate_room_free_at(ends_at: datetime, room: Room) -> datetime:
    """Return when the room's turnaround after a session is over."""
    return ends_at + timedelta(minutes=room.turnaround_minutes)
