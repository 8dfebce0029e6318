"""Claims that are tried again: a code that exists already, and a seat that another customer got first."""

import pytest
from django.db import IntegrityError, transaction

from cinema.box_office import purchases, seat_selection
from cinema.box_office.seat_claims import retry_with_new_codes
from cinema.models import Ticket
from cinema.tests.box_office.purchases.purchasing import buy_conflict, count_rows, labels
from cinema.tests.factories import RoomFactory, TicketFactory
from common.errors import Code

pytestmark = pytest.mark.django_db


def test_a_code_of_another_ticket_is_drawn_again(session, user, monkeypatch):
    theirs = TicketFactory().code
    codes = iter([theirs, "A" * 16, "A" * 16, "A" * 16, "B" * 16, "C" * 16])
    monkeypatch.setattr("cinema.box_office.seat_claims.new_code", lambda: next(codes))
    purchase = purchases.buy(session.pk, user, seats=["A1", "A2"], key="k")
    assert {ticket.code for ticket in purchase.tickets.all()} == {"B" * 16, "C" * 16}
    assert count_rows() == (2, 3)


def test_codes_that_always_collide_end_in_an_error(session, user, monkeypatch):
    theirs = TicketFactory().code
    monkeypatch.setattr("cinema.box_office.seat_claims.new_code", lambda: theirs)
    with pytest.raises(IntegrityError):
        purchases.buy(session.pk, user, quantity=1)


def test_another_violated_constraint_is_not_retried():
    tried = []

    def act():
        tried.append(1)
        RoomFactory(number=RoomFactory().number)

    with pytest.raises(IntegrityError):
        retry_with_new_codes(transaction.atomic(act))()
    assert tried == [1]


def test_the_best_seats_are_chosen_again_after_a_lost_race(session, user, monkeypatch):
    """Another customer who chose by label claims the seats between the choice and the statement."""

    def lose_the_race(free, *args):
        chosen = choose_best(free, *args)
        if not Ticket.objects.exists():
            for seat in chosen:
                TicketFactory(session=session, seat_id=seat)
        return chosen

    choose_best = seat_selection.FreeSeats.choose_best
    monkeypatch.setattr(seat_selection.FreeSeats, "choose_best", lose_the_race)
    purchase = purchases.buy(session.pk, user, quantity=2)
    assert len(labels(purchase)) == 2
    assert Ticket.objects.filter(purchase=purchase, cancelled_at=None).count() == 2
    assert Ticket.objects.count() == 4


def test_a_race_that_is_always_lost_ends_in_a_conflict(session, user, monkeypatch):
    tried = []
    monkeypatch.setattr(seat_selection, "claim", lambda *_args, **_times: tried.append(1) or set())
    assert buy_conflict(session.pk, user, quantity=1)[:2] == (
        Code.SEAT_TAKEN,
        "Other customers were faster. Please try again.",
    )
    assert len(tried) == seat_selection.TRIES
    assert count_rows() == (0, 0)
