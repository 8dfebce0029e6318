"""The demo, loaded at a time when some of the day's sessions are over, one is running and some are to come.

It is loaded once for all tests of a module, because it has thousands of rows; changes of a test are rolled back.
"""

from datetime import UTC, datetime

import pytest
import time_machine

import accounts.people.demo
import cinema.demo
import movies.demo.catalogue
from tests.database import empty_database

# A Wednesday in Advent.
NOW = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture
def films(db, clock):
    """Load the films of the demo, without its cinema."""
    movies.demo.catalogue.load()


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        with time_machine.travel(NOW, tick=False):
            accounts.people.demo.load()
            movies.demo.catalogue.load()
            accounts.people.demo.load_visitors()
            added = cinema.demo.load()
        yield added
        empty_database()


@pytest.fixture
def demo(loaded, db, clock):
    """Return what was added."""
    return loaded
