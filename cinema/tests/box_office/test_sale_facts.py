"""What the rules look at, read in one statement, is what each of them reads."""

import pytest

from accounts.queries import is_confirmed
from accounts.tests.factories import ConfirmedUserFactory, UserFactory
from cinema.box_office import hoarding, holds, offers, purchases, rules
from cinema.box_office.sale_facts import load_facts
from cinema.queries.waiting_list import has_open_entries
from cinema.tests.factories import SessionFactory, WaitingFactory

pytestmark = pytest.mark.django_db
HERE, THERE = "198.51.100.1", "198.51.100.2"


def buy_by_a_neighbour(session, user):
    purchases.buy(session.pk, UserFactory(), seats=["A1"], address=HERE)


def buy_by_a_stranger(session, user):
    purchases.buy(session.pk, UserFactory(), seats=["A1"], address=THERE)


def buy_in_another_session(session, user):
    purchases.buy(SessionFactory().pk, user, seats=["A1"], address=HERE)


def buy_and_cancel(session, user):
    purchases.cancel(purchases.buy(session.pk, user, seats=["A1"], address=THERE).tickets.get().pk, user)


HISTORIES = {
    "nothing": lambda session, user: None,
    "a ticket": lambda session, user: purchases.buy(session.pk, user, seats=["A1"]),
    "a hold": lambda session, user: holds.hold(session.pk, user, seats=["A1"], address=THERE),
    "a cancelled ticket": buy_and_cancel,
    "a neighbour's": buy_by_a_neighbour,
    "a stranger's": buy_by_a_stranger,
    "another session's": buy_in_another_session,
    "someone waits": lambda session, user: WaitingFactory(session=session, user=ConfirmedUserFactory()),
}


@pytest.mark.parametrize("factory", [UserFactory, ConfirmedUserFactory])
@pytest.mark.parametrize("history", HISTORIES)
def test_the_facts_are_what_is_read_one_by_one(session, factory, history):
    user = factory(email="Ana@Example.org")
    HISTORIES[history](session, user)
    facts = load_facts(session, user, HERE)
    assert (facts.film, facts.age_limit, facts.room) == (session.movie.title, None, session.room)
    assert (facts.room.number, facts.room.name) == (session.room.number, session.room.name)
    assert facts.is_confirmed == is_confirmed(user) == (factory is ConfirmedUserFactory)
    assert facts.is_waited_for == has_open_entries(session.pk) == (history == "someone waits")
    assert facts.load_own_tickets() == rules.own_tickets(session, user)
    assert facts.load_claims().rows == hoarding.find_claims(session, user, facts.address_hash)
    assert bool(facts.load_claims().rows) == (history in {"a ticket", "a hold", "a cancelled ticket", "a neighbour's"})


def test_an_age_limit_and_an_unknown_address(user):
    session = SessionFactory(movie__age_restriction=16)
    facts = load_facts(session, user)
    assert (facts.age_limit, facts.address_hash, facts.has_claims) == (16, "", False)
    purchases.buy(SessionFactory().pk, UserFactory(), seats=["A1"])  # also from nowhere
    assert not load_facts(session, user).has_claims


def test_offered_seats_are_read_although_they_appear_after_the_facts(session, user):
    WaitingFactory(session=session, user=user)
    facts = load_facts(session, user)
    assert not facts.has_tickets
    offers.offer_free_seats([session])
    assert [ticket.user for ticket in facts.load_own_tickets()] == [user]
