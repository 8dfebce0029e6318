"""Confirming and releasing holds, and holds that have expired."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.box_office import holds, purchases
from cinema.models import MovieSession, Purchase, Ticket
from cinema.queries import tickets as ticket_queries
from cinema.tests.box_office.holds.holding import EXPIRED, conflict, live_seats, move_back
from cinema.tests.factories import HeldTicketFactory, TicketFactory
from common.errors import Code, NotAllowed

pytestmark = pytest.mark.django_db
ALREADY_BOUGHT = (Code.CONFLICT, "These tickets have already been bought.")


def test_confirming_takes_thirteen_queries_for_one_seat_and_for_three(session, user, django_assert_num_queries):
    one, three = holds.hold(session.pk, user, quantity=1), holds.hold(session.pk, UserFactory(), quantity=3)
    for purchase in (one, three):
        # The last three as in buying: the waiting list entry, the rows of the notification, and the notification.
        with django_assert_num_queries(10 + 3 + 2):
            holds.confirm(purchase.pk, purchase.user)


def test_confirming_buys_exactly_the_held_seats_and_can_be_repeated(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "C2"])
    codes = set(purchase.tickets.values_list("code", flat=True))
    confirmed = holds.confirm(purchase.pk, user)
    assert confirmed == purchase
    assert confirmed.confirmed_at is not None
    assert live_seats(session) == [("A1", purchase.pk, user.pk, False, True), ("C2", purchase.pk, user.pk, False, True)]
    tickets = list(ticket_queries.of_purchase(purchase))
    assert {ticket.purchased_at for ticket in tickets} == {confirmed.confirmed_at}
    assert {ticket.code for ticket in tickets} == codes
    again = holds.confirm(purchase.pk, user)
    assert (again, again.confirmed_at) == (purchase, confirmed.confirmed_at)
    assert list(ticket_queries.of_purchase(again)) == tickets
    assert conflict(holds.extend, purchase.pk, user) == ALREADY_BOUGHT
    assert conflict(holds.release, purchase.pk, user) == ALREADY_BOUGHT


def test_confirming_again_returns_the_purchase_whatever_has_changed(session, user):
    purchase = holds.confirm(holds.hold(session.pk, user, quantity=1).pk, user)
    MovieSession.objects.update(cancelled_at=timezone.now(), published=False)
    assert holds.confirm(purchase.pk, user) == purchase


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"published": False}, (Code.CONFLICT, "This session is a draft: its tickets are not on sale yet.")),
        ({"cancelled_at": timezone.now()}, (Code.SESSION_STARTED, "This session was cancelled.")),
    ],
)
def test_drafts_and_cancelled_sessions_are_checked_when_confirming(session, user, changes, refusal):
    purchase = holds.hold(session.pk, user, quantity=1)
    MovieSession.objects.update(**changes)
    assert conflict(holds.confirm, purchase.pk, user) == refusal
    assert ticket_queries.bought_tickets().count() == 0


def test_nothing_is_confirmed_or_extended_after_the_start(session, user):
    purchase = holds.hold(session.pk, user, quantity=1)
    MovieSession.objects.update(starts_at=timezone.now(), ends_at=timezone.now() + timedelta(hours=2))
    assert conflict(holds.confirm, purchase.pk, user)[0] == Code.SESSION_STARTED
    assert conflict(holds.extend, purchase.pk, user)[0] == Code.SESSION_STARTED


def test_age_and_limit_are_checked_when_confirming(session, user, settings):
    purchase = holds.hold(session.pk, user, quantity=2)
    session.movie.age_restriction = 18
    session.movie.save()
    with pytest.raises(NotAllowed) as caught:
        holds.confirm(purchase.pk, user)
    assert caught.value.code == Code.DATE_OF_BIRTH_REQUIRED
    session.movie.age_restriction = None
    session.movie.save()
    settings.TICKETS_PER_CUSTOMER = 1
    assert conflict(holds.confirm, purchase.pk, user)[0] == Code.TICKET_LIMIT
    settings.TICKETS_PER_CUSTOMER = 2
    TicketFactory(session=session, user=user)
    assert conflict(holds.confirm, purchase.pk, user)[0] == Code.TICKET_LIMIT
    Ticket.objects.filter(purchased_at__isnull=False).delete()
    holds.confirm(purchase.pk, user)


def test_a_closed_account_cannot_confirm(session, user):
    purchase = holds.hold(session.pk, user, quantity=1)
    User.objects.filter(pk=user.pk).update(is_active=False)
    with pytest.raises(ValidationError) as caught:
        holds.confirm(purchase.pk, user)
    assert caught.value.message_dict == {"user_id": ["This account is closed."]}


def test_an_expired_hold_can_be_neither_extended_nor_confirmed(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
    move_back(purchase, minutes=6)
    before = live_seats(session)
    assert conflict(holds.extend, purchase.pk, user) == EXPIRED
    assert conflict(holds.confirm, purchase.pk, user) == EXPIRED
    move_back(purchase, minutes=60)
    assert conflict(holds.extend, purchase.pk, user) == EXPIRED
    assert live_seats(session) == before
    assert ticket_queries.find_hold(user, session) is None


def test_a_hold_that_lost_a_seat_cannot_be_confirmed(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
    move_back(purchase, minutes=6)
    theirs = purchases.buy(session.pk, UserFactory(), seats=["A2"])
    assert conflict(holds.confirm, purchase.pk, user) == EXPIRED
    assert [row[:2] for row in live_seats(session)] == [("A1", purchase.pk), ("A2", theirs.pk)]


def test_a_hold_with_one_expired_seat_cannot_be_confirmed(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
    Ticket.objects.filter(seat__number=2).update(held_until=timezone.now() - timedelta(seconds=1))
    assert conflict(holds.confirm, purchase.pk, user) == EXPIRED
    assert ticket_queries.bought_tickets().count() == 0


def test_a_released_hold_is_deleted(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
    holds.release(purchase.pk, user)
    assert (Purchase.objects.count(), Ticket.objects.count()) == (0, 0)
    with pytest.raises(Http404):
        holds.release(purchase.pk, user)


def test_an_expired_hold_can_be_released(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
    move_back(purchase, minutes=6)
    theirs = purchases.buy(session.pk, UserFactory(), seats=["A2"])
    holds.release(purchase.pk, user)
    assert [row[:2] for row in live_seats(session)] == [("A2", theirs.pk)]


@pytest.mark.parametrize("act", [holds.extend, holds.confirm, holds.release])
def test_another_customers_hold_is_not_found(session, user, act):
    purchase = holds.hold(session.pk, user, seats=["A1"])
    for pk, who in [(purchase.pk, UserFactory()), (purchase.pk, ManagerFactory()), (0, user), (2**63 - 1, user)]:
        with pytest.raises(Http404):
            act(pk, who)
    assert live_seats(session) == [("A1", purchase.pk, user.pk, True, False)]


def test_a_held_seat_that_is_bought_leaves_the_hold(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
    purchases.buy(session.pk, user, seats=["A1"])
    holds.confirm(purchase.pk, user)
    assert [str(ticket.seat) for ticket in ticket_queries.of_purchase(purchase)] == ["A2"]


def test_a_hold_made_by_the_factory_can_be_confirmed():
    held = HeldTicketFactory()
    assert holds.confirm(held.purchase_id, held.user).tickets.get() == held


def test_a_held_wheelchair_place_is_sold_once_it_is_confirmed(session, user):
    session.room.seats.filter(row="A", number=1).update(kind="wheelchair")
    purchase = holds.hold(session.pk, user, seats=["A2", "A1"])
    message = "A1 is a wheelchair place. Please confirm that you need it."
    assert conflict(holds.confirm, purchase.pk, user) == (Code.SPECIAL_SEATS_UNCONFIRMED, message)
    assert {held for *_, held, _ in live_seats(session)} == {True}
    assert holds.confirm(purchase.pk, user, special_seats_confirmed=True).confirmed_at


def test_a_seat_that_became_a_wheelchair_place_while_it_was_held_is_asked_for(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1"])
    session.room.seats.filter(row="A", number=1).update(kind="wheelchair")
    assert conflict(holds.confirm, purchase.pk, user)[0] == Code.SPECIAL_SEATS_UNCONFIRMED
