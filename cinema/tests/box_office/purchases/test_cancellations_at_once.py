"""Seats and sessions that are cancelled while customers buy, on real PostgreSQL. The orders are forced by locks."""

from collections import Counter
from unittest import mock

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.box_office import purchases
from cinema.core.locks import lock_session
from cinema.models import MovieSession, Purchase, Ticket
from cinema.tests.box_office.concurrency import (
    SUCCESS,
    outcome,
    run_crowd,
    start,
)
from cinema.tests.factories import TicketFactory
from common.errors import Code, Conflict
from movies.tests.at_once import at_once, wait_until_blocking

# One crowd at a time, as each has many connections.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crowd")]


def live_tickets(session):
    return Ticket.objects.filter(session=session, cancelled_at=None)


def test_a_ticket_is_cancelled_while_ten_customers_want_the_seat(session):
    ended = Counter()
    for _ in range(15):
        ticket = TicketFactory(session=session)
        label = str(ticket.seat)
        acts = [
            lambda user=user, label=label: purchases.buy(session.pk, user, seats=[label])
            for user in [UserFactory() for _ in range(10)]
        ]
        answers = at_once([lambda ticket=ticket: purchases.cancel(ticket.pk, ticket.user), *acts])
        assert answers[0].cancelled_at is not None
        bought = [answer for answer in answers[1:] if isinstance(answer, Purchase)]
        refused = [answer for answer in answers[1:] if isinstance(answer, Conflict)]
        assert len(bought) + len(refused) == 10
        assert {answer.code for answer in refused} <= {Code.SEAT_TAKEN}
        assert live_tickets(session).count() == len(bought) <= 1
        ended[len(bought)] += 1
        Ticket.objects.all().delete()
    assert sum(ended.values()) == 15


def test_a_buyer_who_waits_for_a_cancellation_gets_the_seat(session):
    ticket, buyer = TicketFactory(session=session), UserFactory()
    with transaction.atomic():
        purchases.cancel(ticket.pk, ticket.user)
        later = start(lambda: purchases.buy(session.pk, buyer, seats=["A1"]))
        wait_until_blocking()
    assert later.result(20).user == buyer
    assert [one.user for one in live_tickets(session)] == [buyer]


def test_a_buyer_who_waits_for_a_sale_does_not_get_the_seat(session):
    with transaction.atomic():
        first = purchases.buy(session.pk, UserFactory(), seats=["A1", "A2"])
        later = start(lambda: outcome(lambda: purchases.buy(session.pk, UserFactory(), seats=["A2", "A3"])))
        wait_until_blocking()
    assert later.result(20) == Code.SEAT_TAKEN
    assert [one.purchase for one in live_tickets(session)] == [first, first]


def test_a_buyer_who_waits_for_a_sale_that_fails_gets_the_seat(session):
    with transaction.atomic():
        purchases.buy(session.pk, UserFactory(), seats=["A1", "A2"])
        later = start(lambda: outcome(lambda: purchases.buy(session.pk, UserFactory(), seats=["A2"])))
        wait_until_blocking()
        transaction.set_rollback(True)
    assert later.result(20) == SUCCESS
    assert [str(one.seat) for one in live_tickets(session)] == ["A2"]


def test_a_ticket_is_cancelled_only_once(session):
    ticket = TicketFactory(session=session)
    acts = [lambda by=by: purchases.cancel(ticket.pk, by) for by in [ticket.user, ManagerFactory()] * 4]
    assert run_crowd(acts, 8) == {SUCCESS: 1, Code.TICKET_CANCELLED: 7}


# The session is cancelled


def cancel_session(session, by):
    row = lock_session(session.pk)
    MovieSession.objects.filter(pk=row.pk).update(cancelled_at=timezone.now())
    purchases.cancel_all_tickets(row, by)


@transaction.atomic
def cancel_session_in_transaction(session, by):
    cancel_session(session, by)


def test_a_buyer_who_waits_for_the_sessions_cancellation_is_refused(session):
    with transaction.atomic():
        cancel_session(session, ManagerFactory())
        later = start(lambda: outcome(lambda: purchases.buy(session.pk, UserFactory(), quantity=1)))
        wait_until_blocking()
    assert later.result(20) == Code.SESSION_STARTED
    assert Ticket.objects.count() == 0


def test_a_ticket_bought_before_is_cancelled_with_its_session(session):
    manager = ManagerFactory()
    with transaction.atomic():
        purchases.buy(session.pk, UserFactory(), quantity=2)
        later = start(lambda: cancel_session_in_transaction(session, manager))
        wait_until_blocking()
    later.result(20)
    assert set(Ticket.objects.values_list("cancelled_by", flat=True)) == {manager.pk}


def test_control_without_the_session_lock_a_ticket_for_a_cancelled_session_is_sold(session):
    def look(pk, lock):
        return MovieSession.objects.get(pk=pk)

    with mock.patch("cinema.box_office.purchases.lock_session", look):
        with transaction.atomic():
            cancel_session(session, ManagerFactory())
            later = start(lambda: outcome(lambda: purchases.buy(session.pk, UserFactory(), quantity=1)))
            wait_until_blocking()  # for the session's foreign key, long after the look
        assert later.result(20) == SUCCESS
    assert live_tickets(session).count() == 1
