"""Changing sessions that are scheduled."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.http import Http404
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cinema.core import locks
from cinema.models import MovieSession, Room
from cinema.programme import removal, scheduling
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory
from cinema.tests.programme.helpers import EVENING, MINUTES, code_and_errors, error_of

pytestmark = pytest.mark.django_db


def change(session, **changes):
    scheduling.change_session(session.pk, changes)
    connection.check_constraints()
    session.refresh_from_db()
    return session


def test_a_new_start_keeps_the_length_and_the_tickets(programme):
    ticket, held = (kind(session=programme.session) for kind in (TicketFactory, HeldTicketFactory))
    session = change(programme.session, starts_at=EVENING + timedelta(minutes=30, seconds=4))
    assert (session.starts_at, session.ends_at) == (EVENING + 30 * MINUTES, EVENING + 150 * MINUTES)
    assert (session.room_free_at, session.revision) == (EVENING + 165 * MINUTES, 1)
    assert set(session.tickets.all()) == {ticket, held}


def test_a_new_end_and_the_end_of_the_film(programme):
    session = change(programme.session, ends_at=EVENING + 60 * MINUTES)
    assert (session.starts_at, session.ends_at, session.revision) == (EVENING, EVENING + 60 * MINUTES, 1)
    session = change(session, ends_at=None)
    assert (session.ends_at, session.room_free_at) == (EVENING + 120 * MINUTES, EVENING + 135 * MINUTES)


def test_unchanged_values_are_not_written(programme, django_assert_num_queries):
    session = programme.session
    same = {"starts_at": EVENING, "ends_at": session.ends_at, "room": session.room, "published": True}
    with django_assert_num_queries(5):
        scheduling.change_session(session.pk, same)
    assert change(session).revision == 0


def test_in_another_room_its_turnaround_counts_and_tickets_move_along(programme):
    hall = RoomFactory(turnaround_minutes=40, plan__rows=3)
    ticket = TicketFactory(session=programme.session, seat=programme.room.seats.get(row="B", number=3))
    cancelled = TicketFactory(session=programme.session, cancelled_at=timezone.now())
    session = change(programme.session, room=hall)
    assert (session.room, session.room_free_at, session.revision) == (hall, EVENING + 160 * MINUTES, 1)
    for row, label in ((ticket, "B3"), (cancelled, "A1")):
        row.refresh_from_db()
        assert (row.room, row.seat.room, row.seat.label) == (hall, hall, label)


def test_a_room_without_the_sold_seats_is_refused(programme):
    small = RoomFactory(plan__rows=1)
    ticket = TicketFactory(session=programme.session, seat=programme.room.seats.get(row="B", number=3))
    error = error_of(lambda: scheduling.change_session(programme.session.pk, {"room": small}))
    assert error.code == "seats_lost"
    programme.session.refresh_from_db()
    assert (programme.session.room, programme.session.revision) == (programme.room, 0)
    ticket.refresh_from_db()
    assert ticket.room == programme.room


def test_a_move_clashes_with_another_session_and_not_with_itself(programme):
    other = SessionFactory(room=programme.room, starts_at=EVENING + 300 * MINUTES)
    change(programme.session, starts_at=EVENING + 60 * MINUTES)
    error = error_of(lambda: scheduling.change_session(programme.session.pk, {"starts_at": EVENING + 240 * MINUTES}))
    assert code_and_errors(error)[0] == "room_taken"
    assert error.details["clashing_session"]["id"] == other.pk
    # Its own time does not count as taken.
    error = error_of(lambda: scheduling.change_session(other.pk, {"starts_at": EVENING + 60 * MINUTES}))
    assert error.details["free_slots"][0]["starts_at"] == "2087-03-04T21:15:00Z"
    assert programme.session.revision == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"starts_at": EVENING.replace(year=2020)}, "starts_at"),
        ({"ends_at": EVENING}, "ends_at"),
        ({"ends_at": EVENING + timedelta(days=2)}, "ends_at"),
        ({"starts_at": EVENING + timedelta(days=1), "ends_at": EVENING}, "ends_at"),
        ({"room": Room(pk=10**9)}, "room"),
        ({"movie": 1}, "movie"),
    ],
)
def test_invalid_changes_are_refused(programme, changes, field):
    assert list(error_of(lambda: scheduling.change_session(programme.session.pk, changes)).message_dict) == [field]


def test_a_session_that_was_moved_meanwhile_is_a_conflict(programme, monkeypatch):
    lock_rooms, elsewhere = locks.lock_rooms, RoomFactory()

    def meanwhile(pks):
        MovieSession.objects.filter(pk=programme.session.pk).update(room=elsewhere)
        return lock_rooms(pks)

    monkeypatch.setattr(locks, "lock_rooms", meanwhile)
    error = error_of(lambda: scheduling.change_session(programme.session.pk, {"starts_at": EVENING + 60 * MINUTES}))
    assert error.code == "conflict"
    assert error.message == "Another manager has just moved this session to another room. Try again."


def test_an_unknown_session_is_a_404(programme):
    with pytest.raises(Http404):
        scheduling.change_session(programme.session.pk + 1, {})


UNCHANGEABLE = [
    (
        {"starts_at": timezone.now() - 3 * MINUTES, "ends_at": timezone.now() + timedelta(hours=9)},
        r"This session began at \d\d:\d\d\.",
    ),
    ({"starts_at": timezone.now() - 300 * MINUTES}, r"This session is over\."),
    ({"cancelled_at": timezone.now()}, r"This session was cancelled\."),
]


@pytest.mark.parametrize(("state", "message"), UNCHANGEABLE)
def test_a_session_that_began_or_was_cancelled_cannot_be_changed(state, message):
    session = SessionFactory(**state)
    manager = UserFactory()
    for act in (
        lambda: scheduling.change_session(session.pk, {"published": False}),
        lambda: scheduling.change_session(session.pk, {}),
        lambda: removal.remove_session(session.pk, manager, cancel_tickets=True),
    ):
        error = error_of(act)
        assert error.code == "session_started"
        assert re.fullmatch(message, error.message)


def test_a_session_can_become_a_draft_until_tickets_are_sold(programme):
    session = change(programme.session, published=False)
    assert (session.published, session.revision) == (False, 0)
    session = change(session, published=True)
    HeldTicketFactory(session=session)
    TicketFactory(session=session, cancelled_at=timezone.now())
    session = change(session, published=False)
    session = change(session, published=True)
    TicketFactory(session=session)
    error = error_of(lambda: scheduling.change_session(session.pk, {"published": False}))
    assert error.code == "has_tickets"
    assert change(session, published=True).published
