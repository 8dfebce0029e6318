"""The line of a session that is sold out: joining, leaving, the sweep. What is offered to whom is in test_offers."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, transaction
from django.http import Http404
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.box_office import cleanup, holds, offers, purchases, waiting_list
from cinema.core.locks import lock_session
from cinema.models import Purchase, Seat, Ticket, Waiting
from cinema.programme import removal
from cinema.queries import waiting_list as queries
from cinema.tests.box_office.waiting_list.in_line import SECOND, begins, ended, offered, refused, run_out
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory, WaitingFactory
from common.errors import Code, NotAllowed

pytestmark = pytest.mark.django_db

Outcome = Waiting.Outcome


# --- Joining ---


def test_who_joins_first_is_first(session, sold, ana, ben):
    first, is_new = waiting_list.join(session.pk, ana, 2)
    waiting_list.join(session.pk, ben, 1)
    assert is_new
    assert (first.user, first.session, first.quantity, first.offer, first.ended_at) == (ana, session, 2, None, None)
    assert [queries.latest_entry(who, session).place for who in (ana, ben)] == [1, 2]
    assert queries.latest_entry(UserFactory(), session) is None


def test_the_place_counts_ones_own_line_only(session, sold, ana, ben):
    WaitingFactory()
    WaitingFactory(session=session, ended_at=timezone.now(), outcome=Outcome.LEFT)
    waiting_list.join(session.pk, ana, 1)
    moment = timezone.now()
    Waiting.objects.update(joined_at=moment)
    waiting_list.join(session.pk, ben, 1)
    Waiting.objects.update(joined_at=moment)
    assert [queries.latest_entry(who, session).place for who in (ana, ben)] == [1, 2]


def test_joining_again(session, sold, ana, ben):
    first, _ = waiting_list.join(session.pk, ana, 2)
    waiting_list.join(session.pk, ben, 1)
    assert waiting_list.join(session.pk, ana, 2) == (first, False)
    assert waiting_list.join(session.pk, ana, 1) == (first, False)
    assert queries.latest_entry(ana, session).place == 1, "Who wants fewer keeps the place."
    assert waiting_list.join(session.pk, ana, 3) == (first, False)
    assert (queries.latest_entry(ana, session).place, queries.latest_entry(ana, session).quantity) == (2, 3)
    assert Waiting.objects.count() == 2


def test_nobody_waits_where_there_are_seats(session, ana):
    TicketFactory.create_batch(3, session=session)
    assert refused(waiting_list.join, session.pk, ana, 1) == (
        Code.CONFLICT,
        "1 seat is still free. Choose now.",
    )
    waiting_list.join(session.pk, ana, 2)
    assert refused(waiting_list.join, session.pk, ana, 1)[0] == Code.CONFLICT


def test_wheelchair_places_are_no_seats_left(session, ana):
    session.room.seats.update(kind=Seat.Kind.WHEELCHAIR)
    waiting_list.join(session.pk, ana, 1)
    session.room.seats.filter(number__lte=2).update(kind=Seat.Kind.COMPANION)
    assert "1 seat is free" in refused(waiting_list.join, session.pk, UserFactory(), 1)[1]


def test_held_seats_make_a_session_full_but_not_for_who_holds_them(session, ana, ben):
    holds.hold(session.pk, ana, quantity=4)
    waiting_list.join(session.pk, ben, 1)
    assert "4 seats are free" in refused(waiting_list.join, session.pk, ana, 4)[1]


@pytest.mark.parametrize("quantity", [0, -1, 11, 10**30, None, "2", True, 1.5])
def test_numbers_that_make_no_sense(session, sold, ana, quantity):
    with pytest.raises(ValidationError) as caught:
        waiting_list.join(session.pk, ana, quantity)
    assert set(caught.value.message_dict) <= {"quantity", "seats"}
    assert not Waiting.objects.exists()


def test_the_rules_are_those_of_a_sale(session, sold, ana, settings):
    settings.TICKETS_PER_CUSTOMER = 2
    Ticket.objects.filter(pk=sold[0].pk).update(user=ana)
    assert refused(waiting_list.join, session.pk, ana, 2)[0] == Code.TICKET_LIMIT
    with pytest.raises(Http404):
        waiting_list.join(session.pk + 1000, ana, 1)
    with pytest.raises(Http404):
        waiting_list.join(SessionFactory(published=False).pk, ana, 1)
    assert refused(waiting_list.join, SessionFactory(published=False).pk, ManagerFactory(), 1)[0] == Code.CONFLICT
    for gone in ({"starts_at": timezone.now() - SECOND}, {"cancelled_at": timezone.now()}):
        assert refused(waiting_list.join, SessionFactory(**gone).pk, ana, 1)[0] == Code.SESSION_STARTED
    with pytest.raises(NotAllowed):
        waiting_list.join(SessionFactory(movie__age_restriction=18).pk, UserFactory(date_of_birth=None), 1)
    ana.is_active = False
    ana.save()
    with pytest.raises(ValidationError):
        waiting_list.join(session.pk, ana, 1)


# --- Leaving, and the end of the sale ---


def test_who_leaves_is_out_of_the_line(session, sold, ana, ben):
    waiting_list.join(session.pk, ana, 1)
    waiting_list.join(session.pk, ben, 1)
    waiting_list.leave(session.pk, ana)
    assert queries.latest_entry(ben, session).place == 1
    assert ended(session) == [("ana", Outcome.LEFT)]
    for _ in range(2):
        with pytest.raises(Http404):
            waiting_list.leave(session.pk, ana)
    waiting_list.join(session.pk, ana, 1)
    assert queries.latest_entry(ana, session).place == 2


@pytest.mark.parametrize(
    "change",
    [{"published": False}, {"cancelled_at": timezone.now()}, {"starts_at": timezone.now() - SECOND}],
    ids=["draft", "cancelled", "begun"],
)
def test_where_nothing_is_sold_any_more_all_waiting_ends(session, offer, change):
    begins(session, change.pop("starts_at", session.starts_at), **change)
    assert waiting_list.sweep() == 0
    assert ended(session) == [("ana", Outcome.CLOSED), ("ben", Outcome.CLOSED)]
    assert not Ticket.objects.filter(purchased_at=None).exists()


def test_a_session_that_is_cancelled_ends_it_at_once(session, offer):
    removal.remove_session(session.pk, ManagerFactory(), cancel_tickets=True)
    assert ended(session) == [("ana", Outcome.CLOSED), ("ben", Outcome.CLOSED)]
    assert not Ticket.objects.filter(purchased_at=None).exists()


def test_a_session_that_is_deleted_takes_its_line_along(session, ana):
    holds.hold(session.pk, UserFactory(), quantity=4)
    waiting_list.join(session.pk, ana, 1)
    removal.remove_session(session.pk, ManagerFactory())
    assert not Waiting.objects.exists()


def test_cancelling_after_the_beginning_offers_nothing(session, sold, ana):
    waiting_list.join(session.pk, ana, 1)
    begins(session, timezone.now() - SECOND)
    purchases.cancel(sold[0].pk, ManagerFactory())
    assert (offered(session), ended(session)) == ([], [("ana", Outcome.CLOSED)])


def test_closing_an_account_ends_it(session, offer, ana, ben):
    ana.delete()
    assert list(Waiting.objects.values_list("user", flat=True)) == [ben.pk]
    Ticket.objects.filter(purchase=offer).update(held_until=timezone.now() - SECOND)
    waiting_list.sweep()
    assert offered(session) == [("ben", ["A2"])]


# --- The sweep ---


def test_the_sweep_leaves_alone_where_nothing_changed(session, sold, ana, django_assert_num_queries):
    waiting_list.join(session.pk, ana, 1)
    with django_assert_num_queries(2):
        assert waiting_list.sweep() == 0


def test_a_session_that_is_busy_or_gone_does_not_stop_the_sweep(session, offer, monkeypatch):
    run_out(session)
    other = WaitingFactory(session=SessionFactory())
    gone = WaitingFactory(session=SessionFactory())

    def hold(pk):
        if pk == session.pk:
            raise OperationalError from TimeoutError()
        if pk == gone.session_id:
            raise Http404
        return lock_session(pk)

    monkeypatch.setattr(waiting_list, "lock_session", hold)
    assert waiting_list.sweep() == 1
    assert offered(other.session)
    assert ended(session) == []


def test_the_queries_of_the_sweep_do_not_grow_with_those_who_need_more(session, sold, django_assert_num_queries):
    # Which sessions (2), the savepoint (2), the session, which lapsed, the seats, the line.
    Ticket.objects.filter(pk=sold[0].pk).update(cancelled_at=timezone.now())
    for _ in range(3):
        WaitingFactory.create_batch(3, session=session, quantity=2)
        with django_assert_num_queries(8):
            assert waiting_list.sweep() == 0


def test_tidying_leaves_an_offer_that_nobody_has_ended(session, offer):
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


def test_a_seat_that_is_gone_in_a_session_that_is_held_is_nobodys_offer(session, sold, ana, monkeypatch):
    """It can't be; if it were, nothing of the offer would stay."""
    waiting_list.join(session.pk, ana, 1)
    monkeypatch.setattr(offers, "take", lambda *args, **kwargs: set())
    with pytest.raises(RuntimeError), transaction.atomic():
        purchases.cancel(sold[0].pk, sold[0].user)
    sold[0].refresh_from_db()
    assert (sold[0].cancelled_at, offered(session)) == (None, [])


# --- What the database refuses ---


def refuses(name, **values):
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        WaitingFactory(**values)
    assert caught.value.__cause__.diag.constraint_name == name


def test_what_no_row_can_be(session, ana):
    now, offer = timezone.now(), HeldTicketFactory(session=session).purchase
    WaitingFactory(session=session, user=ana)
    refuses("waiting_once_in_a_session", session=session, user=ana)
    WaitingFactory(session=session, user=ana, ended_at=now, outcome=Outcome.LEFT)
    for quantity in (0, 1001):
        refuses("waiting_quantity_from_1_to_1000", quantity=quantity)
    refuses("waiting_offer_has_an_end", offer=offer)
    refuses("waiting_end_is_of_an_offer", offer_ends_at=now)
    refuses("waiting_ended_says_how", ended_at=now)
    refuses("waiting_ended_says_how", ended_at=now, outcome="bored")
    refuses("waiting_ended_says_how", outcome=Outcome.LEFT)
    first = WaitingFactory(session=session, offer=offer, offer_ends_at=now)
    refuses("cinema_waiting_offer_id_key", session=session, offer=offer, offer_ends_at=now)
    offer.tickets.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        offer.delete()
    assert str(first) == str(first.pk)
