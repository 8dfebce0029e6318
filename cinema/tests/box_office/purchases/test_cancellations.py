"""Cancelling tickets: a single one, and all of a session."""

from datetime import timedelta

import pytest
from django.http import Http404
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.box_office import purchases
from cinema.models import Purchase, Ticket
from cinema.tests.box_office.purchases.purchasing import session_started
from cinema.tests.factories import HeldTicketFactory, TicketFactory
from common.errors import Code, Conflict

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def cancel_conflict(pk, by):
    with pytest.raises(Conflict) as caught:
        purchases.cancel(pk, by)
    return caught.value.code, caught.value.message


def test_the_seat_of_a_cancelled_ticket_is_free_and_the_record_stays(session, user):
    ticket = TicketFactory(session=session, user=user)
    cancelled = purchases.cancel(ticket.pk, user)
    ticket.refresh_from_db()
    assert cancelled == ticket
    assert ticket.cancelled_at == cancelled.cancelled_at
    assert (ticket.cancelled_by, ticket.user, ticket.used_at) == (user, user, None)
    again = purchases.buy(session.pk, UserFactory(), seats=["A1"])
    assert [str(ticket.seat) for ticket in Ticket.objects.filter(session=session).order_by("pk")] == ["A1", "A1"]
    code, message = cancel_conflict(ticket.pk, user)
    assert code == Code.TICKET_CANCELLED
    assert message.startswith("The ticket was already cancelled on ")
    assert again.tickets.get().cancelled_at is None


def test_cancelling_takes_five_queries_and_two_more_by_a_manager(session, user, django_assert_num_queries):
    manager = ManagerFactory()
    own, sold = (TicketFactory(session=session, user=user) for _ in range(2))
    with django_assert_num_queries(5 + 2):
        purchases.cancel(own.pk, user)
    with django_assert_num_queries(5 + 2 + 2):  # for the notification
        purchases.cancel(sold.pk, manager)


def test_another_customers_ticket_is_not_found(session, user):
    ticket = TicketFactory(session=session)
    hold = HeldTicketFactory(session=session, user=user)
    for pk in (ticket.pk, hold.pk, 0):
        with pytest.raises(Http404):
            purchases.cancel(pk, user)
    with pytest.raises(Http404):
        purchases.cancel(hold.pk, ManagerFactory())


def test_several_are_cancelled_or_none(session, user):
    own = [*TicketFactory.create_batch(2, session=session, user=user), TicketFactory(user=user)]
    others, hold = TicketFactory(session=session), HeldTicketFactory(session=session, user=user)
    for odd in (others.pk, hold.pk, 0):
        with pytest.raises(Http404):
            purchases.cancel_several([own[0].pk, odd], user)
    used = TicketFactory(session=session, user=user, used_at=NOW)
    with pytest.raises(Conflict, match="The ticket was used on"):
        purchases.cancel_several([own[0].pk, used.pk], user)
    assert not Ticket.objects.filter(cancelled_at__isnull=False).exists()
    assert set(purchases.cancel_several([ticket.pk for ticket in own] * 2, user)) == set(own)
    assert set(Ticket.objects.filter(cancelled_by=user)) == set(own)


def test_the_owner_cancels_until_the_start_and_a_manager_until_the_end(user):
    manager = ManagerFactory()
    running, over = session_started(1), session_started(116)
    mine = TicketFactory(session=running, user=user)
    code, message = cancel_conflict(mine.pk, user)
    assert (code, message[:21]) == (Code.SESSION_STARTED, "The session began at ")
    assert purchases.cancel(mine.pk, manager).cancelled_by == manager
    past = TicketFactory(session=over, user=user)
    assert cancel_conflict(past.pk, manager) == (Code.SESSION_STARTED, "The session is over.")
    assert cancel_conflict(past.pk, user) == (Code.SESSION_STARTED, "The session is over.")
    early = TicketFactory(session=session_started(-1), user=user)
    purchases.cancel(early.pk, user)


def test_a_used_ticket_cannot_be_cancelled(session, user):
    ticket = TicketFactory(session=session, user=user, used_at=NOW)
    code, message = cancel_conflict(ticket.pk, ManagerFactory())
    assert (code, message[:23]) == (Code.ALREADY_USED, "The ticket was used on ")


def test_all_tickets_of_a_session_are_cancelled_except_used_ones(session):
    manager = ManagerFactory()
    open_one, used = TicketFactory(session=session), TicketFactory(session=session, used_at=NOW)
    before = TicketFactory(session=session, cancelled_at=NOW, cancelled_by=None)
    HeldTicketFactory(session=session)
    HeldTicketFactory(session=session, held_until=NOW - timedelta(days=1))
    elsewhere = [TicketFactory(), HeldTicketFactory()]
    assert purchases.cancel_all_tickets(session, manager) == 1
    rows = Ticket.objects.order_by("pk").values_list("pk", "cancelled_by", "used_at")
    assert list(rows) == [
        (open_one.pk, manager.pk, None),
        (used.pk, None, NOW),
        (before.pk, None, None),
        *((ticket.pk, None, None) for ticket in elsewhere),
    ]
    assert purchases.cancel_all_tickets(session, manager) == 0


def test_holds_end_with_their_session_and_their_purchases_stay_to_say_so(session):
    hold = HeldTicketFactory(session=session).purchase
    purchases.cancel_all_tickets(session, ManagerFactory())
    assert not Ticket.objects.exists()
    assert Purchase.objects.get() == hold
