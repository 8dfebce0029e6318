"""A day or a week of the programme is copied to other days, by the clock on the wall."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from cinema.core.local_time import to_local, to_utc
from cinema.models import MovieSession
from cinema.programme import copying
from cinema.programme.copying import Outcome
from cinema.tests.factories import RoomFactory, SessionFactory, TicketFactory
from common.errors import Conflict
from movies.models import Movie
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
MONDAY, NEXT_MONDAY = date(2026, 10, 5), date(2026, 10, 12)
TUESDAY = MONDAY + timedelta(days=1)
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def heat():
    return MovieFactory(title="Heat", year=1995)


@pytest.fixture
def show(heat):
    """`show(day, "20:15", ...)`: Heat, for 120 minutes, in a room of its own unless one says which."""

    def make(day, at, minutes=120, **values):
        starts_at = to_utc(day, time.fromisoformat(at))
        ends_at = starts_at + timedelta(minutes=minutes)
        return SessionFactory(**{"movie": heat, **values}, starts_at=starts_at, ends_at=ends_at)

    return make


def programme():
    """(film, room, local start, minutes, published) of every session, in order."""
    return [
        (
            one.movie.title,
            one.room.number,
            f"{to_local(one.starts_at):%d.%m. %H:%M}",
            (one.ends_at - one.starts_at) // timedelta(minutes=1),
            one.published,
        )
        for one in MovieSession.objects.select_related("movie", "room").order_by("starts_at", "room__number")
    ]


def outcomes(copied):
    return [(one.session, one.outcome) for one in copied]


def refused(act):
    before = programme()
    with pytest.raises(Conflict) as caught:
        act()
    assert programme() == before
    return caught.value


def test_a_day(show, django_assert_num_queries):
    room = RoomFactory(number=1, turnaround_minutes=30)
    evening = show(MONDAY, "20:15", room=room)
    draft = show(MONDAY, "12:00", room=room, published=False)
    show(MONDAY, "15:00", cancelled_at=NOW)
    show(TUESDAY, "00:00", room=room)
    show(MONDAY - timedelta(days=1), "23:59", room=RoomFactory(number=2))
    TicketFactory(session=evening)
    before = programme()
    dry = copying.copy_programme(MONDAY, NEXT_MONDAY, dry_run=True)
    assert programme() == before
    done = copying.copy_programme(MONDAY, NEXT_MONDAY)
    assert [replace(one, copy=None) for one in done] == dry
    assert [(one.session, one.starts_at, one.ends_at, one.outcome, one.reason) for one in dry] == [
        (one, one.starts_at + WEEK, one.ends_at + WEEK, Outcome.COPIED, "") for one in (draft, evening)
    ]
    assert programme() == [
        *before,
        ("Heat", 1, "12.10. 12:00", 120, False),
        ("Heat", 1, "12.10. 20:15", 120, True),
    ]
    assert [one.copy for one in done] == list(MovieSession.objects.order_by("starts_at"))[-2:]
    copy = done[1].copy
    assert (copy.room_free_at, copy.tickets.count()) == (copy.ends_at + timedelta(minutes=30), 0)


def test_a_week_of_some_rooms(show):
    rooms = [RoomFactory(number=number) for number in (1, 2, 3)]
    for days, room in enumerate([*rooms, *rooms, rooms[0], rooms[2]]):
        show(MONDAY + timedelta(days=days), "20:15", room=room)
    copied = copying.copy_programme(MONDAY, NEXT_MONDAY, 7, rooms[:2])
    assert {one.outcome for one in copied} == {Outcome.COPIED}
    assert [(one.copy.room.number, f"{to_local(one.copy.starts_at):%d.%m. %H:%M}") for one in copied] == [
        (1, "12.10. 20:15"),
        (2, "13.10. 20:15"),
        (1, "15.10. 20:15"),
        (2, "16.10. 20:15"),
        (1, "18.10. 20:15"),
    ]
    # The film's watchers read here until when it is shown.
    assert Movie.objects.get().showing_until == to_utc(date(2026, 10, 18), time(20, 15))
    assert copying.copy_programme(MONDAY, NEXT_MONDAY, 7, []) == []


def test_copies_can_be_drafts(show):
    show(MONDAY, "20:15")
    copying.copy_programme(MONDAY, NEXT_MONDAY, as_drafts=True)
    assert [entry[4] for entry in programme()] == [True, False]


def test_nothing_on_that_day_is_nothing_to_copy():
    assert copying.copy_programme(MONDAY, NEXT_MONDAY) == []


def test_clashes_are_named_and_nothing_is_copied(show):
    room = RoomFactory(number=1, name="The Annex", turnaround_minutes=15)
    early, late = show(MONDAY, "12:00", room=room), show(MONDAY, "20:15", room=room)
    alien = MovieFactory(title="Alien", year=1979)
    other = show(NEXT_MONDAY, "18:30", minutes=91, movie=alien, room=room, published=False)
    show(NEXT_MONDAY, "20:15", room=RoomFactory(number=2))
    show(NEXT_MONDAY, "20:15", room=room, cancelled_at=NOW)
    dry = copying.copy_programme(MONDAY, NEXT_MONDAY, dry_run=True)
    reason = "Alien (1979) has The Annex then, 18:30-20:01."
    assert [(one.session, one.outcome, one.reason, one.clashes_with) for one in dry] == [
        (early, "copied", "", None),
        (late, "clash", reason, other),
    ]
    conflict = refused(lambda: copying.copy_programme(MONDAY, NEXT_MONDAY))
    assert (conflict.code, conflict.message, conflict.details) == (
        "room_taken",
        "1 session can't be copied, so nothing was. You can choose to leave out what can't be copied.",
        {"sessions": [{"id": late.pk, "outcome": "clash"}]},
    )
    assert [tuple(error) for error in conflict.errors] == [(f"sessions.{late.pk}", f"{late}: {reason}")]
    done = copying.copy_programme(MONDAY, NEXT_MONDAY, skip_clashes=True)
    assert outcomes(done) == outcomes(dry)
    assert [(one.copy is None) for one in done] == [False, True]
    # A minute less of Alien, and there is time for the turnaround.
    minute = timedelta(minutes=1)
    MovieSession.objects.filter(pk=other.pk).update(
        ends_at=F("ends_at") - minute, room_free_at=F("room_free_at") - minute
    )
    assert [one.outcome for one in copying.copy_programme(MONDAY, NEXT_MONDAY, dry_run=True)] == ["clash", "copied"]


def test_a_room_of_the_day_before_may_not_be_free_yet(show):
    room = RoomFactory()
    show(MONDAY, "00:30", room=room)
    show(NEXT_MONDAY - timedelta(days=1), "22:30", room=room)
    assert [one.outcome for one in copying.copy_programme(MONDAY, NEXT_MONDAY, dry_run=True)] == ["clash"]


def test_a_copy_that_reaches_into_the_day_after(show):
    room = RoomFactory()
    show(MONDAY, "23:00", minutes=24 * 60, room=room)
    show(NEXT_MONDAY + timedelta(days=1), "22:00", room=room)
    assert [one.outcome for one in copying.copy_programme(MONDAY, NEXT_MONDAY, dry_run=True)] == ["clash"]


def test_the_same_copy_again_makes_no_doubles(show):
    session = show(MONDAY, "20:15")
    copying.copy_programme(MONDAY, NEXT_MONDAY)
    before = programme()
    assert outcomes(copying.copy_programme(MONDAY, NEXT_MONDAY, skip_clashes=True)) == [(session, "clash")]
    refused(lambda: copying.copy_programme(MONDAY, NEXT_MONDAY))
    assert programme() == before
    assert len(before) == 2


def test_what_would_have_begun_already(show):
    with time_machine.travel(datetime(2026, 10, 12, 18, tzinfo=UTC), tick=False):
        sessions = [show(MONDAY, at) for at in ("17:59", "18:00", "18:01")]
        assert [
            (one.session, one.outcome, one.reason) for one in copying.copy_programme(MONDAY, NEXT_MONDAY, dry_run=True)
        ] == [
            (sessions[0], "past", "This time is past."),
            (sessions[1], "past", "This time is past."),
            (sessions[2], "copied", ""),
        ]
        assert refused(lambda: copying.copy_programme(MONDAY, NEXT_MONDAY)).code == "conflict"
        copying.copy_programme(MONDAY, NEXT_MONDAY, skip_clashes=True)
    assert [entry[2] for entry in programme()[3:]] == ["12.10. 18:01"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((MONDAY, NEXT_MONDAY, 2), {"days": ["Copy a day or a week: 1 or 7."]}),
        ((MONDAY, MONDAY), {"to": ["These are the days to be copied; choose others."]}),
        ((MONDAY, date(2127, 1, 1)), {"to": ["This is more than a hundred years ahead."]}),
        ((MONDAY, date.max), {"to": ["There is no such day in the calendar."]}),
        ((date.max - timedelta(days=3), MONDAY, 7), {"from": ["There is no such day in the calendar."]}),
    ],
)
@pytest.mark.parametrize("dry_run", [True, False])
def test_what_cannot_be_meant(arguments, error, dry_run):
    with pytest.raises(ValidationError) as caught:
        copying.copy_programme(*arguments, dry_run=dry_run)
    assert caught.value.message_dict == error


def test_the_first_day_of_the_calendar(show):
    assert copying.copy_programme(date.min, MONDAY) == []


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
def test_a_quarter_past_eight_stays_that(settings, show, zone, day, hours, days):
    settings.TIME_ZONE = zone
    source = show(day - WEEK, "20:15")
    [one] = copying.copy_programme(day - WEEK, day, days)
    assert one.copy.starts_at - source.starts_at == timedelta(hours=hours)
    assert [(entry[2][-5:], entry[3]) for entry in programme()] == [("20:15", 120)] * 2


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
def test_over_the_change_a_session_is_as_long_as_ever(settings, show, zone, day, hours):
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
    dry = copying.copy_programme(day - WEEK, day, dry_run=True)
    reason = f"On {day:%d %B %Y} the clocks jump over 02:30; choose another time."
    assert [(one.session, one.starts_at, one.ends_at, one.outcome, one.reason) for one in dry] == [
        (skipped, None, None, "skipped_time", reason),
        (fits, to_utc(day, time(3)), to_utc(day, time(3)) + timedelta(hours=2), "copied", ""),
    ]
    conflict = refused(lambda: copying.copy_programme(day - WEEK, day))
    assert [tuple(error) for error in conflict.errors] == [(f"sessions.{skipped.pk}", f"{skipped}: {reason}")]
    assert outcomes(copying.copy_programme(day - WEEK, day, skip_clashes=True)) == outcomes(dry)


@pytest.mark.parametrize(("zone", "day"), SPRING)
def test_an_hour_that_is_missing_brings_two_copies_together(settings, show, zone, day):
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
def test_of_an_hour_that_comes_twice_a_copy_takes_the_first(settings, show, heat, zone, day):
    settings.TIME_ZONE = zone
    at = time(2, 30) if zone == "Europe/Berlin" else time(1, 30)
    show(day - WEEK, f"{at:%H:%M}")
    [there] = copying.copy_programme(day - WEEK, day)
    assert (there.copy.starts_at, to_local(there.copy.starts_at).fold) == (to_utc(day, at), 0)
    # And a session of the second such hour is copied to the one that its clock shows.
    again = SessionFactory(movie=heat, starts_at=there.copy.starts_at + timedelta(hours=1))
    assert to_local(again.starts_at).fold == 1
    back = copying.copy_programme(day, day + WEEK)
    assert [one.starts_at for one in back] == [to_utc(day + WEEK, at)] * 2


@pytest.mark.parametrize("sessions", [1, 3])
def test_statements_do_not_grow_with_the_programme(show, sessions, django_assert_num_queries):
    for number in range(sessions):
        show(MONDAY, "20:15", room=RoomFactory(number=number + 1))
    with django_assert_num_queries(2):
        copying.copy_programme(MONDAY, NEXT_MONDAY, dry_run=True)


def test_statements_of_a_copy_are_as_many_for_three_as_for_one(show):
    def statements(day):
        with CaptureQueriesContext(connection) as queries:
            copying.copy_programme(day, day + WEEK)
        return len(queries)

    show(MONDAY, "20:15")
    for number in range(3):
        show(TUESDAY, "20:15", room=RoomFactory(number=number + 1))
    assert statements(MONDAY) == statements(TUESDAY)


def test_more_than_can_be_scheduled_at_once(show, monkeypatch):
    monkeypatch.setattr(copying, "MAX_AT_ONCE", 2)
    sessions = [show(MONDAY, f"{hour:02}:00") for hour in range(5)]
    copied = copying.copy_programme(MONDAY, NEXT_MONDAY)
    assert [(one.session, one.copy.starts_at) for one in copied] == [(one, one.starts_at + WEEK) for one in sessions]
    assert MovieSession.objects.count() == 10
