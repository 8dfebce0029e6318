"""The waiting list in the admin: looked at, and written by nobody there."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cinema.box_office import purchases
from cinema.models import Waiting
from cinema.tests.admin.pages import text
from cinema.tests.factories import SessionFactory, TicketFactory, WaitingFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/cinema/waiting/"


@pytest.fixture
def session(ahead):
    return SessionFactory(starts_at=ahead(1), movie__title="Heat", room__plan__rows=1, room__plan__seats_per_row=1)


@pytest.fixture
def sold(session):
    return TicketFactory(session=session)


def found(client, **asked):
    return set(client.get(LIST, asked).context["cl"].result_list)


def test_who_waits_where_and_in_which_place(client, manager, session, sold):
    ana = WaitingFactory(session=session, user=UserFactory(username="ana", name="Ana K"), quantity=2)
    ben = WaitingFactory(session=session, user=UserFactory(username="ben", name=""))
    left = WaitingFactory(session=session, ended_at=timezone.now(), outcome=Waiting.Outcome.LEFT)
    page = text(client.get(LIST))
    for said in ("Heat", "Ana K (ana)", "ben", "in line", "left the list"):
        assert said in page
    places = {row.pk: row.place for row in found(client) if not row.ended_at}
    assert places == {ana.pk: 1, ben.pk: 2}
    purchases.cancel(sold.pk, sold.user)
    assert "offered" in text(client.get(LIST))
    assert "Ana K (ana)" in text(client.get(f"{LIST}{ana.pk}/change/"))
    assert "left the list" in text(client.get(f"{LIST}{left.pk}/change/"))


def test_filters_and_search(client, manager, session):
    now = timezone.now()
    waits = WaitingFactory(session=session, user=UserFactory(username="ana", email="ana@example.org"))
    lapsed = WaitingFactory(ended_at=now, outcome="lapsed", session=SessionFactory(starts_at=now + timedelta(days=3)))
    assert found(client) == {waits, lapsed}
    assert found(client, state="open") == {waits}
    assert found(client, state="lapsed") == {lapsed}
    assert found(client, state="nonsense") == {waits, lapsed}
    assert found(client, day=timezone.localtime(session.starts_at).date().isoformat()) == {waits}
    assert found(client, room=session.room_id) == {waits}
    for typed in ("ana", "ana@example.org", "heat"):
        assert found(client, q=typed) == {waits}


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_do_not_grow(client, manager, session, count, django_assert_max_num_queries):
    WaitingFactory.create_batch(count, session=session)
    client.get(LIST)
    with django_assert_max_num_queries(7):
        assert len(found(client)) == count
