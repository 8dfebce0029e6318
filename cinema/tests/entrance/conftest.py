"""Two managers, and a ticket for a session that starts in twenty minutes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import ManagerFactory
from cinema.tests.factories import TicketFactory


@pytest.fixture
def manager():
    return ManagerFactory(username="mia")


@pytest.fixture
def other_manager():
    return ManagerFactory(username="max")


@pytest.fixture
def ticket():
    return TicketFactory(session__starts_at=timezone.now().replace(microsecond=0) + timedelta(minutes=20))
