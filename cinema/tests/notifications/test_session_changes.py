"""Notifications of moved and cancelled sessions, and of cancelled tickets."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Notification
from cinema.box_office import purchases
from cinema.models import MovieSession, Ticket
from cinema.notifications.session_cancelled import notify_sessions_cancelled
from cinema.notifications.session_moved import Slot, notify_session_moved
from cinema.programme import removal, scheduling
from cinema.queries.concerned import people_concerned
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory, WaitingFactory
from cinema.tests.notifications.helpers import EVENING, NOW, count_statements, sent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon_in_berlin")]


def test_ticket_holders_are_notified_of_the_new_time_and_room(session, ana):
    one = TicketFactory(session=session, user=ana)
    TicketFactory(session=session, user=ana, purchase=one.purchase)
    bea = TicketFactory(session=session)
    TicketFactory(session=session, cancelled_at=NOW)
    TicketFactory(session=session, user=None, purchase=bea.purchase)
    to = {"room": session.other_room, "starts_at": EVENING + timedelta(days=1, hours=-2)}
    scheduling.change_session(session.pk, to)
    text = (
        "Dune was moved: now Saturday 21 November, 18:40, Room 2, Great Hall\n"
        "Before: Friday 20 November, 20:40 to 22:35, Room 1.\n"
        "Now: Saturday 21 November, 18:40 to 20:35, Room 2, Great Hall.\n"
        "In the new room you have {}.\n"
        "If this doesn't suit you, you can cancel until the session begins."
    )
    subject = f"session {session.pk} revision 1"
    assert sent(ana) == [
        ("session_moved", subject, text.format("seats A1 and A2"), f"/purchases/{one.purchase_id}/"),
    ]
    assert sent(bea.user) == [("session_moved", subject, text.format("seat A3"), f"/tickets/{bea.code}/")]
    assert Notification.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "headline", "seats"),
    [
        (
            {"starts_at": EVENING + timedelta(hours=1)},
            "Dune was moved: now Friday 20 November, 21:40",
            "You keep seat A1.",
        ),
        (
            {"ends_at": EVENING + timedelta(hours=3)},
            "Dune, Friday 20 November, 20:40, now ends at 23:40",
            "You keep seat A1.",
        ),
        (
            {"room": 2},
            "Dune, Friday 20 November, 20:40, is in another room: Room 2, Great Hall",
            "In the new room you have seat A1.",
        ),
    ],
)
def test_the_headline_says_what_is_new(session, ana, change, headline, seats):
    TicketFactory(session=session, user=ana)
    changes = {"room": session.other_room} if "room" in change else change
    scheduling.change_session(session.pk, changes)
    lines = sent(ana)[0][2].splitlines()
    assert (lines[0], lines[3]) == (headline, seats)


def test_each_move_is_a_notification_and_no_move_is_none(session, ana):
    for _ in range(2):  # of two purchases
        TicketFactory(session=session, user=ana)
    scheduling.change_session(session.pk, {"starts_at": EVENING})
    scheduling.change_session(session.pk, {"starts_at": EVENING + timedelta(hours=1)})
    scheduling.change_session(session.pk, {"starts_at": EVENING})
    assert [(subject, link) for _, subject, _, link in sent(ana)] == [
        (f"session {session.pk} revision 1", "/tickets/"),
        (f"session {session.pk} revision 2", "/tickets/"),
    ]


def test_a_move_makes_three_statements_for_any_number_of_people(session):
    MovieSession.objects.filter(pk=session.pk).update(revision=1)
    session.revision = 1
    was = Slot(EVENING, EVENING + timedelta(hours=1), session.room)
    assert count_statements(lambda: notify_session_moved(session, was)) == 2
    for _ in range(3):
        TicketFactory(session=session)
        WaitingFactory(session=session)
    assert count_statements(lambda: notify_session_moved(session, was)) == 3


# --- A session is cancelled, or a ticket ---


def test_ticket_holders_and_the_waiting_list_are_notified_of_a_cancellation(session, ana, manager):
    tickets = [TicketFactory(session=session, user=ana) for _ in range(2)]
    bea = TicketFactory(session=session)
    given_back = TicketFactory(session=session, cancelled_at=NOW).user
    held = HeldTicketFactory(session=session).user
    waiting = [WaitingFactory(session=session).user, WaitingFactory(session=session, user=bea.user).user]
    left = WaitingFactory(session=session, ended_at=NOW, outcome="left").user
    removal.remove_session(session.pk, manager, cancel_tickets=True)
    subject, headline = (
        f"session {session.pk}",
        "Cancelled: Dune, Friday 20 November, 20:40\nThis session will not take place",
    )
    assert sent(ana) == [
        (
            "session_cancelled",
            subject,
            f"{headline}. Your tickets for seats A1 and A2 are no longer valid.\nWe are sorry.",
            "/tickets/?when=cancelled",
        )
    ]
    assert sent(bea.user) == [
        (
            "session_cancelled",
            subject,
            f"{headline}. Your ticket for seat A3 is no longer valid.\nWe are sorry.",
            f"/tickets/{bea.code}/",
        )
    ]
    assert sent(waiting[0]) == [
        (
            "session_cancelled",
            subject,
            f"{headline}, so there are no seats to wait for.\nWe are sorry.",
            f"/sessions/{session.pk}/",
        )
    ]
    assert sent(held) == [
        (
            "session_cancelled",
            subject,
            f"{headline}, so we no longer hold seat A4 for you.\nWe are sorry.",
            f"/sessions/{session.pk}/",
        )
    ]
    assert sent(given_back, left) == []
    assert Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets], cancelled_at=None).count() == 0


def test_cancelling_many_sessions_makes_three_statements():
    counts = []
    for sessions in (1, 3):
        rows = [TicketFactory().session for _ in range(sessions)]
        counts.append(count_statements(lambda rows=rows: notify_sessions_cancelled(people_concerned(rows))))
    assert counts == [3, 3]
    assert Notification.objects.count() == 4
    session = SessionFactory()
    assert count_statements(lambda: notify_sessions_cancelled(people_concerned([session]))) == 2


def test_a_session_that_concerns_no_one_is_removed_without_notifications(session, manager):
    HeldTicketFactory(session=session, held_until=timezone.now() - timedelta(days=9999))
    removal.remove_session(session.pk, manager)
    assert sent() == []
    assert not MovieSession.objects.filter(pk=session.pk).exists()


def test_the_holder_is_notified_when_a_manager_cancels_the_ticket(session, ana, manager):
    ticket = TicketFactory(session=session, user=ana)
    purchases.cancel(ticket.pk, manager)
    headline = "Your ticket was cancelled: Dune, Friday 20 November, 20:40"
    text = f"{headline}\nThe cinema cancelled your ticket for seat A1, Room 1."
    assert sent() == [("ticket_cancelled", f"ticket {ticket.pk}", text, f"/tickets/{ticket.code}/")]
    assert Notification.objects.get().user == ana


def test_cancelling_an_own_ticket_sends_no_notification(session, ana, manager):
    own, managers, nobodys = (TicketFactory(session=session, user=user) for user in (ana, manager, ana))
    Ticket.objects.filter(pk=nobodys.pk).update(user=None)
    purchases.cancel(own.pk, ana)
    purchases.cancel(managers.pk, manager)
    purchases.cancel(nobodys.pk, manager)
    assert sent() == []
