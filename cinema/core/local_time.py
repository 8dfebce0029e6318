"""The clock on the cinema's wall, whose zone is CINEMA_TIME_ZONE: what people mean by a day and an hour.

Moments come back in UTC, in which one can add, subtract and compare: Python reckons inside any other zone by the wall
clock, an hour wrong where the clocks change. Only `local` is for showing.
"""

import re
from datetime import UTC, date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

SLOT = re.compile(r"\s*([0-9]{1,2}):([0-9]{2})\s*[-–]\s*([0-9]{1,2}):([0-9]{2})\s*")


def to_utc(day: date, at: time) -> datetime:
    """When the cinema's clock shows that time, as UTC; of an hour that comes twice in autumn, the first.

    Raises ValidationError for a time that the clock jumps over in spring, or a day that no calendar has.
    """
    there = _first_moment(day, at)
    if to_local(there).replace(tzinfo=None) != datetime.combine(day, at):
        raise ValidationError(f"On {day:%d %B %Y} the clocks jump over {at:%H:%M}; choose another time.")
    return there


def to_local(when: datetime) -> datetime:
    """The same moment, as the cinema's clock shows it."""
    return timezone.localtime(when, timezone.get_default_timezone())


def today() -> date:
    return to_local(timezone.now()).date()


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """From its first moment to the first of the next, as UTC: 23 or 25 hours when the clocks change, else 24.

    Raises ValidationError as `moment` does.
    """
    return _first_moment(day, time.min), _first_moment(_next_day(day), time.min)


def parse_slot(day: date, text: str) -> tuple[datetime, datetime]:
    """ "18:00-20:30" on that day, as UTC. An end before the start is after midnight.

    Raises ValidationError for another text, and as `moment` does.
    """
    match = SLOT.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        numbers = [int(part) for part in match.groups()]
        begin, end = time(numbers[0], numbers[1]), time(numbers[2], numbers[3])
    except ValueError as error:
        raise ValidationError("Write it as 18:00-20:30.") from error
    if begin == end:
        raise ValidationError("It ends when it starts.")
    return to_utc(day, begin), to_utc(day if end > begin else _next_day(day), end)


def format_slot(starts_at: datetime, ends_at: datetime) -> str:
    """ "18:00-20:30", as `slot` reads it."""
    return f"{to_local(starts_at):%H:%M}-{to_local(ends_at):%H:%M}"


def _next_day(day: date) -> date:
    try:
        return day + timedelta(days=1)
    except OverflowError as error:
        raise _out_of_range() from error


def _first_moment(day: date, at: time) -> datetime:
    """Of a time that is jumped over, as far behind the jump as it would be behind its beginning."""
    there = datetime.combine(day, at, tzinfo=timezone.get_default_timezone())
    try:
        return there.astimezone(UTC)
    except OverflowError as error:
        raise _out_of_range() from error


def _out_of_range() -> ValidationError:
    return ValidationError("There is no such day in the calendar.")
