"""Visits in calendars: one entry for all tickets, and what follows when something changes."""

from datetime import UTC, datetime, timedelta

import icalendar
import pytest

from accounts.models import User
from accounts.tests.factories import ConfirmedUserFactory, ManagerFactory
from cinema.box_office import purchases
from cinema.documents import calendar
from cinema.models import MovieSession, Purchase, Ticket
from cinema.programme import removal, scheduling
from cinema.queries import tickets as rows
from cinema.rooms import editing
from cinema.tests.factories import RoomFactory, SessionFactory
from movies.models import Movie
from movies.providers import merging
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def session(berlin):
    return SessionFactory(movie__title="The Mirror", movie__runtime=100, room__plan__rows=3)


@pytest.fixture
def ana(berlin):
    return ConfirmedUserFactory()


@pytest.fixture
def visit(session, ana):
    """Four tickets of one purchase, bought long ago."""
    purchases.buy(session.pk, ana, seats=["A1", "A2", "A3", "B1"])
    Ticket.objects.update(purchased_at=LONG_AGO)
    Purchase.objects.update(confirmed_at=LONG_AGO)
    return session


def in_feed(user):
    (event,) = icalendar.Calendar.from_ical(calendar.render_feed(user)).events
    return event


def as_file(user, session):
    parsed = icalendar.Calendar.from_ical(calendar.render_visit(list(rows.of_visit(user, session.pk))))
    (event,) = parsed.events
    return parsed["METHOD"], event


def cancel(session, user, label):
    ticket = rows.of_visit(user, session.pk).get(seat__row=label[0], seat__number=label[1:])
    purchases.cancel(ticket.pk, user)


def test_four_tickets_of_one_visit_are_one_entry(visit, ana):
    for event in (in_feed(ana), as_file(ana, visit)[1]):
        assert event["LOCATION"].endswith("seats A1, A2, A3 and B1")
        assert event["SEQUENCE"] == 0
        for ticket in rows.of_visit(ana, visit.pk):
            assert f"https://roxy.example/tickets/{ticket.code}/" in event["DESCRIPTION"]


def test_tickets_of_two_purchases_for_one_session_are_one_entry(visit, ana):
    before = in_feed(ana)
    purchases.buy(visit.pk, ana, seats=["C1"])
    purchases.buy(visit.pk, ConfirmedUserFactory(), seats=["C2"])
    after = in_feed(ana)
    assert after["UID"] == before["UID"]
    assert after["LOCATION"].endswith("seats A1, A2, A3, B1 and C1")
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)


def test_a_cancelled_seat_leaves_the_entry_and_the_last_one_cancels_it(visit, ana):
    uid = in_feed(ana)["UID"]
    for number, label in enumerate(["A1", "A2", "A3"], start=1):
        cancel(visit, ana, label)
        method, event = as_file(ana, visit)
        assert (method, event["STATUS"], event["SEQUENCE"], event["UID"]) == ("PUBLISH", "CONFIRMED", number, uid)
        assert label not in event["LOCATION"]
        assert f"Seat {label}:" not in event["DESCRIPTION"]  # a code may contain the label
    assert event["LOCATION"].endswith("seat B1")
    cancel(visit, ana, "B1")
    method, event = as_file(ana, visit)
    assert (method, event["STATUS"], event["SEQUENCE"], event["UID"]) == ("CANCEL", "CANCELLED", 4, uid)
    assert event["DESCRIPTION"] == "These tickets were cancelled.\nThey were for seats A1, A2, A3 and B1."
    purchases.buy(visit.pk, ana, seats=["A1"])
    method, event = as_file(ana, visit)
    assert (method, event["STATUS"], event["SEQUENCE"], event["UID"]) == ("PUBLISH", "CONFIRMED", 5, uid)


CHANGES = {
    "time": lambda session: scheduling.change_session(
        session.pk, {"starts_at": session.starts_at + timedelta(hours=1)}
    ),
    "end": lambda session: scheduling.change_session(session.pk, {"ends_at": session.ends_at + timedelta(minutes=9)}),
    "room": lambda session: scheduling.change_session(session.pk, {"room": RoomFactory(plan__rows=3)}),
    "room's name": lambda session: editing.change_room(session.room_id, {"name": "Great Hall"}),
    "room's number": lambda session: editing.change_room(session.room_id, {"number": 77}),
    "title by update": lambda session: Movie.objects.filter(pk=session.movie_id).update(title="Zerkalo"),
    "age limit by update": lambda session: Movie.objects.filter(pk=session.movie_id).update(age_restriction=12),
    "another film": lambda session: MovieSession.objects.filter(pk=session.pk).update(movie=MovieFactory()),
    "a seat more": lambda session: purchases.buy(session.pk, User.objects.get(), seats=["C1"]),
    "a seat less": lambda session: cancel(session, User.objects.get(), "A1"),
    "cancelled": lambda session: removal.remove_session(session.pk, ManagerFactory.create(), cancel_tickets=True),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_gives_a_higher_sequence_and_later_stamps(visit, ana, change):
    before, (_, file_before) = in_feed(ana), as_file(ana, visit)
    assert before["DTSTAMP"].dt == before["LAST-MODIFIED"].dt == LONG_AGO
    change(visit)
    after, (_, file_after) = in_feed(ana), as_file(ana, visit)
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert file_after["SEQUENCE"] == after["SEQUENCE"]
    assert after["DTSTAMP"].dt == after["LAST-MODIFIED"].dt > LONG_AGO
    assert file_after["LAST-MODIFIED"].dt > file_before["LAST-MODIFIED"].dt == LONG_AGO
    assert after["UID"] == before["UID"]


def test_the_sequence_goes_on_when_the_film_is_merged_into_another_row(visit, ana):
    dropped, kept = visit.movie, MovieFactory()
    for title in ("Zerkalo", "The Mirror"):
        Movie.objects.filter(pk=dropped.pk).update(title=title)
    before = in_feed(ana)
    merging.merge_films(kept, dropped)
    after = in_feed(ana)
    assert after["SUMMARY"] == kept.title
    assert after["SEQUENCE"] > before["SEQUENCE"] == 2
    assert after["LAST-MODIFIED"].dt > LONG_AGO


def test_what_changes_nothing_in_the_entry_changes_no_stamp(visit, ana):
    before = calendar.render_feed(ana)
    scheduling.change_session(visit.pk, {"starts_at": visit.starts_at})
    editing.change_room(visit.room_id, {"turnaround_minutes": 20})
    Movie.objects.filter(pk=visit.movie_id).update(popularity=7, title="The Mirror", age_restriction=0)
    assert calendar.render_feed(ana) == before


def test_sessions_that_are_over_keep_their_revision_when_the_room_is_renamed(visit, ana):
    over = SessionFactory(room=visit.room, starts_at=LONG_AGO)
    editing.change_room(visit.room_id, {"name": "Great Hall"})
    revisions = dict(MovieSession.objects.values_list("pk", "revision"))
    assert revisions == {over.pk: 0, visit.pk: 1}
