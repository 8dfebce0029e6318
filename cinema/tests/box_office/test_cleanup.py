"""Nightly cleanup: what is deleted, and what stays."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from cinema.box_office import cleanup, holds, purchases
from cinema.models import Purchase, Ticket
from cinema.tasks import tidy_box_office
from cinema.tests.box_office.concurrency import start
from cinema.tests.factories import HeldTicketFactory, PurchaseFactory, SessionFactory, TicketFactory

OLD = timezone.now() - timedelta(days=1, minutes=1)


def old_hold(**also):
    ticket = HeldTicketFactory(held_until=OLD, **also)
    Purchase.objects.filter(pk=ticket.purchase_id).update(created_at=OLD)
    return ticket


@pytest.mark.django_db
def test_old_holds_and_empty_purchases_are_deleted_and_all_else_stays(events):
    old_hold()
    PurchaseFactory(created_at=OLD, confirmed_at=None)
    kept = [
        HeldTicketFactory(),
        HeldTicketFactory(held_until=timezone.now() - timedelta(hours=23)),
        TicketFactory(purchased_at=OLD),
        TicketFactory(purchased_at=OLD, cancelled_at=OLD),
    ]
    Purchase.objects.filter(confirmed_at=None).update(created_at=OLD)
    empty_of_today = PurchaseFactory(confirmed_at=None)
    tidy_box_office()
    assert list(Ticket.objects.order_by("pk")) == kept
    assert set(Purchase.objects.all()) == {*(ticket.purchase for ticket in kept), empty_of_today}
    assert [(one["holds"], one["purchases"]) for one in events("box_office_tidied")] == [(1, 2)]
    assert cleanup.tidy() == (0, 0)


@pytest.mark.django_db
def test_holds_are_deleted_in_batches(monkeypatch):
    monkeypatch.setattr(cleanup, "BATCH", 2)
    session = SessionFactory()
    for _ in range(5):
        old_hold(session=session)
    assert cleanup.tidy() == (5, 5)


@pytest.mark.django_db
def test_seats_of_expired_holds_are_sold_before_the_cleanup():
    ticket = old_hold()
    assert purchases.buy(ticket.session_id, ticket.user, seats=["A1"]).tickets.get() == ticket
    assert cleanup.tidy() == (0, 1)


@pytest.mark.django_db(transaction=True)
def test_a_hold_that_another_customer_is_claiming_is_left_alone():
    ticket = old_hold()
    buyer = PurchaseFactory().user
    with transaction.atomic():
        purchase = holds.hold(ticket.session_id, buyer, seats=["A1"])
        # The cleanup skips locked rows, so it never waits for a purchase.
        assert start(cleanup.tidy).result(20) == (0, 0)
    assert list(Ticket.objects.all()) == list(purchase.tickets.all())


def test_the_cleanup_runs_every_night():
    assert settings.CELERY_BEAT_SCHEDULE["box-office"]["task"] == tidy_box_office.name
