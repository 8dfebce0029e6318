import pytest
import time_machine

from accounts.tests.factories import ConfirmedUserFactory, ManagerFactory
from cinema.tests.factories import RoomFactory, SessionFactory
from cinema.tests.notifications.helpers import EVENING, NOW, SITE
from movies.tests.factories import MovieFactory, WatchlistItemFactory


@pytest.fixture
def noon_in_berlin(settings):
    settings.TIME_ZONE = settings.CINEMA_TIME_ZONE = "Europe/Berlin"
    settings.PUBLIC_URL = SITE
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ana():
    return ConfirmedUserFactory(username="ana", name="Ana Kovač")


@pytest.fixture
def of_age(ana):
    ana.date_of_birth = NOW.date().replace(year=1990)
    ana.save()
    return ana


@pytest.fixture
def manager():
    return ManagerFactory()


@pytest.fixture
def film():
    return MovieFactory(title="Dune", runtime=100)


@pytest.fixture
def watcher(film):
    return WatchlistItemFactory(movie=film).user


@pytest.fixture
def session(film):
    """A session in room 1, and an empty room 2 as `other_room`."""
    first, second = RoomFactory(number=1, plan__rows=3), RoomFactory(number=2, name="Great Hall", plan__rows=3)
    session = SessionFactory(movie=film, room=first, starts_at=EVENING)
    session.other_room = second
    return session


@pytest.fixture
def session_with_markup():
    """A session whose title has to be escaped in HTML."""
    film = MovieFactory(title="Dune & <Dust>", age_restriction=12)
    room = RoomFactory(number=2, name="Great Hall", plan__rows=3)
    return SessionFactory(movie=film, room=room, starts_at=EVENING)
