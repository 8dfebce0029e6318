"""Many doors at the same moment, on real PostgreSQL; and what would happen without the locks."""

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.box_office import purchases
from cinema.entrance import check_in as door
from cinema.models import Scan, Ticket
from cinema.tests.factories import SessionFactory, TicketFactory
from common.errors import Conflict
from movies.models import Viewing
from movies.tests import at_once as crowd

pytestmark = pytest.mark.django_db(transaction=True)

DOORS, ROUNDS, TRIES = 30, 6, 40


def at_once(acts):
    """With all the time that a busy machine needs: otherwise the last of a long queue is told 503."""

    def patiently(act):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2min'")
        return act()

    return crowd.at_once([lambda act=act: patiently(act) for act in acts])


@pytest.fixture
def managers():
    return [ManagerFactory() for _ in range(DOORS)]


@pytest.fixture
def ticket():
    return TicketFactory()


@pytest.fixture
def without_locks(monkeypatch):
    """The protection off: every door reads the ticket, and nobody holds it."""

    def only_read(which):
        related = Ticket.objects.select_related("session__movie", "session__room", "seat", "user", "used_by")
        return related.filter(which, purchased_at__isnull=False).first()

    monkeypatch.setattr(door, "_lock_ticket", only_read)


def kinds(answers):
    """How many were admitted, and how many met each error."""
    return Counter(answer.code if isinstance(answer, Conflict) else type(answer).__name__ for answer in answers)


def outcomes():
    return Counter(Scan.objects.values_list("outcome", flat=True))


def all_doors(ticket, managers):
    return at_once([lambda by=by: door.check_in(ticket.code, by) for by in managers])


def test_thirty_doors_at_once_admit_one(ticket, managers):
    answers = all_doors(ticket, managers)
    assert kinds(answers) == {"Admission": 1, "already_used": DOORS - 1}
    assert outcomes() == {"admitted": 1, "refused": DOORS - 1}
    admitted = Scan.objects.get(outcome="admitted")
    ticket.refresh_from_db()
    assert (ticket.used_at, ticket.used_by_id) == (admitted.scanned_at, admitted.by_id)
    told = {
        (answer.details["used_at"], answer.details["used_by"]["id"])
        for answer in answers
        if isinstance(answer, Conflict)
    }
    assert told == {(door._api_time(admitted.scanned_at), admitted.by_id)}
    assert Viewing.objects.count() == 1


def test_without_the_locks_one_ticket_would_admit_several(managers, without_locks):
    """The control. A round may end well by luck; that all did would mean that these tests cannot see the fault."""
    for _ in range(TRIES):
        admitted = kinds(all_doors(TicketFactory(), managers))["Admission"]
        if admitted > 1:
            return
    pytest.fail("Without its locks, too, the door admitted once every time.")


def test_one_scan_sent_thirty_times_at_once_is_one(ticket):
    by, nonce = ManagerFactory(), uuid4()
    answers = at_once([lambda: door.check_in(ticket.code, by, nonce=nonce)] * DOORS)
    assert kinds(answers) == {"Admission": DOORS}
    assert Counter(answer.first for answer in answers) == {True: 1, False: DOORS - 1}
    assert {answer.admitted_at for answer in answers} == {Scan.objects.get().scanned_at}


def test_a_refused_scan_sent_thirty_times_at_once_is_one(ticket):
    by, nonce = ManagerFactory(), uuid4()
    door.check_in(ticket.code, by)
    answers = at_once([lambda: door.check_in(ticket.code, by, nonce=nonce)] * DOORS)
    assert kinds(answers) == {"already_used": DOORS}
    assert outcomes() == {"admitted": 1, "refused": 1}


def test_an_unknown_code_sent_thirty_times_at_once_is_one():
    """No ticket's row parts these: the constraint does."""
    by, nonce = ManagerFactory(), uuid4()
    answers = at_once([lambda: door.check_in("NOBODYS", by, nonce=nonce)] * DOORS)
    assert kinds(answers) == {"UnknownCode": DOORS}
    assert Scan.objects.count() == 1


def test_one_nonce_for_thirty_codes_at_once_admits_one():
    by, nonce, session = ManagerFactory(), uuid4(), SessionFactory(room__plan__rows=6)
    tickets = [TicketFactory(session=session) for _ in range(DOORS)]
    answers = at_once([lambda each=each: door.check_in(each.code, by, nonce=nonce) for each in tickets])
    assert kinds(answers) == {"Admission": 1, "Mismatch": DOORS - 1}
    assert Ticket.objects.filter(used_at__isnull=False).get() == Scan.objects.get().ticket


def test_without_the_locks_one_scan_sent_at_once_would_use_the_ticket_but_once_be_kept(without_locks):
    """The control's other half: with the locks off the constraint still keeps one scan, and answers the others."""
    by = ManagerFactory()
    nonce, ticket = uuid4(), TicketFactory()
    answers = at_once([lambda: door.check_in(ticket.code, by, nonce=nonce)] * DOORS)
    assert kinds(answers) == {"Admission": DOORS}
    assert Scan.objects.count() == 1


def cancelled_and_used(by):
    ticket = TicketFactory()
    answers = at_once([lambda: door.check_in(ticket.code, by), lambda: purchases.cancel(ticket.pk, by)] * 4)
    ticket.refresh_from_db()
    return ticket, answers


def test_cancelled_or_used_but_never_both():
    by = ManagerFactory()
    for _ in range(ROUNDS):
        ticket, answers = cancelled_and_used(by)
        assert (ticket.used_at is None) != (ticket.cancelled_at is None)
        assert not [answer for answer in answers if isinstance(answer, IntegrityError)]


def test_without_the_locks_only_the_constraint_would_part_them(without_locks):
    by = ManagerFactory()
    for _ in range(TRIES):
        _, answers = cancelled_and_used(by)
        if any(isinstance(answer, IntegrityError) for answer in answers):
            return
    pytest.fail("Without its locks, too, cancelling never met an admission.")


def used_undone_and_used(by):
    """Two tickets of one person, which share a viewing: both used; then one is undone while the other comes and
    goes, too."""
    user, session = UserFactory(), SessionFactory()
    first, second = (TicketFactory(user=user, session=session) for _ in range(2))
    door.check_in(first.code, by)
    acts = [
        lambda: door.undo(first.pk, by),
        lambda: door.check_in(second.code, by),
        lambda: door.check_in(first.code, by),
    ]
    answers = at_once(acts)
    used = Ticket.objects.filter(session=session, used_at__isnull=False).count()
    return answers, used, Viewing.objects.filter(user=user).count()


def test_undo_and_admission_at_once_leave_a_viewing_just_where_a_ticket_is_used():
    by = ManagerFactory()
    for _ in range(ROUNDS):
        answers, used, viewings = used_undone_and_used(by)
        assert not [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, Conflict)]
        assert viewings == (1 if used else 0)


def undone_together(by):
    user, session = UserFactory(), SessionFactory()
    tickets = [TicketFactory(user=user, session=session) for _ in range(4)]
    for ticket in tickets:
        door.check_in(ticket.code, by)
    at_once([lambda ticket=ticket: door.undo(ticket.pk, by) for ticket in tickets])
    return Viewing.objects.filter(user=user).count()


def test_the_last_of_several_undone_together_takes_the_viewing():
    by = ManagerFactory()
    assert [undone_together(by) for _ in range(ROUNDS)] == [0] * ROUNDS


def test_without_the_locks_each_would_leave_the_viewing_to_the_other(without_locks):
    by = ManagerFactory()
    if not any(undone_together(by) for _ in range(TRIES)):
        pytest.fail("Without its locks, too, the last undo took the viewing every time.")


def test_thirty_undo_at_once_one_does(ticket, managers):
    door.check_in(ticket.code, managers[0])
    answers = at_once([lambda by=by: door.undo(ticket.pk, by) for by in managers])
    assert kinds(answers) == {"Ticket": 1, "conflict": DOORS - 1}
    assert outcomes() == {"admitted": 1, "undone": 1}


def test_the_locks_are_taken_in_the_order_of_everybody(ticket):
    """A session that is being changed is waited for, and what became of it decides."""
    by = ManagerFactory()

    def call_off():
        with transaction.atomic():
            session = door.locks.lock_session(ticket.session_id)
            session.cancelled_at = timezone.now() - timedelta(seconds=1)
            session.save(update_fields=["cancelled_at"])

    answers = at_once([call_off, *[lambda: door.check_in(ticket.code, by)] * 4])
    assert answers[0] is None
    ticket.refresh_from_db()
    assert set(kinds(answers[1:])) <= {"Admission", "already_used", "session_started"}
    assert (ticket.used_at is not None) == ("Admission" in kinds(answers[1:]))
