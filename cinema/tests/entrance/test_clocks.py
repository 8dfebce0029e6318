"""Devices at the entrance whose clocks are wrong, and those that lie. No refusal is for the clock."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from cinema.entrance import check_in as entrance
from cinema.tests.entrance.scans import START, conflict, only_scan, past_ticket, reload

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WRONG = {
    "two minutes fast": {"scanned_at": START - 8 * MINUTE},
    "30 hours fast": {"scanned_at": START - 10 * MINUTE + 30 * HOUR},
    "30 hours slow": {"scanned_at": START - 10 * MINUTE - 30 * HOUR},
    "in 1970": {"scanned_at": datetime(1970, 1, 1, tzinfo=UTC)},
    "in 9999": {"scanned_at": datetime(9999, 12, 31, tzinfo=UTC)},
    "30 hours of age": {"seconds_ago": 30 * 3600},
    "an age of centuries": {"seconds_ago": 10**30},
}


@pytest.fixture(autouse=True)
def ten_minutes_before():
    with time_machine.travel(START - 10 * MINUTE, tick=False):
        yield START - 10 * MINUTE


@pytest.mark.parametrize("said", WRONG.values(), ids=WRONG)
def test_a_time_that_is_not_possible_is_now(said, manager, ten_minutes_before):
    ticket = past_ticket()
    admission = entrance.check_in(ticket.code, manager, **said)
    assert (admission.first, admission.admitted_at) == (True, ten_minutes_before)
    assert only_scan()["scanned_at"] == reload(ticket).used_at == ten_minutes_before


def test_a_scan_for_a_coming_session_is_at_most_a_day_old(manager, ten_minutes_before):
    early = ten_minutes_before - DAY
    for at, used_at in ((early, early), (early - timedelta(seconds=1), ten_minutes_before)):
        assert entrance.check_in(past_ticket().code, manager, scanned_at=at).admitted_at == used_at


def test_an_old_scan_of_an_old_session_is_believed(manager):
    ticket = past_ticket()
    with time_machine.travel(START + 40 * DAY, tick=False):
        assert entrance.check_in(ticket.code, manager, seconds_ago=40 * 24 * 3600).admitted_at == START


def test_a_scan_of_an_unknown_code_is_at_most_a_month_old(manager, ten_minutes_before):
    month = ten_minutes_before - 30 * DAY
    for at, kept in ((month, month), (month - timedelta(seconds=1), ten_minutes_before)):
        with pytest.raises(entrance.UnknownCode):
            entrance.check_in("UNKNOWN", manager, scanned_at=at)
        scan = entrance.Scan.objects.latest("pk")
        assert (scan.scanned_at, scan.received_at) == (kept, ten_minutes_before)


@pytest.mark.parametrize("said", [{"scanned_at": START}, {"seconds_ago": 0}, {"seconds_ago": 3600}], ids=repr)
def test_no_claim_opens_check_in(said, manager, settings):
    settings.CHECK_IN_OPENS_MINUTES = 5
    assert conflict(lambda: entrance.check_in(past_ticket().code, manager, **said))[0] == "conflict"


def test_an_age_decides_whether_a_session_was_over(manager):
    first, second = past_ticket(), past_ticket()
    with time_machine.travel(first.session.ends_at + HOUR, tick=False):
        assert entrance.check_in(first.code, manager, seconds_ago=3601).first
        assert conflict(lambda: entrance.check_in(second.code, manager, seconds_ago=3600))[0] == "session_started"


@pytest.mark.parametrize("changes", [{"cancelled_at": START - HOUR}, {"used_at": START - HOUR}], ids=repr)
def test_no_age_admits_with_a_used_or_cancelled_ticket(changes, manager):
    ticket = past_ticket(**changes)
    code = conflict(lambda: entrance.check_in(ticket.code, manager, seconds_ago=2 * 3600))[0]
    assert code in ("ticket_cancelled", "already_used")


@pytest.mark.parametrize(
    ("begins_in", "is_admitted"),
    [(timedelta(), True), (3 * HOUR, True), (5 * HOUR + 59 * MINUTE, True), (6 * HOUR, False), (7 * DAY, False)],
    ids=str,
)
def test_without_a_chosen_session_only_those_of_today_are_admitted(begins_in, is_admitted, manager):
    """At 20:05, six hours end after midnight."""
    ticket = past_ticket(session__room__number=2, session__movie__title="Alien")
    ticket.session.starts_at = ticket.session.ends_at = START - 10 * MINUTE + begins_in
    ticket.session.ends_at += 2 * HOUR
    ticket.session.room_free_at = ticket.session.ends_at
    ticket.session.save()
    if is_admitted:
        assert entrance.check_in(ticket.code, manager).first
        return
    code, message, details = conflict(lambda: entrance.check_in(ticket.code, manager))
    assert (code, details["session_id"]) == ("wrong_session", ticket.session_id)
    assert message.startswith("This ticket is for Room 2, ")
    assert "2026" in message
    for chosen in ({"session_id": ticket.session_id}, {"code": ticket}):
        assert entrance.check_in(**{"code": ticket.code, "by": manager} | chosen).first
        entrance.undo(ticket.pk, manager)


def test_a_session_later_on_the_same_day_is_of_today(manager):
    with time_machine.travel(START.replace(hour=1), tick=False):
        assert entrance.check_in(past_ticket().code, manager).first


def test_a_queued_scan_was_of_today_on_its_own_day(manager):
    ticket = past_ticket()
    with time_machine.travel(START + DAY, tick=False):
        assert entrance.check_in(ticket.code, manager, seconds_ago=24 * 3600).first


def test_minutes_before_the_start_take_the_place_of_today(manager, settings):
    settings.CHECK_IN_OPENS_MINUTES = 24 * 60
    with time_machine.travel(START - 20 * HOUR, tick=False):
        assert entrance.check_in(past_ticket().code, manager).first
    with time_machine.travel(START - 25 * HOUR, tick=False):
        assert conflict(lambda: entrance.check_in(past_ticket().code, manager))[:2] == (
            "conflict",
            "Check-in opens Sat 28 Feb 2026, 20:15.",
        )
