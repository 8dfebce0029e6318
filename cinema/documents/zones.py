"""A time zone as calendars want it told: when its clocks change, and from what to what.

icalendar can make this itself, but says of the clocks that they change when the new time begins (03:00 on a spring
night in Berlin) where RFC 5545 asks for the old time at that moment (02:00); strict readers are an hour wrong then.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

YEARS_AHEAD = 9
STEP = timedelta(days=7)  # no zone changes its clocks there and back in less
EXACT = timedelta(seconds=1)


class At(NamedTuple):
    """What a zone's clocks are at, at some moment."""

    offset: timedelta
    dst: timedelta
    name: str


Change = tuple[At, At]


def component(zone: ZoneInfo, first: datetime, last: datetime) -> Timezone:
    """A VTIMEZONE that is right from `first` until years after `last`, both with a zone.

    Some calendars keep the first they are told of a name for good, so it tells more than this once is needed.
    """
    told = Timezone()
    told.add("TZID", zone.key)
    begin = datetime(first.year - 1, 1, 1, tzinfo=UTC)
    end = datetime(last.year + YEARS_AHEAD, 12, 31, tzinfo=UTC)
    alike: dict[Change, list[datetime]] = {(zone_at(zone, begin), zone_at(zone, begin)): [begin]}
    for before, after in changes(zone, begin, end):
        alike.setdefault((zone_at(zone, before), zone_at(zone, after)), []).append(after)
    for (was, now), moments in alike.items():
        told.add_component(observance(was, now, moments))
    return told


def observance(was: At, now: At, moments: list[datetime]) -> TimezoneStandard | TimezoneDaylight:
    """What the clocks show from each of `moments` on (as UTC), where they had shown `was`."""
    part: TimezoneStandard | TimezoneDaylight = TimezoneDaylight() if now.dst else TimezoneStandard()
    onsets = [(moment + was.offset).replace(tzinfo=None) for moment in moments]
    part.add("DTSTART", onsets[0])
    if onsets[1:]:
        part.add("RDATE", onsets[1:])
    part.add("TZOFFSETFROM", was.offset)
    part.add("TZOFFSETTO", now.offset)
    part.add("TZNAME", now.name)
    return part


def changes(zone: tzinfo, begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Each moment at which the clocks change, as UTC: a second before it, and it."""
    before = begin
    while before < end:
        after = before + STEP
        if zone_at(zone, before) != zone_at(zone, after):
            yield (change := halved(zone, before, after)) - EXACT, change
        before = after


def halved(zone: tzinfo, low: datetime, high: datetime) -> datetime:
    """The first second that shows what `high` does."""
    wanted = zone_at(zone, high)
    seconds = int((high - low).total_seconds())
    start = 0
    while seconds - start > 1:
        middle = (start + seconds) // 2
        if zone_at(zone, low + timedelta(seconds=middle)) == wanted:
            seconds = middle
        else:
            start = middle
    return low + timedelta(seconds=seconds)


def zone_at(zone: tzinfo, when: datetime) -> At:
    there = when.astimezone(zone)
    return At(there.utcoffset() or timedelta(), there.dst() or timedelta(), there.tzname() or "")
