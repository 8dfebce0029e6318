"""Tickets over the API: reading and cancelling them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.people import closing
from accounts.tests.factories import UserFactory
from cinema.models import Ticket
from cinema.tests.api.shapes import page_of, ticket_json, ticket_json_for_managers
from cinema.tests.factories import HeldTicketFactory, PurchaseFactory, SessionFactory, TicketFactory
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

NOW = timezone.now().replace(microsecond=0)


@pytest.fixture
def session():
    return SessionFactory()


@pytest.fixture
def past_session():
    return SessionFactory(starts_at=NOW - timedelta(days=2))


def test_own_tickets_without_holds(ask, customer, session):
    ticket = TicketFactory(user=customer, session=session)
    HeldTicketFactory(user=customer, session=session)
    TicketFactory(session=session)
    assert ask("GET", "tickets/me", customer).json() == page_of(ticket_json(ticket, 7))


def test_own_tickets_of_a_manager(ask, manager):
    ticket = TicketFactory(user=manager)
    TicketFactory()
    assert ask("GET", "tickets/me", manager).json() == page_of(ticket_json_for_managers(ticket))


@pytest.fixture
def various(customer, session, past_session):
    """The customer's tickets, by state."""
    running = SessionFactory(starts_at=NOW - timedelta(minutes=10))
    cancelled_session = SessionFactory(cancelled_at=NOW)
    own = {"user": customer}
    return {
        "valid": TicketFactory(**own, session=session),
        "running": TicketFactory(**own, session=running),
        "in": TicketFactory(**own, session=running, used_at=NOW),
        "missed": TicketFactory(**own, session=past_session),
        "seen": TicketFactory(**own, session=past_session, used_at=NOW - timedelta(days=2)),
        "ticket cancelled": TicketFactory(**own, session=past_session, cancelled_at=NOW),
        "session cancelled": TicketFactory(**own, session=cancelled_session),
    }


def names_of(response, tickets):
    by_id = {ticket.pk: name for name, ticket in tickets.items()}
    return {by_id[item["id"]] for item in response.json()["items"]}


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("", {"valid", "running", "in", "missed", "seen", "ticket cancelled", "session cancelled"}),
        ("?when=upcoming", {"valid", "running", "in"}),
        ("?when=past", {"missed", "seen"}),
        ("?when=used", {"in", "seen"}),
        ("?when=cancelled", {"ticket cancelled", "session cancelled"}),
    ],
)
def test_own_tickets_by_period(ask, customer, manager, various, when, expected):
    TicketFactory()
    assert names_of(ask("GET", f"tickets/me{when}", customer), various) == expected
    assert names_of(ask("GET", f"users/{customer.pk}/tickets{when}", manager), various) == expected


def test_invalid_parameters_are_named(ask, customer, manager, refusal):
    response = ask("GET", "tickets/me?when=now&user=1&ordering=seat", customer)
    assert set(refusal(response)[2]) == {"user"}
    assert set(refusal(ask("GET", "tickets/me?when=now", customer))[2]) == {"when"}
    assert set(refusal(ask("GET", "tickets/me?ordering=seat", customer))[2]) == {"ordering"}
    for query in (
        "session=abc",
        "session=0",
        "movie=-1",
        "user=null",
        "date=2026-02-30",
        "date=9999-12-31",
        "state=new",
        f"code={'x' * 65}",
    ):
        response = ask("GET", f"tickets?{query}", manager)
        assert (query, refusal(response)[0], set(refusal(response)[2])) == (query, 400, {query.partition("=")[0]})
    assert ask("GET", f"tickets?session={10**30}&user={10**30}&movie={10**30}", manager).json() == page_of()


def test_all_tickets_for_managers(ask, manager, customer):
    seller = {"purchase": PurchaseFactory(user=customer, made_by=manager)}
    first = TicketFactory(user=customer, purchased_at=NOW - timedelta(hours=1), **seller)
    second = TicketFactory(purchased_at=NOW, used_at=NOW, used_by=manager)
    HeldTicketFactory()
    response = ask("GET", "tickets", manager)
    assert response.json() == page_of(
        ticket_json_for_managers(second, used_by=manager), ticket_json_for_managers(first, sold_by=manager)
    )


def test_filters_of_all_tickets(ask, manager, customer, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    starts = NOW.replace(year=NOW.year + 1, month=1, day=5, hour=23, minute=30)  # the 6th in Berlin
    session = SessionFactory(starts_at=starts)
    tickets = {
        "theirs": TicketFactory(user=customer, session=session, code="0123456789ABCDEF"),
        "used": TicketFactory(session=session, used_at=NOW),
        "cancelled": TicketFactory(session=session, cancelled_at=NOW),
        "elsewhere": TicketFactory(),
    }
    session.refresh_from_db()
    for query, expected in {
        f"session={session.pk}": {"theirs", "used", "cancelled"},
        f"movie={session.movie_id}": {"theirs", "used", "cancelled"},
        f"user={customer.pk}": {"theirs"},
        f"date={starts.year}-01-06": {"theirs", "used", "cancelled"},
        f"date={starts.year}-01-05": set(),
        "state=valid": {"theirs", "elsewhere"},
        "state=used": {"used"},
        "state=cancelled": {"cancelled"},
        "code=o123-4567-89ab-cdef": {"theirs"},
        f"session={session.pk}&state=used&user={customer.pk}": set(),
    }.items():
        assert (query, names_of(ask("GET", f"tickets?{query}", manager), tickets)) == (query, expected)


def test_orderings_and_cursors(ask, manager):
    late = TicketFactory(purchased_at=NOW - timedelta(days=1), session__starts_at=NOW + timedelta(days=5))
    soon = TicketFactory(purchased_at=NOW, session__starts_at=NOW + timedelta(days=1))

    def ids(query):
        return [item["id"] for item in ask("GET", f"tickets{query}", manager).json()["items"]]

    assert ids("?fields=id") == ids("?ordering=-purchased_at") == [soon.pk, late.pk]
    assert ids("?ordering=starts_at") == ids("?ordering=purchased_at")[::-1] == [soon.pk, late.pk]
    first = ask("GET", "tickets?ordering=-starts_at&limit=1", manager).json()
    assert [item["id"] for item in first["items"]] == [late.pk]
    assert ids(f"?ordering=-starts_at&limit=1&cursor={first['meta']['next_cursor']}") == [soon.pk]


def test_customers_do_not_see_manager_fields(ask, customer, manager, refusal):
    ticket = TicketFactory(user=customer)
    assert ask("GET", "tickets?fields=id,sold_by", manager).json()["items"] == [{"id": ticket.pk, "sold_by": None}]
    assert refusal(ask("GET", "tickets/me?fields=id,sold_by", customer))[0] == 400


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_tickets_of_others_and_holds_are_404(ask, customer, manager, refusal, method):
    theirs, held = TicketFactory(), HeldTicketFactory(user=customer)
    for pk in (theirs.pk, held.pk, theirs.pk + 1000, 10**30):
        assert refusal(ask(method, f"tickets/{pk}", customer)) == (404, "not_found", {})
    assert refusal(ask(method, f"tickets/{held.pk}", manager)) == (404, "not_found", {})
    assert ask(method, "tickets/abc", manager).status_code == 404
    assert ask(method, "tickets/-1", manager).status_code == 404
    assert not Ticket.objects.filter(cancelled_at__isnull=False).exists()


def test_holders_see_the_session_even_cancelled_or_unpublished(ask, customer):
    for changes in ({"session__published": False}, {"session__cancelled_at": NOW}):
        ticket = TicketFactory(user=customer, **changes)
        assert ask("GET", f"tickets/{ticket.pk}", customer).json() == ticket_json(ticket)


def test_managers_see_tickets_of_closed_accounts(ask, customer, manager):
    ticket = TicketFactory(user=customer)
    closing.close_account(customer)
    shown = ask("GET", f"tickets/{ticket.pk}", manager).json()
    assert shown == ticket_json_for_managers(ticket)
    assert shown["user_id"] is None


def test_tickets_of_an_unknown_user_are_404(ask, manager, refusal):
    for pk in (manager.pk + 1000, 10**30):
        assert refusal(ask("GET", f"users/{pk}/tickets", manager)) == (404, "not_found", {})


def test_managers_only(ask, customer, refusal):
    for path in ("tickets", f"users/{customer.pk}/tickets"):
        assert refusal(ask("GET", path, customer)) == (403, "permission_denied", {})
        assert refusal(ask("GET", path)) == (401, "not_authenticated", {})


# --- Cancelling them ------------------------------------------------------------------------------


def test_cancelling_keeps_the_record(ask, customer, manager, refusal):
    ticket = TicketFactory(user=customer)
    response = ask("DELETE", f"tickets/{ticket.pk}", customer)
    assert (response.status_code, response.json()) == (200, ticket_json(ticket, 10))
    assert response.json()["cancelled_at"]
    assert ask("GET", f"tickets/{ticket.pk}", manager).json() == ticket_json_for_managers(
        ticket, 10, cancelled_by=customer
    )
    assert refusal(ask("DELETE", f"tickets/{ticket.pk}", customer))[:2] == (409, "ticket_cancelled")
    assert ask("POST", "tickets", customer, {"session_id": ticket.session_id, "seat": "A1"}).status_code == 201


def test_a_manager_cancels_any_ticket(ask, manager):
    ticket = TicketFactory()
    response = ask("DELETE", f"tickets/{ticket.pk}", manager)
    assert (response.status_code, response.json()) == (200, ticket_json_for_managers(ticket, 10, cancelled_by=manager))


def test_used_and_past_tickets_cannot_be_cancelled(ask, customer, manager, past_session, refusal):
    used = TicketFactory(user=customer, used_at=NOW)
    assert refusal(ask("DELETE", f"tickets/{used.pk}", manager))[:2] == (409, "already_used")
    past = TicketFactory(user=customer, session=past_session)
    for user in (customer, manager):
        assert refusal(ask("DELETE", f"tickets/{past.pk}", user))[:2] == (409, "session_started")


# --- Queries --------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_constant_number_of_queries(ask, customer, manager, count, django_assert_num_queries):
    movie = MovieFactory()
    tickets = [
        TicketFactory(user=customer, session__movie=movie, used_at=NOW, used_by=UserFactory()) for _ in range(count)
    ]
    for user in (customer, manager):
        ask("GET", "auth/me", user)
    # Session cookie, user, tickets, their sessions.
    with django_assert_num_queries(4):
        ask("GET", "tickets/me", customer)
    with django_assert_num_queries(4):
        ask("GET", "tickets", manager)
    with django_assert_num_queries(5):
        ask("GET", f"users/{customer.pk}/tickets", manager)
    with django_assert_num_queries(4):
        ask("GET", f"tickets/{tickets[0].pk}", customer)
