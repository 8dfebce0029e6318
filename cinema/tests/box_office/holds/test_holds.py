"""Holding seats, choosing again, and extending a hold. See test_holds_at_once for races."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.box_office import holds, purchases
from cinema.models import Purchase, Ticket
from cinema.queries import tickets as ticket_queries
from cinema.tests.box_office.holds.holding import EXPIRED, conflict, live_seats, minutes_left, move_back
from cinema.tests.factories import SessionFactory, TicketFactory
from common.errors import Code, NotAllowed

pytestmark = pytest.mark.django_db


def test_chosen_seats_are_held_for_five_minutes(session, user):
    purchase = holds.hold(session.pk, user, seats=["b1", "A2"])
    purchase.refresh_from_db()
    assert (purchase.user, purchase.made_by, purchase.session, purchase.confirmed_at) == (user, user, session, None)
    assert (purchase.idempotency_key, purchase.fingerprint) == (None, "")
    assert live_seats(session) == [("A2", purchase.pk, user.pk, True, False), ("B1", purchase.pk, user.pk, True, False)]
    assert minutes_left(purchase) == 5
    assert ticket_queries.find_hold(user, session) == purchase
    assert ticket_queries.find_hold(UserFactory(), session) is None
    assert [str(ticket.seat) for ticket in ticket_queries.of_purchase(purchase)] == ["A2", "B1"]
    assert ticket_queries.of_user(user).count() == 0


def test_the_best_seats_can_be_held(session, user, settings):
    settings.HOLD_MINUTES = 10
    purchase = holds.hold(session.pk, user, quantity=2)
    assert [row[0] for row in live_seats(session)] == ["B3", "B4"]
    assert minutes_left(purchase) == 10


def test_holding_takes_nine_queries_for_one_seat_and_for_three(session, user, django_assert_num_queries):
    for buyer, labels in [(user, ["A1"]), (UserFactory(), ["B1", "B2", "B3"])]:
        with django_assert_num_queries(9 + 2):
            holds.hold(session.pk, buyer, seats=labels)


def test_the_rules_of_a_sale_apply_to_holds(user, settings):
    settings.TICKETS_PER_CUSTOMER = 2
    session = SessionFactory()
    with pytest.raises(ValidationError) as caught:
        holds.hold(session.pk, user, seats=["A1", "A9"])
    assert caught.value.message_dict == {"seats.1": ["There is no seat A9 in this room."]}
    with pytest.raises(ValidationError):
        holds.hold(session.pk, user)
    TicketFactory(session=session, user=user)
    assert conflict(holds.hold, session.pk, user, seats=["A2", "A3"])[0] == Code.TICKET_LIMIT
    assert conflict(holds.hold, session.pk, user, seats=["A1"])[0] == Code.SEAT_TAKEN
    with pytest.raises(Http404):
        holds.hold(SessionFactory(published=False).pk, user, quantity=1)
    draft = SessionFactory(published=False)
    assert conflict(holds.hold, draft.pk, ManagerFactory(), quantity=1)[0] == Code.CONFLICT
    over = SessionFactory(starts_at=timezone.now())
    assert conflict(holds.hold, over.pk, user, quantity=1)[0] == Code.SESSION_STARTED
    with pytest.raises(NotAllowed):
        holds.hold(SessionFactory(movie__age_restriction=18).pk, user, quantity=1)
    User.objects.filter(pk=user.pk).update(is_active=False)
    with pytest.raises(ValidationError):
        holds.hold(session.pk, user, quantity=1)
    assert Purchase.objects.count() == 1


def test_choosing_again_replaces_the_hold_and_frees_the_other_seats(session, user):
    first = holds.hold(session.pk, user, seats=["A1", "A2", "C3"])
    second = holds.hold(session.pk, user, seats=["C3", "B1"])
    assert live_seats(session) == [("B1", second.pk, user.pk, True, False), ("C3", second.pk, user.pk, True, False)]
    assert conflict(holds.confirm, first.pk, user) == EXPIRED
    assert conflict(holds.extend, first.pk, user) == EXPIRED
    purchases.buy(session.pk, UserFactory(), seats=["A1", "A2"])
    assert ticket_queries.find_hold(user, session) == second


def test_the_best_seats_may_be_those_of_the_customers_own_hold(user):
    session = SessionFactory(room__plan__rows=1, room__plan__seats_per_row=3)
    holds.hold(session.pk, user, quantity=2)
    holds.hold(session.pk, user, quantity=3)
    assert conflict(holds.hold, session.pk, UserFactory(), quantity=1)[0] == Code.SOLD_OUT


def test_a_refused_choice_leaves_the_hold_unchanged(session, user):
    first = holds.hold(session.pk, user, seats=["B1", "B2"])
    before = live_seats(session)
    TicketFactory(session=session)
    assert conflict(holds.hold, session.pk, user, seats=["A1", "B2"])[0] == Code.SEAT_TAKEN
    assert live_seats(session)[1:] == before
    holds.confirm(first.pk, user)


def test_choosing_again_holds_seats_for_at_most_ten_minutes_in_all(session, user):
    first = holds.hold(session.pk, user, seats=["A1"])
    move_back(first, minutes=4)
    second = holds.hold(session.pk, user, seats=["A1"])
    assert minutes_left(second) == 5
    move_back(second, minutes=4)
    third = holds.hold(session.pk, user, seats=["A2"])
    assert minutes_left(third) == 2
    assert third.created_at == Purchase.objects.get(pk=second.pk).created_at
    assert minutes_left(holds.extend(third.pk, user)) == 2


def test_an_expired_hold_does_not_shorten_the_next_one(session, user):
    first = holds.hold(session.pk, user, seats=["A1", "A2"])
    move_back(first, minutes=6)
    second = holds.hold(session.pk, user, seats=["A1"])
    assert minutes_left(second) == 5
    assert ticket_queries.find_hold(user, session) == second
    purchases.buy(session.pk, UserFactory(), seats=["A2"])


def test_a_hold_is_extended_to_at_most_ten_minutes(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
    move_back(purchase, minutes=2)
    assert minutes_left(holds.extend(purchase.pk, user)) == 5
    move_back(purchase, minutes=4, seconds=30)
    purchase.refresh_from_db()
    assert minutes_left(holds.extend(purchase.pk, user)) == 5
    Purchase.objects.filter(pk=purchase.pk).update(created_at=timezone.now() - timedelta(minutes=9, seconds=30))
    # The hold never gets shorter.
    assert minutes_left(holds.extend(purchase.pk, user)) == 5
    Ticket.objects.update(held_until=timezone.now() + timedelta(seconds=6))
    assert minutes_left(holds.extend(purchase.pk, user)) == 0.5


def test_holds_in_two_sessions_are_independent(user):
    one, other = SessionFactory(), SessionFactory()
    first, second = holds.hold(one.pk, user, seats=["A1"]), holds.hold(other.pk, user, seats=["A1"])
    assert [row[1] for row in (*live_seats(one), *live_seats(other))] == [first.pk, second.pk]
