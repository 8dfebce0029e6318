"""Customers who join and leave a waiting list at the same moment as others act, on real PostgreSQL."""

from contextlib import suppress
from unittest import mock

import pytest
from django.db import transaction
from django.http import Http404

from accounts.tests.factories import ConfirmedUserFactory
from cinema.box_office import holds, purchases, waiting_list
from cinema.core.locks import lock_session_shared
from cinema.models import Ticket, Waiting
from cinema.queries import waiting_list as queries
from cinema.tests.box_office.concurrency import SUCCESS, count_deadlocks, outcome, run_crowd, start
from cinema.tests.box_office.waiting_list.entries import live_rows, no_seat_is_taken_twice
from cinema.tests.factories import WaitingFactory
from common.errors import Code
from movies.tests.at_once import at_once, wait_until_blocking

# One crowd at a time, as each has many connections.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crowd")]


def join_while_a_ticket_is_cancelled(session, ticket, user):
    """Return the outcome of joining. The cancellation only shares the session, as the list is still empty for it."""
    with transaction.atomic():
        purchases.cancel(ticket.pk, ticket.user)
        later = start(lambda: outcome(lambda: waiting_list.join(session.pk, user, 1)))
        wait_until_blocking()
    return later.result(20)


def test_joining_while_a_seat_becomes_free_is_refused(session, sold, ana):
    assert join_while_a_ticket_is_cancelled(session, sold[0], ana) == Code.CONFLICT
    assert not Waiting.objects.exists()


def test_control_with_a_shared_lock_an_entry_waits_beside_a_free_seat(session, sold, ana):
    with mock.patch.object(waiting_list, "lock_session", lock_session_shared), transaction.atomic():
        purchases.cancel(sold[0].pk, sold[0].user)
        start(lambda: waiting_list.join(session.pk, ana, 1)).result(20)
    assert queries.entries_without_offer().count() == 1
    assert Ticket.objects.filter(cancelled_at=None).count() == 3


def test_joining_many_times_at_once_makes_one_entry(session, sold, ana):
    answers = at_once([lambda: waiting_list.join(session.pk, ana, 2)] * 8)
    entry = Waiting.objects.get()
    assert sorted(answers, key=lambda answer: answer[1]) == [(entry, False)] * 7 + [(entry, True)]


def test_control_without_locks_only_the_constraint_stops_a_second_entry(session, sold, ana):
    with mock.patch.multiple(waiting_list, lock_session=lock_session_shared, lock_user=lambda user: user):
        with transaction.atomic():
            waiting_list.join(session.pk, ana, 1)
            later = start(lambda: waiting_list.join(session.pk, ana, 1))
            wait_until_blocking()
        with pytest.raises(Exception, match="waiting_once_in_a_session"):
            later.result(20)
    assert Waiting.objects.count() == 1


def leave(session, user):
    return waiting_list.leave(session.pk, user)


def test_leaving_and_being_offered_a_seat_at_once_loses_no_seat(session, sold, ana, ben):
    for _ in range(10):
        WaitingFactory(session=session, user=ana)
        WaitingFactory(session=session, user=ben)
        ticket = Ticket.objects.get(session=session, seat=sold[0].seat, cancelled_at=None)
        answers = at_once([lambda ticket=ticket: purchases.cancel(ticket.pk, ticket.user), lambda: leave(session, ana)])
        assert answers == [ticket, None]
        assert live_rows() == [("A1", "ben", False)]
        with pytest.raises(Http404):
            waiting_list.leave(session.pk, ana)
        holds.confirm(queries.latest_entry(ben, session).offer_id, ben)


def buy(session, user):
    return purchases.buy(session.pk, user, quantity=1)


def cancel(session, user):
    ticket = Ticket.objects.filter(user=user, purchased_at__isnull=False, cancelled_at=None).first()
    return purchases.cancel(ticket.pk, user) if ticket else buy(session, user)


def wait(session, user):
    return waiting_list.join(session.pk, user, 1)


def answer(session, user):
    entry = queries.latest_entry(user, session)
    if not entry or entry.ended_at or not entry.offer_id:
        return wait(session, user)
    with suppress(Http404):  # the offer was passed on meanwhile
        return holds.confirm(entry.offer_id, user) if user.pk % 2 else holds.release(entry.offer_id, user)


def test_a_crowd_that_buys_cancels_joins_and_answers_never_deadlocks(session, settings, monkeypatch):
    settings.HOLD_MINUTES_PER_HOUR = 10_000
    monkeypatch.setattr("cinema.box_office.waiting_list.MOST_OFFERS", 10_000)
    people = ConfirmedUserFactory.create_batch(12)
    before = count_deadlocks()
    turns = [buy, wait, cancel, answer]
    acts = [
        lambda act=turns[(turn + number) % 4], user=user: act(session, user)
        for turn in range(24)
        for number, user in enumerate(people)
    ]
    ended = run_crowd(acts, 12)
    assert sum(ended.values()) == 288
    assert set(ended) <= {SUCCESS, Code.SOLD_OUT, Code.CONFLICT, Code.HOLD_EXPIRED, Code.SEAT_TAKEN}
    assert count_deadlocks() == before
    assert no_seat_is_taken_twice()
    for entry in queries.open_entries().filter(offer__isnull=False):
        assert {row.user_id for row in entry.offer.tickets.all()} == {entry.user_id}
    waiting_list.sweep()
    free = 4 - Ticket.objects.filter(cancelled_at=None).count()
    assert free == 0 or not queries.entries_without_offer().exists()
