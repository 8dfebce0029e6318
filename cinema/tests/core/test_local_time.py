"""Local time: days and slots over changes of the clocks."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from cinema.core import local_time

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


@pytest.fixture
def zone(settings):
    """Set the cinema's time zone; the active zone of the request is a third one, and changes nothing."""

    def set_zone(name):
        settings.TIME_ZONE = name

    with timezone.override("Asia/Kathmandu"):
        yield set_zone


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("place", "day", "at", "expected"),
    [
        (BERLIN, date(2026, 1, 10), time(20), utc(2026, 1, 10, 19)),
        (BERLIN, date(2026, 7, 10), time(20), utc(2026, 7, 10, 18)),
        (BERLIN, date(2026, 3, 29), time(1, 59), utc(2026, 3, 29, 0, 59)),
        (BERLIN, date(2026, 3, 29), time(3), utc(2026, 3, 29, 1)),
        (BERLIN, date(2026, 10, 25), time(2, 30), utc(2026, 10, 25, 0, 30)),
        (BERLIN, date(2026, 10, 25), time(3), utc(2026, 10, 25, 2)),
        (BERLIN, date(2027, 3, 28), time(3), utc(2027, 3, 28, 1)),
        (BERLIN, date(2027, 10, 31), time(2, 30), utc(2027, 10, 31, 0, 30)),
        (NEW_YORK, date(2026, 3, 8), time(3), utc(2026, 3, 8, 7)),
        (NEW_YORK, date(2026, 11, 1), time(1, 30), utc(2026, 11, 1, 5, 30)),
        (NEW_YORK, date(2027, 3, 14), time(1, 59), utc(2027, 3, 14, 6, 59)),
        (NEW_YORK, date(2027, 11, 7), time(2), utc(2027, 11, 7, 7)),
        ("UTC", date(2026, 3, 29), time(2, 30), utc(2026, 3, 29, 2, 30)),
    ],
)
def test_local_times_are_converted_to_utc_and_back(zone, place, day, at, expected):
    zone(place)
    moment = local_time.to_utc(day, at)
    assert (moment, moment.tzinfo) == (expected, UTC)
    local = local_time.to_local(moment)
    assert (local.date(), local.time()) == (day, at)


@pytest.mark.parametrize(
    ("place", "day", "at"),
    [
        (BERLIN, date(2026, 3, 29), time(2)),
        (BERLIN, date(2027, 3, 28), time(2, 59)),
        (NEW_YORK, date(2026, 3, 8), time(2, 30)),
        (NEW_YORK, date(2027, 3, 14), time(2)),
    ],
)
def test_a_time_that_the_clock_jumps_over_is_refused(zone, place, day, at):
    zone(place)
    with pytest.raises(ValidationError, match=f"the clocks jump over {at:%H:%M}; choose another time"):
        local_time.to_utc(day, at)


@pytest.mark.parametrize(
    ("place", "day", "hours"),
    [
        (BERLIN, date(2026, 3, 29), 23),
        (BERLIN, date(2026, 10, 25), 25),
        (BERLIN, date(2027, 3, 28), 23),
        (BERLIN, date(2027, 10, 31), 25),
        (BERLIN, date(2027, 10, 30), 24),
        (NEW_YORK, date(2026, 3, 8), 23),
        (NEW_YORK, date(2026, 11, 1), 25),
        (NEW_YORK, date(2027, 3, 14), 23),
        (NEW_YORK, date(2027, 11, 7), 25),
        # The clock jumps at midnight, so the day starts at one.
        ("Africa/Cairo", date(2026, 4, 24), 23),
    ],
)
def test_a_day_has_23_24_or_25_hours(zone, place, day, hours):
    zone(place)
    begin, end = local_time.day_bounds(day)
    assert end - begin == timedelta(hours=hours)
    moments = [begin - timedelta(seconds=1), begin, end - timedelta(seconds=1), end]
    yesterday, tomorrow = day - timedelta(days=1), day + timedelta(days=1)
    assert [local_time.to_local(moment).date() for moment in moments] == [yesterday, day, day, tomorrow]


def test_days_outside_the_calendar_are_refused(zone):
    zone(BERLIN)
    for act in (
        lambda: local_time.day_bounds(date.max),
        lambda: local_time.day_bounds(date.min),
        lambda: local_time.to_utc(date.min, time(0)),
        lambda: local_time.parse_slot(date.max, "23:00-01:00"),
    ):
        with pytest.raises(ValidationError, match="no such day in the calendar"):
            act()


def test_local_time_and_today_are_in_the_cinemas_zone(zone, monkeypatch):
    zone(NEW_YORK)
    monkeypatch.setattr(timezone, "now", lambda: utc(2026, 7, 1, 3, 30))
    assert local_time.to_local(utc(2026, 7, 1, 3, 30)).isoformat() == "2026-06-30T23:30:00-04:00"
    assert local_time.today() == date(2026, 6, 30)


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("18:00-20:30", utc(2026, 7, 10, 16), utc(2026, 7, 10, 18, 30)),
        (" 8:05 – 10:00 ", utc(2026, 7, 10, 6, 5), utc(2026, 7, 10, 8)),
        ("23:15-01:20", utc(2026, 7, 10, 21, 15), utc(2026, 7, 10, 23, 20)),
        ("22:00-00:00", utc(2026, 7, 10, 20), utc(2026, 7, 10, 22)),
    ],
)
def test_a_slot_is_read_from_text(zone, text, begin, end):
    zone(BERLIN)
    assert local_time.parse_slot(date(2026, 7, 10), text) == (begin, end)


def test_a_slot_over_a_change_of_the_clocks_has_its_real_length(zone):
    zone(BERLIN)
    begin, end = local_time.parse_slot(date(2026, 3, 28), "23:30-03:30")
    assert end - begin == timedelta(hours=3)
    begin, end = local_time.parse_slot(date(2026, 10, 24), "23:30-03:30")
    assert end - begin == timedelta(hours=5)
    with pytest.raises(ValidationError, match="jump over 02:30"):
        local_time.parse_slot(date(2026, 3, 28), "23:30-02:30")


@pytest.mark.parametrize(
    "text", ["", "18:00", "18-20", "24:00-01:00", "18:60-20:00", "18:00-20:00-22:00", "１８:00-20:00"]
)
def test_other_text_is_refused_as_a_slot(text):
    with pytest.raises(ValidationError, match="Use the format 18:00-20:30"):
        local_time.parse_slot(date(2026, 7, 10), text)


def test_a_slot_without_length_is_refused():
    with pytest.raises(ValidationError, match="The end must differ from the start"):
        local_time.parse_slot(date(2026, 7, 10), "18:00-18:00")


def test_a_formatted_slot_can_be_parsed_again(zone):
    zone(NEW_YORK)
    day = date(2026, 11, 1)
    assert local_time.format_slot(*local_time.parse_slot(day, "21:05-00:10")) == "21:05-00:10"
