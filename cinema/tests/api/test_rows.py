"""Sessions and tickets of lists are made of columns, and serializers describe them: both make the same of every row."""

from datetime import timedelta
from types import SimpleNamespace

import orjson
import pytest
import time_machine
from django.utils import timezone

from accounts.people import closing
from accounts.tests.factories import ManagerFactory
from cinema.api.rows import SESSION, TICKET
from cinema.api.serializers.sessions import SessionSerializer
from cinema.api.serializers.tickets import TicketSerializer
from cinema.models import MovieSession, Seat, Ticket
from cinema.queries import ticket_lists
from cinema.queries.sessions import with_seat_counts
from cinema.tests.factories import HeldTicketFactory, PurchaseFactory, RoomFactory, SessionFactory, TicketFactory
from common.api.answers.rendering import to_json

pytestmark = pytest.mark.django_db

NOW = timezone.now().replace(microsecond=0)
HOUR = timedelta(hours=1)


@pytest.fixture
def sessions(customer):
    """Sessions that differ in all that their items show."""
    mixed = RoomFactory(number=1, name="Blue “Room”", plan__rows=2, plan__seats_per_row=3)
    for number, kind in ((1, Seat.Kind.WHEELCHAIR), (2, Seat.Kind.COMPANION)):
        mixed.seats.filter(row="B", number=number).update(kind=kind)
    mixed.seats.filter(row="B", number=3).update(in_use=False)
    plain, running = SessionFactory(), SessionFactory(room=mixed, starts_at=NOW - HOUR)
    TicketFactory(session=running, user=customer)
    TicketFactory(session=running, seat=mixed.seats.get(row="B", number=1), cancelled_at=NOW)
    HeldTicketFactory(session=running, user=customer, seat=mixed.seats.get(row="B", number=2))
    HeldTicketFactory(session=plain, held_until=NOW - HOUR)
    SessionFactory(room=RoomFactory(plan__rows=0), published=False)
    SessionFactory(cancelled_at=NOW)
    SessionFactory(starts_at=NOW - 30 * HOUR)
    return MovieSession.objects.all()


def describe_sessions(rows):
    """Return what the serializer makes of them, by id."""
    items = orjson.loads(to_json(SessionSerializer(with_seat_counts(rows), many=True).data))
    return {item["id"]: item for item in items}


def read(ask, path, who=None):
    answer = ask("GET", path, who)
    assert answer.status_code == 200, answer.content
    return answer.json()["items"]


def test_the_fields_are_those_of_the_document():
    assert list(SESSION) == list(SessionSerializer().fields)
    assert list(TICKET) == TicketSerializer.Meta.fields


@pytest.mark.parametrize("query", ["", "limit=100&cancelled=true", "from=2020-01-01T00:00:00Z", "published=true"])
def test_sessions_are_as_the_serializer_makes_them(ask, manager, sessions, query):
    by_id = describe_sessions(sessions)
    for who, count in ((None, 2), (manager, 3)):
        items = read(ask, f"movie-sessions?{query}", who)
        assert items == [by_id[item["id"]] for item in items]
        assert query or len(items) == count
        for item in items:
            film = f"movies/{item['movie']['id']}/sessions?{query}"
            assert read(ask, film, who) == [item]
            (part,) = read(ask, f"{film}&fields=id,seats_free", who)
            assert part == {"id": item["id"], "seats_free": item["seats_free"]}


def test_the_kept_query_follows_the_clock(ask):
    session = SessionFactory(starts_at=NOW + HOUR)
    HeldTicketFactory(session=session, held_until=NOW + 2 * HOUR)
    seen = []
    for hours in (0, 2.5, 4):
        with time_machine.travel(NOW + hours * HOUR, tick=False):
            seen.append([item["seats_free"] for item in read(ask, "movie-sessions")])
    assert seen == [[9], [10], []]


def test_tickets_are_as_the_serializer_makes_them(ask, customer, manager, sessions):
    seller = ManagerFactory()
    sold = PurchaseFactory(user=customer, made_by=seller, session=sessions[0], age_checked=16)
    TicketFactory(user=customer, session=sessions[0], purchase=sold, used_at=NOW, used_by=manager)
    TicketFactory(user=customer, session=sessions[0], cancelled_at=NOW, cancelled_by=manager)
    closed = TicketFactory(session=sessions[0], used_at=NOW)
    closing.close_account(closed.user)
    chairs = Seat.objects.filter(kind=Seat.Kind.WHEELCHAIR)
    TicketFactory(user=customer, session=sessions.get(room=chairs[0].room), seat=chairs[0])
    rows = ticket_lists.with_api_fields(Ticket.objects.filter(purchased_at__isnull=False)).order_by(
        "purchased_at", "id"
    )
    for who, path in (
        (customer, "tickets/me"),
        (manager, "tickets"),
        (manager, f"users/{customer.pk}/tickets"),
        (manager, "tickets/me"),
    ):
        shown = rows if path == "tickets" else rows.filter(user=who if path == "tickets/me" else customer)
        context = {"request": SimpleNamespace(user=who, method="POST")}
        expected = orjson.loads(to_json(TicketSerializer(shown, many=True, context=context).data))
        assert read(ask, f"{path}?ordering=purchased_at", who) == expected
        valid = read(ask, f"{path}?ordering=purchased_at&{'state=used' if path == 'tickets' else 'when=used'}", who)
        assert valid == [item for item in expected if item["used_at"]]
        assert read(ask, f"{path}?ordering=purchased_at&fields=seat_name,id", who) == [
            {"id": item["id"], "seat_name": item["seat_name"]} for item in expected
        ]


@pytest.mark.parametrize("number", [0, 1, 3])
def test_constant_number_of_queries(ask, customer, number, django_assert_num_queries):
    for _ in range(number):
        TicketFactory(user=customer)
    read(ask, "tickets/me?fields=id", customer)  # signs in
    with django_assert_num_queries(3 + bool(number)):  # session cookie, user, tickets, and their sessions
        assert len(read(ask, "tickets/me", customer)) == number
