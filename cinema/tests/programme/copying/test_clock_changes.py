"""Copies to and from days on which the clocks change."""

from datetime import date, time, timedelta

import pytest

from cinema.core.local_time import to_local, to_utc
from cinema.programme import copying
from cinema.tests.factories import RoomFactory, SessionFactory
from cinema.tests.programme.copying.helpers import WEEK, conflict_of, outcomes, programme

pytestmark = pytest.mark.django_db


CHANGES = [
    # zone, the day on which the clocks change, how many hours pass between 20:15 a week before and on it
    ("Europe/Berlin", date(2026, 10, 25), 169),
    ("Europe/Berlin", date(2027, 3, 28), 167),
    ("America/New_York", date(2026, 11, 1), 169),
    ("America/New_York", date(2027, 3, 14), 167),
]

SPRING = [("Europe/Berlin", date(2027, 3, 28)), ("America/New_York", date(2027, 3, 14))]
AUTUMN = [("Europe/Berlin", date(2026, 10, 25)), ("America/New_York", date(2026, 11, 1))]


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
@pytest.mark.parametrize("days", [1, 7])
def test_the_time_of_day_stays_the_same(settings, show, zone, day, hours, days):
    settings.TIME_ZONE = zone
    source = show(day - WEEK, "20:15")
    [one] = copying.copy_programme(day - WEEK, day, days)
    assert one.copy.starts_at - source.starts_at == timedelta(hours=hours)
    assert [(entry[2][-5:], entry[3]) for entry in programme()] == [("20:15", 120)] * 2


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
def test_the_length_stays_the_same_over_the_change(settings, show, zone, day, hours):
    settings.TIME_ZONE = zone
    show(day - WEEK, "01:00", minutes=150)
    [one] = copying.copy_programme(day - WEEK, day)
    assert one.copy.ends_at - one.copy.starts_at == timedelta(minutes=150)
    assert f"{to_local(one.copy.starts_at):%H:%M}" == "01:00"


@pytest.mark.parametrize(
    ("zone", "day", "ends"),
    [("Europe/Berlin", date(2027, 3, 28), "03:00"), ("America/New_York", date(2027, 3, 14), "03:00")],
)
def test_a_time_that_the_clocks_jump_over_is_reported(settings, show, zone, day, ends):
    settings.TIME_ZONE = zone
    skipped, fits = show(day - WEEK, "02:30"), show(day - WEEK, "03:00")
    planned = copying.copy_programme(day - WEEK, day, dry_run=True)
    reason = f"On {day:%d %B %Y} the clocks jump over 02:30; choose another time."
    assert [(one.session, one.starts_at, one.ends_at, one.outcome, one.reason) for one in planned] == [
        (skipped, None, None, "skipped_time", reason),
        (fits, to_utc(day, time(3)), to_utc(day, time(3)) + timedelta(hours=2), "copied", ""),
    ]
    conflict = conflict_of(lambda: copying.copy_programme(day - WEEK, day))
    assert [tuple(error) for error in conflict.errors] == [(f"sessions.{skipped.pk}", f"{skipped}: {reason}")]
    assert outcomes(copying.copy_programme(day - WEEK, day, skip_clashes=True)) == outcomes(planned)


@pytest.mark.parametrize(("zone", "day"), SPRING)
def test_two_copies_may_clash_where_an_hour_is_missing(settings, show, zone, day):
    settings.TIME_ZONE = zone
    room = RoomFactory(number=1)
    first = show(day - WEEK, "01:30", minutes=75, room=room)
    second = show(day - WEEK, "03:00", minutes=75, room=room)
    assert [
        (one.session, one.outcome, one.reason) for one in copying.copy_programme(day - WEEK, day, dry_run=True)
    ] == [
        (first, "copied", ""),
        (second, "clash", "The copy of Heat (1995) would have Room 1 then."),
    ]
    assert outcomes(copying.copy_programme(day - WEEK, day, skip_clashes=True)) == [
        (first, "copied"),
        (second, "clash"),
    ]


@pytest.mark.parametrize(
    ("zone", "day"), [("Europe/Berlin", date(2026, 10, 25)), ("America/New_York", date(2026, 11, 1))]
)
def test_a_copy_to_an_hour_that_comes_twice_takes_the_first(settings, show, heat, zone, day):
    settings.TIME_ZONE = zone
    at = time(2, 30) if zone == "Europe/Berlin" else time(1, 30)
    show(day - WEEK, f"{at:%H:%M}")
    [there] = copying.copy_programme(day - WEEK, day)
    assert (there.copy.starts_at, to_local(there.copy.starts_at).fold) == (to_utc(day, at), 0)
    # A session in the second of the two hours is copied to the same time by the clock.
    again = SessionFactory(movie=heat, starts_at=there.copy.starts_at + timedelta(hours=1))
    assert to_local(again.starts_at).fold == 1
    back = copying.copy_programme(day, day + WEEK)
    assert [one.starts_at for one in back] == [to_utc(day + WEEK, at)] * 2
