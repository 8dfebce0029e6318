"""Removing sessions."""

from datetime import timedelta

import pytest
from django.db import connection
from django.http import Http404
from django.utils import timezone

from accounts.tests.factories import ManagerFactory
from cinema.models import MovieSession, Purchase, Ticket, Waiting
from cinema.programme import removal
from cinema.tests.factories import HeldTicketFactory, PurchaseFactory, SessionFactory, TicketFactory, WaitingFactory
from cinema.tests.programme.helpers import error_of

pytestmark = pytest.mark.django_db
SOLD = "Tickets are sold for this session. They are cancelled with it only where `cancel_tickets` is true."


@pytest.fixture
def manager():
    return ManagerFactory()


@pytest.mark.parametrize("published", [True, False])
def test_a_session_that_concerns_no_one_is_deleted_with_its_holds(manager, published):
    session = SessionFactory(published=published)
    HeldTicketFactory(session=session, held_until=timezone.now() - timedelta(hours=1))
    PurchaseFactory(session=session, confirmed_at=None)
    other = HeldTicketFactory()
    removal.remove_session(session.pk, manager)
    connection.check_constraints()
    assert list(MovieSession.objects.all()) == [other.session]
    assert list(Ticket.objects.all()) == [other]
    assert list(Purchase.objects.all()) == [other.purchase]


def test_a_session_with_tickets_is_cancelled_only_with_cancel_tickets(manager):
    session = SessionFactory()
    ticket, before = TicketFactory(session=session), timezone.now()
    cancelled = TicketFactory(session=session, cancelled_at=before)
    HeldTicketFactory(session=session)
    error = error_of(lambda: removal.remove_session(session.pk, manager))
    assert (error.code, error.message) == ("has_tickets", SOLD)
    assert Ticket.objects.filter(cancelled_at=None).count() == 2
    removal.remove_session(session.pk, manager, cancel_tickets=True)
    connection.check_constraints()
    for row in (session, ticket, cancelled):
        row.refresh_from_db()
    assert session.cancelled_at >= before
    assert session.revision == 1
    assert (ticket.cancelled_by, cancelled.cancelled_by, cancelled.cancelled_at) == (manager, None, before)
    assert ticket.cancelled_at >= before
    assert set(Ticket.objects.all()) == {ticket, cancelled}
    # Its room is free.
    SessionFactory(room=session.room, starts_at=session.starts_at)


@pytest.mark.parametrize("kind", [HeldTicketFactory, WaitingFactory])
def test_a_session_for_which_people_hold_seats_or_wait_is_cancelled(manager, kind):
    session = kind().session
    removal.remove_session(session.pk, manager)
    connection.check_constraints()
    session.refresh_from_db()
    assert (session.cancelled_at is not None, session.revision) == (True, 1)
    assert not Ticket.objects.exists()
    assert not Waiting.objects.filter(ended_at=None).exists()


def test_a_session_with_only_cancelled_tickets_is_cancelled(manager):
    cancelled = TicketFactory(cancelled_at=timezone.now())
    removal.remove_session(cancelled.session_id, manager)
    cancelled.session.refresh_from_db()
    assert cancelled.session.cancelled_at
    assert cancelled.session.revision == 1


def test_an_unknown_session_is_a_404(manager):
    with pytest.raises(Http404):
        removal.remove_session(1, manager)


def test_many_are_deleted_or_cancelled(manager, django_assert_max_num_queries):
    sold, free, other = TicketFactory().session, SessionFactory(), SessionFactory()
    assert removal.remove_sessions([free.pk, sold.pk, free.pk], manager, cancel_tickets=True) == 2
    sold.refresh_from_db()
    assert sold.cancelled_at
    assert set(MovieSession.objects.all()) == {sold, other}
    more = [SessionFactory().pk for _ in range(20)]
    with django_assert_max_num_queries(20):
        removal.remove_sessions(more, manager)


def test_all_stay_if_one_cannot_be_removed(manager):
    free, sold = SessionFactory(), TicketFactory().session
    begun = SessionFactory(starts_at=timezone.now() - timedelta(minutes=5), ends_at=timezone.now() + timedelta(hours=5))
    error = error_of(lambda: removal.remove_sessions([free.pk, sold.pk], manager))
    assert (error.code, [tuple(one) for one in error.errors]) == ("has_tickets", [("ids.1", SOLD)])
    assert error.message == "Some of these sessions can't be removed, so all of them stay."
    error = error_of(lambda: removal.remove_sessions([begun.pk, sold.pk, free.pk], manager))
    assert (error.code, [field for field, _ in error.errors]) == ("session_started", ["ids.0", "ids.1"])
    error = error_of(lambda: removal.remove_sessions([free.pk, sold.pk, begun.pk], manager, cancel_tickets=True))
    assert [field for field, _ in error.errors] == ["ids.2"]
    error = error_of(lambda: removal.remove_sessions([free.pk, 10**9, -1], manager))
    assert error.message_dict == {f"ids.{index}": ["There is no such session."] for index in (1, 2)}
    assert MovieSession.objects.filter(cancelled_at=None).count() == 3
    assert not Ticket.objects.exclude(cancelled_at=None).exists()


@pytest.mark.parametrize("number", [0, 501])
def test_the_number_at_once_is_limited(manager, number):
    assert error_of(lambda: removal.remove_sessions([1] * number, manager)).message_dict == {
        "ids": ["Send 1 to 500 at once."]
    }
