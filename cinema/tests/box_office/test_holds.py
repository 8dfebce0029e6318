"""Seats held for some minutes; see test_holds_at_once for many at a time. Time is moved by moving the rows."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.box_office import holds, purchases
from cinema.models import MovieSession, Purchase, Ticket
from cinema.queries import tickets as queries
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory
from common.errors import Code, Conflict, NotAllowed

pytestmark = pytest.mark.django_db

EXPIRED = (Code.HOLD_EXPIRED, "These seats are no longer held for you. Choose again.")
BOUGHT = (Code.CONFLICT, "These tickets have already been bought.")


@pytest.fixture
def session():
    return SessionFactory(room__plan__rows=3, room__plan__seats_per_row=6)


@pytest.fixture
def user():
    return UserFactory()


def seats(session):
    """Every live row: (seat, purchase, user, held, bought)."""
    rows = Ticket.objects.filter(session=session, cancelled_at=None).order_by("seat")
    return [
        (str(row.seat), row.purchase_id, row.user_id, row.held_until is not None, row.purchased_at is not None)
        for row in rows.select_related("seat")
    ]


def refused(act, *args, **kwargs):
    with pytest.raises(Conflict) as caught:
        act(*args, **kwargs)
    return caught.value.code, caught.value.message


def later(purchase, **by):
    """As if so much time had gone by since the seats were chosen."""
    gone = timedelta(**by)
    Purchase.objects.filter(pk=purchase.pk).update(created_at=purchase.created_at - gone)
    for row in purchase.tickets.all():
        Ticket.objects.filter(pk=row.pk).update(held_until=row.held_until - gone)


def minutes_left(purchase):
    (until,) = set(purchase.tickets.values_list("held_until", flat=True))
    return round((until - timezone.now()).total_seconds() / 60, 1)


def test_chosen_seats_are_held_for_five_minutes(session, user):
    purchase = holds.hold(session.pk, user, seats=["b1", "A2"])
    purchase.refresh_from_db()
    assert (purchase.user, purchase.made_by, purchase.session, purchase.confirmed_at) == (user, user, session, None)
    assert (purchase.idempotency_key, purchase.fingerprint) == (None, "")
    assert seats(session) == [("A2", purchase.pk, user.pk, True, False), ("B1", purchase.pk, user.pk, True, False)]
    assert minutes_left(purchase) == 5
    assert queries.find_hold(user, session) == purchase
    assert queries.find_hold(UserFactory(), session) is None
    assert [str(ticket.seat) for ticket in queries.of_purchase(purchase)] == ["A2", "B1"]
    assert queries.of_user(user).count() == 0


def test_the_best_seats_can_be_held(session, user, settings):
    settings.HOLD_MINUTES = 10
    purchase = holds.hold(session.pk, user, quantity=2)
    assert [row[0] for row in seats(session)] == ["B3", "B4"]
    assert minutes_left(purchase) == 10


def test_holding_takes_three_statements_less_than_buying(session, user, django_assert_num_queries):
    for buyer, labels in [(user, ["A1"]), (UserFactory(), ["B1", "B2", "B3"])]:
        with django_assert_num_queries(7 + 2):
            holds.hold(session.pk, buyer, seats=labels)


def test_confirming_takes_twelve_statements_for_one_seat_and_for_three(session, user, django_assert_num_queries):
    one, three = holds.hold(session.pk, user, quantity=1), holds.hold(session.pk, UserFactory(), quantity=3)
    for purchase in (one, three):
        # As the last three of buying: whether they waited, what to tell them, and the notice.
        with django_assert_num_queries(9 + 3 + 2):
            holds.confirm(purchase.pk, purchase.user)


def test_a_hold_is_refused_as_a_purchase_is(user, settings):
    settings.TICKETS_PER_CUSTOMER = 2
    session = SessionFactory()
    with pytest.raises(ValidationError) as caught:
        holds.hold(session.pk, user, seats=["A1", "A9"])
    assert caught.value.message_dict == {"seats.1": ["There is no seat A9 in this room."]}
    with pytest.raises(ValidationError):
        holds.hold(session.pk, user)
    TicketFactory(session=session, user=user)
    assert refused(holds.hold, session.pk, user, seats=["A2", "A3"])[0] == Code.TICKET_LIMIT
    assert refused(holds.hold, session.pk, user, seats=["A1"])[0] == Code.SEAT_TAKEN
    with pytest.raises(Http404):
        holds.hold(SessionFactory(published=False).pk, user, quantity=1)
    draft = SessionFactory(published=False)
    assert refused(holds.hold, draft.pk, ManagerFactory(), quantity=1)[0] == Code.CONFLICT
    over = SessionFactory(starts_at=timezone.now())
    assert refused(holds.hold, over.pk, user, quantity=1)[0] == Code.SESSION_STARTED
    with pytest.raises(NotAllowed):
        holds.hold(SessionFactory(movie__age_restriction=18).pk, user, quantity=1)
    User.objects.filter(pk=user.pk).update(is_active=False)
    with pytest.raises(ValidationError):
        holds.hold(session.pk, user, quantity=1)
    assert Purchase.objects.count() == 1


def test_choosing_again_replaces_the_hold_and_frees_what_was_not_chosen(session, user):
    first = holds.hold(session.pk, user, seats=["A1", "A2", "C3"])
    second = holds.hold(session.pk, user, seats=["C3", "B1"])
    assert seats(session) == [("B1", second.pk, user.pk, True, False), ("C3", second.pk, user.pk, True, False)]
    assert refused(holds.confirm, first.pk, user) == EXPIRED
    assert refused(holds.extend, first.pk, user) == EXPIRED
    purchases.buy(session.pk, UserFactory(), seats=["A1", "A2"])
    assert queries.find_hold(user, session) == second


def test_the_best_seats_may_be_those_that_one_held(user):
    session = SessionFactory(room__plan__rows=1, room__plan__seats_per_row=3)
    holds.hold(session.pk, user, quantity=2)
    holds.hold(session.pk, user, quantity=3)
    assert refused(holds.hold, session.pk, UserFactory(), quantity=1)[0] == Code.SOLD_OUT


def test_a_refused_choice_leaves_the_hold_as_it_was(session, user):
    first = holds.hold(session.pk, user, seats=["B1", "B2"])
    before = seats(session)
    TicketFactory(session=session)
    assert refused(holds.hold, session.pk, user, seats=["A1", "B2"])[0] == Code.SEAT_TAKEN
    assert seats(session)[1:] == before
    holds.confirm(first.pk, user)


def test_choosing_again_holds_nothing_for_longer_than_ten_minutes_in_all(session, user):
    first = holds.hold(session.pk, user, seats=["A1"])
    later(first, minutes=4)
    second = holds.hold(session.pk, user, seats=["A1"])
    assert minutes_left(second) == 5
    later(second, minutes=4)
    third = holds.hold(session.pk, user, seats=["A2"])
    assert minutes_left(third) == 2
    assert third.created_at == Purchase.objects.get(pk=second.pk).created_at
    assert minutes_left(holds.extend(third.pk, user)) == 2


def test_a_hold_that_is_over_is_nobodys_past(session, user):
    first = holds.hold(session.pk, user, seats=["A1", "A2"])
    later(first, minutes=6)
    second = holds.hold(session.pk, user, seats=["A1"])
    assert minutes_left(second) == 5
    assert queries.find_hold(user, session) == second
    purchases.buy(session.pk, UserFactory(), seats=["A2"])


def test_a_hold_is_extended_to_ten_minutes_at_most(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
    later(purchase, minutes=2)
    assert minutes_left(holds.extend(purchase.pk, user)) == 5
    later(purchase, minutes=4, seconds=30)
    purchase.refresh_from_db()
    assert minutes_left(holds.extend(purchase.pk, user)) == 5
    Purchase.objects.filter(pk=purchase.pk).update(created_at=timezone.now() - timedelta(minutes=9, seconds=30))
    # It never gets shorter.
    assert minutes_left(holds.extend(purchase.pk, user)) == 5
    Ticket.objects.update(held_until=timezone.now() + timedelta(seconds=6))
    assert minutes_left(holds.extend(purchase.pk, user)) == 0.5


def test_a_hold_that_is_over_is_neither_extended_nor_confirmed(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
    later(purchase, minutes=6)
    before = seats(session)
    assert refused(holds.extend, purchase.pk, user) == EXPIRED
    assert refused(holds.confirm, purchase.pk, user) == EXPIRED
    later(purchase, minutes=60)
    assert refused(holds.extend, purchase.pk, user) == EXPIRED
    assert seats(session) == before
    assert queries.find_hold(user, session) is None


def test_one_seat_that_was_taken_over_spoils_the_hold(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
    later(purchase, minutes=6)
    theirs = purchases.buy(session.pk, UserFactory(), seats=["A2"])
    assert refused(holds.confirm, purchase.pk, user) == EXPIRED
    assert [row[:2] for row in seats(session)] == [("A1", purchase.pk), ("A2", theirs.pk)]


def test_one_seat_that_ends_before_the_other_spoils_the_hold(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
    Ticket.objects.filter(seat__number=2).update(held_until=timezone.now() - timedelta(seconds=1))
    assert refused(holds.confirm, purchase.pk, user) == EXPIRED
    assert queries.bought_tickets().count() == 0


def test_confirming_buys_exactly_the_held_seats_and_again_answers_the_same(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "C2"])
    codes = set(purchase.tickets.values_list("code", flat=True))
    confirmed = holds.confirm(purchase.pk, user)
    assert confirmed == purchase
    assert confirmed.confirmed_at is not None
    assert seats(session) == [("A1", purchase.pk, user.pk, False, True), ("C2", purchase.pk, user.pk, False, True)]
    tickets = list(queries.of_purchase(purchase))
    assert {ticket.purchased_at for ticket in tickets} == {confirmed.confirmed_at}
    assert {ticket.code for ticket in tickets} == codes
    again = holds.confirm(purchase.pk, user)
    assert (again, again.confirmed_at) == (purchase, confirmed.confirmed_at)
    assert list(queries.of_purchase(again)) == tickets
    assert refused(holds.extend, purchase.pk, user) == BOUGHT
    assert refused(holds.release, purchase.pk, user) == BOUGHT


def test_what_was_confirmed_once_is_answered_whatever_has_changed(session, user):
    purchase = holds.confirm(holds.hold(session.pk, user, quantity=1).pk, user)
    MovieSession.objects.update(cancelled_at=timezone.now(), published=False)
    assert holds.confirm(purchase.pk, user) == purchase


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"published": False}, (Code.CONFLICT, "This session is a draft: its tickets are not on sale yet.")),
        ({"cancelled_at": timezone.now()}, (Code.SESSION_STARTED, "This session was cancelled.")),
    ],
)
def test_the_rules_are_asked_again_when_confirming(session, user, changes, refusal):
    purchase = holds.hold(session.pk, user, quantity=1)
    MovieSession.objects.update(**changes)
    assert refused(holds.confirm, purchase.pk, user) == refusal
    assert queries.bought_tickets().count() == 0


def test_nothing_is_confirmed_or_extended_after_the_start(session, user):
    purchase = holds.hold(session.pk, user, quantity=1)
    MovieSession.objects.update(starts_at=timezone.now(), ends_at=timezone.now() + timedelta(hours=2))
    assert refused(holds.confirm, purchase.pk, user)[0] == Code.SESSION_STARTED
    assert refused(holds.extend, purchase.pk, user)[0] == Code.SESSION_STARTED


def test_age_and_limit_are_asked_again_when_confirming(session, user, settings):
    purchase = holds.hold(session.pk, user, quantity=2)
    session.movie.age_restriction = 18
    session.movie.save()
    with pytest.raises(NotAllowed) as caught:
        holds.confirm(purchase.pk, user)
    assert caught.value.code == Code.DATE_OF_BIRTH_REQUIRED
    session.movie.age_restriction = None
    session.movie.save()
    settings.TICKETS_PER_CUSTOMER = 1
    assert refused(holds.confirm, purchase.pk, user)[0] == Code.TICKET_LIMIT
    settings.TICKETS_PER_CUSTOMER = 2
    TicketFactory(session=session, user=user)
    assert refused(holds.confirm, purchase.pk, user)[0] == Code.TICKET_LIMIT
    Ticket.objects.filter(purchased_at__isnull=False).delete()
    holds.confirm(purchase.pk, user)


def test_a_closed_account_confirms_nothing(session, user):
    purchase = holds.hold(session.pk, user, quantity=1)
    User.objects.filter(pk=user.pk).update(is_active=False)
    with pytest.raises(ValidationError) as caught:
        holds.confirm(purchase.pk, user)
    assert caught.value.message_dict == {"user_id": ["This account is closed."]}


def test_a_released_hold_is_gone_at_once(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
    holds.release(purchase.pk, user)
    assert (Purchase.objects.count(), Ticket.objects.count()) == (0, 0)
    with pytest.raises(Http404):
        holds.release(purchase.pk, user)


def test_a_hold_that_is_over_can_be_released(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
    later(purchase, minutes=6)
    theirs = purchases.buy(session.pk, UserFactory(), seats=["A2"])
    holds.release(purchase.pk, user)
    assert [row[:2] for row in seats(session)] == [("A2", theirs.pk)]


@pytest.mark.parametrize("act", [holds.extend, holds.confirm, holds.release])
def test_somebody_elses_hold_is_not_there(session, user, act):
    purchase = holds.hold(session.pk, user, seats=["A1"])
    for pk, who in [(purchase.pk, UserFactory()), (purchase.pk, ManagerFactory()), (0, user), (2**63 - 1, user)]:
        with pytest.raises(Http404):
            act(pk, who)
    assert seats(session) == [("A1", purchase.pk, user.pk, True, False)]


def test_what_is_bought_of_a_hold_leaves_it(session, user):
    purchase = holds.hold(session.pk, user, seats=["A1", "A2"])
    purchases.buy(session.pk, user, seats=["A1"])
    holds.confirm(purchase.pk, user)
    assert [str(ticket.seat) for ticket in queries.of_purchase(purchase)] == ["A2"]


def test_holds_of_one_session_do_not_touch_another(user):
    one, other = SessionFactory(), SessionFactory()
    first, second = holds.hold(one.pk, user, seats=["A1"]), holds.hold(other.pk, user, seats=["A1"])
    assert [row[1] for row in (*seats(one), *seats(other))] == [first.pk, second.pk]


def test_a_hold_that_a_factory_made_is_one_too():
    held = HeldTicketFactory()
    assert holds.confirm(held.purchase_id, held.user).tickets.get() == held
