"""Offers that are confirmed while they end, on real PostgreSQL.

Each race has a control that goes wrong; the orders are forced by locks.
"""

from datetime import timedelta
from unittest import mock

import pytest
from django.db import transaction
from django.utils import timezone

from cinema.box_office import holds, purchases, waiting_list
from cinema.core.locks import lock_session_shared
from cinema.models import Ticket, Waiting
from cinema.queries import waiting_list as queries
from cinema.tests.box_office.concurrency import SUCCESS, outcome, start
from cinema.tests.box_office.waiting_list.entries import live_rows, no_seat_is_taken_twice
from cinema.tests.factories import WaitingFactory
from common.errors import Code
from movies.tests.at_once import at_once, wait_until_blocking

# One crowd at a time, as each has many connections.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crowd")]
SECOND = timedelta(seconds=1)


@pytest.fixture
def offer(session, sold, ana, ben):
    """The purchase of a lapsed offer of A1 to ana; ben is the next."""
    entry = WaitingFactory(session=session, user=ana)
    purchases.cancel(sold[0].pk, sold[0].user)
    WaitingFactory(session=session, user=ben)
    let_lapse(entry)
    entry.refresh_from_db()
    return entry.offer


def let_lapse(entry):
    Waiting.objects.filter(pk=entry.pk).update(offer_ends_at=timezone.now() - SECOND)


def test_a_lapsed_offer_confirmed_before_the_sweep_is_bought(session, offer, ana):
    with transaction.atomic():
        holds.confirm(offer.pk, ana)
        later = start(waiting_list.sweep)
        wait_until_blocking()
    assert later.result(20) == 0
    assert live_rows() == [("A1", "ana", True)]
    assert queries.entries_without_offer().get().user.username == "ben"


def test_a_lapsed_offer_ended_before_it_is_confirmed_is_passed_on(session, offer, ana):
    with transaction.atomic():
        assert waiting_list.sweep() == 1
        later = start(lambda: outcome(lambda: holds.confirm(offer.pk, ana)))
        wait_until_blocking()
    assert later.result(20) == Code.HOLD_EXPIRED
    assert live_rows() == [("A1", "ben", False)]


def test_confirming_and_sweeping_at_once_give_one_result_or_the_other(session, offer, sold, ana, ben):
    for _ in range(10):
        ended = at_once([lambda offer=offer: outcome(lambda: holds.confirm(offer.pk, ana)), waiting_list.sweep])
        assert ended in ([SUCCESS, 0], [Code.HOLD_EXPIRED, 1])
        assert live_rows() == ([("A1", "ana", True)] if ended[0] == SUCCESS else [("A1", "ben", False)])
        assert no_seat_is_taken_twice()
        Waiting.objects.all().delete()
        Ticket.objects.filter(user__in=[ana, ben]).delete()
        entry = WaitingFactory(session=session, user=ana)
        waiting_list.sweep()
        WaitingFactory(session=session, user=ben)
        let_lapse(entry)
        entry.refresh_from_db()
        offer = entry.offer


def test_control_with_a_shared_lock_the_sweep_ends_a_confirmed_offer(session, offer, ana):
    """The entry says that its offer lapsed, and ana has the ticket."""
    with mock.patch.object(waiting_list, "lock_session", lock_session_shared):
        with transaction.atomic():
            entry = queries.lapsed_entries().get()
            holds.confirm(offer.pk, ana)
            later = start(waiting_list.sweep)
            wait_until_blocking()
        later.result(20)
    entry.refresh_from_db()
    assert (entry.outcome, live_rows()) == (Waiting.Outcome.LAPSED, [("A1", "ana", True)])


def test_sweeps_at_once_pass_an_offer_on_once(session, offer):
    assert sorted(at_once([waiting_list.sweep] * 6)) == [0, 0, 0, 0, 0, 1]
    assert live_rows() == [("A1", "ben", False)]
