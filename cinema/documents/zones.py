"""Time zones for calendars: when the clocks change, and from which offset to which.

icalendar can make this itself, but writes each change in the new time (03:00 on a spring night in Berlin) where RFC
5545 requires the old time (02:00); strict readers are an hour wrong then.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

YEARS_AHEAD = 9
STEP = timedelta(days=7)  # no zone changes its clocks there and back in less
EXACT = timedelta(seconds=1)


class ZoneTime(NamedTuple):
    """What the clocks of a zone show at one moment."""

    offset: timedelta
    dst: timedelta
    name: str


Change = tuple[ZoneTime, ZoneTime]


def build_timezone(zone: ZoneInfo, first: datetime, last: datetime) -> Timezone:
    """Return a VTIMEZONE that is right from `first` until years after `last`, both aware.

    It reaches further than one file needs, because some calendars keep the first one of a name for good.
    """
    timezone = Timezone()
    timezone.add("TZID", zone.key)
    begin = datetime(first.year - 1, 1, 1, tzinfo=UTC)
    end = datetime(last.year + YEARS_AHEAD, 12, 31, tzinfo=UTC)
    alike: dict[Change, list[datetime]] = {(_zone_at(zone, begin), _zone_at(zone, begin)): [begin]}
    for before, after in _find_changes(zone, begin, end):
        alike.setdefault((_zone_at(zone, before), _zone_at(zone, after)), []).append(after)
    for (was, now), moments in alike.items():
        timezone.add_component(_build_observance(was, now, moments))
    return timezone


def _build_observance(was: ZoneTime, now: ZoneTime, moments: list[datetime]) -> TimezoneStandard | TimezoneDaylight:
    """Return the component for changes from `was` to `now` at the `moments`, given in UTC."""
    part: TimezoneStandard | TimezoneDaylight = TimezoneDaylight() if now.dst else TimezoneStandard()
    onsets = [(moment + was.offset).replace(tzinfo=None) for moment in moments]
    part.add("DTSTART", onsets[0])
    if onsets[1:]:
        part.add("RDATE", onsets[1:])
    part.add("TZOFFSETFROM", was.offset)
    part.add("TZOFFSETTO", now.offset)
    part.add("TZNAME", now.name)
    return part


def _find_changes(zone: tzinfo, begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield each change of the clocks in UTC: a second before it, and the change."""
    before = begin
    while before < end:
        after = before + STEP
        if _zone_at(zone, before) != _zone_at(zone, after):
            yield (change := _find_onset(zone, before, after)) - EXACT, change
        before = after


def _find_onset(zone: tzinfo, low: datetime, high: datetime) -> datetime:
    """Return the first second between the two with the zone time of `high`."""
    target = _zone_at(zone, high)
    seconds = int((high - low).total_seconds())
    start = 0
    while seconds - start > 1:
        middle = (start + seconds) // 2
        if _zone_at(zone, low + timedelta(seconds=middle)) == target:
            seconds = middle
        else:
            start = middle
    return low + timedelta(seconds=seconds)


def _zone_at(zone: tzinfo, when: datetime) -> ZoneTime:
    local = when.astimezone(zone)
    return ZoneTime(local.utcoffset() or timedelta(), local.dst() or timedelta(), local.tzname() or "")
