"""Holds and offers from before a move: they are bought only after the new time was shown."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.tests.factories import ConfirmedUserFactory, ManagerFactory, UserFactory
from cinema.box_office import holds, purchases, waiting_list
from cinema.models import MovieSession, Purchase, Ticket, Waiting
from cinema.programme import removal, scheduling
from cinema.rooms import editing
from cinema.tests.box_office.holds.holding import conflict
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, WaitingFactory
from common.errors import Code, Conflict

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    return SessionFactory(movie__runtime=100, room__plan__rows=3, room__plan__seats_per_row=6)


@pytest.fixture
def hold(session, user):
    return holds.hold(session.pk, user, seats=["A1", "A2"])


@pytest.fixture
def offer(session, user):
    until = timezone.now() + timedelta(minutes=20)
    row = HeldTicketFactory(session=session, user=user, held_until=until + timedelta(minutes=2))
    WaitingFactory(session=session, user=user, offer=row.purchase, offer_ends_at=until)
    return row.purchase


def move(session, **changes):
    changes = changes or {"starts_at": session.starts_at + timedelta(days=3)}
    return scheduling.change_session(session.pk, changes)


def show(session, user):
    holds.note_shown(MovieSession.objects.get(pk=session.pk), user)


def is_refused(act, *args, **kwargs):
    with pytest.raises(Conflict) as caught:
        act(*args, **kwargs)
    return caught.value.code == Code.SESSION_MOVED


@pytest.mark.parametrize("kind", ["hold", "offer"])
def test_after_a_move_it_is_bought_only_when_the_new_time_was_shown(request, session, user, kind):
    held = request.getfixturevalue(kind)
    moved = move(session)
    before = list(Ticket.objects.values_list())
    with pytest.raises(Conflict) as caught:
        holds.confirm(held.pk, user)
    assert caught.value.code == Code.SESSION_MOVED
    assert caught.value.details == {
        "starts_at": f"{moved.starts_at:%Y-%m-%dT%H:%M:%SZ}",
        "ends_at": f"{moved.ends_at:%Y-%m-%dT%H:%M:%SZ}",
        "room": {"id": session.room_id, "number": session.room.number, "name": ""},
    }
    assert is_refused(holds.confirm, held.pk, user)  # the refusal itself shows nothing
    assert list(Ticket.objects.values_list()) == before
    show(session, user)
    assert holds.confirm(held.pk, user).confirmed_at


@pytest.mark.parametrize("what", ["starts_at", "ends_at", "room"])
def test_every_move_counts(session, user, hold, what):
    values = {
        "starts_at": session.starts_at + timedelta(minutes=5),
        "ends_at": session.ends_at + timedelta(minutes=5),
        "room": RoomFactory(plan__rows=3),
    }
    move(session, **{what: values[what]})
    assert is_refused(holds.confirm, hold.pk, user)
    show(session, user)
    move(session, starts_at=session.starts_at + timedelta(days=1))
    assert is_refused(holds.confirm, hold.pk, user)


def test_what_was_shown_before_the_move_counts_for_nothing(session, user, hold):
    shown = MovieSession.objects.get(pk=session.pk)
    move(session)
    holds.note_shown(shown, user)
    assert is_refused(holds.confirm, hold.pk, user)
    first = MovieSession.objects.get(pk=session.pk)
    move(session, starts_at=session.starts_at + timedelta(days=4))
    holds.note_shown(first, user)
    assert is_refused(holds.confirm, hold.pk, user)


def test_what_others_were_shown_counts_for_nothing(session, user, hold):
    move(session)
    for other in (UserFactory(), AnonymousUser()):
        show(session, other)
    assert is_refused(holds.confirm, hold.pk, user)


def test_a_new_name_of_the_room_stops_no_one(session, user, hold):
    editing.change_room(session.room_id, {"name": "Great Hall"})
    holds.confirm(hold.pk, user)


def test_a_hold_made_after_the_move_is_bought_at_once(session, user, hold):
    move(session)
    again = holds.hold(session.pk, user, seats=["B1"])
    assert holds.confirm(again.pk, user).confirmed_at


def test_a_hold_made_on_a_page_from_before_the_move_waits_for_a_look(session, user):
    move(session)
    hold = holds.hold(session.pk, user, seats=["B1"], shown_revision=0)
    assert is_refused(holds.confirm, hold.pk, user)
    show(session, user)
    assert holds.confirm(hold.pk, user).confirmed_at


def test_no_page_shows_a_move_that_is_still_to_come(session, user):
    hold = holds.hold(session.pk, user, seats=["B1"], shown_revision=7)
    move(session)
    assert is_refused(holds.confirm, hold.pk, user)


def test_buying_the_held_seats_directly_is_refused_as_well(session, user, hold):
    move(session)
    assert is_refused(purchases.buy, session.pk, user, seats=["A1", "A2"])
    assert is_refused(purchases.buy, session.pk, user, seats=["C1"])
    purchases.buy(session.pk, user, ManagerFactory(), seats=["C2"])  # who tells them at the desk
    show(session, user)
    purchases.buy(session.pk, user, seats=["A1", "A2"])


def test_a_purchase_that_was_confirmed_is_returned_after_a_move(session, user, hold):
    holds.confirm(hold.pk, user)
    move(session)
    assert holds.confirm(hold.pk, user) == hold


def test_a_hold_that_is_kept_can_be_extended_and_released_without_looking(session, user, hold):
    move(session)
    holds.extend(hold.pk, user)
    holds.release(hold.pk, user)
    assert not Ticket.objects.exists()


def test_showing_costs_nothing_for_a_session_that_was_never_moved(session, user, hold, django_assert_num_queries):
    with django_assert_num_queries(0):
        holds.note_shown(session, user)
    move(session)
    session.refresh_from_db()
    with django_assert_num_queries(0):
        holds.note_shown(session, AnonymousUser())
    with django_assert_num_queries(1):
        holds.note_shown(session, user)


def test_who_chooses_seats_is_told_that_the_session_was_cancelled(session, user, hold):
    removal.remove_session(session.pk, ManagerFactory())
    assert conflict(holds.confirm, hold.pk, user) == (Code.SESSION_STARTED, "This session was cancelled.")
    assert Purchase.objects.filter(pk=hold.pk).exists()
    assert not Waiting.objects.exists()


def test_an_offer_made_after_the_move_is_taken_at_once(session):
    move(session)
    entry = WaitingFactory(session=session, user=ConfirmedUserFactory())
    waiting_list.sweep()
    entry.refresh_from_db()
    assert holds.confirm(entry.offer_id, entry.user).confirmed_at
