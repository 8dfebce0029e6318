"""Plans change and sessions move while people buy, each on a connection of their own."""

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
    """A2 was sold for a session that is over, so that it is never deleted."""
    room = editing.create_room(1, plan="sss")
    over = SessionFactory(room=room, starts_at=timezone.now() - timedelta(days=3))
    TicketFactory(session=over, seat=room.seats.get(number=2))
    return room


@pytest.fixture
def session(room):
    return SessionFactory(room=room)


@pytest.fixture
def buy(session):
    """`buy("A2")` is somebody new who buys that seat; what comes back is the ticket's seat."""

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


def orphans():
    """Live tickets without a seat in use in their session's room."""
    lost = Ticket.objects.filter(cancelled_at=None, session__ends_at__gt=timezone.now(), seat__in_use=False)
    return [ticket.seat.label for ticket in lost.select_related("seat")]


def without_sharing(monkeypatch):
    """The control: a buyer who looks at the session without holding it."""
    loose = MovieSession.objects.get
    monkeypatch.setattr(purchases, "lock_session_shared", lambda pk: loose(pk=pk))


# A plan changes while somebody buys a seat that it does not have any more.


def test_a_plan_waits_for_the_buyer_and_is_refused(room, buy):
    bought, refused = run_overlapping(buy("A2"), change(room, "s"))
    assert (bought, refused.code) == ("A2", "seats_lost")
    assert (plan_of(room), orphans()) == ("sss", [])


def test_a_plan_that_does_not_hold_the_sessions_takes_a_sold_seat(room, buy, monkeypatch):
    """The control."""
    to_come = MovieSession.objects.filter(starts_at__gt=timezone.now())
    monkeypatch.setattr(editing, "held_sessions", lambda room: list(to_come.filter(room=room)))
    run_overlapping(buy("A2"), change(room, "s"))
    assert orphans() == ["A2"]


def test_a_buyer_waits_for_the_plan_and_finds_the_seat_gone(room, buy):
    changed, refused = run_overlapping(change(room, "s\nss"), buy("A2"))
    assert changed == room
    assert refused.message_dict == {"seats.0": ["There is no seat A2 in this room."]}
    assert (plan_of(room), orphans()) == ("s\nss", [])


def test_a_buyer_who_does_not_share_the_session_buys_a_seat_that_goes(room, buy, monkeypatch):
    """The control."""
    without_sharing(monkeypatch)
    run_overlapping(change(room, "s\nss"), buy("A2"))
    assert orphans() == ["A2"]


def test_a_crowd_of_buyers_and_plans(room, session, buy):
    plans = ["s", "sss", "_s\nsss", "ss"]
    acts = [
        act for label, plan in zip(["A1", "A2", "A3"] * 4, cycle(plans)) for act in (buy(label), change(room, plan))
    ]
    answers = at_once(acts)
    assert [
        one for one in answers if isinstance(one, Exception) and not isinstance(one, Conflict | ValidationError)
    ] == []
    assert orphans() == []
    sold = Ticket.objects.filter(session=session)
    assert sold.count() == sum(isinstance(answer, str) for answer in answers) > 0
    assert plan_of(room) in {"sss", *plans}


# Two plans at once.


def test_of_two_plans_the_later_one_stands(room):
    assert run_overlapping(change(room, "s\ns"), change(room, "sss\n_\nws")) == [room, room]
    assert plan_of(room) == "sss\n_\nws"


def test_plans_that_do_not_hold_the_room_mix(room, monkeypatch):
    """The control: the second knows nothing of the first."""
    monkeypatch.setattr(locks, "lock_room", lambda pk: Room.objects.get(pk=pk))
    run_overlapping(change(room, "s"), change(room, "sss\nss"))
    assert plan_of(room) == "s\nss"


# A session moves while somebody buys.


@pytest.fixture
def other():
    """Another room, which has no A3."""
    return editing.create_room(2, plan="_ss")


@pytest.fixture
def move(session, other):
    return lambda: scheduling.change_session(session.pk, {"room": other})


def where(session):
    return list(Ticket.objects.filter(session=session).values_list("room__number", "seat__room__number"))


def test_whoever_moves_the_session_takes_the_buyer_along(session, buy, move, other):
    bought, moved = run_overlapping(buy("A2"), move)
    assert (bought, moved.room) == ("A2", other)
    assert where(session) == [(2, 2)]


def test_whoever_moves_it_is_refused_when_the_buyer_would_lose_the_seat(session, buy, move):
    bought, refused = run_overlapping(buy("A3"), move)
    assert (bought, refused.code) == ("A3", "seats_lost")
    assert where(session) == [(1, 1)]


def test_whoever_moves_it_without_holding_it_leaves_the_buyer_behind(session, buy, move, monkeypatch):
    """The control: only the database is left to refuse it."""
    monkeypatch.setattr(locks, "lock_session", lambda pk: MovieSession.objects.get(pk=pk))
    bought, refused = run_overlapping(buy("A2"), move)
    assert (bought, type(refused)) == ("A2", IntegrityError)


def test_whoever_buys_meanwhile_sits_in_the_new_room(session, buy, move, other):
    moved, bought = run_overlapping(move, buy("A2"))
    assert (moved.room, bought) == (other, "A2")
    assert where(session) == [(2, 2)]


def test_whoever_buys_meanwhile_what_the_new_room_has_not_got_is_refused(session, buy, move):
    _, refused = run_overlapping(move, buy("A3"))
    assert refused.message_dict == {"seats.0": ["There is no seat A3 in this room."]}


def test_whoever_buys_without_sharing_the_session_is_in_no_room(buy, move, monkeypatch):
    """The control: only the database is left to refuse it."""
    without_sharing(monkeypatch)
    assert type(run_overlapping(move, buy("A2"))[1]) is IntegrityError


def test_two_sessions_move_at_once_and_make_the_same_seat(room, session, other):
    """Of cancelled tickets, which the new room has no seat for."""
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


def test_the_second_copy_waits_and_sees_the_first(session):
    assert run_overlapping(copy(session), copy(session)) == [["copied"], ["clash"]]
    assert sorted(at_once([copy(session)] * 4)) == [["clash"]] * 4
    assert MovieSession.objects.filter(starts_at__gt=session.starts_at).count() == 1


def test_copies_that_do_not_queue_run_into_each_other(session, monkeypatch):
    """The control: only the database is left to refuse it."""
    monkeypatch.setattr(locks, "lock_rooms", lambda pks: Room.objects.in_bulk(list(pks)))
    copied, refused = run_overlapping(copy(session), copy(session))
    assert (copied, refused.code) == (["copied"], "room_taken")


# A room goes while somebody schedules into it.


def test_a_room_is_not_deleted_under_a_new_session(other, session):
    scheduled, refused = run_overlapping(
        lambda: scheduling.schedule(session.movie, other, session.starts_at, session.ends_at),
        lambda: editing.delete_room(other.pk),
    )
    assert (scheduled.room, refused.code) == (other, "conflict")


def test_a_room_that_is_just_going_takes_no_session(other, session):
    _, refused = run_overlapping(
        lambda: editing.delete_room(other.pk),
        lambda: scheduling.schedule(session.movie, other, session.starts_at, session.ends_at),
    )
    assert refused.message_dict == {"room": ["There is no such room."]}
