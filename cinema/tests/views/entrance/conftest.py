from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.core.local_time import day_bounds, today
from cinema.tests.factories import SessionFactory, TicketFactory

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def now(monkeypatch):
    """Noon of today, so that the evening is still to come."""
    noon = day_bounds(today())[0] + 12 * HOUR
    monkeypatch.setattr(timezone, "now", lambda: noon)
    return noon


@pytest.fixture
def mia():
    return ManagerFactory(username="mia")


@pytest.fixture
def manager_client(client, mia):
    client.force_login(mia)
    return client


@pytest.fixture
def session(now):
    return SessionFactory(starts_at=now + HOUR, room__number=2, movie__title="Heat & <Dust>")


@pytest.fixture
def ticket(session):
    return TicketFactory(session=session, user=UserFactory(username="ana", name="Ana Lima"))
