"""Open offers: confirmed, declined, lapsed, and what else the customer does meanwhile."""

import pytest
from django.utils import timezone

from accounts.models import Notification
from accounts.tests.factories import ConfirmedUserFactory
from cinema.box_office import holds, offers, purchases, waiting_list
from cinema.models import Ticket, Waiting
from cinema.queries import tickets as ticket_queries
from cinema.queries import waiting_list as queries
from cinema.tests.box_office.waiting_list.entries import (
    SECOND,
    conflict,
    ended_entries,
    labels,
    let_offers_lapse,
    open_offers,
)
from common.errors import Code

pytestmark = pytest.mark.django_db
Outcome = Waiting.Outcome


def test_an_offer_is_confirmed(session, offer, ana):
    confirmed = holds.confirm(offer.pk, ana)
    assert [row.purchased_at for row in confirmed.tickets.all()] == [confirmed.confirmed_at] * 2
    assert ended_entries(session) == [("ana", Outcome.TAKEN)]
    assert holds.confirm(offer.pk, ana) == confirmed
    assert waiting_list.sweep() == 0


@pytest.mark.parametrize("how", ["release", "leave"])
def test_a_declined_offer_is_passed_on(session, offer, ana, how):
    if how == "release":
        holds.release(offer.pk, ana)
    else:
        waiting_list.leave(session.pk, ana)
    assert open_offers(session) == [("ben", ["A2"])]
    assert ended_entries(session) == [("ana", Outcome.DECLINED)]
    assert Ticket.objects.filter(user=ana).count() == 0
    assert conflict(waiting_list.join, session.pk, ana, 1)[0] == Code.CONFLICT, "A1 is free for all customers now."


def test_a_lapsed_offer_is_passed_on(session, offer, ana):
    let_offers_lapse(session)
    assert ticket_queries.find_hold(ana, session) is None
    assert waiting_list.sweep() == 1
    assert open_offers(session) == [("ben", ["A2"])]
    assert ended_entries(session) == [("ana", Outcome.LAPSED)]
    assert conflict(holds.confirm, offer.pk, ana)[0] == Code.HOLD_EXPIRED
    assert queries.latest_entry(ana, session).outcome == Outcome.LAPSED
    assert Notification.objects.filter(user=ana).count() == 1, "No notification says that an offer lapsed."


def test_a_lapsed_offer_can_be_confirmed_until_it_is_passed_on(session, offer, ana):
    let_offers_lapse(session)
    holds.confirm(offer.pk, ana)
    assert waiting_list.sweep() == 0
    assert ended_entries(session) == [("ana", Outcome.TAKEN)]


def test_without_a_worker_the_next_claim_passes_a_lapsed_offer_on(session, offer, ana, ben):
    let_offers_lapse(session, by=offers.HELD_ON + SECOND)
    assert conflict(purchases.buy, session.pk, ConfirmedUserFactory(), seats=["A2"])[0] == Code.SEAT_TAKEN
    assert conflict(holds.confirm, offer.pk, ana)[0] == Code.HOLD_EXPIRED
    assert open_offers(session) == [("ben", ["A2"])]
    assert purchases.buy(session.pk, ConfirmedUserFactory(), seats=["A1"]).tickets.count() == 1


def test_without_a_worker_a_cancellation_passes_lapsed_offers_on(session, offer, sold, ben):
    let_offers_lapse(session)
    purchases.cancel(sold[3].pk, sold[3].user)
    assert [username for username, _ in open_offers(session)] == ["ben"]
    assert ended_entries(session) == [("ana", Outcome.LAPSED)]


def test_extending_changes_no_offer(session, offer, ana, settings):
    before = set(offer.tickets.values_list("held_until"))
    holds.extend(offer.pk, ana)
    assert set(offer.tickets.values_list("held_until")) == before
    Ticket.objects.filter(purchase=offer).update(held_until=timezone.now() + 60 * SECOND)
    before = set(offer.tickets.values_list("held_until"))
    holds.extend(offer.pk, ana)
    assert set(offer.tickets.values_list("held_until")) == before


def test_choosing_other_seats_is_refused_while_an_offer_is_open(session, offer, ana, ben):
    Ticket.objects.filter(seat__number=4).update(cancelled_at=timezone.now())
    until = timezone.localtime(queries.latest_entry(ana, session).offer_ends_at)
    kept_for_you = (
        Code.CONFLICT,
        f"Seats A1 and A2 are kept for you from the waiting list until {until:%H:%M}. Buy or release them first.",
    )
    for request in ({"seats": ["A4"]}, {"seats": ["A1"]}, {"quantity": 2}):
        assert conflict(holds.hold, session.pk, ana, **request) == kept_for_you
    assert conflict(waiting_list.join, session.pk, ana, 1) == kept_for_you
    assert labels(offer) == ["A1", "A2"]
    waiting_list.leave(session.pk, ben)
    holds.release(offer.pk, ana)
    assert labels(holds.hold(session.pk, ana, seats=["A4"])) == ["A4"]


def test_buying_other_seats_keeps_the_offer(session, offer, ana, ben):
    waiting_list.leave(session.pk, ben)
    Ticket.objects.filter(seat__number=4).update(cancelled_at=timezone.now())
    purchases.buy(session.pk, ana, seats=["A4"])
    assert open_offers(session) == [("ana", ["A1", "A2"])]


def test_buying_the_offered_seats_directly_ends_the_entry(session, offer, ana):
    purchases.buy(session.pk, ana, seats=["A1"])
    assert open_offers(session) == [("ana", ["A2"])]
    purchases.buy(session.pk, ana, seats=["A2"])
    assert ended_entries(session) == [("ana", Outcome.TAKEN)]


def test_buying_a_number_of_seats_begins_with_the_offered_ones(session, offer, ana):
    assert labels(purchases.buy(session.pk, ana, quantity=1)) == ["A2"]
    assert open_offers(session) == [("ana", ["A1"])]
    assert labels(purchases.buy(session.pk, ana, quantity=1)) == ["A1"]
    assert ended_entries(session) == [("ana", Outcome.TAKEN)]
    assert conflict(purchases.buy, session.pk, ana, quantity=1)[0] == Code.SOLD_OUT


def test_buying_more_seats_than_are_offered_takes_the_best_others_too(session, offer, ana, ben, settings):
    waiting_list.leave(session.pk, ben)
    settings.TICKETS_PER_CUSTOMER = 3
    assert conflict(purchases.buy, session.pk, ana, quantity=3) == (Code.SOLD_OUT, "Only 2 seats are free.")
    assert open_offers(session) == [("ana", ["A1", "A2"])]
    Ticket.objects.filter(seat__number=4).update(cancelled_at=timezone.now())
    assert labels(purchases.buy(session.pk, ana, quantity=3)) == ["A1", "A2", "A4"]
    assert ("ana", Outcome.TAKEN) in ended_entries(session)


def test_buying_a_number_of_seats_takes_no_seats_offered_to_others(session, offer, ben):
    assert conflict(purchases.buy, session.pk, ben, quantity=1)[0] == Code.SOLD_OUT
    assert open_offers(session) == [("ana", ["A1", "A2"])]


def test_an_offer_counts_towards_the_limit(session, offer, ana, settings):
    settings.TICKETS_PER_CUSTOMER = 2
    Ticket.objects.filter(seat__number=4).update(cancelled_at=timezone.now())
    assert conflict(purchases.buy, session.pk, ana, seats=["A4"])[0] == Code.TICKET_LIMIT
    holds.confirm(offer.pk, ana)


def test_seats_bought_meanwhile_reduce_the_entry(session, sold, ana):
    waiting_list.join(session.pk, ana, 3)
    Ticket.objects.filter(pk=sold[0].pk).update(cancelled_at=timezone.now())
    purchases.buy(session.pk, ana, seats=["A1"])
    assert queries.latest_entry(ana, session).quantity == 2
    Ticket.objects.filter(pk=sold[1].pk).update(cancelled_at=timezone.now())
    holds.confirm(holds.hold(session.pk, ana, seats=["A2"]).pk, ana)
    assert queries.latest_entry(ana, session).quantity == 1
    Ticket.objects.filter(pk=sold[2].pk).update(cancelled_at=timezone.now())
    assert "A3 is kept for you" in conflict(holds.hold, session.pk, ana, seats=["A3"])[1]
    purchases.buy(session.pk, ana, seats=["A3"])
    assert ended_entries(session) == [("ana", Outcome.TAKEN)]
