"""Zones as calendars are told them, against what Python knows of them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cinema.documents import zones

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 12, 31, tzinfo=UTC)


def told(zone):
    """(name of the part, DTSTART and what RDATE adds, from, to) of each."""
    component = zones.component(ZoneInfo(zone), FIRST, LAST)
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


def offset(parts, when):
    """As RFC 5545 reads it: DTSTART is by the clock that was until then."""
    began = [(start.replace(tzinfo=UTC) - was, now) for _, starts, was, now in parts for start in starts]
    return max(one for one in began if one[0] <= when)[1]


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
def test_every_hour_of_two_years_is_right(zone):
    parts, when = told(zone), FIRST
    while when < LAST:
        assert offset(parts, when) == when.astimezone(ZoneInfo(zone)).utcoffset(), when
        when += timedelta(minutes=30)


def clock(*parts):
    """What a clock on the wall shows, which has no zone."""
    return datetime(*parts)  # noqa: DTZ001


def test_berlin_to_the_letter():
    standard, spring, autumn = told("Europe/Berlin")
    one, two = timedelta(hours=1), timedelta(hours=2)
    assert standard == ("STANDARD", [clock(2025, 1, 1, 1)], one, one)
    assert (spring[0], *spring[2:]) == ("DAYLIGHT", one, two)
    assert spring[1][:3] == [clock(2025, 3, 30, 2), clock(2026, 3, 29, 2), clock(2027, 3, 28, 2)]
    assert (autumn[0], *autumn[2:]) == ("STANDARD", two, one)
    assert autumn[1][:3] == [clock(2025, 10, 26, 3), clock(2026, 10, 25, 3), clock(2027, 10, 31, 3)]
    assert len(spring[1]) == len(autumn[1]) == 12


def test_a_zone_that_never_changes_is_one_part():
    hours = timedelta(hours=9)
    assert told("Asia/Tokyo") == [("STANDARD", [clock(2025, 1, 1, 9)], hours, hours)]
