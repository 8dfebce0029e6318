"""Eight unconfirmed accounts behind one address at the same moment."""

import threading
from unittest import mock

import pytest

from accounts.tests.factories import UserFactory
from cinema.box_office import hoarding, holds, purchases
from cinema.models import Ticket
from cinema.tests.box_office.concurrency import count_deadlocks
from cinema.tests.factories import SessionFactory
from common.errors import NotAllowed
from movies.tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ACCOUNTS = 8


def take_seats_at_once(act):
    """Let each account take two seats, and return how many seats are taken."""
    session = SessionFactory(room__plan__rows=2, room__plan__seats_per_row=10)

    def take(user):
        return lambda: act(session.pk, user, quantity=2, address="192.0.2.1")

    answers = at_once([take(user) for user in UserFactory.create_batch(ACCOUNTS)])
    assert not [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, NotAllowed)]
    return Ticket.objects.filter(session=session).count()


def test_they_buy_ten_seats_together():
    before = count_deadlocks()
    assert take_seats_at_once(purchases.buy) == 10
    assert count_deadlocks() == before


def test_they_hold_for_fifteen_minutes_together():
    assert take_seats_at_once(holds.hold) == 6  # three holds of five minutes


@pytest.mark.parametrize("act", [purchases.buy, holds.hold])
def test_without_the_lock_on_the_address_each_gets_its_seats(act):
    """The control: all of them read what the others have before any of them writes."""
    together = threading.Barrier(ACCOUNTS)
    with mock.patch.object(hoarding, "lock_address", side_effect=lambda *_: together.wait(60)):
        assert take_seats_at_once(act) == 2 * ACCOUNTS
