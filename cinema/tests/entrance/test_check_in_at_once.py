"""Many entrances that scan at the same moment, on real PostgreSQL, with controls that go wrong without the locks."""

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.box_office import purchases
from cinema.entrance import check_in as entrance
from cinema.entrance import refusals
from cinema.models import Scan, Ticket
from cinema.tests.entrance.scans import todays_session
from cinema.tests.factories import TicketFactory
from common.errors import Conflict
from movies.models import Viewing
from movies.tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ENTRANCES, ROUNDS, TRIES = 30, 6, 40


@pytest.fixture
def managers():
    return [ManagerFactory() for _ in range(ENTRANCES)]


@pytest.fixture
def ticket():
    return TicketFactory(session=todays_session())


@pytest.fixture
def without_locks(monkeypatch):
    """Read tickets without locking them."""

    def only_read(which):
        related = Ticket.objects.select_related("session__movie", "session__room", "seat", "user", "used_by")
        return related.filter(which, purchased_at__isnull=False).first()

    monkeypatch.setattr(entrance, "_lock_ticket", only_read)


def kinds(answers):
    """Count the admissions and each kind of error."""
    return Counter(answer.code if isinstance(answer, Conflict) else type(answer).__name__ for answer in answers)


def outcomes():
    return Counter(Scan.objects.values_list("outcome", flat=True))


def scan_everywhere(ticket, managers):
    return at_once([lambda by=by: entrance.check_in(ticket.code, by) for by in managers])


def test_thirty_entrances_at_once_admit_once(ticket, managers):
    answers = scan_everywhere(ticket, managers)
    assert kinds(answers) == {"Admission": 1, "already_used": ENTRANCES - 1}
    assert outcomes() == {"admitted": 1, "refused": ENTRANCES - 1}
    admitted = Scan.objects.get(outcome="admitted")
    ticket.refresh_from_db()
    assert (ticket.used_at, ticket.used_by_id) == (admitted.scanned_at, admitted.by_id)
    said = {
        (answer.details["used_at"], answer.details["used_by"]["id"])
        for answer in answers
        if isinstance(answer, Conflict)
    }
    assert said == {(refusals._api_time(admitted.scanned_at), admitted.by_id)}
    assert Viewing.objects.count() == 1


def test_control_without_locks_one_ticket_admits_several_times(managers, without_locks):
    """A single round may end well by luck; if all do, these tests cannot detect the fault."""
    for _ in range(TRIES):
        admitted = kinds(scan_everywhere(TicketFactory(session=todays_session()), managers))["Admission"]
        if admitted > 1:
            return
    pytest.fail("Without locks, the ticket still admitted only once in every round.")


def test_one_scan_sent_thirty_times_at_once_is_kept_once(ticket):
    by, nonce = ManagerFactory(), uuid4()
    answers = at_once([lambda: entrance.check_in(ticket.code, by, nonce=nonce)] * ENTRANCES)
    assert kinds(answers) == {"Admission": ENTRANCES}
    assert Counter(answer.first for answer in answers) == {True: 1, False: ENTRANCES - 1}
    assert {answer.admitted_at for answer in answers} == {Scan.objects.get().scanned_at}


def test_a_refused_scan_sent_thirty_times_at_once_is_kept_once(ticket):
    by, nonce = ManagerFactory(), uuid4()
    entrance.check_in(ticket.code, by)
    answers = at_once([lambda: entrance.check_in(ticket.code, by, nonce=nonce)] * ENTRANCES)
    assert kinds(answers) == {"already_used": ENTRANCES}
    assert outcomes() == {"admitted": 1, "refused": 1}


def test_an_unknown_code_sent_thirty_times_at_once_is_kept_once():
    """No ticket's lock separates these scans, only the constraint."""
    by, nonce = ManagerFactory(), uuid4()
    answers = at_once([lambda: entrance.check_in("UNKNOWN", by, nonce=nonce)] * ENTRANCES)
    assert kinds(answers) == {"UnknownCode": ENTRANCES}
    assert Scan.objects.count() == 1


def test_one_nonce_for_thirty_codes_at_once_admits_one():
    by, nonce, session = ManagerFactory(), uuid4(), todays_session(room__plan__rows=6)
    tickets = [TicketFactory(session=session) for _ in range(ENTRANCES)]
    answers = at_once([lambda each=each: entrance.check_in(each.code, by, nonce=nonce) for each in tickets])
    assert kinds(answers) == {"Admission": 1, "Mismatch": ENTRANCES - 1}
    assert Ticket.objects.filter(used_at__isnull=False).get() == Scan.objects.get().ticket


def test_without_locks_the_constraint_still_keeps_one_scan(without_locks):
    """Without the locks, the constraint still keeps one scan, and the others get its answer."""
    by = ManagerFactory()
    nonce, ticket = uuid4(), TicketFactory(session=todays_session())
    answers = at_once([lambda: entrance.check_in(ticket.code, by, nonce=nonce)] * ENTRANCES)
    assert kinds(answers) == {"Admission": ENTRANCES}
    assert Scan.objects.count() == 1


def cancel_and_check_in(by):
    ticket = TicketFactory(session=todays_session())
    answers = at_once([lambda: entrance.check_in(ticket.code, by), lambda: purchases.cancel(ticket.pk, by)] * 4)
    ticket.refresh_from_db()
    return ticket, answers


def test_a_ticket_is_cancelled_or_used_but_never_both():
    by = ManagerFactory()
    for _ in range(ROUNDS):
        ticket, answers = cancel_and_check_in(by)
        assert (ticket.used_at is None) != (ticket.cancelled_at is None)
        assert not [answer for answer in answers if isinstance(answer, IntegrityError)]


def test_control_without_locks_only_the_constraint_separates_them(without_locks):
    by = ManagerFactory()
    for _ in range(TRIES):
        _, answers = cancel_and_check_in(by)
        if any(isinstance(answer, IntegrityError) for answer in answers):
            return
    pytest.fail("Without locks, cancelling never met an admission.")


def undo_while_another_is_used(by):
    """Undo one of two tickets of a customer, which share a viewing, while both are checked in."""
    user, session = UserFactory(), todays_session()
    first, second = (TicketFactory(user=user, session=session) for _ in range(2))
    entrance.check_in(first.code, by)
    acts = [
        lambda: entrance.undo(first.pk, by),
        lambda: entrance.check_in(second.code, by),
        lambda: entrance.check_in(first.code, by),
    ]
    answers = at_once(acts)
    used = Ticket.objects.filter(session=session, used_at__isnull=False).count()
    return answers, used, Viewing.objects.filter(user=user).count()


def test_undo_and_check_in_at_once_leave_a_viewing_only_with_a_used_ticket():
    by = ManagerFactory()
    for _ in range(ROUNDS):
        answers, used, viewings = undo_while_another_is_used(by)
        assert not [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, Conflict)]
        assert viewings == (1 if used else 0)


def undo_together(by):
    user, session = UserFactory(), todays_session()
    tickets = [TicketFactory(user=user, session=session) for _ in range(4)]
    for ticket in tickets:
        entrance.check_in(ticket.code, by)
    at_once([lambda ticket=ticket: entrance.undo(ticket.pk, by) for ticket in tickets])
    return Viewing.objects.filter(user=user).count()


def test_the_last_of_several_undos_at_once_deletes_the_viewing():
    by = ManagerFactory()
    assert [undo_together(by) for _ in range(ROUNDS)] == [0] * ROUNDS


def test_control_without_locks_undos_at_once_leave_the_viewing(without_locks):
    by = ManagerFactory()
    if not any(undo_together(by) for _ in range(TRIES)):
        pytest.fail("Without locks, the last undo still deleted the viewing in every round.")


def test_of_thirty_undos_at_once_one_succeeds(ticket, managers):
    entrance.check_in(ticket.code, managers[0])
    answers = at_once([lambda by=by: entrance.undo(ticket.pk, by) for by in managers])
    assert kinds(answers) == {"Ticket": 1, "conflict": ENTRANCES - 1}
    assert outcomes() == {"admitted": 1, "undone": 1}


def test_check_in_waits_for_a_change_of_the_session(ticket):
    """The session as it is after the change decides."""
    by = ManagerFactory()

    def cancel_session():
        with transaction.atomic():
            session = entrance.locks.lock_session(ticket.session_id)
            session.cancelled_at = timezone.now() - timedelta(seconds=1)
            session.save(update_fields=["cancelled_at"])

    answers = at_once([cancel_session, *[lambda: entrance.check_in(ticket.code, by)] * 4])
    assert answers[0] is None
    ticket.refresh_from_db()
    assert set(kinds(answers[1:])) <= {"Admission", "already_used", "session_started"}
    assert (ticket.used_at is not None) == ("Admission" in kinds(answers[1:]))
