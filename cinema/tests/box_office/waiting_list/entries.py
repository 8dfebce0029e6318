"""Helpers for tests of waiting lists. Time is moved by moving the rows."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cinema.models import MovieSession, Ticket, Waiting
from cinema.queries import waiting_list as queries
from common.errors import Conflict

SECOND = timedelta(seconds=1)


def open_offers(session):
    """Return [(username, seat labels)] of the open offers."""
    entries = queries.open_entries().filter(session=session, offer__isnull=False)
    return [(entry.user.username, labels(entry.offer)) for entry in entries.select_related("user").order_by("pk")]


def labels(purchase):
    return [str(row.seat) for row in purchase.tickets.select_related("seat").order_by("seat")]


def ended_entries(session):
    """Return [(username, outcome)] of the ended entries."""
    rows = Waiting.objects.filter(session=session, ended_at__isnull=False)
    return sorted(rows.values_list("user__username", "outcome"))


def let_offers_lapse(session, by=SECOND):
    """Move the open offers back, so that they ended a second ago; their seats are held on."""
    for entry in queries.open_entries().filter(session=session, offer__isnull=False):
        gone = entry.offer_ends_at - (timezone.now() - by)
        Waiting.objects.filter(pk=entry.pk).update(offer_ends_at=entry.offer_ends_at - gone)
        for row in entry.offer.tickets.all():
            Ticket.objects.filter(pk=row.pk).update(held_until=row.held_until - gone)


def move_session(session, starts_at, **changes):
    ends_at = starts_at + timedelta(hours=2)
    rows = MovieSession.objects.filter(pk=session.pk)
    rows.update(starts_at=starts_at, ends_at=ends_at, room_free_at=ends_at, **changes)


def conflict(act, *args, **kwargs):
    """Call `act`, expect a 409, and return its (code, message)."""
    with pytest.raises(Conflict) as caught:
        act(*args, **kwargs)
    return caught.value.code, caught.value.message


def live_rows():
    """Return [(seat, username, bought)] of the live rows of ana, ben and the stranger."""
    live = Ticket.objects.filter(cancelled_at=None, user__username__in=["ana", "ben", "stranger"]).order_by("seat")
    return [(str(row.seat), row.user.username, row.purchased_at is not None) for row in live]


def no_seat_is_taken_twice():
    live = Ticket.objects.filter(cancelled_at=None).values_list("session", "seat")
    return len(live) == len(set(live))
