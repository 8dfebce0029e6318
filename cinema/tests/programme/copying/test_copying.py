"""Copying a day or a week of the programme."""

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
from cinema.tests.factories import RoomFactory, TicketFactory
from cinema.tests.programme.copying.helpers import (
    MONDAY,
    NEXT_MONDAY,
    NOW,
    TUESDAY,
    WEEK,
    conflict_of,
    outcomes,
    programme,
)
from movies.models import Movie
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


def test_a_day_is_copied(show, django_assert_num_queries):
    room = RoomFactory(number=1, turnaround_minutes=30)
    evening = show(MONDAY, "20:15", room=room)
    draft = show(MONDAY, "12:00", room=room, published=False)
    show(MONDAY, "15:00", cancelled_at=NOW)
    show(TUESDAY, "00:00", room=room)
    show(MONDAY - timedelta(days=1), "23:59", room=RoomFactory(number=2))
    TicketFactory(session=evening)
    before = programme()
    planned = copying.copy_programme(MONDAY, NEXT_MONDAY, dry_run=True)
    assert programme() == before
    results = copying.copy_programme(MONDAY, NEXT_MONDAY)
    assert [replace(one, copy=None) for one in results] == planned
    assert [(one.session, one.starts_at, one.ends_at, one.outcome, one.reason) for one in planned] == [
        (one, one.starts_at + WEEK, one.ends_at + WEEK, Outcome.COPIED, "") for one in (draft, evening)
    ]
    assert programme() == [
        *before,
        ("Heat", 1, "12.10. 12:00", 120, False),
        ("Heat", 1, "12.10. 20:15", 120, True),
    ]
    assert [one.copy for one in results] == list(MovieSession.objects.order_by("starts_at"))[-2:]
    copy = results[1].copy
    assert (copy.room_free_at, copy.tickets.count()) == (copy.ends_at + timedelta(minutes=30), 0)


def test_a_week_of_some_rooms_is_copied(show):
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
    assert Movie.objects.get().showing_until == to_utc(date(2026, 10, 18), time(20, 15))
    assert copying.copy_programme(MONDAY, NEXT_MONDAY, 7, []) == []


def test_copies_can_be_drafts(show):
    show(MONDAY, "20:15")
    copying.copy_programme(MONDAY, NEXT_MONDAY, as_drafts=True)
    assert [entry[4] for entry in programme()] == [True, False]


def test_a_day_without_sessions():
    assert copying.copy_programme(MONDAY, NEXT_MONDAY) == []


def test_clashes_are_named_and_nothing_is_copied(show):
    room = RoomFactory(number=1, name="The Annex", turnaround_minutes=15)
    early, late = show(MONDAY, "12:00", room=room), show(MONDAY, "20:15", room=room)
    alien = MovieFactory(title="Alien", year=1979)
    other = show(NEXT_MONDAY, "18:30", minutes=91, movie=alien, room=room, published=False)
    show(NEXT_MONDAY, "20:15", room=RoomFactory(number=2))
    show(NEXT_MONDAY, "20:15", room=room, cancelled_at=NOW)
    planned = copying.copy_programme(MONDAY, NEXT_MONDAY, dry_run=True)
    reason = "Alien (1979) has The Annex then, 18:30-20:01."
    assert [(one.session, one.outcome, one.reason, one.clashes_with) for one in planned] == [
        (early, "copied", "", None),
        (late, "clash", reason, other),
    ]
    conflict = conflict_of(lambda: copying.copy_programme(MONDAY, NEXT_MONDAY))
    assert (conflict.code, conflict.message, conflict.details) == (
        "room_taken",
        "1 session can't be copied, so nothing was. You can choose to leave out what can't be copied.",
        {"sessions": [{"id": late.pk, "outcome": "clash"}]},
    )
    assert [tuple(error) for error in conflict.errors] == [(f"sessions.{late.pk}", f"{late}: {reason}")]
    results = copying.copy_programme(MONDAY, NEXT_MONDAY, skip_clashes=True)
    assert outcomes(results) == outcomes(planned)
    assert [(one.copy is None) for one in results] == [False, True]
    # With Alien a minute shorter there is time for the turnaround.
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


def test_the_same_copy_again_is_a_clash(show):
    session = show(MONDAY, "20:15")
    copying.copy_programme(MONDAY, NEXT_MONDAY)
    before = programme()
    assert outcomes(copying.copy_programme(MONDAY, NEXT_MONDAY, skip_clashes=True)) == [(session, "clash")]
    conflict_of(lambda: copying.copy_programme(MONDAY, NEXT_MONDAY))
    assert programme() == before
    assert len(before) == 2


def test_a_copy_to_a_past_time_is_refused(show):
    with time_machine.travel(datetime(2026, 10, 12, 18, tzinfo=UTC), tick=False):
        sessions = [show(MONDAY, at) for at in ("17:59", "18:00", "18:01")]
        assert [
            (one.session, one.outcome, one.reason) for one in copying.copy_programme(MONDAY, NEXT_MONDAY, dry_run=True)
        ] == [
            (sessions[0], "past", "This time is past."),
            (sessions[1], "past", "This time is past."),
            (sessions[2], "copied", ""),
        ]
        assert conflict_of(lambda: copying.copy_programme(MONDAY, NEXT_MONDAY)).code == "conflict"
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
def test_invalid_days_are_refused(arguments, error, dry_run):
    with pytest.raises(ValidationError) as caught:
        copying.copy_programme(*arguments, dry_run=dry_run)
    assert caught.value.message_dict == error


def test_the_first_day_of_the_calendar(show):
    assert copying.copy_programme(date.min, MONDAY) == []


@pytest.mark.parametrize("sessions", [1, 3])
def test_the_statements_of_a_dry_run_do_not_grow(show, sessions, django_assert_num_queries):
    for number in range(sessions):
        show(MONDAY, "20:15", room=RoomFactory(number=number + 1))
    with django_assert_num_queries(2):
        copying.copy_programme(MONDAY, NEXT_MONDAY, dry_run=True)


def test_the_statements_of_a_copy_do_not_grow(show):
    def statements(day):
        with CaptureQueriesContext(connection) as queries:
            copying.copy_programme(day, day + WEEK)
        return len(queries)

    show(MONDAY, "20:15")
    for number in range(3):
        show(TUESDAY, "20:15", room=RoomFactory(number=number + 1))
    assert statements(MONDAY) == statements(TUESDAY)


def test_more_copies_than_can_be_scheduled_at_once(show, monkeypatch):
    monkeypatch.setattr(copying, "MAX_AT_ONCE", 2)
    sessions = [show(MONDAY, f"{hour:02}:00") for hour in range(5)]
    copied = copying.copy_programme(MONDAY, NEXT_MONDAY)
    assert [(one.session, one.copy.starts_at) for one in copied] == [(one, one.starts_at + WEEK) for one in sessions]
    assert MovieSession.objects.count() == 10
