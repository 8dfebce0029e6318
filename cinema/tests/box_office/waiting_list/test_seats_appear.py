"""Seats that appear, in whatever way, are offered to the people who wait before any other customer gets them."""

from unittest import mock

import pytest
from django.utils import timezone

from accounts.people import closing
from accounts.tests.factories import ConfirmedUserFactory, ManagerFactory
from cinema.box_office import holds, offers, purchases, waiting_list
from cinema.models import Ticket, Waiting
from cinema.programme import scheduling
from cinema.rooms import editing
from cinema.tests.box_office.waiting_list.entries import SECOND, conflict, ended_entries, let_offers_lapse, open_offers
from cinema.tests.factories import RoomFactory, SessionFactory, TicketFactory, WaitingFactory
from common.errors import Code

pytestmark = pytest.mark.django_db
Outcome = Waiting.Outcome


@pytest.fixture
def held(session, ana, ben):
    """The purchase of ben's hold of A4 in the full session, for which ana waits."""
    TicketFactory.create_batch(3, session=session)
    purchase = holds.hold(session.pk, ben, seats=["A4"])
    WaitingFactory(session=session, user=ana)
    return purchase


def let_expire(held):
    held.tickets.update(held_until=timezone.now() - SECOND)


# An act makes seats appear, and offers them itself.


def cancel(session, held):
    ticket = Ticket.objects.filter(session=session, purchased_at__isnull=False).first()
    purchases.cancel(ticket.pk, ticket.user)


def release(session, held):
    holds.release(held.pk, held.user)


def get_a_larger_room(session, held):
    scheduling.change_session(session.pk, {"room": RoomFactory(plan__rows=1, plan__seats_per_row=5)})


def let_the_plan_grow(session, held):
    editing.change_room(session.room_id, {"plan": "ssss\ns"})


def turn_a_wheelchair_place_into_a_seat(session, held):
    session.room.seats.create(row="B", number=1, line=1, column=0, kind="wheelchair")
    editing.change_room(session.room_id, {"plan": "ssss\ns"})


def delete_the_account_that_holds(session, held):
    closing.close_account(held.user)


def erase_the_account_that_holds(session, held):
    closing.erase_account(held.user, by=ManagerFactory())


def close_the_account_that_holds(session, held):
    held.user.is_active = False
    held.user.save()


def delete_the_row_of_the_account(session, held):
    held.user.delete()


ACTS = [
    cancel,
    release,
    get_a_larger_room,
    let_the_plan_grow,
    turn_a_wheelchair_place_into_a_seat,
    delete_the_account_that_holds,
    erase_the_account_that_holds,
    close_the_account_that_holds,
    delete_the_row_of_the_account,
]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_an_act_that_makes_a_seat_appear_offers_it(session, held, act):
    act(session, held)
    assert [username for username, _ in open_offers(session)] == ["ana"]
    assert conflict(purchases.buy, session.pk, ConfirmedUserFactory(), quantity=1)[0] == Code.SOLD_OUT


def test_an_act_offers_the_seats_of_every_session_for_which_people_wait(session, held, ben):
    later = SessionFactory(room=session.room, starts_at=session.room_free_at)
    TicketFactory.create_batch(4, session=later)
    WaitingFactory(session=later, user=ben, quantity=2)
    editing.change_room(session.room_id, {"plan": "ssss\nss"})
    assert open_offers(later) == [("ben", ["B1", "B2"])]
    assert [username for username, _ in open_offers(session)] == ["ana"]


def test_a_session_that_becomes_a_draft_closes_its_list(ana):
    session = SessionFactory()
    WaitingFactory(session=session, user=ana, quantity=2)
    scheduling.change_session(session.pk, {"published": False})
    assert ended_entries(session) == [("ana", Outcome.CLOSED)]


def test_an_account_that_closes_during_an_offer_passes_it_on(session, offer, ana):
    ana.is_active = False
    ana.save()
    assert open_offers(session) == [("ben", ["A2"])]
    assert ended_entries(session) == [("ana", Outcome.LEFT)]


# A hold or an offer runs out without an act: the next claim offers its seats first.


def sell_as_manager(session, user):
    purchases.buy(session.pk, user, ManagerFactory(), seats=["A4"])


CLAIMS = {
    "buys the seat": lambda session, user: purchases.buy(session.pk, user, seats=["A4"]),
    "buys the best seat": lambda session, user: purchases.buy(session.pk, user, quantity=1),
    "holds the seat": lambda session, user: holds.hold(session.pk, user, seats=["A4"]),
    "holds the best seat": lambda session, user: holds.hold(session.pk, user, quantity=1),
    "a manager sells it": sell_as_manager,
}


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_no_stranger_gets_the_seat_of_a_hold_that_ran_out(session, held, claim):
    let_expire(held)
    assert conflict(claim, session, ConfirmedUserFactory())[0] in (Code.SEAT_TAKEN, Code.SOLD_OUT)
    assert open_offers(session) == [("ana", ["A4"])], "The offer stands although the stranger was refused."


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_control_without_serving_the_list_a_stranger_gets_it(session, held, claim):
    let_expire(held)
    with mock.patch.object(offers, "serve_waiting", return_value=None):
        claim(session, ConfirmedUserFactory())
    waiting_list.sweep()
    assert open_offers(session) == []


def test_the_customer_whose_hold_ran_out_does_not_get_it_back(session, held, ben):
    let_expire(held)
    assert conflict(holds.hold, session.pk, ben, seats=["A4"])[0] == Code.SEAT_TAKEN
    assert conflict(holds.extend, held.pk, ben)[0] == Code.HOLD_EXPIRED
    assert open_offers(session) == [("ana", ["A4"])]


def test_the_first_in_the_list_is_told_that_the_seat_is_kept(session, held, ana):
    let_expire(held)
    assert "A4 is kept for you" in conflict(holds.hold, session.pk, ana, seats=["A4"])[1]
    purchases.buy(session.pk, ana, seats=["A4"])
    assert ended_entries(session) == [("ana", Outcome.TAKEN)]


def test_a_later_entry_is_a_stranger_too(session, held, ben):
    cat = WaitingFactory(session=session, user=ConfirmedUserFactory()).user
    let_expire(held)
    assert conflict(purchases.buy, session.pk, cat, seats=["A4"])[0] == Code.SEAT_TAKEN


@pytest.mark.parametrize("claim", [CLAIMS["buys the seat"], CLAIMS["holds the seat"]])
def test_a_seat_that_no_one_who_waits_can_use_is_for_all(session, held, claim):
    Waiting.objects.update(quantity=2)
    let_expire(held)
    claim(session, ConfirmedUserFactory())
    assert open_offers(session) == []


def test_a_claim_passes_a_lapsed_offer_on_although_its_seats_are_held_on(session, offer):
    let_offers_lapse(session)
    assert conflict(purchases.buy, session.pk, ConfirmedUserFactory(), seats=["A2"])[0] == Code.SEAT_TAKEN
    assert open_offers(session) == [("ben", ["A2"])]
    assert purchases.buy(session.pk, ConfirmedUserFactory(), seats=["A1"]).tickets.count() == 1


def test_choosing_other_seats_offers_those_given_up_and_those_that_ran_out(session, ana, ben):
    TicketFactory.create_batch(1, session=session)
    ran_out = holds.hold(session.pk, ConfirmedUserFactory(), seats=["A2"])
    holds.hold(session.pk, ben, seats=["A3", "A4"])
    WaitingFactory(session=session, user=ana)
    cat = WaitingFactory(session=session, user=ConfirmedUserFactory(username="cat")).user
    let_expire(ran_out)
    assert conflict(holds.hold, session.pk, ben, seats=["A2", "A3"])[0] == Code.SEAT_TAKEN
    assert open_offers(session) == [("ana", ["A2"])]
    holds.hold(session.pk, ben, seats=["A3"])
    assert open_offers(session) == [("ana", ["A2"]), (cat.username, ["A4"])]


def test_in_a_full_session_claims_share_its_lock(session, held, django_assert_num_queries):
    """Only what could be offered needs the session alone: in a sold-out one strangers do not wait for each other."""
    with mock.patch.object(offers, "lock_session") as alone:
        assert conflict(purchases.buy, session.pk, ConfirmedUserFactory(), seats=["A4"])[0] == Code.SEAT_TAKEN
    assert not alone.called
