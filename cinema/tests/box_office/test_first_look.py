"""The look before the locks: it says what would be said under them, at little cost, and leaves all else to them."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.tests.factories import ConfirmedUserFactory, ManagerFactory, UserFactory
from cinema.box_office import first_look, holds, purchases
from cinema.models import MovieSession, SeatKind
from cinema.tests.box_office.purchases.purchasing import buy_conflict, labels
from cinema.tests.factories import HeldTicketFactory, TicketFactory, WaitingFactory
from common.errors import Code, Conflict

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold(session):
    """Sell or hold all seats but C6; A1 is a wheelchair place, and C6 a companion seat."""
    seats = list(session.room.seats.all())
    seats[0].kind, seats[-1].kind = SeatKind.WHEELCHAIR, SeatKind.COMPANION
    for seat in (seats[0], seats[-1]):
        seat.save()
    for number, seat in enumerate(seats[:-1]):
        (HeldTicketFactory if number % 2 else TicketFactory)(session=session, seat=seat)


@pytest.fixture
def control(monkeypatch):
    """Return a function that leaves out the look."""

    def leave_out():
        for module in (purchases, holds):
            monkeypatch.setattr(module, "check_seats_left", lambda *_: None)

    return leave_out


TOO_LATE = [{"seats": ["A1"]}, {"seats": ["C6", "B2", "A1"]}, {"seats": ["B1", "B2"]}, {"quantity": 1}, {"quantity": 9}]


@pytest.mark.parametrize("wanted", TOO_LATE)
@pytest.mark.usefixtures("sold")
def test_who_is_too_late_learns_it_by_two_queries_and_as_under_the_locks(
    session, user, wanted, control, django_assert_num_queries
):
    queries = 2 if "seats" in wanted else 1  # and three for the test's own savepoint, which is rolled back
    with django_assert_num_queries(queries + 3):
        refusal = buy_conflict(session.pk, user, **wanted)
    with django_assert_num_queries(queries + 3), pytest.raises(Conflict) as held:
        holds.hold(session.pk, user, **wanted)
    control()
    assert refusal == buy_conflict(session.pk, user, **wanted)
    with pytest.raises(Conflict) as again:
        holds.hold(session.pk, user, **wanted)
    assert (held.value.message, held.value.errors, held.value.details) == (
        again.value.message,
        again.value.errors,
        again.value.details,
    )


def test_seats_that_do_not_exist_are_named_before_those_that_are_taken(session, user, sold):
    with pytest.raises(ValidationError):
        purchases.buy(session.pk, user, seats=["A1", "Z1"])


def let_someone_wait(session):
    WaitingFactory(session=session, user=ConfirmedUserFactory())


def begin(session):
    start, end = timezone.now() - timedelta(minutes=1), timezone.now() + timedelta(hours=1)
    MovieSession.objects.update(starts_at=start, ends_at=end, room_free_at=end)


def cancel(session):
    MovieSession.objects.update(cancelled_at=timezone.now())


def make_a_draft(session):
    MovieSession.objects.update(published=False)


@pytest.mark.parametrize("change", [let_someone_wait, begin, cancel, make_a_draft])
@pytest.mark.usefixtures("sold")
def test_it_refuses_nothing_where_more_is_to_be_decided(session, user, change):
    request = first_look.SeatRequest.parse(["A1"], None)
    with pytest.raises(Conflict):
        first_look.check_seats_left(session.pk, user, request)
    change(session)
    first_look.check_seats_left(session.pk, user, request)
    first_look.check_seats_left(session.pk, user, first_look.SeatRequest.parse(None, 1))


def test_a_repeated_purchase_is_returned_though_another_has_the_seat_by_now(session, user):
    first = purchases.buy(session.pk, user, seats=["A1"], key="k")
    purchases.cancel(first.tickets.get().pk, user)
    purchases.buy(session.pk, UserFactory(), seats=["A1"])
    assert purchases.buy(session.pk, user, seats=["A1"], key="k") == first
    assert buy_conflict(session.pk, user, seats=["A1"], key="other")[0] == Code.SEAT_TAKEN


def test_held_seats_of_ones_own_are_no_others(session, user):
    holds.hold(session.pk, user, seats=["A1"])
    assert labels(purchases.buy(session.pk, user, seats=["A1"])) == ["A1"]


def test_a_manager_who_sells_is_told_by_the_rules(session, user, sold, django_assert_max_num_queries):
    manager = ManagerFactory()
    with django_assert_max_num_queries(30) as queries:
        assert buy_conflict(session.pk, user, manager, seats=["A1"])[0] == Code.SEAT_TAKEN
    assert len(queries) > 2 + 2
