"""Refusals at the entrance, each kept as a scan."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.people import closing
from accounts.tests.factories import ManagerFactory
from cinema.entrance import check_in as entrance
from cinema.models import Scan, Ticket
from cinema.tests.entrance.scans import START, api_time, conflict, only_scan, past_ticket, reload
from cinema.tests.factories import HeldTicketFactory, TicketFactory
from movies.models import Viewing

pytestmark = pytest.mark.django_db


def test_a_used_ticket_is_refused_with_time_place_and_manager(ticket, manager, other_manager, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    at = datetime(2026, 3, 1, 19, 55, tzinfo=UTC)
    ticket = past_ticket()
    entrance.check_in(ticket.code, manager, scanned_at=at, door="Main entrance")
    answer = conflict(lambda: entrance.check_in(ticket.code, other_manager, door="Side door"))
    message = "Already used: Sun 01 Mar 2026, 20:55, at Main entrance, by mia."
    details = {
        "used_at": "2026-03-01T19:55:00Z",
        "used_by": {"id": manager.pk, "username": "mia"},
        "door": "Main entrance",
    }
    assert answer == ("already_used", message, details)
    assert (reload(ticket).used_at, reload(ticket).used_by) == (at, manager)
    scan = Scan.objects.get(outcome="refused")
    assert (scan.ticket, scan.by, scan.door) == (ticket, other_manager, "Side door")
    assert (scan.reason, scan.message, scan.details) == ("already_used", message, details)


def test_a_ticket_used_by_a_closed_account_is_refused_without_a_name(manager, other_manager):
    ticket = past_ticket(used_at=START, used_by=manager)
    closing.close_account(manager)
    answer = conflict(lambda: entrance.check_in(ticket.code, other_manager))
    message = "Already used: Sun 01 Mar 2026, 20:15, by an unknown user."
    assert answer == ("already_used", message, {"used_at": api_time(START), "used_by": None, "door": ""})


def test_the_longest_names_fit_into_the_message(manager, ticket):
    manager = ManagerFactory(username="m" * 150)
    entrance.check_in(ticket.code, manager, door="d" * 80)
    _, message, _ = conflict(lambda: entrance.check_in(ticket.code, manager))
    assert message.endswith(f", at {'d' * 80}, by {'m' * 150}.")
    assert Scan.objects.get(outcome="refused").message == message


def test_an_unknown_code_is_refused_and_kept(manager):
    with pytest.raises(entrance.UnknownCode) as caught:
        entrance.check_in("UNKNOWN", manager, door="Main entrance")
    assert (type(caught.value), caught.value.code) == (entrance.UnknownCode, "not_found")
    scan = only_scan()
    assert (scan["ticket"], scan["code"], scan["outcome"], scan["reason"]) == (None, "UNKNOWN", "refused", "not_found")
    assert scan["message"] == "There is no ticket with this code."


def test_a_ticket_deleted_while_check_in_waits_is_unknown(ticket, manager, monkeypatch):
    monkeypatch.setattr(entrance.locks, "lock_session_shared", lambda pk: Ticket.objects.filter(session=pk).delete())
    with pytest.raises(entrance.UnknownCode):
        entrance.check_in(ticket.code, manager)
    assert only_scan()["ticket"] is None


def test_the_code_of_a_hold_is_unknown(manager):
    held = HeldTicketFactory()
    with pytest.raises(entrance.UnknownCode):
        entrance.check_in(held.code, manager)
    assert only_scan()["ticket"] is None
    assert reload(held).used_at is None


def cancelled_ticket():
    return past_ticket(cancelled_at=START - timedelta(days=1))


def ticket_of_cancelled_session():
    return past_ticket(session__cancelled_at=START - timedelta(days=1))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (
            cancelled_ticket,
            (
                "ticket_cancelled",
                "This ticket was cancelled: Sat 28 Feb 2026, 20:15.",
                {"cancelled_at": "2026-02-28T20:15:00Z"},
            ),
        ),
        (
            ticket_of_cancelled_session,
            (
                "session_started",
                "This session was cancelled: Sat 28 Feb 2026, 20:15.",
                {"cancelled_at": "2026-02-28T20:15:00Z"},
            ),
        ),
        (
            past_ticket,
            (
                "session_started",
                "This session is over: it ended Sun 01 Mar 2026, 22:10.",
                {"ends_at": "2026-03-01T22:10:00Z"},
            ),
        ),
    ],
)
def test_cancelled_tickets_and_past_sessions_are_refused(make, expected, manager):
    ticket = make()
    assert conflict(lambda: entrance.check_in(ticket.code, manager)) == expected
    scan = only_scan()
    assert (scan["ticket"], scan["outcome"], scan["reason"], scan["message"]) == (ticket.pk, "refused", *expected[:2])
    assert reload(ticket).used_at is None
    assert not Viewing.objects.exists()


def test_the_clock_of_the_entrance_decides_whether_a_session_is_over(manager):
    first, second = past_ticket(), past_ticket()
    end = first.session.ends_at
    assert entrance.check_in(first.code, manager, scanned_at=end - timedelta(seconds=1)).first
    assert conflict(lambda: entrance.check_in(second.code, manager, scanned_at=end))[0] == "session_started"


def test_check_in_opens_some_minutes_before_the_start(manager, settings):
    settings.CHECK_IN_OPENS_MINUTES = 30
    ticket = past_ticket()
    opens = START - timedelta(minutes=30)
    answer = conflict(lambda: entrance.check_in(ticket.code, manager, scanned_at=opens - timedelta(seconds=1)))
    assert answer == ("conflict", "Check-in opens Sun 01 Mar 2026, 19:45.", {"opens_at": "2026-03-01T19:45:00Z"})
    assert entrance.check_in(ticket.code, manager, scanned_at=opens).first


def test_without_the_setting_check_in_of_a_chosen_session_is_open_at_any_time_before(manager):
    ticket = TicketFactory(session__starts_at=timezone.now() + timedelta(days=40))
    assert entrance.check_in(ticket.code, manager, session_id=ticket.session_id).first


@pytest.mark.parametrize(
    ("begin", "when"),
    [
        (datetime(2026, 3, 1, 20, 40, tzinfo=UTC), "20:40"),
        (datetime(2026, 3, 2, 0, 5, tzinfo=UTC), "Mon 02 Mar 2026, 00:05"),
    ],
)
def test_a_ticket_for_another_session_is_refused_with_its_room_and_time(begin, when, manager, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: START)
    ticket = TicketFactory(session__starts_at=begin, session__room__number=2, session__movie__title="Alien")
    answer = conflict(lambda: entrance.check_in(ticket.code, manager, session_id=ticket.session_id + 1))
    details = {"session_id": ticket.session_id, "movie": "Alien", "room_number": 2, "starts_at": api_time(begin)}
    assert answer == ("wrong_session", f"This ticket is for Room 2, {when}: Alien.", details)
    assert reload(ticket).used_at is None
    assert only_scan()["reason"] == "wrong_session"
    assert entrance.check_in(ticket.code, manager, session_id=ticket.session_id).first


@pytest.mark.parametrize("changes", [{"cancelled_at": START}, {"used_at": START}, {"session__cancelled_at": START}])
def test_the_wrong_session_is_the_first_reason_to_refuse(changes, manager):
    ticket = past_ticket(**changes)
    assert (
        conflict(lambda: entrance.check_in(ticket.code, manager, session_id=1 + ticket.session_id))[0]
        == "wrong_session"
    )
    assert conflict(lambda: entrance.check_in(ticket.code, manager, session_id=ticket.session_id))[0] != "wrong_session"


def test_the_longest_title_fits_into_the_message(manager):
    ticket = TicketFactory(session__movie__title="x" * 500)
    _, message, _ = conflict(lambda: entrance.check_in(ticket.code, manager, session_id=1 + ticket.session_id))
    assert message.endswith(f": {'x' * 199}….")
    assert Scan.objects.get().message == message
