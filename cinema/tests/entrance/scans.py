"""Helpers for tests of check-in."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from cinema.models import Scan, Ticket
from cinema.tests.factories import SessionFactory, TicketFactory
from common.errors import Conflict

START = datetime(2026, 3, 1, 20, 15, tzinfo=UTC)


def past_ticket(**changes):
    """Return a ticket for a session that started at START."""
    return TicketFactory(session__starts_at=START, purchased_at=START - timedelta(days=3), **changes)


def todays_session(**changes):
    """Return a session that starts in twenty minutes."""
    return SessionFactory(starts_at=timezone.now().replace(microsecond=0) + timedelta(minutes=20), **changes)


def conflict(act):
    """Call `act`, expect a 409, and return its (code, message, details)."""
    with pytest.raises(Conflict) as caught:
        act()
    return caught.value.code, caught.value.message, caught.value.details


def only_scan():
    names = ("ticket", "code", "nonce", "scanned_at", "by", "door", "outcome", "reason", "message")
    return Scan.objects.values(*names).get()


def reload(ticket):
    return Ticket.objects.get(pk=ticket.pk)


def api_time(moment):
    return moment.isoformat().replace("+00:00", "Z")
