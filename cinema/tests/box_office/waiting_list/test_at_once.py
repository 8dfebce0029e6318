"""Waiting lists while several people act at the same moment, on real PostgreSQL. Each race has a control that goes
wrong; the orders are forced by locks.
"""

from contextlib import suppress
from datetime import timedelta
from unittest import mock

import pytest
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cinema.box_office import holds, offers, purchases, waiting_list
from cinema.core import locks
from cinema.core.locks import lock_session_shared
from cinema.models import Ticket, Waiting
from cinema.queries import waiting_list as queries
from cinema.tests.box_office.crowds import BOUGHT, begin, deadlocks, outcome, rush, until_somebody_waits
from cinema.tests.factories import TicketFactory, WaitingFactory
from common.errors import Code
from movies.tests.at_once import at_once

# One crowd at a time: each has many connections.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crowd")]

SECOND = timedelta(seconds=1)


def rows():
    """[(seat, whose, bought)] of what is live and no first buyer's."""
    live = Ticket.objects.filter(cancelled_at=None, user__username__in=["ana", "ben", "stranger"]).order_by("seat")
    return [(str(row.seat), row.user.username, row.purchased_at is not None) for row in live]


def nobody_sits_twice():
    live = Ticket.objects.filter(cancelled_at=None).values_list("session", "seat")
    return len(live) == len(set(live))


# A seat becomes free, and a stranger wants it


def a_stranger_comes_while_a_ticket_is_cancelled(session, ticket):
    """How it ended for the stranger, who asks before the seat is free and waits for the commit."""
    stranger = UserFactory(username="stranger")
    with transaction.atomic():
        purchases.cancel(ticket.pk, ticket.user)
        later = begin(lambda: outcome(lambda: purchases.buy(session.pk, stranger, seats=["A1"])))
        until_somebody_waits()
    return later.result(20)


def test_a_stranger_who_waits_for_the_seat_does_not_get_it(session, sold, ana):
    WaitingFactory(session=session, user=ana)
    assert a_stranger_comes_while_a_ticket_is_cancelled(session, sold[0]) == Code.SEAT_TAKEN
    assert rows() == [("A1", "ana", False)]


def test_if_it_were_offered_a_moment_later_the_stranger_would_have_it(session, sold, ana):
    WaitingFactory(session=session, user=ana)
    with mock.patch.object(offers, "offer_free_seats", return_value=0):
        assert a_stranger_comes_while_a_ticket_is_cancelled(session, sold[0]) == BOUGHT
    waiting_list.sweep()
    assert rows() == [("A1", "stranger", True)]


def strangers_and_a_cancellation(session, ticket, strangers):
    wants = [lambda who=who: outcome(lambda: purchases.buy(session.pk, who, seats=["A1"])) for who in strangers]
    return at_once([lambda: purchases.cancel(ticket.pk, ticket.user), *wants])


def test_the_first_in_line_has_it_however_many_strangers_try(session, sold, ana):
    strangers = UserFactory.create_batch(7)
    for _ in range(10):
        entry = WaitingFactory(session=session, user=ana)
        ticket = Ticket.objects.get(session=session, seat=sold[0].seat, cancelled_at=None)
        ended = strangers_and_a_cancellation(session, ticket, strangers)
        assert ended[1:] == [Code.SEAT_TAKEN] * 7
        assert rows() == [("A1", "ana", False)]
        entry.refresh_from_db()
        holds.confirm(entry.offer_id, ana)
    assert nobody_sits_twice()


def test_a_hold_that_is_let_go_is_no_strangers_either(session, ana, ben):
    TicketFactory.create_batch(3, session=session)
    held = holds.hold(session.pk, ben, seats=["A4"])
    WaitingFactory(session=session, user=ana)
    stranger = UserFactory(username="stranger")
    with transaction.atomic():
        holds.release(held.pk, ben)
        later = begin(lambda: outcome(lambda: holds.hold(session.pk, stranger, seats=["A4"])))
        until_somebody_waits()
    assert later.result(20) == Code.SEAT_TAKEN
    assert rows() == [("A4", "ana", False)]


# Somebody joins while a seat becomes free


def joins_while_a_ticket_is_cancelled(session, ticket, user):
    """How it ended for who joins; the ticket's owner shares the session, so that the line is still empty for them."""
    with transaction.atomic():
        purchases.cancel(ticket.pk, ticket.user)
        later = begin(lambda: outcome(lambda: waiting_list.join(session.pk, user, 1)))
        until_somebody_waits()
    return later.result(20)


def test_who_joins_while_a_seat_becomes_free_is_told_so(session, sold, ana):
    assert joins_while_a_ticket_is_cancelled(session, sold[0], ana) == Code.CONFLICT
    assert not Waiting.objects.exists()


def test_sharing_the_session_they_would_wait_beside_a_free_seat(session, sold, ana):
    with mock.patch.object(waiting_list, "lock_session", lock_session_shared), transaction.atomic():
        purchases.cancel(sold[0].pk, sold[0].user)
        begin(lambda: waiting_list.join(session.pk, ana, 1)).result(20)
    assert queries.entries_without_offer().count() == 1
    assert Ticket.objects.filter(cancelled_at=None).count() == 3


# Two cancel at once


def both_cancelled(sold):
    return at_once([lambda ticket=ticket: purchases.cancel(ticket.pk, ticket.user) for ticket in sold[:2]])


def test_two_seats_at_once_and_one_person_waits_for_one(session, sold, ana):
    WaitingFactory(session=session, user=ana)
    before = deadlocks()
    assert both_cancelled(sold) == sold[:2]
    assert [(who, bought) for _, who, bought in rows()] == [("ana", False)]
    assert deadlocks() == before


def test_two_seats_at_once_and_one_person_waits_for_both(session, sold, ana):
    WaitingFactory(session=session, user=ana, quantity=2)
    both_cancelled(sold)
    assert rows() == [("A1", "ana", False), ("A2", "ana", False)]


def test_two_seats_at_once_and_two_people_wait(session, sold, ana, ben):
    WaitingFactory(session=session, user=ana)
    WaitingFactory(session=session, user=ben)
    both_cancelled(sold)
    assert sorted(who for _, who, _ in rows()) == ["ana", "ben"]
    assert len({seat for seat, _, _ in rows()}) == 2


def test_sharing_the_session_neither_would_see_the_others_seat(session, sold, ana):
    """Each finds one seat free, and ana needs two; or both offer the same seat, or to the same person."""
    WaitingFactory(session=session, user=ana, quantity=2)
    with transaction.atomic(), mock.patch.object(locks, "lock_session", lock_session_shared):
        purchases.cancel(sold[0].pk, sold[0].user)
        begin(lambda: purchases.cancel(sold[1].pk, sold[1].user)).result(20)
    assert rows() == []


def test_widening_a_share_would_end_in_a_circle(session, sold, ana):
    """Why a share is given back first: two that have one and want the session alone wait for each other."""
    WaitingFactory(session=session, user=ana)

    def widened(act):
        with transaction.atomic():
            lock_session_shared(session.pk)
            return act(locks.ALONE)

    ended = []
    for _ in range(20):
        with mock.patch.object(purchases, "sharing_if_possible", widened):
            ended = at_once([lambda ticket=ticket: purchases.cancel(ticket.pk, ticket.user) for ticket in sold[:2]])
        if stopped := [one for one in ended if isinstance(one, Exception)]:
            assert [one.__cause__.sqlstate for one in stopped] == ["40P01"]
            return
        Ticket.objects.filter(purchased_at=None).delete()
        Ticket.objects.update(cancelled_at=None)
        Waiting.objects.update(offer=None, offer_ends_at=None)
    pytest.fail("They never met.")


# An offer is taken while it ends


@pytest.fixture
def offer(session, sold, ana, ben):
    """Of A1 to ana, whose time is over; ben is the next."""
    entry = WaitingFactory(session=session, user=ana)
    purchases.cancel(sold[0].pk, sold[0].user)
    WaitingFactory(session=session, user=ben)
    over(entry)
    entry.refresh_from_db()
    return entry.offer


def over(entry):
    Waiting.objects.filter(pk=entry.pk).update(offer_ends_at=timezone.now() - SECOND)


def test_confirmed_first_it_is_taken(session, offer, ana):
    with transaction.atomic():
        holds.confirm(offer.pk, ana)
        later = begin(waiting_list.sweep)
        until_somebody_waits()
    assert later.result(20) == 0
    assert rows() == [("A1", "ana", True)]
    assert queries.entries_without_offer().get().user.username == "ben"


def test_ended_first_it_is_passed_on(session, offer, ana):
    with transaction.atomic():
        assert waiting_list.sweep() == 1
        later = begin(lambda: outcome(lambda: holds.confirm(offer.pk, ana)))
        until_somebody_waits()
    assert later.result(20) == Code.HOLD_EXPIRED
    assert rows() == [("A1", "ben", False)]


def test_confirmed_and_ended_at_once_it_is_the_one_or_the_other(session, offer, sold, ana, ben):
    for _ in range(10):
        ended = at_once([lambda offer=offer: outcome(lambda: holds.confirm(offer.pk, ana)), waiting_list.sweep])
        assert ended in ([BOUGHT, 0], [Code.HOLD_EXPIRED, 1])
        assert rows() == ([("A1", "ana", True)] if ended[0] == BOUGHT else [("A1", "ben", False)])
        assert nobody_sits_twice()
        Waiting.objects.all().delete()
        Ticket.objects.filter(user__in=[ana, ben]).delete()
        entry = WaitingFactory(session=session, user=ana)
        waiting_list.sweep()
        WaitingFactory(session=session, user=ben)
        over(entry)
        entry.refresh_from_db()
        offer = entry.offer


def test_without_the_session_for_itself_the_sweep_would_end_what_is_taken(session, offer, ana):
    """The entry says that it lapsed, and ana has the ticket."""
    with mock.patch.object(waiting_list, "lock_session", lock_session_shared):
        with transaction.atomic():
            entry = queries.lapsed_entries().get()
            holds.confirm(offer.pk, ana)
            later = begin(waiting_list.sweep)
            until_somebody_waits()
        later.result(20)
    entry.refresh_from_db()
    assert (entry.outcome, rows()) == (Waiting.Outcome.LAPSED, [("A1", "ana", True)])


def test_two_sweeps_at_once_pass_it_on_once(session, offer):
    assert sorted(at_once([waiting_list.sweep] * 6)) == [0, 0, 0, 0, 0, 1]
    assert rows() == [("A1", "ben", False)]


# The line itself


def test_joining_many_times_at_once_is_one_place(session, sold, ana):
    answers = at_once([lambda: waiting_list.join(session.pk, ana, 2)] * 8)
    entry = Waiting.objects.get()
    assert sorted(answers, key=lambda answer: answer[1]) == [(entry, False)] * 7 + [(entry, True)]


def test_without_a_turn_only_the_constraint_would_stop_the_second(session, sold, ana):
    with mock.patch.multiple(waiting_list, lock_session=lock_session_shared, lock_user=lambda user: user):
        with transaction.atomic():
            waiting_list.join(session.pk, ana, 1)
            later = begin(lambda: waiting_list.join(session.pk, ana, 1))
            until_somebody_waits()
        with pytest.raises(Exception, match="waiting_once_in_a_session"):
            later.result(20)
    assert Waiting.objects.count() == 1


def leave(session, user):
    return waiting_list.leave(session.pk, user)


def test_leaving_and_being_offered_at_once_loses_no_seat(session, sold, ana, ben):
    for _ in range(10):
        WaitingFactory(session=session, user=ana)
        WaitingFactory(session=session, user=ben)
        ticket = Ticket.objects.get(session=session, seat=sold[0].seat, cancelled_at=None)
        given_back = at_once(
            [lambda ticket=ticket: purchases.cancel(ticket.pk, ticket.user), lambda: leave(session, ana)]
        )
        assert given_back == [ticket, None]
        assert rows() == [("A1", "ben", False)]
        with pytest.raises(Http404):
            waiting_list.leave(session.pk, ana)
        holds.confirm(queries.latest_entry(ben, session).offer_id, ben)


def buy(session, who):
    return purchases.buy(session.pk, who, quantity=1)


def cancel(session, who):
    ticket = Ticket.objects.filter(user=who, purchased_at__isnull=False, cancelled_at=None).first()
    return purchases.cancel(ticket.pk, who) if ticket else buy(session, who)


def wait(session, who):
    return waiting_list.join(session.pk, who, 1)


def answer(session, who):
    entry = queries.latest_entry(who, session)
    if not entry or entry.ended_at or not entry.offer_id:
        return wait(session, who)
    with suppress(Http404):  # it was passed on just now
        return holds.confirm(entry.offer_id, who) if who.pk % 2 else holds.release(entry.offer_id, who)


def test_a_crowd_that_buys_cancels_waits_and_answers_never_waits_in_a_circle(session):
    people = UserFactory.create_batch(12)
    before = deadlocks()
    turns = [buy, wait, cancel, answer]
    acts = [
        lambda act=turns[(turn + number) % 4], who=who: act(session, who)
        for turn in range(24)
        for number, who in enumerate(people)
    ]
    ended = rush(acts, 12)
    assert sum(ended.values()) == 288
    assert set(ended) <= {BOUGHT, Code.SOLD_OUT, Code.CONFLICT, Code.HOLD_EXPIRED, Code.SEAT_TAKEN}
    assert deadlocks() == before
    assert nobody_sits_twice()
    for entry in queries.open_entries().filter(offer__isnull=False):
        assert {row.user_id for row in entry.offer.tickets.all()} == {entry.user_id}
    waiting_list.sweep()
    free = 4 - Ticket.objects.filter(cancelled_at=None).count()
    assert free == 0 or not queries.entries_without_offer().exists()
