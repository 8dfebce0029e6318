"""Time zones for calendars, compared with those of Python."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cinema.documents import zones

HALF_HOUR = timedelta(minutes=30)
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 12, 31, tzinfo=UTC)


def parts_of(zone):
    """Return (name, DTSTART and RDATEs, offset before, offset after) of each part."""
    component = zones.build_timezone(ZoneInfo(zone), FIRST, LAST)
    assert component["TZID"] == zone
    return [
        (
            part.name,
            [part["DTSTART"].dt, *(each.dt for each in getattr(part.get("RDATE"), "dts", []))],
            part["TZOFFSETFROM"].td,
            part["TZOFFSETTO"].td,
        )
        for part in component.subcomponents
    ]


def onsets(parts):
    """Return (moment, offset from then on) of each change by the rules of RFC 5545, the last one at first.

    DTSTART is in the time before the change.
    """
    return sorted(((start.replace(tzinfo=UTC) - was, now) for _, starts, was, now in parts for start in starts))[::-1]


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",  # half an hour
        "Africa/Casablanca",  # a few weeks in Ramadan
        "Europe/Dublin",  # whose summer time is the standard
        "Asia/Kathmandu",
        "Asia/Tokyo",
        "Pacific/Apia",
    ],
)
def test_every_half_hour_of_two_years_is_right(zone):
    changes, local, when = onsets(parts_of(zone)), ZoneInfo(zone), FIRST
    while when < LAST:
        offset = next(offset for moment, offset in changes if moment <= when)
        assert offset == when.astimezone(local).utcoffset(), when
        when += HALF_HOUR


def clock(*parts):
    """Return a local time without a zone."""
    return datetime(*parts)  # noqa: DTZ001


def test_the_parts_of_berlin():
    standard, spring, autumn = parts_of("Europe/Berlin")
    one, two = timedelta(hours=1), timedelta(hours=2)
    assert standard == ("STANDARD", [clock(2025, 1, 1, 1)], one, one)
    assert (spring[0], *spring[2:]) == ("DAYLIGHT", one, two)
    assert spring[1][:3] == [clock(2025, 3, 30, 2), clock(2026, 3, 29, 2), clock(2027, 3, 28, 2)]
    assert (autumn[0], *autumn[2:]) == ("STANDARD", two, one)
    assert autumn[1][:3] == [clock(2025, 10, 26, 3), clock(2026, 10, 25, 3), clock(2027, 10, 31, 3)]
    assert len(spring[1]) == len(autumn[1]) == 12


def test_a_zone_that_never_changes_is_one_part():
    hours = timedelta(hours=9)
    assert parts_of("Asia/Tokyo") == [("STANDARD", [clock(2025, 1, 1, 9)], hours, hours)]
