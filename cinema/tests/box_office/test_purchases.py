"""Who may buy what, what is written then, and what is refused; see test_box_office_at_once for many at a time."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.box_office import purchases, seat_selection
from cinema.box_office.rules import age_on
from cinema.box_office.seat_claims import in_one_transaction
from cinema.core import ticket_codes
from cinema.models import Purchase, Ticket
from cinema.queries import tickets as queries
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory
from common.errors import Code, Conflict, Mismatch, NotAllowed

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def session():
    return SessionFactory(room__plan__rows=3, room__plan__seats_per_row=6)


@pytest.fixture
def user():
    return UserFactory()


def labels(purchase):
    return [str(ticket.seat) for ticket in queries.of_purchase(purchase)]


def refused(*args, **kwargs):
    """(code, sentence, fields, details) of the 409."""
    with pytest.raises(Conflict) as caught:
        purchases.buy(*args, **kwargs)
    error = caught.value
    return error.code, error.message, [tuple(one) for one in error.errors], error.details


def invalid(*args, **kwargs):
    with pytest.raises(ValidationError) as caught:
        purchases.buy(*args, **kwargs)
    return caught.value.message_dict


def written():
    return Purchase.objects.count(), Ticket.objects.count()


def test_two_seats_are_two_tickets_of_one_purchase(session, user):
    before = timezone.now()
    purchase = purchases.buy(session.pk, user, seats=["b2", " A1 "])
    purchase.refresh_from_db()
    assert (purchase.user, purchase.made_by, purchase.session) == (user, user, session)
    assert (purchase.idempotency_key, purchase.fingerprint) == (None, "")
    assert before <= purchase.created_at == purchase.confirmed_at <= timezone.now()
    tickets = list(queries.of_purchase(purchase))
    assert [
        (
            str(one.seat),
            one.session,
            one.room,
            one.user,
            one.held_until,
            one.purchased_at,
            one.used_at,
            one.cancelled_at,
        )
        for one in tickets
    ] == [
        ("A1", session, session.room, user, None, purchase.confirmed_at, None, None),
        ("B2", session, session.room, user, None, purchase.confirmed_at, None, None),
    ]
    assert all(ticket_codes.parse_code(one.code) == one.code and len(one.code) == 16 for one in tickets)
    assert len({one.code for one in tickets}) == 2


def test_buying_takes_ten_statements_for_one_seat_and_for_three(session, user, django_assert_num_queries):
    # Session, buyer, age limit, their tickets, the purchase, the seats' ids, the tickets, whether they waited, what to
    # tell them, and the notice; and the test's own savepoint.
    with django_assert_num_queries(10 + 2):
        purchases.buy(session.pk, user, seats=["A1"])
    with django_assert_num_queries(10 + 2):
        purchases.buy(session.pk, user, seats=["B1", "B2", "B3"])


def test_the_best_seats_take_a_turn_and_a_savepoint_more(session, user, django_assert_num_queries):
    with django_assert_num_queries(10 + 3 + 2):
        purchases.buy(session.pk, user, quantity=1)
    with django_assert_num_queries(10 + 3 + 2):
        purchases.buy(session.pk, user, quantity=3)


def test_a_key_takes_one_statement_more_and_a_repetition_three(session, user, django_assert_num_queries):
    with django_assert_num_queries(11 + 2):
        purchases.buy(session.pk, user, seats=["A1"], key="k")
    with django_assert_num_queries(3 + 2):
        purchases.buy(session.pk, user, seats=["A1"], key="k")


def test_the_best_seats_are_together_in_the_middle_two_thirds_back(session, user):
    assert labels(purchases.buy(session.pk, user, quantity=2)) == ["B3", "B4"]


def test_best_seats_are_plain_ones_then_those_for_companions_and_never_a_wheelchairs(user):
    session = SessionFactory(room__plan__rows=1, room__plan__seats_per_row=6)
    seats = session.room.seats
    seats.filter(number=3).update(kind="wheelchair")
    seats.filter(number=4).update(kind="companion")
    assert labels(purchases.buy(session.pk, user, quantity=4)) == ["A1", "A2", "A5", "A6"]
    assert refused(session.pk, user, quantity=2) == (
        Code.SOLD_OUT,
        "Only 1 seat is free.",
        [],
        {"seats_free": 1, "wheelchair_places_free": 1},
    )
    assert labels(purchases.buy(session.pk, user, quantity=1)) == ["A4"]
    assert refused(session.pk, user, quantity=1) == (
        Code.SOLD_OUT,
        "Only wheelchair places are free; choose one if you need it.",
        [],
        {"seats_free": 0, "wheelchair_places_free": 1},
    )
    assert labels(purchases.buy(session.pk, user, seats=["A3"])) == ["A3"]
    assert refused(session.pk, user, quantity=1) == (
        Code.SOLD_OUT,
        "The session is sold out.",
        [],
        {"seats_free": 0, "wheelchair_places_free": 0},
    )


def test_seats_out_of_use_are_no_seats(session, user):
    session.room.seats.exclude(row="A", number__in=[1, 2]).update(in_use=False)
    assert invalid(session.pk, user, seats=["A1", "A3"]) == {"seats.1": ["There is no seat A3 in this room."]}
    assert refused(session.pk, user, quantity=3)[1] == "Only 2 seats are free."


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({}, {"seats": ["Choose either seats or a quantity."]}),
        ({"seats": ["A1"], "quantity": 1}, {"seats": ["Choose either seats or a quantity."]}),
        ({"seats": []}, {"seats": ["Choose at least one seat."]}),
        ({"seats": [f"A{n}" for n in range(1, 12)]}, {"seats": ["At most 10 seats at once."]}),
        ({"seats": ["A1", "a1", "A2", " A1"]}, {"seats.1": ["A1 is listed twice."], "seats.3": ["A1 is listed twice."]}),
        ({"seats": ["A1", "Z9"]}, {"seats.1": ["There is no seat Z9 in this room."]}),
        (
            {"seats": ["A7", "A1", "D1"]},
            {f"seats.{n}": [f"There is no seat {label} in this room."] for n, label in ((0, "A7"), (2, "D1"))},
        ),
        *(
            ({"seats": ["A1", bad]}, {"seats.1": ["Write a seat like A1."]})
            for bad in (
                "",
                "1A",
                "A0",
                "A100",
                "AAA1",
                "Ä1",
                "A\uff11",
                "A1\n2",
                "nul\0",
                "A" * 9999,
                "席1",
                "A-1",
                "1",
            )
        ),
        *(({"quantity": bad}, {"quantity": ["Give a whole number from 1."]}) for bad in (0, -1, True, "2", 1.0)),
        ({"quantity": 11}, {"quantity": ["At most 10 seats at once."]}),
        ({"quantity": 10**30}, {"quantity": ["At most 10 seats at once."]}),
        *(
            ({"seats": ["A1"], "key": bad}, {"Idempotency-Key": ["Give 1 to 255 visible ASCII characters."]})
            for bad in ("", " ", "a b", "ä", "x" * 256, "nul\0", "line\n")
        ),
    ],
)
def test_what_is_no_purchase_is_told_by_field(session, user, given, errors):
    assert invalid(session.pk, user, **given) == errors
    assert written() == (0, 0)


def test_seats_of_two_letters_are_read(user):
    session = SessionFactory(room__plan__rows=1)
    session.room.seats.filter(number=5).update(row="AB", number=12)
    assert labels(purchases.buy(session.pk, user, seats=["ab12"])) == ["AB12"]


@pytest.mark.parametrize("pk", [0, -1, 2**63 - 1])
def test_there_is_no_such_session(user, pk):
    with pytest.raises(Http404):
        purchases.buy(pk, user, quantity=1)


def test_a_taken_seat_is_named_and_nothing_is_bought(session, user):
    TicketFactory(session=session)
    HeldTicketFactory(session=session)
    assert refused(session.pk, user, seats=["A3", "A1", "A2"]) == (
        Code.SEAT_TAKEN,
        "Seats A1 and A2 are taken.",
        [("seats.1", "A1 is taken."), ("seats.2", "A2 is taken.")],
        {"seats": ["A1", "A2"]},
    )
    assert refused(session.pk, user, seats=["A1"])[1:3] == ("Seat A1 is taken.", [("seats.0", "A1 is taken.")])
    assert written() == (2, 2)


def test_a_hold_that_is_over_is_taken_over_with_a_new_code(session, user):
    held = HeldTicketFactory(session=session, held_until=timezone.now() - timedelta(seconds=1))
    purchase = purchases.buy(session.pk, user, seats=["A1"])
    ticket = Ticket.objects.get()
    assert (ticket.purchase, ticket.user, ticket.held_until) == (purchase, user, None)
    assert ticket.purchased_at == purchase.confirmed_at
    assert ticket.code != held.code


def test_the_best_seats_may_be_those_of_a_hold_that_is_over(user):
    session = SessionFactory(room__plan__rows=1, room__plan__seats_per_row=1)
    HeldTicketFactory(session=session, held_until=timezone.now() - timedelta(seconds=1))
    assert labels(purchases.buy(session.pk, user, quantity=1)) == ["A1"]


def test_one_buys_the_seat_that_one_holds(session, user):
    HeldTicketFactory(session=session, user=user)
    other = HeldTicketFactory(session=session, user=user)
    purchase = purchases.buy(session.pk, user, seats=["A1"])
    assert labels(purchase) == ["A1"]
    other.refresh_from_db()
    assert (str(other.seat), other.purchased_at) == ("A2", None)


def test_nobody_has_more_tickets_and_held_seats_than_the_limit(session, user, settings):
    settings.TICKETS_PER_CUSTOMER = 3
    TicketFactory(session=session, user=user)
    TicketFactory(session=session, user=user, cancelled_at=NOW)  # that was A2: it does not count
    TicketFactory(user=user)  # nor does another session
    HeldTicketFactory(session=session, user=user, held_until=timezone.now() - timedelta(seconds=1))  # A2 again, over
    HeldTicketFactory(session=session, user=user)  # A3
    sentence = "At most 3 tickets a person for one session, held seats included: 1 more can be added, not 2."
    assert refused(session.pk, user, quantity=2) == (Code.TICKET_LIMIT, sentence, [], {"limit": 3, "left": 1})
    assert refused(session.pk, user, seats=["B1", "B2"])[3] == {"limit": 3, "left": 1}
    purchases.buy(session.pk, user, seats=["A3", "B1"])  # the held one is counted once
    sentence = "At most 3 tickets a person for one session, held seats included: the limit is reached."
    assert refused(session.pk, user, seats=["B2"]) == (Code.TICKET_LIMIT, sentence, [], {"limit": 3, "left": 0})
    purchases.buy(session.pk, UserFactory(), seats=["B2"])
    settings.TICKETS_PER_CUSTOMER = 2  # lowered afterwards
    assert refused(session.pk, user, seats=["B3"])[3] == {"limit": 2, "left": 0}


def began(minutes, **also):
    start = timezone.now() - timedelta(minutes=minutes)
    return SessionFactory(starts_at=start, **also)


def test_nothing_is_sold_after_the_start_or_its_grace(user, settings):
    code, sentence, *_ = refused(began(0).pk, user, quantity=1)
    assert code == Code.SESSION_STARTED
    assert sentence.startswith("This session began at ")
    assert refused(began(116).pk, user, quantity=1)[:2] == (Code.SESSION_STARTED, "This session is over.")
    purchases.buy(began(-1).pk, user, quantity=1)
    settings.SALES_GRACE_MINUTES = 20
    purchases.buy(began(19).pk, user, quantity=1)
    assert refused(began(20).pk, user, quantity=1)[0] == Code.SESSION_STARTED
    settings.SALES_GRACE_MINUTES = 240
    assert refused(began(116).pk, user, quantity=1)[1] == "This session is over."
    assert written() == (2, 2)


def test_a_cancelled_session_sells_nothing(user):
    session = SessionFactory(cancelled_at=NOW)
    assert refused(session.pk, user, quantity=1)[:2] == (Code.SESSION_STARTED, "This session was cancelled.")


def test_a_draft_is_not_there_for_customers_and_not_on_sale_for_managers(user):
    draft = SessionFactory(published=False)
    with pytest.raises(Http404):
        purchases.buy(draft.pk, user, quantity=1)
    sentence = "This session is a draft: its tickets are not on sale yet."
    assert refused(draft.pk, user, by=ManagerFactory(), quantity=1)[:2] == (Code.CONFLICT, sentence)
    assert refused(draft.pk, ManagerFactory(), quantity=1)[:2] == (Code.CONFLICT, sentence)


def allowed(session, user, **also):
    with pytest.raises(NotAllowed) as caught:
        purchases.buy(session.pk, user, quantity=1, **also)
    return caught.value.code, caught.value.message


def test_the_age_is_that_on_the_day_of_the_session_in_the_cinemas_zone(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    # 23:30 on 9 March in UTC: in the cinema it is 00:30 on the tenth.
    start = timezone.now().replace(year=2087, month=3, day=9, hour=23, minute=30)
    session = SessionFactory(starts_at=start, movie__age_restriction=16)
    young = (Code.AGE_RESTRICTED, "For this film, you must be 16 or older on the day of the session.")
    assert allowed(session, UserFactory(date_of_birth=date(2071, 3, 11))) == young
    assert allowed(session, UserFactory(date_of_birth=date(2071, 3, 11)), by=ManagerFactory()) == young
    unknown = "This film is for ages 16 and over, and the account has no date of birth."
    assert allowed(session, UserFactory()) == (Code.DATE_OF_BIRTH_REQUIRED, unknown)
    assert allowed(session, ManagerFactory()) == (Code.DATE_OF_BIRTH_REQUIRED, unknown)
    assert written() == (0, 0)
    purchases.buy(session.pk, UserFactory(date_of_birth=date(2071, 3, 10)), quantity=1)


def test_a_film_for_everybody_asks_nobodys_age(user):
    purchases.buy(SessionFactory(movie__age_restriction=0).pk, user, quantity=1)
    purchases.buy(SessionFactory(movie__age_restriction=None).pk, user, quantity=1)


def test_whoever_was_born_on_a_leap_day_is_a_year_older_on_the_first_of_march():
    born = date(2004, 2, 29)
    days = [date(2022, 2, 28), date(2022, 3, 1), date(2024, 2, 28), date(2024, 2, 29)]
    assert [age_on(day, born) for day in days] == [17, 18, 19, 20]


def test_a_manager_sells_for_somebody_and_is_named(session, user):
    manager = ManagerFactory()
    purchase = purchases.buy(session.pk, user, by=manager, seats=["A1"])
    assert (purchase.user, purchase.made_by, Ticket.objects.get().user) == (user, manager, user)


def test_a_customer_buys_for_nobody_else(session, user):
    with pytest.raises(PermissionDenied):
        purchases.buy(session.pk, user, by=UserFactory(), quantity=1)
    with pytest.raises(PermissionDenied):
        purchases.buy(session.pk, user, by=ManagerFactory(is_active=False), quantity=1)


def test_nothing_is_sold_to_a_closed_account(session, user):
    # The account as it is now, not as the caller has it.
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert invalid(session.pk, user, by=ManagerFactory(), quantity=1) == {"user_id": ["This account is closed."]}
    user.delete()
    with pytest.raises(Http404):
        purchases.buy(session.pk, User(pk=2**40), by=ManagerFactory(), quantity=1)


def test_the_same_key_answers_with_the_first_purchase_whatever_has_become_of_it(session, user):
    first = purchases.buy(session.pk, user, seats=["A1", "A2"], key="k1")
    ticket = Ticket.objects.get(seat__number=1)
    purchases.cancel(ticket.pk, user)
    session.cancelled_at = NOW
    session.published = False
    session.save()
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert purchases.buy(session.pk, user, seats=["a2 ", "A1"], key="k1") == first
    assert written() == (1, 2)


def test_the_same_key_with_another_request_is_refused(session, user):
    elsewhere = SessionFactory()
    manager = ManagerFactory()
    purchases.buy(session.pk, user, by=manager, quantity=1, key="k1")
    for pk, whom, given in [
        (session.pk, user, {"quantity": 2}),
        (session.pk, user, {"seats": ["A1"]}),
        (elsewhere.pk, user, {"quantity": 1}),
        (session.pk, UserFactory(), {"quantity": 1}),
    ]:
        with pytest.raises(Mismatch):
            purchases.buy(pk, whom, by=manager, key="k1", **given)
    assert written() == (1, 1)


def test_a_key_is_its_persons_own_and_two_keys_are_two_purchases(session, user):
    for whom, key in [(user, "k1"), (UserFactory(), "k1"), (user, "k2"), (user, None), (user, None)]:
        purchases.buy(session.pk, whom, quantity=1, key=key)
    assert written() == (5, 5)


def test_a_request_that_failed_leaves_no_key(session, user):
    taken = TicketFactory(session=session)
    assert refused(session.pk, user, seats=["A1"], key="~!k") == refused(session.pk, user, seats=["A1"], key="~!k")
    purchases.cancel(taken.pk, taken.user)
    assert labels(purchases.buy(session.pk, user, seats=["A1"], key="~!k")) == ["A1"]


def test_a_code_that_is_some_other_tickets_is_drawn_again(session, user, monkeypatch):
    theirs = TicketFactory().code
    codes = iter([theirs, "A" * 16, "A" * 16, "A" * 16, "B" * 16, "C" * 16])
    monkeypatch.setattr("cinema.box_office.seat_claims.new_code", lambda: next(codes))
    purchase = purchases.buy(session.pk, user, seats=["A1", "A2"], key="k")
    assert {ticket.code for ticket in purchase.tickets.all()} == {"B" * 16, "C" * 16}
    assert written() == (2, 3)


def test_codes_that_clash_for_ever_are_no_endless_loop(session, user, monkeypatch):
    theirs = TicketFactory().code
    monkeypatch.setattr("cinema.box_office.seat_claims.new_code", lambda: theirs)
    with pytest.raises(IntegrityError):
        purchases.buy(session.pk, user, quantity=1)


def test_another_broken_rule_of_the_database_is_not_tried_again():
    tried = []

    def act():
        tried.append(1)
        RoomFactory(number=RoomFactory().number)

    with pytest.raises(IntegrityError):
        in_one_transaction(act)
    assert tried == [1]


def test_a_choice_that_was_beaten_is_made_again(session, user, monkeypatch):
    """Somebody who named the seat took it between the choice and the statement."""

    def choose_too_late(*args):
        chosen = choose(*args)
        if not Ticket.objects.exists():
            for seat in chosen:
                TicketFactory(session=session, seat_id=seat)
        return chosen

    choose = seat_selection._choose_best
    monkeypatch.setattr(seat_selection, "_choose_best", choose_too_late)
    purchase = purchases.buy(session.pk, user, quantity=2)
    assert len(labels(purchase)) == 2
    assert Ticket.objects.filter(purchase=purchase, cancelled_at=None).count() == 2
    assert Ticket.objects.count() == 4


def test_whoever_is_beaten_again_and_again_is_told(session, user, monkeypatch):
    tried = []
    monkeypatch.setattr(seat_selection, "take", lambda *args: tried.append(1) or set())
    assert refused(session.pk, user, quantity=1)[:2] == (Code.SEAT_TAKEN, "Other customers were faster. Please try again.")
    assert len(tried) == seat_selection.TRIES
    assert written() == (0, 0)


# Taking back


def cancel_refused(pk, by):
    with pytest.raises(Conflict) as caught:
        purchases.cancel(pk, by)
    return caught.value.code, caught.value.message


def test_a_cancelled_seat_is_free_at_once_and_the_record_stays(session, user):
    ticket = TicketFactory(session=session, user=user)
    cancelled = purchases.cancel(ticket.pk, user)
    ticket.refresh_from_db()
    assert cancelled == ticket
    assert ticket.cancelled_at == cancelled.cancelled_at
    assert (ticket.cancelled_by, ticket.user, ticket.used_at) == (user, user, None)
    again = purchases.buy(session.pk, UserFactory(), seats=["A1"])
    assert [str(one.seat) for one in Ticket.objects.filter(session=session).order_by("pk")] == ["A1", "A1"]
    code, sentence = cancel_refused(ticket.pk, user)
    assert code == Code.TICKET_CANCELLED
    assert sentence.startswith("The ticket was already cancelled on ")
    assert again.tickets.get().cancelled_at is None


def test_cancelling_takes_five_statements_and_of_somebody_elses_two_more(session, user, django_assert_num_queries):
    manager = ManagerFactory()
    own, sold = (TicketFactory(session=session, user=user) for _ in range(2))
    with django_assert_num_queries(5 + 2):
        purchases.cancel(own.pk, user)
    with django_assert_num_queries(5 + 2 + 2):  # to tell them
        purchases.cancel(sold.pk, manager)


def test_somebody_elses_ticket_is_not_there(session, user):
    ticket = TicketFactory(session=session)
    hold = HeldTicketFactory(session=session, user=user)
    for pk in (ticket.pk, hold.pk, 0):
        with pytest.raises(Http404):
            purchases.cancel(pk, user)
    with pytest.raises(Http404):
        purchases.cancel(hold.pk, ManagerFactory())


def test_the_owner_cancels_until_the_start_and_a_manager_until_the_end(user):
    manager = ManagerFactory()
    running, over = began(1), began(116)
    mine = TicketFactory(session=running, user=user)
    code, sentence = cancel_refused(mine.pk, user)
    assert (code, sentence[:21]) == (Code.SESSION_STARTED, "The session began at ")
    assert purchases.cancel(mine.pk, manager).cancelled_by == manager
    past = TicketFactory(session=over, user=user)
    assert cancel_refused(past.pk, manager) == (Code.SESSION_STARTED, "The session is over.")
    assert cancel_refused(past.pk, user) == (Code.SESSION_STARTED, "The session is over.")
    early = TicketFactory(session=began(-1), user=user)
    purchases.cancel(early.pk, user)


def test_a_used_ticket_is_not_cancelled(session, user):
    ticket = TicketFactory(session=session, user=user, used_at=NOW)
    code, sentence = cancel_refused(ticket.pk, ManagerFactory())
    assert (code, sentence[:23]) == (Code.ALREADY_USED, "The ticket was used on ")


def test_all_of_a_session_are_cancelled_but_the_used_ones(session):
    manager = ManagerFactory()
    open_one, used = TicketFactory(session=session), TicketFactory(session=session, used_at=NOW)
    before = TicketFactory(session=session, cancelled_at=NOW, cancelled_by=None)
    HeldTicketFactory(session=session)
    HeldTicketFactory(session=session, held_until=NOW - timedelta(days=1))
    elsewhere = [TicketFactory(), HeldTicketFactory()]
    assert purchases.cancel_all_tickets(session, manager) == 1
    rows = Ticket.objects.order_by("pk").values_list("pk", "cancelled_by", "used_at")
    assert list(rows) == [
        (open_one.pk, manager.pk, None),
        (used.pk, None, NOW),
        (before.pk, None, None),
        *((one.pk, None, None) for one in elsewhere),
    ]
    assert Purchase.objects.filter(tickets=None).count() == 0
    assert purchases.cancel_all_tickets(session, manager) == 0


def test_a_session_that_sold_nothing_can_be_deleted_after_it(session):
    HeldTicketFactory(session=session)
    purchases.cancel_all_tickets(session, ManagerFactory())
    session.delete()


def test_another_rooms_seats_have_the_same_names(session, user):
    RoomFactory(plan__rows=26)
    assert purchases.buy(session.pk, user, seats=["A1"]).tickets.get().seat.room == session.room
