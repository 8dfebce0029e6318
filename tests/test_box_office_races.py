"""Many people at the box office at once, over HTTP and several web processes: the races that must never be lost.

The same races with threads, each with a control that switches the protection off, are in cinema/tests/.
"""

from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.models import MovieSession, Scan, Ticket
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory
from movies.tests.factories import MovieFactory
from tests.web_processes import Call, crowd, web_processes

__all__ = ["crowd", "web_processes"]

pytestmark = [pytest.mark.xdist_group("crowd"), pytest.mark.django_db(transaction=True)]

BUYERS, ROWS, SEATS_PER_ROW = 500, 10, 10
SEATS = ROWS * SEATS_PER_ROW
LABELS = [f"{row}{number}" for row in "ABCDEFGHIJ" for number in range(1, SEATS_PER_ROW + 1)]


@pytest.fixture
def session():
    return SessionFactory(room=RoomFactory(plan__rows=ROWS, plan__seats_per_row=SEATS_PER_ROW))


def create_people(number: int) -> list[User]:
    """In one statement: one after another, five hundred take a second."""
    return User.objects.bulk_create(UserFactory.build_batch(number))


@contextmanager
def no_deadlock():
    before = deadlocks()
    yield
    assert deadlocks() == before


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def outcomes(answers) -> dict[tuple[int, str], int]:
    return dict(Counter((answer.status, answer.said) for answer in answers))


def sold(session):
    tickets = Ticket.objects.filter(session=session, cancelled_at=None, purchased_at__isnull=False)
    return sorted(ticket.seat.label for ticket in tickets.select_related("seat"))


def test_five_hundred_buyers_for_the_best_of_a_hundred_seats(crowd, session):
    calls = [Call(user, "POST", "/tickets", {"session_id": session.pk}) for user in create_people(BUYERS)]
    with no_deadlock():
        answers = crowd(calls)
    assert outcomes(answers) == {(201, ""): SEATS, (409, "sold_out"): BUYERS - SEATS}
    assert sorted(answer.body["seat"] for answer in answers if answer.status == 201) == sold(session) == sorted(LABELS)


def test_five_hundred_buyers_for_seats_that_five_want_each(crowd, session):
    calls = [
        Call(user, "POST", "/tickets", {"session_id": session.pk, "seat": LABELS[number % SEATS]})
        for number, user in enumerate(create_people(BUYERS))
    ]
    with no_deadlock():
        answers = crowd(calls)
    assert outcomes(answers) == {(201, ""): SEATS, (409, "seat_taken"): BUYERS - SEATS}
    assert sold(session) == sorted(LABELS)
    owners = {ticket.seat.label: ticket.user_id for ticket in Ticket.objects.select_related("seat")}
    for call, answer in zip(calls, answers, strict=True):
        assert (owners[call.body["seat"]] == call.user.pk) == (answer.status == 201)


def test_overlapping_purchases_in_opposite_order(crowd, session):
    """Each wants four seats in a row, half of them named backwards; every seat is in four of the wishes."""
    wishes = [[LABELS[(start + step) % SEATS] for step in range(4)] for start in range(SEATS)]
    calls = [
        Call(user, "POST", "/tickets/bulk", {"session_id": session.pk, "seats": wish[:: 1 if number % 2 else -1]})
        for number, (user, wish) in enumerate(zip(create_people(SEATS), wishes, strict=True))
    ]
    with no_deadlock():
        answers = crowd(calls)
    assert {(answer.status, answer.said) for answer in answers} == {(201, ""), (409, "seat_taken")}
    won = [sorted(call.body["seats"]) for call, answer in zip(calls, answers, strict=True) if answer.status == 201]
    assert sorted(label for wish in won for label in wish) == sold(session)
    assert all(answer.body["errors"] for answer in answers if answer.status == 409)
    # Each buyer who lost did so to another: no request is left whose seats are all free.
    assert all(set(wish) & set(sold(session)) for wish in wishes)


def test_a_hold_that_runs_out_while_it_is_confirmed_and_others_want_the_seat(crowd, session):
    owners, others = create_people(SEATS), create_people(SEATS)
    seats = list(session.room.seats.order_by("id"))
    held = [
        HeldTicketFactory(session=session, seat=seat, user=owner) for seat, owner in zip(seats, owners, strict=True)
    ]
    # Some are over, some run out one after another while the crowd is at it, and some are good for a while.
    over, good = SEATS // 4, SEATS * 3 // 4
    for number, ticket in enumerate(held):
        moment = timedelta(milliseconds=100 * (number - over)) if number < good else timedelta(minutes=5)
        ticket.held_until = timezone.now() + moment
    Ticket.objects.bulk_update(held, ["held_until"])
    calls = []
    for ticket, other in zip(held, others, strict=True):
        calls.append(Call(ticket.user, "POST", f"/holds/{ticket.purchase_id}/confirm", {}))
        calls.append(Call(other, "POST", "/tickets", {"session_id": session.pk, "seat": ticket.seat.label}))
    with no_deadlock():
        answers = crowd(calls)
    for ticket, confirmed, bought in zip(held, answers[::2], answers[1::2], strict=True):
        rows = list(Ticket.objects.filter(session=session, seat=ticket.seat, purchased_at__isnull=False))
        assert (confirmed.status, confirmed.said) in {(200, ""), (409, "hold_expired")}
        assert (bought.status, bought.said) in {(201, ""), (409, "seat_taken")}
        winners = [ticket.user_id] * (confirmed.status == 200) + [bought.body.get("user_id")] * (bought.status == 201)
        assert [row.user_id for row in rows] == winners
        assert len(winners) <= 1
    assert {answer.status for answer in answers[0 : 2 * over : 2]} == {409}
    assert {answer.status for answer in answers[1 : 2 * over : 2]} == {201}
    assert {answer.status for answer in answers[2 * good :: 2]} == {200}
    assert {answer.status for answer in answers[2 * good + 1 :: 2]} == {409}


def test_a_ticket_is_cancelled_while_others_want_its_seat(crowd, session):
    tickets = [TicketFactory(session=session) for _ in range(20)]
    calls = []
    for ticket in tickets:
        calls.append(Call(ticket.user, "DELETE", f"/tickets/{ticket.pk}", {}))
        calls += [
            Call(user, "POST", "/tickets", {"session_id": session.pk, "seat": ticket.seat.label})
            for user in create_people(4)
        ]
    with no_deadlock():
        answers = crowd(calls)
    for number, ticket in enumerate(tickets):
        cancelled, *bought = answers[5 * number : 5 * number + 5]
        assert cancelled.said == ""
        assert {answer.said for answer in bought} <= {"", "seat_taken"}
        wins = [answer.body["id"] for answer in bought if answer.status == 201]
        live = Ticket.objects.filter(session=session, seat=ticket.seat, cancelled_at=None)
        assert list(live.values_list("pk", flat=True)) == wins
        assert len(wins) <= 1


def test_thirty_check_ins_at_once(crowd, session):
    ticket = TicketFactory(session=session)
    calls = [
        Call(manager, "POST", f"/tickets/{ticket.pk}/use", {"door": f"Door {number}"})
        for number, manager in enumerate(ManagerFactory.create_batch(30))
    ]
    with no_deadlock():
        answers = crowd(calls)
    assert outcomes(answers) == {(200, ""): 1, (409, "already_used"): 29}
    ticket.refresh_from_db()
    [admitted] = Scan.objects.filter(outcome="admitted")
    assert admitted.by == ticket.used_by
    assert Scan.objects.filter(outcome="refused", reason="already_used", ticket=ticket).count() == 29
    assert all(admitted.door in answer.body["message"] for answer in answers if answer.status == 409)


def sixty_managers(room):
    first = timezone.now().replace(second=0, microsecond=0) + timedelta(days=3)
    movie = MovieFactory(runtime=100)
    return [
        Call(
            manager,
            "POST",
            f"/movies/{movie.pk}/sessions",
            {"room": room.pk, "starts_at": (first + timedelta(minutes=number)).isoformat()},
        )
        for number, manager in enumerate(ManagerFactory.create_batch(60))
    ]


def test_sixty_managers_schedule_the_same_room_a_minute_apart(crowd):
    calls = sixty_managers(RoomFactory())
    with no_deadlock():
        answers = crowd(calls)
    assert outcomes(answers) == {(201, ""): 1, (409, "room_taken"): 59}
    session = MovieSession.objects.get()
    for answer in answers:
        if answer.status == 409:
            assert answer.body["details"]["clashing_session"]["id"] == session.pk


@contextmanager
def without_the_constraint():
    """The index of the exclusion constraint stays away until the block ends."""
    definition = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'session_room_taken'"
    with connection.cursor() as cursor:
        cursor.execute(definition)
        (constraint,) = cursor.fetchone()
        cursor.execute("ALTER TABLE cinema_moviesession DROP CONSTRAINT session_room_taken")
        try:
            yield
        finally:
            cursor.execute("DELETE FROM cinema_moviesession")
            cursor.execute(f"ALTER TABLE cinema_moviesession ADD CONSTRAINT session_room_taken {constraint}")


def test_control_without_the_constraint_the_room_is_taken_more_than_once(crowd):
    with without_the_constraint():
        assert Counter(answer.status for answer in crowd(sixty_managers(RoomFactory())))[201] > 1
