"""Strangers who ask for a seat at the very moment at which it appears, on real PostgreSQL.

Each race has a control that goes wrong; the orders are forced by locks.
"""

from unittest import mock

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.people import closing
from accounts.tests.factories import ConfirmedUserFactory
from cinema.box_office import departures, holds, offers, purchases
from cinema.models import Ticket, Waiting
from cinema.programme import scheduling
from cinema.rooms import editing
from cinema.tests.box_office.concurrency import SUCCESS, count_deadlocks, outcome, start
from cinema.tests.box_office.waiting_list.entries import SECOND, live_rows, no_seat_is_taken_twice
from cinema.tests.factories import RoomFactory, SessionFactory, TicketFactory, WaitingFactory
from common.errors import Code
from movies.tests.at_once import at_once, wait_until_blocking

# One crowd at a time, as each has many connections.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crowd")]


@pytest.fixture
def held(session, ben):
    """The purchase of ben's hold of A4 in a full session."""
    TicketFactory.create_batch(3, session=session)
    return holds.hold(session.pk, ben, seats=["A4"])


@pytest.fixture
def entry(held, session, ana):
    return WaitingFactory(session=session, user=ana)


@pytest.fixture
def stranger():
    return ConfirmedUserFactory(username="stranger")


def without_offers():
    """Neither the act nor the next claim offers seats."""
    return mock.patch.multiple(offers, offer_free_seats=lambda sessions: 0, serve_waiting=lambda session, lock: None)


# A seat appears in a transaction, and a stranger waits for its end.


def let_the_plan_grow(session, held):
    editing.change_room(session.room_id, {"plan": "ssss\ns"})


def get_a_larger_room(session, held):
    scheduling.change_session(session.pk, {"room": RoomFactory(plan__rows=1, plan__seats_per_row=5)})


def close_the_account_that_holds(session, held):
    closing.close_account(held.user)


ACTS = [let_the_plan_grow, get_a_larger_room, close_the_account_that_holds]


def ask_meanwhile(act, session, held, stranger):
    """Return the outcome for a stranger who asks for the best seat before the act is committed."""
    with transaction.atomic():
        act(session, held)
        later = start(lambda: outcome(lambda: purchases.buy(session.pk, stranger, quantity=1)))
        wait_until_blocking()
    return later.result(20)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_a_stranger_who_waits_for_the_act_does_not_get_the_seat(session, held, entry, stranger, act):
    assert ask_meanwhile(act, session, held, stranger) == Code.SOLD_OUT
    assert {(user, bought) for _, user, bought in live_rows()} - {("ben", False)} == {("ana", False)}


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_control_without_offers_the_stranger_gets_it(session, held, entry, stranger, act):
    with without_offers():
        assert ask_meanwhile(act, session, held, stranger) == SUCCESS
    assert ("stranger", True) in {(user, bought) for _, user, bought in live_rows()}


# A hold runs out while a stranger waits for its row.


def ask_while_the_hold_runs_out(session, held, stranger):
    """Return the outcome for a stranger who has seen that no seat is free, and claims one that then is."""
    with transaction.atomic():
        (row,) = held.tickets.select_for_update()
        later = start(lambda: outcome(lambda: purchases.buy(session.pk, stranger, seats=["A4"])))
        wait_until_blocking()
        # The database's clock of this statement, which is later than all that the stranger has read.
        Ticket.objects.filter(pk=row.pk).update(held_until=Now())
    return later.result(20)


def test_a_hold_that_runs_out_during_a_claim_is_not_the_strangers(session, held, entry, stranger):
    assert ask_while_the_hold_runs_out(session, held, stranger) == Code.SEAT_TAKEN
    assert outcome(lambda: purchases.buy(session.pk, stranger, seats=["A4"])) == Code.SEAT_TAKEN
    assert live_rows() == [("A4", "ana", False)]


def test_without_a_waiting_list_it_is(session, held, stranger):
    assert ask_while_the_hold_runs_out(session, held, stranger) == SUCCESS


def test_control_without_the_moment_the_stranger_gets_it(session, held, entry, stranger):
    with mock.patch.object(offers, "serve_waiting", return_value=None):
        assert ask_while_the_hold_runs_out(session, held, stranger) == SUCCESS


# A crowd at an expired hold.


def test_the_first_entry_gets_the_seat_of_an_expired_hold_however_many_strangers_try(session, held, ana, ben):
    strangers = ConfirmedUserFactory.create_batch(5)
    before = count_deadlocks()
    for _ in range(4):
        entry = WaitingFactory(session=session, user=ana)
        held.tickets.update(held_until=timezone.now() - SECOND)
        attempts = [
            lambda user=user, act=act: outcome(lambda: act(session.pk, user, seats=["A4"]))
            for user, act in zip(strangers, [purchases.buy, holds.hold] * 3, strict=False)
        ]
        assert at_once(attempts) == [Code.SEAT_TAKEN] * 5
        entry.refresh_from_db()
        assert live_rows() == [("A4", "ana", False)]
        holds.release(entry.offer_id, ana)
        Waiting.objects.all().delete()
        held = holds.hold(session.pk, ben, seats=["A4"])
    assert no_seat_is_taken_twice()
    assert count_deadlocks() == before


def test_control_without_offers_a_stranger_of_the_crowd_gets_it(session, held, entry):
    strangers = ConfirmedUserFactory.create_batch(5)
    held.tickets.update(held_until=timezone.now() - SECOND)
    attempts = [lambda user=user: outcome(lambda: purchases.buy(session.pk, user, seats=["A4"])) for user in strangers]
    with without_offers():
        assert sorted(at_once(attempts)) == [Code.SEAT_TAKEN] * 4 + [SUCCESS]


# An account closes while its owner chooses in another session.


def close_while_choosing(session, held, ben):
    other = SessionFactory()
    with transaction.atomic():
        holds.hold(other.pk, ben, quantity=1)
        later = start(lambda: closing.close_account(ben))
        wait_until_blocking()
    later.result(20)


def test_an_account_that_closes_gives_up_what_it_chose_meanwhile(session, held, entry, ben):
    close_while_choosing(session, held, ben)
    assert live_rows() == [("A4", "ana", False)]
    assert not Ticket.objects.filter(user=None).exists()


def test_control_without_looking_again_only_the_constraint_keeps_the_hold_an_owner(session, held, entry, ben):
    looked = []

    def look_once(user):
        looked.append(user)
        return {session.pk} if len(looked) == 1 else set()

    with (
        mock.patch.object(departures, "_find_sessions", look_once),
        pytest.raises(IntegrityError, match="ticket_hold_has_a_customer"),
    ):
        close_while_choosing(session, held, ben)


def test_two_people_who_close_their_accounts_at_once_pass_their_seats_on(session, held, entry):
    cat = TicketFactory(session=SessionFactory(room=session.room, starts_at=session.room_free_at)).user
    WaitingFactory(session=session, user=cat, quantity=2)
    before = count_deadlocks()
    at_once([lambda: closing.close_account(held.user), lambda: closing.close_account(cat)])
    assert live_rows() == [("A4", "ana", False)]
    assert count_deadlocks() == before
