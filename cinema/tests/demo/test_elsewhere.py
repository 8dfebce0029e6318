"""The demo's cinema in a database with other rows."""

from datetime import date, time, timedelta

import pytest

import accounts.people.demo
import cinema.demo
from cinema.core.local_time import to_local
from cinema.demo import rooms
from cinema.models import MovieSession, Purchase, Room, Ticket
from cinema.tests.demo.conftest import NOW
from cinema.tests.factories import RoomFactory, SessionFactory

pytestmark = pytest.mark.django_db


def test_the_demo_is_the_same_each_time(films):
    accounts.people.demo.load()
    accounts.people.demo.load_visitors()

    def snapshot():
        sessions = MovieSession.objects.order_by("starts_at", "room__number")
        seats = Ticket.objects.values_list(
            "session__starts_at", "room__number", "seat__row", "seat__number", "user__username"
        )
        return (
            list(sessions.values_list("starts_at", "room__number", "movie__imdb_id", "published")),
            sorted(seats),
        )

    cinema.demo.load(days=2)
    before = snapshot()
    for model in (Purchase, MovieSession, Room):
        model.objects.all().delete()
    cinema.demo.load(days=2)
    assert snapshot() == before


def test_a_day_with_a_managers_session_is_left_alone(films):
    rooms.load()
    studio = Room.objects.get(number=4)
    own = SessionFactory(room=studio, starts_at=NOW.replace(hour=15) + timedelta(days=1))
    cinema.demo.load(days=2)
    that_day = studio.sessions.filter(starts_at__date=own.starts_at.date())
    assert list(that_day) == [own]
    assert studio.sessions.filter(starts_at__date=own.starts_at.date() + timedelta(days=1)).count() > 1


def test_an_existing_room_keeps_its_number_and_programme(films):
    own = RoomFactory(number=2, name="Ours")
    Room.objects.filter(number=2).update(turnaround_minutes=5)
    assert cinema.demo.load(days=1).rooms == 3
    own.refresh_from_db()
    assert (own.name, own.turnaround_minutes, own.seats.count(), own.sessions.count()) == ("Ours", 5, 10, 0)


def test_without_films_there_are_no_sessions(db, clock):
    assert cinema.demo.load() == cinema.demo.Added(4, 0, 0)


def test_the_change_of_clocks_moves_no_session(settings, films, clock):
    settings.TIME_ZONE = "Europe/Berlin"
    clock.move_to(NOW.replace(month=3, day=27))
    cinema.demo.load(days=3)
    first = MovieSession.objects.filter(room__number=2).order_by("starts_at")
    starts = {to_local(session.starts_at).date(): to_local(session.starts_at).time() for session in reversed(first)}
    assert set(starts.values()) == {time(14, 0)}
    assert date(2026, 3, 29) in starts


def test_a_renamed_room_is_left_alone(films):
    rooms.load()
    Room.objects.update(name="")
    assert cinema.demo.load() == cinema.demo.Added(0, 0, 0)
