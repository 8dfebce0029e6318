"""Joining and leaving a waiting list, and its end. Offers are in test_offers."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from accounts.tests.factories import ConfirmedUserFactory, ManagerFactory
from cinema.box_office import holds, purchases, waiting_list
from cinema.models import Seat, Ticket, Waiting
from cinema.programme import removal
from cinema.queries import waiting_list as queries
from cinema.tests.box_office.waiting_list.entries import SECOND, conflict, ended_entries, move_session, open_offers
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory, WaitingFactory
from common.errors import Code, NotAllowed

pytestmark = pytest.mark.django_db
Outcome = Waiting.Outcome


def test_entries_are_ordered_by_when_they_joined(session, sold, ana, ben):
    first, is_new = waiting_list.join(session.pk, ana, 2)
    waiting_list.join(session.pk, ben, 1)
    assert is_new
    assert (first.user, first.session, first.quantity, first.offer, first.ended_at) == (ana, session, 2, None, None)
    assert [queries.latest_entry(user, session).place for user in (ana, ben)] == [1, 2]
    assert queries.latest_entry(ConfirmedUserFactory(), session) is None


def test_the_place_counts_open_entries_of_the_same_session(session, sold, ana, ben):
    WaitingFactory()
    WaitingFactory(session=session, ended_at=timezone.now(), outcome=Outcome.LEFT)
    waiting_list.join(session.pk, ana, 1)
    moment = timezone.now()
    Waiting.objects.update(joined_at=moment)
    waiting_list.join(session.pk, ben, 1)
    Waiting.objects.update(joined_at=moment)
    assert [queries.latest_entry(user, session).place for user in (ana, ben)] == [1, 2]


def test_joining_again_with_another_number_of_seats(session, sold, ana, ben):
    first, _ = waiting_list.join(session.pk, ana, 2)
    waiting_list.join(session.pk, ben, 1)
    assert waiting_list.join(session.pk, ana, 2) == (first, False)
    assert waiting_list.join(session.pk, ana, 1) == (first, False)
    assert queries.latest_entry(ana, session).place == 1, "An entry for fewer seats keeps its place."
    assert waiting_list.join(session.pk, ana, 3) == (first, False)
    assert (queries.latest_entry(ana, session).place, queries.latest_entry(ana, session).quantity) == (2, 3)
    assert Waiting.objects.count() == 2


def test_joining_is_refused_while_enough_seats_are_free(session, ana):
    TicketFactory.create_batch(3, session=session)
    assert conflict(waiting_list.join, session.pk, ana, 1) == (
        Code.CONFLICT,
        "1 seat is still free. Choose now.",
    )
    waiting_list.join(session.pk, ana, 2)
    assert conflict(waiting_list.join, session.pk, ana, 1)[0] == Code.CONFLICT


def test_free_wheelchair_places_and_companion_seats_do_not_prevent_joining(session, ana):
    session.room.seats.update(kind=Seat.Kind.WHEELCHAIR)
    session.room.seats.filter(number=1).update(kind=Seat.Kind.COMPANION)
    waiting_list.join(session.pk, ana, 1)
    session.room.seats.filter(number__lte=2).update(kind=Seat.Kind.STANDARD)
    assert "1 seat is still free" in conflict(waiting_list.join, session.pk, ConfirmedUserFactory(), 1)[1]


def test_held_seats_are_taken_except_for_the_customer_who_holds_them(session, ana, ben):
    holds.hold(session.pk, ana, quantity=4)
    waiting_list.join(session.pk, ben, 1)
    assert "4 seats are still free" in conflict(waiting_list.join, session.pk, ana, 4)[1]


@pytest.mark.parametrize("quantity", [0, -1, 11, 10**30, None, "2", True, 1.5])
def test_joining_with_an_invalid_number_of_seats_is_refused(session, sold, ana, quantity):
    with pytest.raises(ValidationError) as caught:
        waiting_list.join(session.pk, ana, quantity)
    assert set(caught.value.message_dict) <= {"quantity", "seats"}
    assert not Waiting.objects.exists()


def test_the_rules_of_a_sale_apply_to_joining(session, sold, ana, settings):
    settings.TICKETS_PER_CUSTOMER = 2
    Ticket.objects.filter(pk=sold[0].pk).update(user=ana)
    assert conflict(waiting_list.join, session.pk, ana, 2)[0] == Code.TICKET_LIMIT
    with pytest.raises(Http404):
        waiting_list.join(session.pk + 1000, ana, 1)
    with pytest.raises(Http404):
        waiting_list.join(SessionFactory(published=False).pk, ana, 1)
    assert conflict(waiting_list.join, SessionFactory(published=False).pk, ManagerFactory(), 1)[0] == Code.CONFLICT
    for over in ({"starts_at": timezone.now() - SECOND}, {"cancelled_at": timezone.now()}):
        assert conflict(waiting_list.join, SessionFactory(**over).pk, ana, 1)[0] == Code.SESSION_STARTED
    with pytest.raises(NotAllowed):
        waiting_list.join(SessionFactory(movie__age_restriction=18).pk, ConfirmedUserFactory(date_of_birth=None), 1)
    ana.is_active = False
    ana.save()
    with pytest.raises(ValidationError):
        waiting_list.join(session.pk, ana, 1)


def test_leaving_ends_the_entry(session, sold, ana, ben):
    waiting_list.join(session.pk, ana, 1)
    waiting_list.join(session.pk, ben, 1)
    waiting_list.leave(session.pk, ana)
    assert queries.latest_entry(ben, session).place == 1
    assert ended_entries(session) == [("ana", Outcome.LEFT)]
    for _ in range(2):
        with pytest.raises(Http404):
            waiting_list.leave(session.pk, ana)
    waiting_list.join(session.pk, ana, 1)
    assert queries.latest_entry(ana, session).place == 2


@pytest.mark.parametrize(
    "change",
    [{"published": False}, {"cancelled_at": timezone.now()}, {"starts_at": timezone.now() - SECOND}],
    ids=["draft", "cancelled", "started"],
)
def test_the_sweep_closes_the_list_when_the_sale_is_over(session, offer, change):
    move_session(session, change.pop("starts_at", session.starts_at), **change)
    assert waiting_list.sweep() == 0
    assert ended_entries(session) == [("ana", Outcome.CLOSED), ("ben", Outcome.CLOSED)]
    assert not Ticket.objects.filter(purchased_at=None).exists()


def test_cancelling_the_session_closes_its_list(session, offer):
    removal.remove_session(session.pk, ManagerFactory(), cancel_tickets=True)
    assert ended_entries(session) == [("ana", Outcome.CLOSED), ("ben", Outcome.CLOSED)]
    assert not Ticket.objects.filter(purchased_at=None).exists()


def test_cancelling_a_session_that_sold_nothing_closes_its_list(session, ana):
    holds.hold(session.pk, ConfirmedUserFactory(), quantity=4)
    waiting_list.join(session.pk, ana, 1)
    removal.remove_session(session.pk, ManagerFactory())
    assert ended_entries(session) == [("ana", Outcome.CLOSED)]


def test_cancelling_a_ticket_after_the_start_closes_the_list(session, sold, ana):
    waiting_list.join(session.pk, ana, 1)
    move_session(session, timezone.now() - SECOND)
    purchases.cancel(sold[0].pk, ManagerFactory())
    assert (open_offers(session), ended_entries(session)) == ([], [("ana", Outcome.CLOSED)])


def test_deleting_an_account_passes_its_offer_on(session, offer, ana, ben):
    ana.delete()
    assert list(Waiting.objects.values_list("user", flat=True)) == [ben.pk]
    assert open_offers(session) == [("ben", ["A2"])]


def assert_violates(name, **values):
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        WaitingFactory(**values)
    assert caught.value.__cause__.diag.constraint_name == name


def test_constraints_of_waiting_list_entries(session, ana):
    now, offer = timezone.now(), HeldTicketFactory(session=session).purchase
    WaitingFactory(session=session, user=ana)
    assert_violates("waiting_once_in_a_session", session=session, user=ana)
    WaitingFactory(session=session, user=ana, ended_at=now, outcome=Outcome.LEFT)
    for quantity in (0, 1001):
        assert_violates("waiting_quantity_from_1_to_1000", quantity=quantity)
    assert_violates("waiting_offer_has_an_end", offer=offer)
    assert_violates("waiting_end_is_of_an_offer", offer_ends_at=now)
    assert_violates("waiting_ended_says_how", ended_at=now)
    assert_violates("waiting_ended_says_how", ended_at=now, outcome="unknown")
    assert_violates("waiting_ended_says_how", outcome=Outcome.LEFT)
    first = WaitingFactory(session=session, offer=offer, offer_ends_at=now)
    assert_violates("cinema_waiting_offer_id_key", session=session, offer=offer, offer_ends_at=now)
    offer.tickets.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        offer.delete()
    assert str(first) == str(first.pk)
