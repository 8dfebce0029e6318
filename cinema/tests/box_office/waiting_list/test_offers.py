"""Offering free seats: to whom, which seats, and for how long. See test_at_once for races."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Notification
from accounts.tests.factories import ConfirmedUserFactory
from cinema import tasks
from cinema.box_office import holds, offers, purchases, waiting_list
from cinema.models import MovieSession, Purchase, Seat, Ticket, Waiting
from cinema.programme import scheduling
from cinema.queries import tickets as ticket_queries
from cinema.queries import waiting_list as queries
from cinema.rooms import editing
from cinema.tests.box_office.waiting_list.entries import (
    SECOND,
    conflict,
    labels,
    move_session,
    open_offers,
)
from cinema.tests.factories import RoomFactory, TicketFactory, WaitingFactory
from common.errors import Code
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


def test_a_cancelled_seat_is_offered_to_the_first_entry(session, sold, ana, ben):
    waiting_list.join(session.pk, ana, 1)
    waiting_list.join(session.pk, ben, 1)
    purchases.cancel(sold[1].pk, sold[1].user)
    assert open_offers(session) == [("ana", ["A2"])]
    entry = queries.latest_entry(ana, session)
    minutes = round((entry.offer_ends_at - timezone.now()).total_seconds() / 60, 1)
    (row,) = entry.offer.tickets.all()
    assert (minutes, row.held_until - entry.offer_ends_at, row.user) == (30, offers.HELD_ON, ana)
    assert entry.place is None
    assert queries.latest_entry(ben, session).place == 1
    assert conflict(purchases.buy, session.pk, ben, seats=["A2"])[0] == Code.SEAT_TAKEN


def test_an_offer_sends_a_notification(session, sold, ana):
    waiting_list.join(session.pk, ana, 1)
    purchases.cancel(sold[1].pk, sold[1].user)
    notification = Notification.objects.get()
    assert (notification.user, notification.kind) == (ana, "seat_offered")
    assert notification.link == f"/sessions/{session.pk}/"
    assert "A2" in notification.text


def test_an_entry_that_needs_more_than_are_free_is_skipped(session, sold, ana, ben):
    waiting_list.join(session.pk, ana, 2)
    waiting_list.join(session.pk, ben, 1)
    purchases.cancel(sold[0].pk, sold[0].user)
    assert open_offers(session) == [("ben", ["A1"])]
    purchases.cancel(sold[1].pk, sold[1].user)
    assert open_offers(session) == [("ben", ["A1"])], "One seat is not enough for ana."
    purchases.cancel(sold[2].pk, sold[2].user)
    assert open_offers(session) == [("ana", ["A2", "A3"]), ("ben", ["A1"])]


def test_several_seats_are_offered_to_several_entries(session, sold, ana, ben):
    cat = WaitingFactory(session=session, user=ConfirmedUserFactory(username="cat"), quantity=3).user
    waiting_list.join(session.pk, ana, 2)
    waiting_list.join(session.pk, ben, 2)
    Ticket.objects.update(cancelled_at=timezone.now())
    assert waiting_list.sweep() == 1
    assert [username for username, _ in open_offers(session)] == ["cat"]
    holds.release(queries.latest_entry(cat, session).offer_id, cat)
    assert sorted(username for username, _ in open_offers(session)) == ["ana", "ben"]
    assert sorted(label for _, seats in open_offers(session) for label in seats) == ["A1", "A2", "A3", "A4"]


def test_a_released_seat_is_offered(session, ana, ben):
    TicketFactory.create_batch(3, session=session)
    held = holds.hold(session.pk, ben, seats=["A4"])
    waiting_list.join(session.pk, ana, 1)
    holds.release(held.pk, ben)
    assert open_offers(session) == [("ana", ["A4"])]


def test_a_seat_that_is_not_chosen_again_is_offered(session, ana, ben):
    TicketFactory.create_batch(2, session=session)
    holds.hold(session.pk, ben, seats=["A3", "A4"])
    waiting_list.join(session.pk, ana, 1)
    holds.hold(session.pk, ben, seats=["A4"])
    assert open_offers(session) == [("ana", ["A3"])]
    assert labels(ticket_queries.find_hold(ben, session)) == ["A4"]


def test_a_seat_of_an_expired_hold_is_offered_by_the_sweep(session, ana, ben):
    TicketFactory.create_batch(3, session=session)
    held = holds.hold(session.pk, ben, seats=["A4"])
    waiting_list.join(session.pk, ana, 1)
    tasks.offer_freed_seats()
    assert open_offers(session) == []
    held.tickets.update(held_until=timezone.now() - SECOND)
    tasks.offer_freed_seats()
    assert open_offers(session) == [("ana", ["A4"])]


def test_seats_of_a_larger_plan_and_of_a_larger_room_are_offered(session, sold, ana, ben):
    waiting_list.join(session.pk, ana, 1)
    editing.change_room(session.room_id, {"plan": "sssss"})
    assert open_offers(session) == [("ana", ["A5"])]
    waiting_list.join(session.pk, ben, 1)
    scheduling.change_session(session.pk, {"room": RoomFactory(plan__rows=1, plan__seats_per_row=6)})
    assert open_offers(session) == [("ana", ["A5"]), ("ben", ["A6"])]


def test_an_offer_ends_with_the_sale(session, sold, ana, settings):
    settings.SALES_GRACE_MINUTES = 3
    starts_at = timezone.now() + timedelta(minutes=10)
    move_session(session, starts_at)
    waiting_list.join(session.pk, ana, 1)
    purchases.cancel(sold[0].pk, sold[0].user)
    assert queries.latest_entry(ana, session).offer_ends_at == starts_at + timedelta(minutes=3)


def test_wheelchair_places_and_companion_seats_are_not_offered(session, sold, ana):
    Seat.objects.filter(pk=sold[0].seat_id).update(kind=Seat.Kind.WHEELCHAIR)
    Seat.objects.filter(pk=sold[1].seat_id).update(kind=Seat.Kind.COMPANION)
    waiting_list.join(session.pk, ana, 1)
    purchases.cancel(sold[0].pk, sold[0].user)
    assert open_offers(session) == []
    purchases.cancel(sold[1].pk, sold[1].user)
    assert open_offers(session) == []
    purchases.cancel(sold[2].pk, sold[2].user)
    assert open_offers(session) == [("ana", ["A3"])]


def test_entries_that_the_rules_of_a_sale_exclude_are_skipped(sold, session, ana, ben, settings):
    settings.TICKETS_PER_CUSTOMER = 2
    closed, young = ConfirmedUserFactory(is_active=False), ConfirmedUserFactory(date_of_birth=None)
    movie = MovieFactory(age_restriction=16)
    MovieSession.objects.filter(pk=session.pk).update(movie=movie)
    ana.date_of_birth = ben.date_of_birth = timezone.now().date() - timedelta(days=30 * 365)
    ana.save()
    ben.save()
    Ticket.objects.filter(pk__in=[row.pk for row in sold[:2]]).update(user=ana)
    for username in (closed, young, ana):
        WaitingFactory(session=session, user=username)
    waiting_list.join(session.pk, ben, 1)
    purchases.cancel(sold[3].pk, sold[3].user)
    assert open_offers(session) == [("ben", ["A4"])]
    assert queries.entries_without_offer().filter(session=session).count() == 3


def test_a_customer_who_holds_seats_is_skipped(session, ana, ben):
    sold = TicketFactory.create_batch(3, session=session)
    hold = holds.hold(session.pk, ana, seats=["A4"])
    waiting_list.join(session.pk, ana, 2)
    waiting_list.join(session.pk, ben, 1)
    Waiting.objects.filter(user=ana).update(quantity=1)
    purchases.cancel(sold[0].pk, sold[0].user)
    assert open_offers(session) == [("ben", ["A1"])]
    hold.tickets.update(held_until=timezone.now() - SECOND)
    waiting_list.sweep()
    assert open_offers(session) == [("ana", ["A4"]), ("ben", ["A1"])]


def test_nothing_is_offered_without_a_waiting_list(session, sold, ana):
    before = Ticket.objects.count()
    with CaptureQueriesContext(connection) as captured:
        purchases.cancel(sold[0].pk, sold[0].user)
    assert sum("cinema_waiting" in query["sql"] for query in captured) == 1
    assert (Ticket.objects.count(), Purchase.objects.filter(confirmed_at=None).count()) == (before, 0)
