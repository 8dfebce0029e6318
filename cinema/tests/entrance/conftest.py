"""Two managers, and a ticket for a session that starts in twenty minutes."""

import pytest

from accounts.tests.factories import ManagerFactory
from cinema.tests.entrance.scans import todays_session
from cinema.tests.factories import TicketFactory


@pytest.fixture
def manager():
    return ManagerFactory(username="mia")


@pytest.fixture
def other_manager():
    return ManagerFactory(username="max")


@pytest.fixture
def ticket():
    return TicketFactory(session=todays_session())
