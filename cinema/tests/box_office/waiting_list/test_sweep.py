"""The sweep, and waiting lists in the nightly cleanup."""

from datetime import timedelta

import pytest
from django.db import OperationalError, transaction
from django.http import Http404
from django.utils import timezone

from cinema.box_office import cleanup, offers, purchases, waiting_list
from cinema.core.locks import lock_session
from cinema.models import Purchase, Ticket, Waiting
from cinema.tests.box_office.waiting_list.entries import (
    ended_entries,
    let_offers_lapse,
    open_offers,
)
from cinema.tests.factories import SessionFactory, WaitingFactory

pytestmark = pytest.mark.django_db
Outcome = Waiting.Outcome


def test_the_sweep_takes_two_queries_where_nothing_changed(session, sold, ana, django_assert_num_queries):
    waiting_list.join(session.pk, ana, 1)
    with django_assert_num_queries(2):
        assert waiting_list.sweep() == 0


def test_a_locked_or_deleted_session_does_not_stop_the_sweep(session, offer, monkeypatch):
    let_offers_lapse(session)
    other = WaitingFactory(session=SessionFactory())
    gone = WaitingFactory(session=SessionFactory())

    def lock_or_fail(pk):
        if pk == session.pk:
            raise OperationalError from TimeoutError()
        if pk == gone.session_id:
            raise Http404
        return lock_session(pk)

    monkeypatch.setattr(waiting_list, "lock_session", lock_or_fail)
    assert waiting_list.sweep() == 1
    assert open_offers(other.session)
    assert ended_entries(session) == []


def test_the_sweeps_queries_do_not_grow_with_entries_that_need_more_seats(session, sold, django_assert_num_queries):
    # Which sessions (2), the savepoint (2), the session, its list, the lapsed entries, the seats, the entries.
    Ticket.objects.filter(pk=sold[0].pk).update(cancelled_at=timezone.now())
    for _ in range(3):
        WaitingFactory.create_batch(3, session=session, quantity=2)
        with django_assert_num_queries(9):
            assert waiting_list.sweep() == 0


def test_cleanup_keeps_an_offer_that_the_sweep_has_not_ended(session, offer):
    long_ago = timezone.now() - timedelta(days=2)
    Purchase.objects.filter(pk=offer.pk).update(created_at=long_ago)
    Ticket.objects.filter(purchase=offer).update(held_until=long_ago)
    Waiting.objects.filter(offer=offer).update(offer_ends_at=long_ago)
    cleanup.tidy()
    assert Waiting.objects.get(offer=offer).ended_at is None
    waiting_list.sweep()
    cleanup.tidy()
    entry = Waiting.objects.get(user__username="ana")
    assert (entry.outcome, entry.offer) == (Outcome.LAPSED, None)


def test_a_claim_that_fails_under_the_exclusive_lock_is_rolled_back(session, sold, ana, monkeypatch):
    """The exclusive lock prevents it. If it happened all the same, the whole transaction would be rolled back."""
    waiting_list.join(session.pk, ana, 1)
    monkeypatch.setattr(offers, "claim", lambda *args, **kwargs: set())
    with pytest.raises(RuntimeError), transaction.atomic():
        purchases.cancel(sold[0].pk, sold[0].user)
    sold[0].refresh_from_db()
    assert (sold[0].cancelled_at, open_offers(session)) == (None, [])
