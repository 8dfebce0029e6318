from types import SimpleNamespace

import pytest

from cinema.tests.factories import RoomFactory, SessionFactory
from cinema.tests.programme.helpers import EVENING, MINUTES
from movies.tests.factories import MovieFactory


@pytest.fixture
def programme():
    """Return the Blue Room, where “Alien” runs from 18:00 to 20:00, so that it is free from 20:15; and another film."""
    room = RoomFactory(name="Blue Room")
    alien = MovieFactory(title="Alien", runtime=105)
    session = SessionFactory(movie=alien, room=room, starts_at=EVENING, ends_at=EVENING + 120 * MINUTES)
    return SimpleNamespace(room=room, session=session, film=MovieFactory(title="Brazil", runtime=75))
