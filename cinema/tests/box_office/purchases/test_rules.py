"""The rules of a sale: limit, time, drafts, age, and who may buy for customer."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.box_office import purchases
from cinema.box_office.rules import age_on
from cinema.models import Ticket
from cinema.tests.box_office.purchases.purchasing import buy_conflict, buy_errors, count_rows, session_started
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory
from common.errors import Code, NotAllowed

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def test_tickets_and_held_seats_together_are_limited(session, user, settings):
    settings.TICKETS_PER_CUSTOMER = 3
    TicketFactory(session=session, user=user)
    TicketFactory(session=session, user=user, cancelled_at=NOW)  # A2, which does not count
    TicketFactory(user=user)  # another session does not count
    HeldTicketFactory(session=session, user=user, held_until=timezone.now() - timedelta(seconds=1))  # A2 again, expired
    HeldTicketFactory(session=session, user=user)  # A3
    message = "At most 3 tickets a person for one session, held seats included: 1 more can be added, not 2."
    assert buy_conflict(session.pk, user, quantity=2) == (Code.TICKET_LIMIT, message, [], {"limit": 3, "left": 1})
    assert buy_conflict(session.pk, user, seats=["B1", "B2"])[3] == {"limit": 3, "left": 1}
    purchases.buy(session.pk, user, seats=["A3", "B1"])  # the held seat is counted once
    message = "At most 3 tickets a person for one session, held seats included: the limit is reached."
    assert buy_conflict(session.pk, user, seats=["B2"]) == (Code.TICKET_LIMIT, message, [], {"limit": 3, "left": 0})
    purchases.buy(session.pk, UserFactory(), seats=["B2"])
    settings.TICKETS_PER_CUSTOMER = 2  # lowered since
    assert buy_conflict(session.pk, user, seats=["B3"])[3] == {"limit": 2, "left": 0}


def test_nothing_is_sold_after_the_start_or_its_grace(user, settings):
    code, message, *_ = buy_conflict(session_started(0).pk, user, quantity=1)
    assert code == Code.SESSION_STARTED
    assert message.startswith("This session began at ")
    over = session_started(116)
    assert buy_conflict(over.pk, user, quantity=1)[:2] == (Code.SESSION_STARTED, "This session is over.")
    purchases.buy(session_started(-1).pk, user, quantity=1)
    settings.SALES_GRACE_MINUTES = 20
    purchases.buy(session_started(19).pk, user, quantity=1)
    assert buy_conflict(session_started(20).pk, user, quantity=1)[0] == Code.SESSION_STARTED
    settings.SALES_GRACE_MINUTES = 240
    assert buy_conflict(over.pk, user, quantity=1)[1] == "This session is over."
    assert count_rows() == (2, 2)


def test_a_cancelled_session_sells_nothing(user):
    session = SessionFactory(cancelled_at=NOW)
    assert buy_conflict(session.pk, user, quantity=1)[:2] == (Code.SESSION_STARTED, "This session was cancelled.")


def test_a_draft_is_not_found_by_customers_and_not_on_sale_for_managers(user):
    draft = SessionFactory(published=False)
    with pytest.raises(Http404):
        purchases.buy(draft.pk, user, quantity=1)
    message = "This session is a draft: its tickets are not on sale yet."
    assert buy_conflict(draft.pk, user, by=ManagerFactory(), quantity=1)[:2] == (Code.CONFLICT, message)
    assert buy_conflict(draft.pk, ManagerFactory(), quantity=1)[:2] == (Code.CONFLICT, message)


def buy_not_allowed(session, user, **also):
    with pytest.raises(NotAllowed) as caught:
        purchases.buy(session.pk, user, quantity=1, **also)
    return caught.value.code, caught.value.message


def test_the_age_counts_on_the_day_of_the_session_in_the_cinemas_time_zone(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    # 23:30 on 9 March in UTC is 00:30 on the tenth in the cinema.
    start = timezone.now().replace(year=2087, month=3, day=9, hour=23, minute=30)
    session = SessionFactory(starts_at=start, movie__age_restriction=16)
    young = (Code.AGE_RESTRICTED, "For this film, you must be 16 or older on the day of the session.")
    assert buy_not_allowed(session, UserFactory(date_of_birth=date(2071, 3, 11))) == young
    assert buy_not_allowed(session, UserFactory(date_of_birth=date(2071, 3, 11)), by=ManagerFactory()) == young
    unknown = "This film is for ages 16 and over, and the account has no date of birth."
    assert buy_not_allowed(session, UserFactory()) == (Code.DATE_OF_BIRTH_REQUIRED, unknown)
    assert buy_not_allowed(session, ManagerFactory()) == (Code.DATE_OF_BIRTH_REQUIRED, unknown)
    assert count_rows() == (0, 0)
    purchases.buy(session.pk, UserFactory(date_of_birth=date(2071, 3, 10)), quantity=1)


def test_a_film_without_an_age_limit_needs_no_date_of_birth(user):
    purchases.buy(SessionFactory(movie__age_restriction=0).pk, user, quantity=1)
    purchases.buy(SessionFactory(movie__age_restriction=None).pk, user, quantity=1)


def test_a_birthday_on_a_leap_day_counts_from_1_march_in_other_years():
    born = date(2004, 2, 29)
    days = [date(2022, 2, 28), date(2022, 3, 1), date(2024, 2, 28), date(2024, 2, 29)]
    assert [age_on(day, born) for day in days] == [17, 18, 19, 20]


def test_a_manager_sells_to_a_customer_and_is_recorded(session, user):
    manager = ManagerFactory()
    purchase = purchases.buy(session.pk, user, by=manager, seats=["A1"])
    assert (purchase.user, purchase.made_by, Ticket.objects.get().user) == (user, manager, user)


def test_a_customer_cannot_buy_for_another_account(session, user):
    with pytest.raises(PermissionDenied):
        purchases.buy(session.pk, user, by=UserFactory(), quantity=1)
    with pytest.raises(PermissionDenied):
        purchases.buy(session.pk, user, by=ManagerFactory(is_active=False), quantity=1)


def test_nothing_is_sold_to_a_closed_account(session, user):
    # The row counts, not the caller's object.
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert buy_errors(session.pk, user, by=ManagerFactory(), quantity=1) == {"user_id": ["This account is closed."]}
    user.delete()
    with pytest.raises(Http404):
        purchases.buy(session.pk, User(pk=2**40), by=ManagerFactory(), quantity=1)
