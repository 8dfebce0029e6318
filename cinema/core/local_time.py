"""Days and times in the cinema's time zone, CINEMA_TIME_ZONE.

Moments are returned in UTC, so that they can be added, subtracted and compared: in any other zone Python calculates by
the wall clock, which is an hour wrong where the clocks change. `to_local` is for display only.
"""

import re
from datetime import UTC, date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

SLOT = re.compile(r"\s*([0-9]{1,2}):([0-9]{2})\s*[-–]\s*([0-9]{1,2}):([0-9]{2})\s*")


def to_utc(day: date, at: time) -> datetime:
    """Return the moment, in UTC, at which the cinema's clock shows that time.

    Of an hour that comes twice in autumn, it is the first. Raises ValidationError for a time that the clock jumps over
    in spring, or a day that no calendar has.
    """
    moment = _as_utc(day, at)
    if to_local(moment).replace(tzinfo=None) != datetime.combine(day, at):
        raise ValidationError(f"On {day:%d %B %Y} the clocks jump over {at:%H:%M}; choose another time.")
    return moment


def to_local(when: datetime) -> datetime:
    """Return the same moment in the cinema's time zone."""
    return timezone.localtime(when, timezone.get_default_timezone())


def format_moment(when: datetime) -> str:
    """Return, for example, "Mon 30 Nov 2026, 20:15" in the cinema's time zone: for staff and API messages."""
    return f"{to_local(when):%a %d %b %Y, %H:%M}"


def format_iso(when: datetime) -> str:
    """Return the time as the API does, such as "2026-11-30T19:15:00Z": for the details of errors."""
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


def today() -> date:
    return to_local(timezone.now()).date()


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Return the first moment of the day and of the next, in UTC: 23 or 25 hours when the clocks change, else 24.

    Raises ValidationError as `to_utc` does.
    """
    return _as_utc(day, time.min), _as_utc(_next_day(day), time.min)


def parse_slot(day: date, text: str) -> tuple[datetime, datetime]:
    """Return the start and end of a slot such as "18:00-20:30" on that day, in UTC.

    An end before the start is after midnight. Raises ValidationError for any other text, and as `to_utc` does.
    """
    match = SLOT.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        numbers = [int(part) for part in match.groups()]
        begin, end = time(numbers[0], numbers[1]), time(numbers[2], numbers[3])
    except ValueError as error:
        raise ValidationError("Use the format 18:00-20:30.") from error
    if begin == end:
        raise ValidationError("The end must differ from the start.")
    return to_utc(day, begin), to_utc(day if end > begin else _next_day(day), end)


def format_slot(starts_at: datetime, ends_at: datetime) -> str:
    """Return the slot as `parse_slot` reads it: "18:00-20:30"."""
    return f"{to_local(starts_at):%H:%M}-{to_local(ends_at):%H:%M}"


def _next_day(day: date) -> date:
    try:
        return day + timedelta(days=1)
    except OverflowError as error:
        raise _out_of_range_error() from error


def _as_utc(day: date, at: time) -> datetime:
    """Return that time in UTC. A time that the clock jumps over is moved on by the length of the jump."""
    moment = datetime.combine(day, at, tzinfo=timezone.get_default_timezone())
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise _out_of_range_error() from error


def _out_of_range_error() -> ValidationError:
    return ValidationError("There is no such day in the calendar.")
