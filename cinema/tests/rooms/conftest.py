import pytest

from cinema.rooms import editing
from cinema.tests.factories import SessionFactory
from movies.tests.factories import MovieFactory


@pytest.fixture
def room(db):
    """A room with the seats A1 to A3, an aisle, a wheelchair place B1 and a companion seat B2."""
    return editing.create_room(7, "Balcony", 20, plan="sss\n\nwc")


@pytest.fixture
def session(room):
    return SessionFactory(room=room, movie=MovieFactory(title="Heat", year=1995))
