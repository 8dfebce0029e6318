"""Helpers for tests of holds. Time is moved by moving the rows."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cinema.models import Purchase, Ticket
from common.errors import Code, Conflict

EXPIRED = (Code.HOLD_EXPIRED, "These seats are no longer held for you. Choose again.")


def live_seats(session):
    """Return every live row: (seat, purchase, user, held, bought)."""
    rows = Ticket.objects.filter(session=session, cancelled_at=None).order_by("seat")
    return [
        (str(row.seat), row.purchase_id, row.user_id, row.held_until is not None, row.purchased_at is not None)
        for row in rows.select_related("seat")
    ]


def conflict(act, *args, **kwargs):
    """Call `act`, expect a 409, and return its (code, message)."""
    with pytest.raises(Conflict) as caught:
        act(*args, **kwargs)
    return caught.value.code, caught.value.message


def move_back(purchase, **by):
    """Move the hold back in time, as if the seats were chosen this much earlier."""
    gone = timedelta(**by)
    Purchase.objects.filter(pk=purchase.pk).update(created_at=purchase.created_at - gone)
    for row in purchase.tickets.all():
        Ticket.objects.filter(pk=row.pk).update(held_until=row.held_until - gone)


def minutes_left(purchase):
    (until,) = set(purchase.tickets.values_list("held_until", flat=True))
    return round((until - timezone.now()).total_seconds() / 60, 1)
