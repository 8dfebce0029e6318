"""Hoarding by number: accounts without a confirmed email, and many accounts behind one address."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.people.closing import close_account
from accounts.tests.factories import ConfirmedUserFactory, ManagerFactory, UserFactory
from cinema.box_office import cleanup, holds, purchases
from cinema.models import Claim, Ticket
from cinema.tests.factories import SessionFactory
from common.errors import Code, Conflict, NotAllowed

pytestmark = pytest.mark.django_db

HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture
def session():
    return SessionFactory(room__plan__rows=10, room__plan__seats_per_row=10)


def refusal(act, *args, **kwargs):
    with pytest.raises((Conflict, NotAllowed)) as refused:
        act(*args, **kwargs)
    return refused.value.code, refused.value.message


def test_eight_unconfirmed_accounts_take_ten_seats_and_not_eighty(session):
    accounts = UserFactory.create_batch(8)
    for user in accounts:
        assert refusal(holds.hold, session.pk, user, quantity=10, address=HOME)[0] == Code.EMAIL_UNCONFIRMED
    outcomes = []
    for user in accounts:
        try:
            holds.hold(session.pk, user, quantity=2, address=HOME)
        except NotAllowed as error:
            outcomes.append(error.code)
    assert outcomes == [Code.EMAIL_UNCONFIRMED] * 5  # fifteen minutes of holding in all, which three holds use up
    for user in accounts[3:]:
        try:
            purchases.buy(session.pk, user, quantity=2, address=HOME)
        except NotAllowed as error:
            outcomes.append(error.code)
    assert outcomes == [Code.EMAIL_UNCONFIRMED] * 8
    assert Ticket.objects.count() == 10
    purchases.buy(session.pk, accounts[7], quantity=2, address=ELSEWHERE)
    purchases.buy(session.pk, ConfirmedUserFactory(), quantity=10, address=HOME)


def test_an_account_has_two_tickets_until_its_email_is_confirmed(session):
    user = UserFactory()
    held = holds.hold(session.pk, user, seats=["A1", "A2"])
    sentence = (
        "With an email that is not confirmed yet, you can have at most 2 tickets for a session. Confirm your email"
    )
    code, message = refusal(holds.hold, session.pk, user, seats=["A1", "A2", "A3"])
    assert (code, message.startswith(sentence)) == (Code.EMAIL_UNCONFIRMED, True)
    holds.confirm(held.pk, user)
    assert refusal(purchases.buy, session.pk, user, seats=["B1"])[0] == Code.EMAIL_UNCONFIRMED
    purchases.buy(SessionFactory().pk, user, quantity=2)  # each session counts by itself
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    purchases.buy(session.pk, user, quantity=8)


def test_managers_sell_to_any_account_and_buy_any_number(session):
    manager = ManagerFactory()
    purchases.buy(session.pk, UserFactory(), manager, quantity=10, address=HOME)
    purchases.buy(session.pk, manager, quantity=10, address=HOME)
    assert Claim.objects.get().user == manager  # a sale over the counter is none of the customer's


def test_an_address_has_a_limit_for_confirmed_accounts_too(session, settings):
    settings.SEATS_PER_ADDRESS = 12
    first, second = ConfirmedUserFactory.create_batch(2)
    holds.release(holds.hold(session.pk, first, quantity=9, address=HOME).pk, first)
    purchases.buy(session.pk, first, quantity=4, address=HOME)  # the most of one account at once counts: nine
    message = "At most 12 seats for a session are sold online to one network in a day. Ask us at the box office."
    assert refusal(purchases.buy, session.pk, second, quantity=4, address=HOME) == (Code.ADDRESS_LIMIT, message)
    assert refusal(holds.hold, session.pk, second, quantity=4, address=HOME) == (Code.ADDRESS_LIMIT, message)
    purchases.buy(session.pk, second, quantity=3, address=HOME)
    purchases.buy(session.pk, ConfirmedUserFactory(), quantity=4, address=ELSEWHERE)
    purchases.buy(SessionFactory().pk, ConfirmedUserFactory(), quantity=4, address=HOME)
    settings.SEATS_PER_ADDRESS = 0
    purchases.buy(session.pk, ConfirmedUserFactory(), quantity=4, address=HOME)


def test_a_closed_account_still_counts_for_its_address_and_a_day_later_no_more(session):
    for _ in range(5):
        user = UserFactory()
        purchases.buy(session.pk, user, quantity=2, address=HOME)
        close_account(user)
    again = UserFactory()
    assert refusal(purchases.buy, session.pk, again, quantity=2, address=HOME)[0] == Code.EMAIL_UNCONFIRMED
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1), tick=False):
        purchases.buy(session.pk, again, quantity=2, address=HOME)


def test_the_address_is_kept_as_a_hash_and_for_a_day(session):
    purchases.buy(session.pk, UserFactory(), quantity=1, address=HOME)
    kept = Claim.objects.values_list("address_hash", flat=True).get()
    assert (len(kept), HOME in kept) == (64, False)
    cleanup.tidy()
    assert Claim.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1), tick=False):
        cleanup.tidy()
    assert not Claim.objects.exists()
