"""Check-in: what it writes, and what input it accepts. See test_check_in_at_once for races."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.people import closing
from cinema.entrance import check_in as entrance
from cinema.models import Scan
from cinema.tests.entrance.scans import START, only_scan, past_ticket, reload, todays_session
from cinema.tests.factories import TicketFactory
from movies.models import Rating, Viewing
from movies.queries.ratings import with_verified
from movies.tests.factories import RatingFactory

pytestmark = pytest.mark.django_db


def test_check_in_uses_the_ticket_and_writes_a_scan_and_a_viewing(ticket, manager):
    before = timezone.now()
    admission = entrance.check_in(ticket.code, manager, door="  Main \n entrance ")
    used = reload(ticket)
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


def test_check_in_makes_the_rating_verified(ticket, manager):
    RatingFactory(user=ticket.user, movie=ticket.session.movie)
    entrance.check_in(ticket, manager)
    assert with_verified(Rating.objects.all()).get().verified is True


def test_a_ticket_of_a_closed_account_admits_without_a_viewing(ticket, manager):
    closing.close_account(ticket.user)
    assert entrance.check_in(ticket.code, manager).ticket == ticket
    assert reload(ticket).used_at is not None
    assert not Viewing.objects.exists()
    assert entrance.undo(ticket.pk, manager).used_at is None


def test_a_queued_scan_keeps_the_time_of_the_entrance(manager):
    ticket = past_ticket()
    at = START - timedelta(minutes=5)
    assert entrance.check_in(ticket.code, manager, scanned_at=at).admitted_at == at
    assert (reload(ticket).used_at, Viewing.objects.get().watched_at) == (at, START)


def test_a_queued_scan_has_its_age_by_our_clock(manager):
    ticket = past_ticket()
    with time_machine.travel(START + timedelta(hours=20), tick=False):
        admission = entrance.check_in(ticket.code, manager, seconds_ago=20 * 3600 + 300)
    assert (admission.admitted_at, reload(ticket).used_at) == (START - timedelta(minutes=5),) * 2


def test_a_typed_code_is_read_and_stored_as_it_was_typed(manager):
    ticket, nonce = TicketFactory(code="0123456789ABCDEF", session=todays_session()), uuid4()
    assert entrance.check_in(" o123-4567-89ab-cdef\r\n", manager, nonce=nonce).ticket == ticket
    assert only_scan()["code"] == "o123-4567-89ab-cdef"
    assert not entrance.check_in("0I23 4567 89AB CDEF", manager, nonce=nonce).first


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
def test_invalid_input_gets_errors_by_field_and_is_not_kept(given, field, message, ticket, manager):
    with pytest.raises(ValidationError) as caught:
        entrance.check_in(**{"code": ticket.code, "by": manager} | given)
    assert caught.value.message_dict == {field: [message]}
    assert not Scan.objects.exists()
