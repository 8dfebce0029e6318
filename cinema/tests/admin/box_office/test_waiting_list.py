"""The waiting lists in the admin, which are read only."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cinema.box_office import purchases
from cinema.models import Waiting
from cinema.tests.admin.pages import page_text
from cinema.tests.factories import SessionFactory, TicketFactory, WaitingFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/cinema/waiting/"


@pytest.fixture
def session(ahead):
    return SessionFactory(starts_at=ahead(1), movie__title="Heat", room__plan__rows=1, room__plan__seats_per_row=1)


@pytest.fixture
def sold(session):
    return TicketFactory(session=session)


def listed_entries(client, **filters):
    return set(client.get(LIST, filters).context["cl"].result_list)


def test_the_list_shows_entries_and_their_places(client, manager, session, sold):
    ana = WaitingFactory(session=session, user=UserFactory(username="ana", name="Ana K"), quantity=2)
    ben = WaitingFactory(session=session, user=UserFactory(username="ben", name=""))
    left = WaitingFactory(session=session, ended_at=timezone.now(), outcome=Waiting.Outcome.LEFT)
    page = page_text(client.get(LIST))
    for part in ("Heat", "Ana K (ana)", "ben", "waiting", "left the list"):
        assert part in page
    places = {row.pk: row.place for row in listed_entries(client) if not row.ended_at}
    assert places == {ana.pk: 1, ben.pk: 2}
    purchases.cancel(sold.pk, sold.user)
    assert "offered" in page_text(client.get(LIST))
    assert "Ana K (ana)" in page_text(client.get(f"{LIST}{ana.pk}/change/"))
    assert "left the list" in page_text(client.get(f"{LIST}{left.pk}/change/"))


def test_filters_and_search(client, manager, session):
    now = timezone.now()
    waits = WaitingFactory(session=session, user=UserFactory(username="ana", email="ana@example.org"))
    lapsed = WaitingFactory(ended_at=now, outcome="lapsed", session=SessionFactory(starts_at=now + timedelta(days=3)))
    assert listed_entries(client) == {waits, lapsed}
    assert listed_entries(client, state="open") == {waits}
    assert listed_entries(client, state="lapsed") == {lapsed}
    assert listed_entries(client, state="nonsense") == {waits, lapsed}
    assert listed_entries(client, day=timezone.localtime(session.starts_at).date().isoformat()) == {waits}
    assert listed_entries(client, room=session.room_id) == {waits}
    for typed in ("ana", "ana@example.org", "heat"):
        assert listed_entries(client, q=typed) == {waits}


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_do_not_grow(client, manager, session, count, django_assert_max_num_queries):
    WaitingFactory.create_batch(count, session=session)
    client.get(LIST)
    with django_assert_max_num_queries(7):
        assert len(listed_entries(client)) == count
