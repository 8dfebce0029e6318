"""Checking tickets in: what admits, what refuses and is kept all the same, what a repeated scan is told."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import Http404
from django.utils import timezone

from accounts.people import closing
from accounts.tests.factories import ManagerFactory
from cinema.entrance import check_in as door
from cinema.models import MovieSession, Scan, Ticket
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory
from common.errors import Conflict, Mismatch
from movies.models import Rating, Viewing
from movies.queries.ratings import with_verified
from movies.tests.factories import RatingFactory, ViewingFactory

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 1, 20, 15, tzinfo=UTC)


@pytest.fixture
def manager():
    return ManagerFactory(username="mia")


@pytest.fixture
def other_manager():
    return ManagerFactory(username="max")


@pytest.fixture
def ticket():
    return TicketFactory(session__starts_at=timezone.now().replace(microsecond=0) + timedelta(minutes=20))


def past(**changes):
    """A ticket for a session that began at START."""
    return TicketFactory(session__starts_at=START, purchased_at=START - timedelta(days=3), **changes)


def refused(act):
    """(code, message, details) of the 409."""
    with pytest.raises(Conflict) as caught:
        act()
    return caught.value.code, caught.value.message, caught.value.details


def only_scan():
    names = ("ticket", "code", "nonce", "scanned_at", "by", "door", "outcome", "reason", "message")
    return Scan.objects.values(*names).get()


def now_of(ticket):
    return Ticket.objects.get(pk=ticket.pk)


def z(moment):
    return moment.isoformat().replace("+00:00", "Z")


# --- Coming in ------------------------------------------------------------------------------------


def test_a_ticket_is_used_and_kept_as_a_scan_and_as_a_viewing(ticket, manager):
    before = timezone.now()
    admission = door.check_in(ticket.code, manager, door="  Main \n entrance ")
    used = now_of(ticket)
    assert before <= used.used_at <= timezone.now()
    assert (used.used_by, used.cancelled_at) == (manager, None)
    assert (admission.ticket, admission.first, admission.admitted_at) == (used, True, used.used_at)
    assert only_scan() == {
        "ticket": ticket.pk,
        "code": ticket.code,
        "nonce": None,
        "scanned_at": used.used_at,
        "by": manager.pk,
        "door": "Main entrance",
        "outcome": "admitted",
        "reason": "",
        "message": "",
    }
    viewing = Viewing.objects.get()
    session = ticket.session
    assert (viewing.user, viewing.movie, viewing.watched_at) == (ticket.user, session.movie, session.starts_at)
    assert viewing.source == "ticket"


def test_it_makes_the_rating_verified(ticket, manager):
    RatingFactory(user=ticket.user, movie=ticket.session.movie)
    door.check_in(ticket, manager)
    assert with_verified(Rating.objects.all()).get().verified is True


def test_a_ticket_whose_account_was_closed_admits_without_a_viewing(ticket, manager):
    closing.close(ticket.user)
    assert door.check_in(ticket.code, manager).ticket == ticket
    assert now_of(ticket).used_at is not None
    assert not Viewing.objects.exists()
    assert door.undo(ticket.pk, manager).used_at is None


def test_a_scan_of_a_queue_keeps_the_time_at_the_door(manager):
    ticket = past()
    at = START - timedelta(minutes=5)
    assert door.check_in(ticket.code, manager, scanned_at=at).admitted_at == at
    assert (now_of(ticket).used_at, Viewing.objects.get().watched_at) == (at, START)


def test_a_code_is_read_as_people_type_it_and_kept_as_they_did(manager):
    ticket, nonce = TicketFactory(code="0123456789ABCDEF"), uuid4()
    assert door.check_in(" o123-4567-89ab-cdef\r\n", manager, nonce=nonce).ticket == ticket
    assert only_scan()["code"] == "o123-4567-89ab-cdef"
    assert not door.check_in("0I23 4567 89AB CDEF", manager, nonce=nonce).first


# --- Refusals, each kept --------------------------------------------------------------------------


def test_the_second_time_it_says_when_where_and_by_whom(ticket, manager, other_manager, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    at = datetime(2026, 3, 1, 19, 55, tzinfo=UTC)
    ticket = past()
    door.check_in(ticket.code, manager, scanned_at=at, door="Main entrance")
    told = refused(lambda: door.check_in(ticket.code, other_manager, door="Side door"))
    message = "Already used: Sun 01 Mar 2026, 20:55, at Main entrance, by mia."
    details = {
        "used_at": "2026-03-01T19:55:00Z",
        "used_by": {"id": manager.pk, "username": "mia"},
        "door": "Main entrance",
    }
    assert told == ("already_used", message, details)
    assert (now_of(ticket).used_at, now_of(ticket).used_by) == (at, manager)
    kept = Scan.objects.get(outcome="refused")
    assert (kept.ticket, kept.by, kept.door) == (ticket, other_manager, "Side door")
    assert (kept.reason, kept.message, kept.details) == ("already_used", message, details)


def test_it_was_used_by_somebody_whose_account_is_closed(manager, other_manager):
    ticket = past(used_at=START, used_by=manager)
    closing.close(manager)
    told = refused(lambda: door.check_in(ticket.code, other_manager))
    message = "Already used: Sun 01 Mar 2026, 20:15, by an unknown user."
    assert told == ("already_used", message, {"used_at": z(START), "used_by": None, "door": ""})


def test_the_longest_names_fit_into_the_message(manager, ticket):
    manager = ManagerFactory(username="m" * 150)
    door.check_in(ticket.code, manager, door="d" * 80)
    _, message, _ = refused(lambda: door.check_in(ticket.code, manager))
    assert message.endswith(f", at {'d' * 80}, by {'m' * 150}.")
    assert Scan.objects.get(outcome="refused").message == message


def test_a_code_that_no_ticket_has(manager):
    with pytest.raises(door.UnknownCode) as caught:
        door.check_in("NOBODYS", manager, door="Main entrance")
    assert (type(caught.value), caught.value.code) == (door.UnknownCode, "not_found")
    kept = only_scan()
    assert (kept["ticket"], kept["code"], kept["outcome"], kept["reason"]) == (None, "NOBODYS", "refused", "not_found")
    assert kept["message"] == "There is no ticket with this code."


def test_a_ticket_that_goes_while_the_door_waits_for_it(ticket, manager, monkeypatch):
    monkeypatch.setattr(door.locks, "lock_session_shared", lambda pk: Ticket.objects.filter(session=pk).delete())
    with pytest.raises(door.UnknownCode):
        door.check_in(ticket.code, manager)
    assert only_scan()["ticket"] is None


def test_a_hold_is_no_ticket(manager):
    held = HeldTicketFactory()
    with pytest.raises(door.UnknownCode):
        door.check_in(held.code, manager)
    assert only_scan()["ticket"] is None
    assert now_of(held).used_at is None


def cancelled_ticket():
    return past(cancelled_at=START - timedelta(days=1))


def ticket_of_cancelled_session():
    return past(session__cancelled_at=START - timedelta(days=1))


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
            past,
            (
                "session_started",
                "This session is over: it ended Sun 01 Mar 2026, 22:10.",
                {"ends_at": "2026-03-01T22:10:00Z"},
            ),
        ),
    ],
)
def test_what_cannot_be_used_any_more(make, expected, manager):
    ticket = make()
    assert refused(lambda: door.check_in(ticket.code, manager)) == expected
    kept = only_scan()
    assert (kept["ticket"], kept["outcome"], kept["reason"], kept["message"]) == (ticket.pk, "refused", *expected[:2])
    assert now_of(ticket).used_at is None
    assert not Viewing.objects.exists()


def test_whether_a_session_is_over_is_asked_of_the_clock_at_the_door(manager):
    first, second = past(), past()
    end = first.session.ends_at
    assert door.check_in(first.code, manager, scanned_at=end - timedelta(seconds=1)).first
    assert refused(lambda: door.check_in(second.code, manager, scanned_at=end))[0] == "session_started"


def test_the_door_opens_some_time_before_the_start(manager, settings):
    settings.CHECK_IN_OPENS_MINUTES = 30
    ticket = past()
    opens = START - timedelta(minutes=30)
    told = refused(lambda: door.check_in(ticket.code, manager, scanned_at=opens - timedelta(seconds=1)))
    assert told == ("conflict", "Check-in opens Sun 01 Mar 2026, 19:45.", {"opens_at": "2026-03-01T19:45:00Z"})
    assert door.check_in(ticket.code, manager, scanned_at=opens).first


def test_without_that_setting_any_time_before_will_do(manager):
    ticket = TicketFactory(session__starts_at=timezone.now() + timedelta(days=40))
    assert door.check_in(ticket.code, manager, scanned_at=timezone.now() - timedelta(hours=2)).first


@pytest.mark.parametrize(
    ("begin", "when"),
    [
        (datetime(2026, 3, 1, 20, 40, tzinfo=UTC), "20:40"),
        (datetime(2026, 3, 2, 0, 5, tzinfo=UTC), "Mon 02 Mar 2026, 00:05"),
    ],
)
def test_at_the_wrong_door_one_hears_of_the_right_one(begin, when, manager, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: START)
    ticket = TicketFactory(session__starts_at=begin, session__room__number=2, session__movie__title="Alien")
    told = refused(lambda: door.check_in(ticket.code, manager, session_id=ticket.session_id + 1))
    details = {"session_id": ticket.session_id, "movie": "Alien", "room_number": 2, "starts_at": z(begin)}
    assert told == ("wrong_session", f"This ticket is for Room 2, {when}: Alien.", details)
    assert now_of(ticket).used_at is None
    assert only_scan()["reason"] == "wrong_session"
    assert door.check_in(ticket.code, manager, session_id=ticket.session_id).first


@pytest.mark.parametrize("changes", [{"cancelled_at": START}, {"used_at": START}, {"session__cancelled_at": START}])
def test_the_right_door_is_told_before_any_other_reason(changes, manager):
    ticket = past(**changes)
    assert refused(lambda: door.check_in(ticket.code, manager, session_id=1 + ticket.session_id))[0] == "wrong_session"
    assert refused(lambda: door.check_in(ticket.code, manager, session_id=ticket.session_id))[0] != "wrong_session"


def test_the_longest_title_fits_into_the_message(manager):
    ticket = TicketFactory(session__movie__title="x" * 500)
    _, message, _ = refused(lambda: door.check_in(ticket.code, manager, session_id=1 + ticket.session_id))
    assert message.endswith(f": {'x' * 199}….")
    assert Scan.objects.get().message == message


# --- What nobody can have scanned -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({"code": ""}, "code", "A code has 1 to 64 characters."),
        ({"code": " \t "}, "code", "A code has 1 to 64 characters."),
        ({"code": "x" * 65}, "code", "A code has 1 to 64 characters."),
        ({"code": "a\0b"}, "code", "A code has 1 to 64 characters."),
        ({"door": "x" * 81}, "door", "Use at most 80 characters for the entrance."),
        ({"door": "a\0b"}, "door", "Use at most 80 characters for the entrance."),
    ],
)
def test_bad_input_is_named_and_not_kept(given, field, message, ticket, manager):
    with pytest.raises(ValidationError) as caught:
        door.check_in(**{"code": ticket.code, "by": manager} | given)
    assert caught.value.message_dict == {field: [message]}
    assert not Scan.objects.exists()


def test_a_clock_may_be_a_minute_ahead(ticket, manager):
    with pytest.raises(ValidationError) as caught:
        door.check_in(ticket.code, manager, scanned_at=timezone.now() + timedelta(seconds=70))
    assert caught.value.message_dict == {"scanned_at": ["This is in the future: check the clock of this device."]}
    assert not Scan.objects.exists()
    assert door.check_in(ticket.code, manager, scanned_at=timezone.now() + timedelta(seconds=50)).first


def test_a_queue_is_no_older_than_a_day_before_its_session(manager):
    ticket = past()
    early = START - timedelta(days=1)
    with pytest.raises(ValidationError) as caught:
        door.check_in(ticket.code, manager, scanned_at=early - timedelta(seconds=1))
    assert caught.value.message_dict == {"scanned_at": ["This is too long ago."]}
    assert door.check_in(ticket.code, manager, scanned_at=early).first


def test_a_queue_of_unknown_codes_is_no_older_than_a_month(manager):
    month = timedelta(days=30)
    with pytest.raises(ValidationError):
        door.check_in("NOBODYS", manager, scanned_at=timezone.now() - month - timedelta(seconds=1))
    with pytest.raises(door.UnknownCode):
        door.check_in("NOBODYS", manager, scanned_at=timezone.now() - month + timedelta(minutes=1))


# --- The same scan again --------------------------------------------------------------------------


def test_a_repeated_scan_is_admitted_again_and_kept_once(ticket, manager):
    nonce = uuid4()
    first = door.check_in(ticket.code, manager, nonce=nonce)
    again = door.check_in(ticket.code, manager, nonce=nonce, scanned_at=timezone.now(), door="elsewhere")
    assert (first.first, again.first) == (True, False)
    assert (again.ticket, again.scan, again.admitted_at) == (first.ticket, first.scan, first.admitted_at)
    assert now_of(ticket).used_at == first.admitted_at
    assert Scan.objects.count() == 1


def test_a_repeated_scan_is_refused_again_with_the_same_words(ticket, manager, other_manager):
    door.check_in(ticket.code, manager)
    nonce = uuid4()
    first = refused(lambda: door.check_in(ticket.code, other_manager, nonce=nonce))
    door.undo(ticket.pk, manager)  # so that a new scan would be admitted
    assert refused(lambda: door.check_in(ticket.code, other_manager, nonce=nonce)) == first
    assert now_of(ticket).used_at is None
    assert Scan.objects.filter(outcome="refused").count() == 1
    assert door.check_in(ticket.code, other_manager, nonce=uuid4()).first


def test_a_repeated_scan_of_an_unknown_code(manager):
    nonce = uuid4()
    with pytest.raises(door.UnknownCode):
        door.check_in("NEW", manager, nonce=nonce)
    TicketFactory(code="NEW")
    with pytest.raises(door.UnknownCode):
        door.check_in("NEW", manager, nonce=nonce)
    assert Scan.objects.count() == 1
    assert door.check_in("NEW", manager, nonce=uuid4()).first


def test_a_repeated_scan_needs_no_valid_clock(manager):
    ticket, nonce = past(), uuid4()
    assert door.check_in(ticket.code, manager, nonce=nonce, scanned_at=START).first
    assert not door.check_in(ticket.code, manager, nonce=nonce, scanned_at=START - timedelta(days=400)).first


def test_a_nonce_belongs_to_one_code_of_one_person(ticket, manager, other_manager):
    nonce = uuid4()
    door.check_in(ticket.code, manager, nonce=nonce)
    another = TicketFactory(session=ticket.session)
    with pytest.raises(Mismatch) as caught:
        door.check_in(another.code, manager, nonce=nonce)
    assert caught.value.code == "idempotency_mismatch"
    assert now_of(another).used_at is None
    assert door.check_in(another.code, other_manager, nonce=nonce).first


def test_another_broken_constraint_stays_what_it_is(ticket, manager, monkeypatch):
    def broken(*args):
        raise IntegrityError

    monkeypatch.setattr(door, "_admit", broken)
    with pytest.raises(IntegrityError):
        door.check_in(ticket.code, manager, nonce=uuid4())


# --- Undo -----------------------------------------------------------------------------------------


def test_undone_it_can_be_used_again(ticket, manager, other_manager):
    door.check_in(ticket.code, manager)
    before = timezone.now()
    undone = door.undo(ticket.pk, other_manager)
    assert (undone.pk, undone.used_at, undone.used_by) == (ticket.pk, None, None)
    assert (now_of(ticket).used_at, now_of(ticket).used_by) == (None, None)
    assert not Viewing.objects.exists()
    kept = Scan.objects.get(outcome="undone")
    assert (kept.ticket, kept.code, kept.by, kept.reason) == (ticket, ticket.code, other_manager, "")
    assert before <= kept.scanned_at <= timezone.now()
    assert door.check_in(ticket.code, manager).first
    assert Viewing.objects.count() == 1


def test_after_an_undo_the_refusal_names_the_latest_door(ticket, manager):
    for name in ("Main entrance", "Side door"):
        door.check_in(ticket.code, manager, door=name)
        if name == "Main entrance":
            door.undo(ticket.pk, manager)
    assert refused(lambda: door.check_in(ticket.code, manager))[2]["door"] == "Side door"


def test_the_viewing_stays_while_another_ticket_of_theirs_is_used(ticket, manager):
    second = TicketFactory(session=ticket.session, user=ticket.user)
    somebody_elses = TicketFactory(session=ticket.session)
    for each in (ticket, second, somebody_elses):
        door.check_in(each.code, manager)
    door.undo(ticket.pk, manager)
    assert Viewing.objects.filter(user=ticket.user).count() == 1
    door.undo(second.pk, manager)
    assert [viewing.user for viewing in Viewing.objects.all()] == [somebody_elses.user]


def test_what_they_had_said_by_hand_comes_back(ticket, manager):
    session = ticket.session
    viewing = ViewingFactory(user=ticket.user, movie=session.movie, watched_at=session.starts_at)
    second = TicketFactory(session=session, user=ticket.user)
    for each in (ticket, second):
        door.check_in(each.code, manager)
    assert Viewing.objects.values_list("pk", "source").get() == (viewing.pk, "ticket")
    door.undo(ticket.pk, manager)
    door.undo(second.pk, manager)
    assert Viewing.objects.values_list("pk", "source").get() == (viewing.pk, "by_hand")


def test_the_viewing_goes_although_the_session_was_moved(ticket, manager):
    door.check_in(ticket.code, manager)
    moved = ticket.session.starts_at + timedelta(minutes=5)
    MovieSession.objects.filter(pk=ticket.session_id).update(starts_at=moved)
    door.undo(ticket.pk, manager)
    assert not Viewing.objects.exists()


def test_there_is_nothing_to_undo(ticket, manager):
    assert refused(lambda: door.undo(ticket.pk, manager)) == ("conflict", "This ticket has not been used.", {})
    for pk in (HeldTicketFactory().pk, ticket.pk + 1000, 10**30):
        with pytest.raises(Http404):
            door.undo(pk, manager)
    assert not Scan.objects.exists()


@pytest.mark.parametrize("changes", [{}, {"session__cancelled_at": START}])
def test_what_is_over_stays(changes, manager):
    ticket = past(used_at=START, used_by=manager, **changes)
    assert refused(lambda: door.undo(ticket.pk, manager))[0] == "session_started"
    assert now_of(ticket).used_at == START


def test_a_session_that_runs_is_not_over(manager):
    running = SessionFactory(starts_at=timezone.now() - timedelta(minutes=30))
    ticket = TicketFactory(session=running)
    door.check_in(ticket.code, manager)
    assert door.undo(ticket.pk, manager).used_at is None
