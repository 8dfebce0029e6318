from datetime import time, timedelta

import pytest
import time_machine

from cinema.core.local_time import to_utc
from cinema.tests.factories import SessionFactory
from cinema.tests.programme.copying.helpers import NOW
from movies.tests.factories import MovieFactory


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def heat():
    return MovieFactory(title="Heat", year=1995)


@pytest.fixture
def show(heat):
    """Return a function: `show(day, "20:15", ...)` schedules Heat for 120 minutes, by default in a new room."""

    def make(day, at, minutes=120, **values):
        starts_at = to_utc(day, time.fromisoformat(at))
        ends_at = starts_at + timedelta(minutes=minutes)
        return SessionFactory(**{"movie": heat, **values}, starts_at=starts_at, ends_at=ends_at)

    return make
