"""Undoing a check-in."""

from datetime import timedelta

import pytest
from django.http import Http404
from django.utils import timezone

from cinema.entrance import check_in as entrance
from cinema.models import MovieSession, Scan
from cinema.tests.entrance.scans import START, conflict, past_ticket, reload
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory
from movies.models import Viewing
from movies.tests.factories import ViewingFactory

pytestmark = pytest.mark.django_db


def test_after_an_undo_the_ticket_can_be_used_again(ticket, manager, other_manager):
    entrance.check_in(ticket.code, manager)
    before = timezone.now()
    undone = entrance.undo(ticket.pk, other_manager)
    assert (undone.pk, undone.used_at, undone.used_by) == (ticket.pk, None, None)
    assert (reload(ticket).used_at, reload(ticket).used_by) == (None, None)
    assert not Viewing.objects.exists()
    scan = Scan.objects.get(outcome="undone")
    assert (scan.ticket, scan.code, scan.by, scan.reason) == (ticket, ticket.code, other_manager, "")
    assert before <= scan.scanned_at <= timezone.now()
    assert entrance.check_in(ticket.code, manager).first
    assert Viewing.objects.count() == 1


def test_after_an_undo_the_refusal_names_the_latest_entrance(ticket, manager):
    for name in ("Main entrance", "Side door"):
        entrance.check_in(ticket.code, manager, door=name)
        if name == "Main entrance":
            entrance.undo(ticket.pk, manager)
    assert conflict(lambda: entrance.check_in(ticket.code, manager))[2]["door"] == "Side door"


def test_the_viewing_stays_while_another_ticket_of_the_customer_is_used(ticket, manager):
    second = TicketFactory(session=ticket.session, user=ticket.user)
    strangers = TicketFactory(session=ticket.session)
    for each in (ticket, second, strangers):
        entrance.check_in(each.code, manager)
    entrance.undo(ticket.pk, manager)
    assert Viewing.objects.filter(user=ticket.user).count() == 1
    entrance.undo(second.pk, manager)
    assert [viewing.user for viewing in Viewing.objects.all()] == [strangers.user]


def test_the_viewing_stays_while_a_ticket_for_the_same_film_and_time_in_another_room_is_used(ticket, manager):
    session = SessionFactory(movie=ticket.session.movie, starts_at=ticket.session.starts_at)
    elsewhere = TicketFactory(session=session, user=ticket.user)
    for each in (ticket, elsewhere):
        entrance.check_in(each.code, manager)
    entrance.undo(ticket.pk, manager)
    assert Viewing.objects.get().user == ticket.user
    entrance.undo(elsewhere.pk, manager)
    assert not Viewing.objects.exists()


def test_a_viewing_entered_by_hand_is_restored_by_an_undo(ticket, manager):
    session = ticket.session
    viewing = ViewingFactory(user=ticket.user, movie=session.movie, watched_at=session.starts_at)
    second = TicketFactory(session=session, user=ticket.user)
    for each in (ticket, second):
        entrance.check_in(each.code, manager)
    assert Viewing.objects.values_list("pk", "source").get() == (viewing.pk, "ticket")
    entrance.undo(ticket.pk, manager)
    entrance.undo(second.pk, manager)
    assert Viewing.objects.values_list("pk", "source").get() == (viewing.pk, "by_hand")


def test_the_viewing_is_deleted_although_the_session_was_moved(ticket, manager):
    entrance.check_in(ticket.code, manager)
    moved = ticket.session.starts_at + timedelta(minutes=5)
    MovieSession.objects.filter(pk=ticket.session_id).update(starts_at=moved)
    entrance.undo(ticket.pk, manager)
    assert not Viewing.objects.exists()


def test_an_unused_ticket_cannot_be_undone(ticket, manager):
    assert conflict(lambda: entrance.undo(ticket.pk, manager)) == ("conflict", "This ticket has not been used.", {})
    for pk in (HeldTicketFactory().pk, ticket.pk + 1000, 10**30):
        with pytest.raises(Http404):
            entrance.undo(pk, manager)
    assert not Scan.objects.exists()


@pytest.mark.parametrize("changes", [{}, {"session__cancelled_at": START}])
def test_check_in_of_a_past_session_cannot_be_undone(changes, manager):
    ticket = past_ticket(used_at=START, used_by=manager, **changes)
    assert conflict(lambda: entrance.undo(ticket.pk, manager))[0] == "session_started"
    assert reload(ticket).used_at == START


def test_check_in_of_a_running_session_can_be_undone(manager):
    running = SessionFactory(starts_at=timezone.now() - timedelta(minutes=30))
    ticket = TicketFactory(session=running)
    entrance.check_in(ticket.code, manager)
    assert entrance.undo(ticket.pk, manager).used_at is None
