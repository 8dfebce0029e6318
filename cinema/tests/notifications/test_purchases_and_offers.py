"""Notifications of purchases and of offers to the waiting list."""

from datetime import timedelta

import pytest

from cinema.box_office import holds, purchases
from cinema.models import Ticket
from cinema.notifications.seat_offered import notify_offer
from cinema.tests.factories import TicketFactory
from cinema.tests.notifications.helpers import NOW, sent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon_in_berlin")]


# --- Tickets are bought ---


def test_a_purchase_is_notified_once(session, ana):
    for _ in range(2):
        purchase = purchases.buy(session.pk, ana, seats=["B2", "A1"], key="once")
    assert sent() == [
        (
            "tickets_bought",
            f"purchase {purchase.pk}",
            "Your tickets: Dune, Friday 20 November, 20:40\nRoom 1, seats A1 and B2.",
            f"/purchases/{purchase.pk}/",
        )
    ]


def test_a_hold_is_notified_when_it_is_confirmed_first(session, ana):
    hold = holds.hold(session.pk, ana, seats=["C3"])
    Ticket.objects.update(held_until=NOW + timedelta(days=9999))  # holds go by the database's clock
    holds.extend(hold.pk, ana)
    assert sent() == []
    for _ in range(2):
        holds.confirm(hold.pk, ana)
    assert [text for _, _, text, _ in sent(ana)] == ["Your ticket: Dune, Friday 20 November, 20:40\nRoom 1, seat C3."]


def test_the_customer_is_notified_of_a_managers_sale(session, ana, manager):
    purchases.buy(session.pk, ana, manager, seats=["A1"])
    assert (len(sent(ana)), sent(manager)) == (1, [])


def test_a_failed_sale_sends_no_notification(session, ana):
    TicketFactory(session=session)
    with pytest.raises(Exception, match="A1"):
        purchases.buy(session.pk, ana, seats=["A1", "A2"])
    assert sent() == []


# --- A seat is offered ---


@pytest.mark.parametrize(
    ("seats", "until", "headline", "kept"),
    [
        (["A1"], NOW + timedelta(minutes=15), "A seat is free", "seat A1 for you until 13:15"),
        (
            ["A1", "A2", "B1"],
            NOW + timedelta(hours=12),
            "3 seats are free",
            "seats A1, A2 and B1 for you until Wednesday 18 November, 01:00",
        ),
    ],
)
def test_an_offer_is_notified_once(session, ana, seats, until, headline, kept):
    offered = [session.room.seats.get(row=label[0], number=label[1:]) for label in seats]
    assert notify_offer(ana, session, offered, until) == 1
    assert notify_offer(ana, session, offered, until) == 0
    assert notify_offer(ana, session, offered, until + timedelta(hours=1)) == 1
    subject = f"session {session.pk} until {until.isoformat()}"
    text = f"{headline} for you: Dune, Friday 20 November, 20:40\nWe keep {kept}. Then it is the next person's turn."
    assert sent()[0] == ("seat_offered", subject, text, f"/sessions/{session.pk}/")


def test_the_longest_title_leaves_room_for_the_time(film, watcher, session, ana):
    film.title = "x" * 500
    film.save()
    purchases.buy(session.pk, ana, seats=["A1"])
    assert sent(ana)[0][2].startswith(f"Your ticket: {'x' * 89}…, Friday 20 November, 20:40\n")
