"""What a session must be before it is asked whether its room is free."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from cinema.models import LONGEST_SESSION, MovieSession, Room
from movies.models import Movie

FURTHEST = timedelta(days=36_525)


@dataclass(frozen=True)
class Planned:
    """Of a film of the catalogue, in whole minutes, from now on."""

    movie: Movie
    room: Room
    starts_at: datetime
    ends_at: datetime
    published: bool

    def in_room(self, room: Room) -> MovieSession:
        """Unsaved; `room` as it is now, which says how long it stays empty afterwards."""
        return MovieSession(
            movie=self.movie,
            room=room,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            room_free_at=free_after(self.ends_at, room),
            published=self.published,
        )


def planned(
    movie: Movie, room: Room, starts_at: datetime, ends_at: datetime | None = None, published: bool = True
) -> Planned:
    """Raises ValidationError by name; those of the times only if nothing is wrong with the film."""
    if movie.is_private:
        raise ValidationError({"movie": ["Only films of the catalogue are shown; this one is private."]})
    starts_at = whole_minute(starts_at)
    check_start(starts_at)
    ends_at = end_of(movie, starts_at) if ends_at is None else whole_minute(ends_at)
    check_length(starts_at, ends_at)
    return Planned(movie, room, starts_at, ends_at, published)


def each_planned(rows: list[Mapping[str, Any]]) -> list[Planned]:
    """Raises one ValidationError for all of them, by index and name ("1.starts_at")."""
    plans: list[Planned] = []
    errors: dict[str, list[str]] = {}
    for index, row in enumerate(rows):
        try:
            plans.append(planned(**row))
        except ValidationError as error:
            errors |= {f"{index}.{name}": messages for name, messages in error.message_dict.items()}
    if errors:
        raise ValidationError(errors)
    return plans


def whole_minute(when: datetime) -> datetime:
    """Programmes know no seconds, so they are cut off: a program's "in two hours" has some."""
    return when.replace(second=0, microsecond=0)


def end_of(movie: Movie, starts_at: datetime) -> datetime:
    """When the film is over, with the advertisements before it. Raises ValidationError if nobody knows."""
    if movie.runtime is None:
        raise ValidationError(
            {"ends_at": ["The runtime of the film is not known, so say when the session ends."]}, code="required"
        )
    return starts_at + timedelta(minutes=movie.runtime + settings.ADVERTISEMENT_MINUTES)


def free_after(ends_at: datetime, room: Room) -> datetime:
    return ends_at + timedelta(minutes=room.turnaround_minutes)


def check_start(starts_at: datetime) -> None:
    now = timezone.now()
    if starts_at < now:
        raise ValidationError({"starts_at": ["This is in the past."]})
    if starts_at > now + FURTHEST:
        raise ValidationError({"starts_at": ["This is more than a hundred years ahead."]})


def check_length(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        raise ValidationError({"ends_at": ["A session ends after it starts."]})
    if ends_at - starts_at > LONGEST_SESSION:
        raise ValidationError({"ends_at": ["A session is at most 24 hours long."]})
