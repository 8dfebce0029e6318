"""Hoarding by time: to hold, release and hold again does not renew the time."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.tests.factories import ConfirmedUserFactory, UserFactory
from cinema.box_office import holds, purchases, waiting_list
from cinema.models import Claim, Ticket, Waiting
from cinema.tests.factories import SessionFactory, TicketFactory, WaitingFactory
from common.errors import Code, Conflict, NotAllowed

pytestmark = pytest.mark.django_db

HOME = "192.0.2.1"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock():
    """A clock that stands still; `clock.shift(minutes)` moves it on."""
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def session():
    return SessionFactory(starts_at=timezone.now() + timedelta(days=3))


def count_held_minutes(clock, session, accounts, minutes):
    """Hold A1 for one account after the other, each time until the hold is nearly over, and return the minutes held."""
    held = []
    while len(held) < minutes:
        user = accounts[len(held) % len(accounts)]
        try:
            purchase = holds.hold(session.pk, user, seats=["A1"], address=HOME)
        except (Conflict, NotAllowed):
            held.append(False)
            clock.shift(MINUTE)
            continue
        lasts = round((purchase.tickets.get().held_until - timezone.now()) / MINUTE)
        held += [True] * lasts
        clock.shift(MINUTE * lasts)
        holds.release(purchase.pk, user)
    return held


def find_most_in_an_hour(held):
    return max(sum(held[start : start + 60]) for start in range(len(held) - 60))


def test_a_customer_who_releases_and_holds_again_holds_fifteen_minutes_an_hour(clock, session):
    held = count_held_minutes(clock, session, [ConfirmedUserFactory()], 150)
    assert 30 <= sum(held) <= 45
    assert find_most_in_an_hour(held) <= 15


def test_without_the_limit_the_same_loop_holds_a_seat_for_ever(clock, session, settings):
    """The control."""
    settings.HOLD_MINUTES_PER_HOUR = 10_000
    held = count_held_minutes(clock, session, [ConfirmedUserFactory()], 150)
    assert sum(held) == len(held)


def test_unconfirmed_accounts_behind_one_address_share_the_time(clock, session):
    assert find_most_in_an_hour(count_held_minutes(clock, session, UserFactory.create_batch(4), 150)) <= 15


def test_confirmed_accounts_behind_one_address_have_their_own_time(clock, session):
    held = count_held_minutes(clock, session, ConfirmedUserFactory.create_batch(2), 150)
    assert 15 < find_most_in_an_hour(held) <= 30


def test_the_refusal_says_when_to_come_back(clock, session):
    user, stranger = UserFactory(), UserFactory()
    for _ in range(3):
        purchase = holds.hold(session.pk, user, seats=["A1"], address=HOME)
        clock.shift(5 * MINUTE)
        holds.release(purchase.pk, user)
    with pytest.raises(Conflict) as refused:
        holds.hold(session.pk, user, seats=["A1"], address=HOME)
    message = "You have held seats for this session for 15 minutes. Try again in an hour."
    assert (refused.value.code, refused.value.message) == (Code.HOLD_LIMIT, message)
    with pytest.raises(NotAllowed) as refused:
        holds.hold(session.pk, stranger, seats=["A1"], address=HOME)
    assert refused.value.code == Code.EMAIL_UNCONFIRMED
    purchases.buy(session.pk, user, seats=["A1"], address=HOME)
    holds.hold(session.pk, stranger, seats=["A2"], address="198.51.100.7")


def test_choosing_again_and_extending_end_with_the_time(clock, session, settings):
    settings.HOLD_MINUTES_PER_HOUR = 6
    user = ConfirmedUserFactory()
    begin = timezone.now()
    purchase = holds.hold(session.pk, user, seats=["A1"])
    clock.shift(4 * MINUTE)
    purchase = holds.hold(session.pk, user, seats=["A2"])
    assert Ticket.objects.get().held_until == begin + 6 * MINUTE
    clock.shift(MINUTE)
    holds.extend(purchase.pk, user)
    assert Ticket.objects.get().held_until == begin + 6 * MINUTE
    claim = Claim.objects.get()
    assert (claim.started_at, claim.ended_at, claim.seats) == (begin, begin + 6 * MINUTE, 1)


def test_a_hold_counts_until_it_is_bought(clock, session):
    user = ConfirmedUserFactory()
    purchase = holds.hold(session.pk, user, seats=["A1"])
    clock.shift(MINUTE)
    holds.confirm(purchase.pk, user)
    claim = Claim.objects.get()
    assert claim.ended_at - claim.started_at == MINUTE


# --- The waiting list -------------------------------------------------------------------------------


@pytest.fixture
def sold_out():
    session = SessionFactory(room__plan__rows=1, room__plan__seats_per_row=1)
    TicketFactory(session=session)
    return session


def test_a_customer_who_lets_two_offers_go_cannot_join_again(sold_out):
    user = ConfirmedUserFactory()
    now = timezone.now()
    for outcome in (Waiting.Outcome.LAPSED, Waiting.Outcome.LEFT, Waiting.Outcome.DECLINED):
        waiting_list.join(sold_out.pk, user, 1)
        Waiting.objects.filter(ended_at=None).update(ended_at=now, outcome=outcome)
    with pytest.raises(Conflict) as refused:
        waiting_list.join(sold_out.pk, user, 1)
    message = "You have let 2 offers for this session go, so you can't join its waiting list again."
    assert (refused.value.code, refused.value.message) == (Code.HOLD_LIMIT, message)
    WaitingFactory(user=user, outcome=Waiting.Outcome.LAPSED, ended_at=now)  # in another session
    waiting_list.join(sold_out.pk, ConfirmedUserFactory(), 1)


def test_the_waiting_list_needs_a_confirmed_email(sold_out):
    with pytest.raises(NotAllowed) as refused:
        waiting_list.join(sold_out.pk, UserFactory(), 1)
    assert refused.value.code == Code.EMAIL_UNCONFIRMED
