"""The mails of moved and cancelled sessions, and of cancelled tickets."""

from datetime import timedelta

import pytest
import time_machine

from accounts.models import Mail
from cinema.box_office import purchases
from cinema.models import MovieSession
from cinema.programme import removal, scheduling
from cinema.tests.factories import TicketFactory, WaitingFactory
from cinema.tests.notifications.helpers import (
    EVENING,
    NOW,
    SITE,
    assert_same_content,
    is_dropped,
    read_attachments,
    read_event,
    send_one,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon_in_berlin")]


@pytest.fixture
def session(session_with_markup):
    return session_with_markup


def test_the_mail_of_a_move_updates_the_calendar(ana, session):
    TicketFactory(session=session, user=ana)
    scheduling.change_session(session.pk, {"starts_at": EVENING + timedelta(days=1)})
    message = send_one()
    assert message.subject == "Dune & <Dust> was moved: now Saturday 21 November, 20:40"
    assert "Before: Friday 20 November, 20:40 to 22:35, Room 2, Great Hall." in message.body
    assert "List-Unsubscribe" not in message.extra_headers
    kind, content = read_attachments(message)[f"visit-{session.pk}.ics"]
    method, event = read_event(content)
    assert (kind.params["method"], method) == ("PUBLISH", "PUBLISH")
    assert (event["UID"], event["SEQUENCE"]) == (f"visit-{session.pk}-{ana.pk}@cinema.example", 1)
    assert event["DTSTART"].dt == EVENING + timedelta(days=1)
    assert_same_content(message)


def test_only_the_last_of_several_moves_is_mailed(ana, session):
    TicketFactory(session=session, user=ana)
    for hours in (1, 2, 3):
        scheduling.change_session(session.pk, {"starts_at": EVENING + timedelta(hours=hours)})
    assert send_one().subject == "Dune & <Dust> was moved: now Friday 20 November, 23:40"
    assert sorted(Mail.objects.values_list("state", flat=True)) == ["dropped", "dropped", "sent"]


def test_a_move_is_not_mailed_after_the_ticket_was_cancelled(ana, session):
    ticket = TicketFactory(session=session, user=ana)
    scheduling.change_session(session.pk, {"starts_at": EVENING + timedelta(days=1)})
    purchases.cancel(ticket.pk, ana)
    assert is_dropped()


def test_the_mail_of_a_cancelled_session_removes_calendar_entries(ana, session, manager):
    before = TicketFactory(session=session, user=ana)
    purchases.cancel(before.pk, ana)
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        for _ in range(2):  # of two purchases
            TicketFactory(session=session, user=ana)
        scheduling.change_session(session.pk, {"starts_at": EVENING + timedelta(days=1)})
        removal.remove_session(session.pk, manager, cancel_tickets=True)
        message = send_one()
    assert message.subject == "Cancelled: Dune & <Dust>, Saturday 21 November, 20:40"
    assert "Open the attached file to bring your calendar up to date." in message.body
    ((name, (kind, content)),) = read_attachments(message).items()
    method, event = read_event(content)
    assert name == f"visit-{session.pk}.ics"
    assert (kind.params["method"], method, event["STATUS"]) == ("CANCEL", "CANCEL", "CANCELLED")
    assert event["UID"] == f"visit-{session.pk}-{ana.pk}@cinema.example"
    # Three purchases count 2, three cancelled tickets 3, the session moved and cancelled 2.
    assert event["SEQUENCE"] == 7
    assert f"{SITE}/tickets/?when=cancelled" in message.body
    assert_same_content(message)


def test_the_waiting_list_gets_no_calendar_file(ana, session, manager):
    WaitingFactory(session=session, user=ana)
    removal.remove_session(session.pk, manager)
    assert MovieSession.objects.get().cancelled_at
    message = send_one()
    assert message.subject == "Cancelled: Dune & <Dust>, Friday 20 November, 20:40"
    assert read_attachments(message) == {}
    assert "calendar" not in message.body
    assert f"See other times: {SITE}/sessions/{session.pk}/" in message.body


def test_the_mail_of_a_ticket_that_the_cinema_cancels(ana, session, manager):
    ticket = TicketFactory(session=session, user=ana)
    purchases.cancel(ticket.pk, manager)
    message = send_one()
    assert message.subject == "Your ticket was cancelled: Dune & <Dust>, Friday 20 November, 20:40"
    kind, content = read_attachments(message)[f"visit-{session.pk}.ics"]
    method, event = read_event(content)
    assert (kind.params["method"], method, event["SEQUENCE"]) == ("CANCEL", "CANCEL", 1)
    assert "Open the attached file to bring your calendar up to date." in message.body
    assert_same_content(message)
