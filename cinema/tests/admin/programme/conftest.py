import pytest
import time_machine

from cinema.tests.admin.programme.helpers import at
from cinema.tests.factories import RoomFactory, SessionFactory
from movies.tests.factories import MovieFactory


@pytest.fixture
def clock(settings):
    """Stop the clock at 13:00 in Berlin, the cinema's time zone, on 1 December 2026."""
    settings.TIME_ZONE = "Europe/Berlin"
    with time_machine.travel("2026-12-01T12:00:00+00:00", tick=False) as travel:
        yield travel


@pytest.fixture
def film(db):
    return MovieFactory(title="Heat", year=1995, runtime=100)


@pytest.fixture
def session(clock, film):
    return SessionFactory(movie=film, room=RoomFactory(number=1), starts_at=at(2, 17), ends_at=at(2, 19, 5))
