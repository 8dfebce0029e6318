"""Helpers for tests of purchases and cancellations."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from cinema.box_office import purchases
from cinema.models import Purchase, Ticket
from cinema.queries import tickets
from cinema.tests.factories import SessionFactory
from common.errors import Conflict


def labels(purchase):
    return [str(ticket.seat) for ticket in tickets.of_purchase(purchase)]


def count_rows():
    """Return the numbers of purchases and tickets."""
    return Purchase.objects.count(), Ticket.objects.count()


def session_started(minutes, **fields):
    """Return a session that started `minutes` ago."""
    return SessionFactory(starts_at=timezone.now() - timedelta(minutes=minutes), **fields)


def buy_conflict(*args, **kwargs):
    """Buy, expect a 409, and return its (code, message, errors, details)."""
    with pytest.raises(Conflict) as caught:
        purchases.buy(*args, **kwargs)
    error = caught.value
    return error.code, error.message, [tuple(one) for one in error.errors], error.details


def buy_errors(*args, **kwargs):
    """Buy, expect a ValidationError, and return its messages by field."""
    with pytest.raises(ValidationError) as caught:
        purchases.buy(*args, **kwargs)
    return caught.value.message_dict
