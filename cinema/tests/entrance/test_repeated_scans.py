"""Scans that are sent again with the same nonce."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.utils import timezone

from cinema.entrance import check_in as entrance
from cinema.models import Scan
from cinema.tests.entrance.scans import START, conflict, past_ticket, reload, todays_session
from cinema.tests.factories import TicketFactory
from common.errors import Mismatch

pytestmark = pytest.mark.django_db


def test_a_repeated_scan_gets_the_same_admission_and_is_kept_once(ticket, manager):
    nonce = uuid4()
    first = entrance.check_in(ticket.code, manager, nonce=nonce)
    again = entrance.check_in(ticket.code, manager, nonce=nonce, scanned_at=timezone.now(), door="elsewhere")
    assert (first.first, again.first) == (True, False)
    assert (again.ticket, again.scan, again.admitted_at) == (first.ticket, first.scan, first.admitted_at)
    assert reload(ticket).used_at == first.admitted_at
    assert Scan.objects.count() == 1


def test_a_repeated_scan_gets_the_same_refusal(ticket, manager, other_manager):
    entrance.check_in(ticket.code, manager)
    nonce = uuid4()
    first = conflict(lambda: entrance.check_in(ticket.code, other_manager, nonce=nonce))
    entrance.undo(ticket.pk, manager)  # a new scan would be admitted now
    assert conflict(lambda: entrance.check_in(ticket.code, other_manager, nonce=nonce)) == first
    assert reload(ticket).used_at is None
    assert Scan.objects.filter(outcome="refused").count() == 1
    assert entrance.check_in(ticket.code, other_manager, nonce=uuid4()).first


def test_a_repeated_scan_of_an_unknown_code_is_unknown_again(manager):
    nonce = uuid4()
    with pytest.raises(entrance.UnknownCode):
        entrance.check_in("NEW", manager, nonce=nonce)
    TicketFactory(code="NEW", session=todays_session())
    with pytest.raises(entrance.UnknownCode):
        entrance.check_in("NEW", manager, nonce=nonce)
    assert Scan.objects.count() == 1
    assert entrance.check_in("NEW", manager, nonce=uuid4()).first


def test_the_time_of_a_repeated_scan_is_not_checked(manager):
    ticket, nonce = past_ticket(), uuid4()
    assert entrance.check_in(ticket.code, manager, nonce=nonce, scanned_at=START).first
    assert not entrance.check_in(ticket.code, manager, nonce=nonce, scanned_at=START - timedelta(days=400)).first


def test_a_nonce_belongs_to_one_code_and_one_manager(ticket, manager, other_manager):
    nonce = uuid4()
    entrance.check_in(ticket.code, manager, nonce=nonce)
    another = TicketFactory(session=ticket.session)
    with pytest.raises(Mismatch) as caught:
        entrance.check_in(another.code, manager, nonce=nonce)
    assert caught.value.code == "idempotency_mismatch"
    assert reload(another).used_at is None
    assert entrance.check_in(another.code, other_manager, nonce=nonce).first


def test_another_violated_constraint_is_raised(ticket, manager, monkeypatch):
    def fail(*args):
        raise IntegrityError

    monkeypatch.setattr(entrance, "_admit", fail)
    with pytest.raises(IntegrityError):
        entrance.check_in(ticket.code, manager, nonce=uuid4())
