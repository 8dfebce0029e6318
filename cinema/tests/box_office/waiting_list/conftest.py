"""A sold-out room of four seats, and two customers who want some."""

import pytest
from django.utils import timezone

from accounts.tests.factories import ConfirmedUserFactory
from cinema.box_office import waiting_list
from cinema.models import Ticket
from cinema.queries import waiting_list as queries
from cinema.tests.factories import SessionFactory, TicketFactory


@pytest.fixture
def session():
    return SessionFactory(room__plan__rows=1, room__plan__seats_per_row=4)


@pytest.fixture
def sold(session):
    """Four tickets, each of another customer."""
    return TicketFactory.create_batch(4, session=session)


@pytest.fixture
def ana():
    return ConfirmedUserFactory(username="ana")


@pytest.fixture
def ben():
    return ConfirmedUserFactory(username="ben")


@pytest.fixture
def offer(session, sold, ana, ben):
    """The purchase of an offer: A1 and A2 are offered to ana; ben waits for one seat."""
    waiting_list.join(session.pk, ana, 2)
    Ticket.objects.filter(pk__in=[row.pk for row in sold[:2]]).update(cancelled_at=timezone.now())
    waiting_list.sweep()
    waiting_list.join(session.pk, ben, 1)
    return queries.latest_entry(ana, session).offer
