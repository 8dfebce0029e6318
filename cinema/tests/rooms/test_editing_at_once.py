"""Changes of plans, moves and purchases at the same time, each on a connection of its own."""

from datetime import timedelta
from itertools import cycle

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cinema.box_office import purchases
from cinema.core import locks
from cinema.core.local_time import to_local
from cinema.models import MovieSession, Room, Ticket
from cinema.programme import copying, scheduling
from cinema.rooms import editing
from cinema.rooms.plans import render
from cinema.tests.factories import SessionFactory, TicketFactory
from cinema.tests.overlapping import run_overlapping
from common.errors import Conflict
from movies.tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)

WEEK = timedelta(days=7)


@pytest.fixture
def room():
    """Return a room whose seat A2 was sold for a session that is over, so that it is never deleted."""
    room = editing.create_room(1, plan="sss")
    over = SessionFactory(room=room, starts_at=timezone.now() - timedelta(days=3))
    TicketFactory(session=over, seat=room.seats.get(number=2))
    return room


@pytest.fixture
def session(room):
    return SessionFactory(room=room)


@pytest.fixture
def buy(session):
    """`buy("A2")` returns an act: a new customer buys that seat. The act returns the label of the ticket's seat."""

    def prepare(label):
        buyer = UserFactory()

        def act():
            purchase = purchases.buy(session.pk, buyer, seats=[label])
            return purchase.tickets.get().seat.label

        return act

    return prepare


def change(room, plan):
    return lambda: editing.change_room(room.pk, {"plan": plan})


def plan_of(room):
    return render(room.seats.filter(in_use=True))


def seats_of_orphans():
    """Return the seats of live tickets that are not in use in their session's room."""
    seats_of_orphans = Ticket.objects.filter(cancelled_at=None, session__ends_at__gt=timezone.now(), seat__in_use=False)
    return [ticket.seat.label for ticket in seats_of_orphans.select_related("seat")]


def buy_without_lock(monkeypatch):
    """Read the session without locking it when a seat is bought."""
    get = MovieSession.objects.get
    monkeypatch.setattr(purchases, "lock_session", lambda pk, lock: get(pk=pk))


# A plan changes while a customer buys a seat that it no longer has.


def test_a_plan_waits_for_the_buyer_and_is_refused(room, buy):
    bought, refused = run_overlapping(buy("A2"), change(room, "s"))
    assert (bought, refused.code) == ("A2", "seats_lost")
    assert (plan_of(room), seats_of_orphans()) == ("sss", [])


def test_a_plan_that_does_not_lock_the_sessions_removes_a_sold_seat(room, buy, monkeypatch):
    """The control."""
    to_come = MovieSession.objects.filter(starts_at__gt=timezone.now())
    monkeypatch.setattr(editing, "_lock_sessions", lambda room: list(to_come.filter(room=room)))
    run_overlapping(buy("A2"), change(room, "s"))
    assert seats_of_orphans() == ["A2"]


def test_a_buyer_waits_for_the_plan_that_removes_the_seat(room, buy):
    changed, refused = run_overlapping(change(room, "s\nss"), buy("A2"))
    assert changed == room
    assert refused.message_dict == {"seats.0": ["There is no seat A2 in this room."]}
    assert (plan_of(room), seats_of_orphans()) == ("s\nss", [])


def test_a_buyer_who_does_not_lock_the_session_buys_a_removed_seat(room, buy, monkeypatch):
    """The control."""
    buy_without_lock(monkeypatch)
    run_overlapping(change(room, "s\nss"), buy("A2"))
    assert seats_of_orphans() == ["A2"]


def test_many_buyers_and_plans_at_once(room, session, buy):
    plans = ["s", "sss", "_s\nsss", "ss"]
    acts = [
        act for label, plan in zip(["A1", "A2", "A3"] * 4, cycle(plans)) for act in (buy(label), change(room, plan))
    ]
    answers = at_once(acts)
    assert [
        one for one in answers if isinstance(one, Exception) and not isinstance(one, Conflict | ValidationError)
    ] == []
    assert seats_of_orphans() == []
    sold = Ticket.objects.filter(session=session)
    assert sold.count() == sum(isinstance(answer, str) for answer in answers) > 0
    assert plan_of(room) in {"sss", *plans}


# Two plans at once.


def test_the_later_of_two_plans_counts(room):
    assert run_overlapping(change(room, "s\ns"), change(room, "sss\n_\nws")) == [room, room]
    assert plan_of(room) == "sss\n_\nws"


def test_plans_that_do_not_lock_the_room_mix(room, monkeypatch):
    """The control: the second overwrites the first."""
    monkeypatch.setattr(locks, "lock_room", lambda pk: Room.objects.get(pk=pk))
    run_overlapping(change(room, "s"), change(room, "sss\nss"))
    assert plan_of(room) == "s\nss"


# A session moves while a customer buys.


@pytest.fixture
def other():
    """Return another room, which has no A3."""
    return editing.create_room(2, plan="_ss")


@pytest.fixture
def move(session, other):
    return lambda: scheduling.change_session(session.pk, {"room": other})


def where(session):
    return list(Ticket.objects.filter(session=session).values_list("room__number", "seat__room__number"))


def test_a_move_waits_for_the_buyer_and_takes_the_ticket_along(session, buy, move, other):
    bought, moved = run_overlapping(buy("A2"), move)
    assert (bought, moved.room) == ("A2", other)
    assert where(session) == [(2, 2)]


def test_a_move_that_would_lose_the_bought_seat_is_refused(session, buy, move):
    bought, refused = run_overlapping(buy("A3"), move)
    assert (bought, refused.code) == ("A3", "seats_lost")
    assert where(session) == [(1, 1)]


def test_a_move_without_a_lock_on_the_session_leaves_the_ticket_behind(session, buy, move, monkeypatch):
    """The control: only the database refuses it."""
    monkeypatch.setattr(locks, "lock_session", lambda pk: MovieSession.objects.get(pk=pk))
    bought, refused = run_overlapping(buy("A2"), move)
    assert (bought, type(refused)) == ("A2", IntegrityError)


def test_a_buyer_who_waits_for_the_move_gets_a_seat_in_the_new_room(session, buy, move, other):
    moved, bought = run_overlapping(move, buy("A2"))
    assert (moved.room, bought) == (other, "A2")
    assert where(session) == [(2, 2)]


def test_a_buyer_who_waits_for_the_move_is_refused_a_seat_that_the_new_room_lacks(session, buy, move):
    _, refused = run_overlapping(move, buy("A3"))
    assert refused.message_dict == {"seats.0": ["There is no seat A3 in this room."]}


def test_a_purchase_without_a_lock_on_the_session_is_for_the_wrong_room(buy, move, monkeypatch):
    """The control: only the database refuses it."""
    buy_without_lock(monkeypatch)
    assert type(run_overlapping(move, buy("A2"))[1]) is IntegrityError


def test_two_sessions_that_move_at_once_need_the_same_new_seat(room, session, other):
    """The tickets are cancelled, and the new room has no seat of their label."""
    sessions = [session, SessionFactory(room=room, starts_at=session.room_free_at)]
    for one in sessions:
        TicketFactory(session=one, seat=room.seats.get(number=3), cancelled_at=timezone.now())
    moved = at_once([lambda one=one: scheduling.change_session(one.pk, {"room": other}).room for one in sessions])
    assert moved == [other, other]
    assert other.seats.filter(in_use=False).count() == 1


# The same copy twice at once.


def copy(session):
    day = to_local(session.starts_at).date()
    return lambda: [one.outcome for one in copying.copy_programme(day, day + WEEK, skip_clashes=True)]


def test_the_second_copy_waits_and_clashes_with_the_first(session):
    assert run_overlapping(copy(session), copy(session)) == [["copied"], ["clash"]]
    assert sorted(at_once([copy(session)] * 4)) == [["clash"]] * 4
    assert MovieSession.objects.filter(starts_at__gt=session.starts_at).count() == 1


def test_copies_without_locks_on_the_rooms_collide(session, monkeypatch):
    """The control: only the database refuses it."""
    monkeypatch.setattr(locks, "lock_rooms", lambda pks: Room.objects.in_bulk(list(pks)))
    copied, refused = run_overlapping(copy(session), copy(session))
    assert (copied, refused.code) == (["copied"], "room_taken")


# A room is deleted while a session is scheduled into it.


def test_a_room_with_a_session_just_scheduled_is_not_deleted(other, session):
    scheduled, refused = run_overlapping(
        lambda: scheduling.schedule(session.movie, other, session.starts_at, session.ends_at),
        lambda: editing.delete_room(other.pk),
    )
    assert (scheduled.room, refused.code) == (other, "conflict")


def test_a_session_cannot_be_scheduled_in_a_room_just_deleted(other, session):
    _, refused = run_overlapping(
        lambda: editing.delete_room(other.pk),
        lambda: scheduling.schedule(session.movie, other, session.starts_at, session.ends_at),
    )
    assert refused.message_dict == {"room": ["There is no such room."]}
