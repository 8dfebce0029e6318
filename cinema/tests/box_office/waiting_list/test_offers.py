"""What is offered to whom, and what becomes of it; see test_at_once for many at a time."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Notification
from accounts.tests.factories import UserFactory
from cinema import tasks
from cinema.box_office import holds, offers, purchases, waiting_list
from cinema.models import MovieSession, Purchase, Seat, Ticket, Waiting
from cinema.programme import scheduling
from cinema.queries import tickets as ticket_queries
from cinema.queries import waiting_list as queries
from cinema.rooms import editing
from cinema.tests.box_office.waiting_list.in_line import SECOND, begins, ended, labels, offered, refused, run_out
from cinema.tests.factories import RoomFactory, TicketFactory, WaitingFactory
from common.errors import Code
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

Outcome = Waiting.Outcome


# --- Offering ---


def test_a_cancelled_ticket_is_offered_to_the_first(session, sold, ana, ben):
    waiting_list.join(session.pk, ana, 1)
    waiting_list.join(session.pk, ben, 1)
    purchases.cancel(sold[1].pk, sold[1].user)
    assert offered(session) == [("ana", ["A2"])]
    entry = queries.latest_entry(ana, session)
    minutes = round((entry.offer_ends_at - timezone.now()).total_seconds() / 60, 1)
    (row,) = entry.offer.tickets.all()
    assert (minutes, row.held_until - entry.offer_ends_at, row.user) == (30, offers.HELD_ON, ana)
    assert entry.place is None
    assert queries.latest_entry(ben, session).place == 1
    assert refused(purchases.buy, session.pk, ben, seats=["A2"])[0] == Code.SEAT_TAKEN


def test_who_is_offered_a_seat_is_told(session, sold, ana):
    waiting_list.join(session.pk, ana, 1)
    purchases.cancel(sold[1].pk, sold[1].user)
    notice = Notification.objects.get()
    assert (notice.user, notice.kind) == (ana, "seat_offered")
    assert notice.link == f"/sessions/{session.pk}/"
    assert "A2" in notice.text


def test_who_needs_more_than_are_free_is_passed_over(session, sold, ana, ben):
    waiting_list.join(session.pk, ana, 2)
    waiting_list.join(session.pk, ben, 1)
    purchases.cancel(sold[0].pk, sold[0].user)
    assert offered(session) == [("ben", ["A1"])]
    purchases.cancel(sold[1].pk, sold[1].user)
    assert offered(session) == [("ben", ["A1"])], "One is not enough for ana, and she is not given it alone."
    purchases.cancel(sold[2].pk, sold[2].user)
    assert offered(session) == [("ana", ["A2", "A3"]), ("ben", ["A1"])]


def test_several_seats_serve_several_people(session, sold, ana, ben):
    cat = WaitingFactory(session=session, user=UserFactory(username="cat"), quantity=3).user
    waiting_list.join(session.pk, ana, 2)
    waiting_list.join(session.pk, ben, 2)
    Ticket.objects.update(cancelled_at=timezone.now())
    assert waiting_list.sweep() == 1
    assert [who for who, _ in offered(session)] == ["cat"]
    holds.release(queries.latest_entry(cat, session).offer_id, cat)
    assert sorted(who for who, _ in offered(session)) == ["ana", "ben"]
    assert sorted(label for _, seats in offered(session) for label in seats) == ["A1", "A2", "A3", "A4"]


def test_a_hold_that_is_let_go_is_offered(session, ana, ben):
    TicketFactory.create_batch(3, session=session)
    held = holds.hold(session.pk, ben, seats=["A4"])
    waiting_list.join(session.pk, ana, 1)
    holds.release(held.pk, ben)
    assert offered(session) == [("ana", ["A4"])]


def test_a_seat_that_is_not_chosen_again_is_offered(session, ana, ben):
    TicketFactory.create_batch(2, session=session)
    holds.hold(session.pk, ben, seats=["A3", "A4"])
    waiting_list.join(session.pk, ana, 1)
    holds.hold(session.pk, ben, seats=["A4"])
    assert offered(session) == [("ana", ["A3"])]
    assert labels(ticket_queries.find_hold(ben, session)) == ["A4"]


def test_a_hold_that_ran_out_is_offered_by_the_sweep(session, ana, ben):
    TicketFactory.create_batch(3, session=session)
    held = holds.hold(session.pk, ben, seats=["A4"])
    waiting_list.join(session.pk, ana, 1)
    tasks.offer_freed_seats()
    assert offered(session) == []
    held.tickets.update(held_until=timezone.now() - SECOND)
    tasks.offer_freed_seats()
    assert offered(session) == [("ana", ["A4"])]


def test_a_plan_that_grew_and_a_larger_room_are_noticed(session, sold, ana, ben):
    waiting_list.join(session.pk, ana, 1)
    editing.change_room(session.room_id, {"plan": "sssss"})
    waiting_list.sweep()
    assert offered(session) == [("ana", ["A5"])]
    waiting_list.join(session.pk, ben, 1)
    scheduling.change_session(session.pk, {"room": RoomFactory(plan__rows=1, plan__seats_per_row=6)})
    waiting_list.sweep()
    assert offered(session) == [("ana", ["A5"]), ("ben", ["A6"])]


def test_an_offer_ends_with_the_sale(session, sold, ana, settings):
    settings.SALES_GRACE_MINUTES = 3
    starts_at = timezone.now() + timedelta(minutes=10)
    begins(session, starts_at)
    waiting_list.join(session.pk, ana, 1)
    purchases.cancel(sold[0].pk, sold[0].user)
    assert queries.latest_entry(ana, session).offer_ends_at == starts_at + timedelta(minutes=3)


def test_wheelchair_places_are_not_offered_and_companion_seats_are(session, sold, ana):
    Seat.objects.filter(pk=sold[0].seat_id).update(kind=Seat.Kind.WHEELCHAIR)
    Seat.objects.filter(pk=sold[1].seat_id).update(kind=Seat.Kind.COMPANION)
    waiting_list.join(session.pk, ana, 1)
    purchases.cancel(sold[0].pk, sold[0].user)
    assert offered(session) == []
    purchases.cancel(sold[1].pk, sold[1].user)
    assert offered(session) == [("ana", ["A2"])]


def test_whoever_may_not_have_it_any_more_is_passed_over(sold, session, ana, ben, settings):
    settings.TICKETS_PER_CUSTOMER = 2
    closed, young = UserFactory(is_active=False), UserFactory(date_of_birth=None)
    movie = MovieFactory(age_restriction=16)
    MovieSession.objects.filter(pk=session.pk).update(movie=movie)
    ana.date_of_birth = ben.date_of_birth = timezone.now().date() - timedelta(days=30 * 365)
    ana.save()
    ben.save()
    Ticket.objects.filter(pk__in=[row.pk for row in sold[:2]]).update(user=ana)
    for who in (closed, young, ana):
        WaitingFactory(session=session, user=who)
    waiting_list.join(session.pk, ben, 1)
    purchases.cancel(sold[3].pk, sold[3].user)
    assert offered(session) == [("ben", ["A4"])]
    assert queries.entries_without_offer().filter(session=session).count() == 3


def test_whoever_is_just_choosing_is_passed_over(session, ana, ben):
    sold = TicketFactory.create_batch(3, session=session)
    hold = holds.hold(session.pk, ana, seats=["A4"])
    waiting_list.join(session.pk, ana, 2)
    waiting_list.join(session.pk, ben, 1)
    Waiting.objects.filter(user=ana).update(quantity=1)
    purchases.cancel(sold[0].pk, sold[0].user)
    assert offered(session) == [("ben", ["A1"])]
    hold.tickets.update(held_until=timezone.now() - SECOND)
    waiting_list.sweep()
    assert offered(session) == [("ana", ["A4"]), ("ben", ["A1"])]


def test_nobody_is_offered_anything_where_nobody_waits(session, sold, ana):
    before = Ticket.objects.count()
    with CaptureQueriesContext(connection) as asked:
        purchases.cancel(sold[0].pk, sold[0].user)
    assert sum("cinema_waiting" in query["sql"] for query in asked) == 1
    assert (Ticket.objects.count(), Purchase.objects.filter(confirmed_at=None).count()) == (before, 0)


# --- What becomes of an offer ---


def test_it_is_taken(session, offer, ana):
    confirmed = holds.confirm(offer.pk, ana)
    assert [row.purchased_at for row in confirmed.tickets.all()] == [confirmed.confirmed_at] * 2
    assert ended(session) == [("ana", Outcome.TAKEN)]
    assert holds.confirm(offer.pk, ana) == confirmed
    assert waiting_list.sweep() == 0


@pytest.mark.parametrize("how", ["release", "leave"])
def test_it_is_let_go_and_passed_on(session, offer, ana, how):
    if how == "release":
        holds.release(offer.pk, ana)
    else:
        waiting_list.leave(session.pk, ana)
    assert offered(session) == [("ben", ["A2"])]
    assert ended(session) == [("ana", Outcome.DECLINED)]
    assert Ticket.objects.filter(user=ana).count() == 0
    assert refused(waiting_list.join, session.pk, ana, 1)[0] == Code.CONFLICT, "A1 is free for all now."


def test_it_runs_out_and_is_passed_on(session, offer, ana):
    run_out(session)
    assert ticket_queries.find_hold(ana, session) is None
    assert refused(purchases.buy, session.pk, UserFactory(), seats=["A2"])[0] == Code.SEAT_TAKEN
    assert waiting_list.sweep() == 1
    assert offered(session) == [("ben", ["A2"])]
    assert ended(session) == [("ana", Outcome.LAPSED)]
    assert refused(holds.confirm, offer.pk, ana)[0] == Code.HOLD_EXPIRED
    assert queries.latest_entry(ana, session).outcome == Outcome.LAPSED
    assert Notification.objects.filter(user=ana).count() == 1, "Nobody is told that an offer ran out."


def test_until_it_is_passed_on_it_can_be_taken(session, offer, ana):
    run_out(session)
    holds.confirm(offer.pk, ana)
    assert waiting_list.sweep() == 0
    assert ended(session) == [("ana", Outcome.TAKEN)]


def test_where_no_worker_runs_the_seats_are_free_for_all(session, offer, ana, ben):
    run_out(session, by=offers.HELD_ON + SECOND)
    other = UserFactory()
    purchases.buy(session.pk, other, seats=["A2"])
    assert refused(holds.confirm, offer.pk, ana)[0] == Code.HOLD_EXPIRED
    waiting_list.sweep()
    assert offered(session) == [("ben", ["A1"])]
    assert Ticket.objects.get(user=other).purchased_at


def test_what_is_freed_goes_on_although_no_worker_runs(session, offer, sold, ben):
    run_out(session)
    purchases.cancel(sold[3].pk, sold[3].user)
    assert [who for who, _ in offered(session)] == ["ben"]
    assert ended(session) == [("ana", Outcome.LAPSED)]


def test_holding_longer_neither_lengthens_nor_shortens_it(session, offer, ana, settings):
    before = set(offer.tickets.values_list("held_until"))
    holds.extend(offer.pk, ana)
    assert set(offer.tickets.values_list("held_until")) == before
    Ticket.objects.filter(purchase=offer).update(held_until=timezone.now() + SECOND)
    before = set(offer.tickets.values_list("held_until"))
    holds.extend(offer.pk, ana)
    assert set(offer.tickets.values_list("held_until")) == before


def test_another_choice_is_refused_as_long_as_it_is_open(session, offer, ana, ben):
    Ticket.objects.filter(seat__number=4).update(cancelled_at=timezone.now())
    until = timezone.localtime(queries.latest_entry(ana, session).offer_ends_at)
    said = (
        Code.CONFLICT,
        f"Seats A1 and A2 are kept for you from the waiting list until {until:%H:%M}. Buy or release them first.",
    )
    for wanted in ({"seats": ["A4"]}, {"seats": ["A1"]}, {"quantity": 2}):
        assert refused(holds.hold, session.pk, ana, **wanted) == said
    assert refused(waiting_list.join, session.pk, ana, 1) == said
    assert labels(offer) == ["A1", "A2"]
    waiting_list.leave(session.pk, ben)
    holds.release(offer.pk, ana)
    assert labels(holds.hold(session.pk, ana, seats=["A4"])) == ["A4"]


def test_buying_other_seats_leaves_it(session, offer, ana):
    Ticket.objects.filter(seat__number=4).update(cancelled_at=timezone.now())
    purchases.buy(session.pk, ana, seats=["A4"])
    assert offered(session) == [("ana", ["A1", "A2"])]


def test_buying_its_seats_past_it_takes_it(session, offer, ana):
    purchases.buy(session.pk, ana, seats=["A1"])
    assert offered(session) == [("ana", ["A2"])]
    purchases.buy(session.pk, ana, seats=["A2"])
    assert ended(session) == [("ana", Outcome.TAKEN)]


def test_it_counts_towards_the_limit(session, offer, ana, settings):
    settings.TICKETS_PER_CUSTOMER = 2
    Ticket.objects.filter(seat__number=4).update(cancelled_at=timezone.now())
    assert refused(purchases.buy, session.pk, ana, seats=["A4"])[0] == Code.TICKET_LIMIT
    holds.confirm(offer.pk, ana)


def test_what_is_bought_meanwhile_counts(session, sold, ana):
    waiting_list.join(session.pk, ana, 3)
    Ticket.objects.filter(pk=sold[0].pk).update(cancelled_at=timezone.now())
    purchases.buy(session.pk, ana, seats=["A1"])
    assert queries.latest_entry(ana, session).quantity == 2
    Ticket.objects.filter(pk__in=[sold[1].pk, sold[2].pk]).update(cancelled_at=timezone.now())
    holds.confirm(holds.hold(session.pk, ana, seats=["A2", "A3"]).pk, ana)
    assert ended(session) == [("ana", Outcome.TAKEN)]
