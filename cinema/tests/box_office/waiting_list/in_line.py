"""What tests of waiting lists read and bring about. Time is moved by moving the rows."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cinema.models import MovieSession, Ticket, Waiting
from cinema.queries import waiting_list as queries
from common.errors import Conflict

SECOND = timedelta(seconds=1)


def offered(session):
    """[(who, seats)] of the offers that are open."""
    entries = queries.open_entries().filter(session=session, offer__isnull=False)
    return [(entry.user.username, labels(entry.offer)) for entry in entries.select_related("user").order_by("pk")]


def labels(purchase):
    return [str(row.seat) for row in purchase.tickets.select_related("seat").order_by("seat")]


def ended(session):
    rows = Waiting.objects.filter(session=session, ended_at__isnull=False)
    return sorted(rows.values_list("user__username", "outcome"))


def run_out(session, by=SECOND):
    """The offers end a second ago; their seats are held on."""
    for entry in queries.open_entries().filter(session=session, offer__isnull=False):
        gone = entry.offer_ends_at - (timezone.now() - by)
        Waiting.objects.filter(pk=entry.pk).update(offer_ends_at=entry.offer_ends_at - gone)
        for row in entry.offer.tickets.all():
            Ticket.objects.filter(pk=row.pk).update(held_until=row.held_until - gone)


def begins(session, starts_at, **changes):
    ends_at = starts_at + timedelta(hours=2)
    rows = MovieSession.objects.filter(pk=session.pk)
    rows.update(starts_at=starts_at, ends_at=ends_at, room_free_at=ends_at, **changes)


def refused(act, *args, **kwargs):
    with pytest.raises(Conflict) as caught:
        act(*args, **kwargs)
    return caught.value.code, caught.value.message
