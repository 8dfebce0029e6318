"""Answers of the API that are not JSON: QR codes and calendars. Their errors are JSON."""

from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from django.utils import timezone

from cinema.documents import feeds
from cinema.models import Ticket
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(customer):
    return TicketFactory(user=customer, session=SessionFactory(movie__title="The Mirror"), code="ABCDEFGHJKMNPQRS")


def feed_path(address):
    return "calendar/" + address.rpartition("/")[2]


# --- The QR code ---


def test_a_qr_code(ask, customer, ticket):
    answer = ask("GET", f"tickets/{ticket.pk}/qr", customer)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml; charset=utf-8")
    assert answer.content.startswith(b'<svg role="img"')
    assert answer["Cache-Control"] == "private, no-store"  # to a browser: who has the code has the ticket


@pytest.mark.parametrize("accept", ["image/svg+xml", "application/json", "text/html", "nonsense", ""])
@pytest.mark.parametrize(("kind", "content_type"), [("qr", "image/svg+xml"), ("calendar", "text/calendar")])
def test_a_document_is_sent_whatever_is_accepted(ask, customer, ticket, accept, kind, content_type):
    answer = ask("GET", f"tickets/{ticket.pk}/{kind}", customer, Accept=accept)
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, content_type)


@pytest.mark.parametrize("kind", ["qr", "calendar"])
def test_tickets_of_others_are_404(ask, other, manager, ticket, refusal, kind):
    for user in (other, manager):
        assert refusal(ask("GET", f"tickets/{ticket.pk}/{kind}", user)) == (404, "not_found", {})
    assert refusal(ask("GET", f"tickets/{ticket.pk}/{kind}"))[:2] == (401, "not_authenticated")


@pytest.mark.parametrize("kind", ["qr", "calendar"])
def test_held_seats_are_404(ask, customer, kind):
    held = HeldTicketFactory(user=customer)
    assert ask("GET", f"tickets/{held.pk}/{kind}", customer).status_code == 404


@pytest.mark.parametrize("kind", ["qr", "calendar"])
def test_unknown_parameters_are_named(ask, customer, ticket, refusal, kind):
    answer = ask("GET", f"tickets/{ticket.pk}/{kind}?size=3", customer)
    assert refusal(answer) == (400, "validation_failed", {"size": "This address takes no parameters."})
    assert answer["Content-Type"] == "application/json"


def test_a_cancelled_ticket_has_no_qr_code(ask, customer, ticket, refusal):
    Ticket.objects.update(cancelled_at=timezone.now())
    assert refusal(ask("GET", f"tickets/{ticket.pk}/qr", customer)) == (409, "ticket_cancelled", {})


@pytest.mark.parametrize(("kind", "queries"), [("qr", 1), ("calendar", 2)])
def test_one_query_for_the_ticket_and_for_the_visit(ask, customer, ticket, django_assert_num_queries, kind, queries):
    ask("GET", "tickets/me", customer)
    with django_assert_num_queries(2 + queries):  # session cookie, user
        assert ask("GET", f"tickets/{ticket.pk}/{kind}", customer).status_code == 200


# --- The calendar entry ---


def test_a_calendar_entry(ask, customer, ticket):
    answer = ask("GET", f"tickets/{ticket.pk}/calendar", customer, Accept="text/calendar")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8; method=PUBLISH")
    assert answer["Content-Disposition"] == f'attachment; filename="visit-{ticket.session_id}.ics"'
    (event,) = icalendar.Calendar.from_ical(answer.content).events
    assert (event["SUMMARY"], event.start) == ("The Mirror", ticket.session.starts_at)


def test_the_entry_of_a_cancelled_ticket_removes_itself(ask, customer, ticket):
    before = icalendar.Calendar.from_ical(ask("GET", f"tickets/{ticket.pk}/calendar", customer).content)
    assert ask("DELETE", f"tickets/{ticket.pk}", customer).status_code == 200
    answer = ask("GET", f"tickets/{ticket.pk}/calendar", customer)
    after = icalendar.Calendar.from_ical(answer.content)
    assert answer["Content-Type"].endswith("method=CANCEL")
    assert (before["METHOD"], after["METHOD"]) == ("PUBLISH", "CANCEL")
    assert after.events[0]["UID"] == before.events[0]["UID"]
    assert after.events[0]["SEQUENCE"] > before.events[0]["SEQUENCE"]


# --- The feed ---


def test_the_address_of_the_feed(ask, customer):
    assert ask("GET", "calendar", customer).json() == {"address": None}
    made = ask("POST", "calendar", customer)
    assert (made.status_code, made.json()) == (201, {"address": feeds.find_address(customer)})
    assert ask("GET", "calendar", customer).json() == made.json()
    assert ask("DELETE", "calendar", customer).status_code == 204
    assert ask("DELETE", "calendar", customer).status_code == 204
    assert ask("GET", "calendar", customer).json() == {"address": None}


def test_a_feed_is_read_without_signing_in(ask, customer, ticket):
    TicketFactory()
    answer = ask("GET", feed_path(feeds.reset_address(customer)), Accept="text/calendar, */*;q=0.5")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert answer["Cache-Control"] == "private, no-cache"
    assert [event["SUMMARY"] for event in icalendar.Calendar.from_ical(answer.content).events] == ["The Mirror"]


def test_an_unchanged_feed_is_not_sent_again(ask, customer, ticket):
    address = feed_path(feeds.reset_address(customer))
    tag = ask("GET", address)["ETag"]
    assert ask("HEAD", address)["ETag"] == tag
    for method in ("GET", "HEAD"):
        again = ask(method, address, **{"If-None-Match": tag})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    Ticket.objects.update(cancelled_at=timezone.now())
    changed = ask("GET", address, **{"If-None-Match": tag})
    assert changed.status_code == 200
    assert b"STATUS:CANCELLED" in changed.content


def test_after_a_reset_the_old_address_is_404(ask, customer, refusal):
    old = feed_path(feeds.reset_address(customer))
    new = feed_path(ask("POST", "calendar", customer).json()["address"])
    assert refusal(ask("GET", old)) == (404, "not_found", {})
    assert ask("GET", new).status_code == 200


def test_the_feed_of_a_closed_account_is_404(ask, customer, refusal):
    address = feed_path(feeds.reset_address(customer))
    customer.is_active = False
    customer.save()
    assert refusal(ask("GET", address)) == (404, "not_found", {})


@pytest.mark.parametrize("token", ["x", "1-0", "%00", "1" * 40 + "-" + "0" * 64])
def test_guessed_tokens_are_404(ask, customer, refusal, token):
    feeds.reset_address(customer)
    assert refusal(ask("GET", f"calendar/{token}.ics")) == (404, "not_found", {})


@pytest.mark.parametrize(
    "query", ["fbclid=a", "since=2026&since=2027", "format=json", "page=0", "fields=id", "a=%00", "="]
)
@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0.9", "text/calendar", "nonsense"])
def test_a_feed_takes_any_parameter_and_any_accept_header(ask, customer, ticket, query, accept):
    address = feed_path(feeds.reset_address(customer))
    answer = ask("GET", f"{address}?{query}", Accept=accept)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.content == ask("GET", address).content


def test_errors_of_a_feed_are_json_whatever_is_accepted(ask, customer, refusal):
    answer = ask("GET", f"calendar/1-{'0' * 64}.ics?fbclid=a", Accept="text/calendar")
    assert (refusal(answer), answer["Content-Type"]) == ((404, "not_found", {}), "application/json")


def test_options_of_files_are_json(ask, customer, ticket):
    feed = feed_path(feeds.reset_address(customer))
    for address in (feed, f"tickets/{ticket.pk}/calendar", f"tickets/{ticket.pk}/qr", "library/export"):
        answer = ask("OPTIONS", address, customer, Accept="text/calendar")
        assert (answer.status_code, answer["Allow"]) == (200, "GET, HEAD, OPTIONS")
        assert answer.json()["name"]


@pytest.mark.parametrize("number", [1, 3])
def test_a_feed_is_two_queries(ask, customer, number, django_assert_num_queries):
    for day in range(number):
        session = SessionFactory(starts_at=datetime.now(UTC).replace(microsecond=0) + timedelta(days=day + 1))
        TicketFactory(user=customer, session=session)
    address = feed_path(feeds.reset_address(customer))
    with django_assert_num_queries(2):
        assert ask("GET", address).content.count(b"BEGIN:VEVENT") == number


# --- The OpenAPI document ---


def test_the_media_types_are_documented(client):
    paths = client.get("/api/v1/schema").json()["paths"]
    kinds = {
        name: (list(paths[name]["get"]["responses"]["200"]["content"]), error_statuses(paths[name]["get"]))
        for name in ("/api/v1/tickets/{id}/qr", "/api/v1/tickets/{id}/calendar", "/api/v1/calendar/{token}.ics")
    }
    assert {name: kind for name, (kind, _) in kinds.items()} == {
        "/api/v1/tickets/{id}/qr": ["image/svg+xml"],
        "/api/v1/tickets/{id}/calendar": ["text/calendar"],
        "/api/v1/calendar/{token}.ics": ["text/calendar"],
    }
    assert {"401", "404", "409"} <= kinds["/api/v1/tickets/{id}/qr"][1]
    assert "401" not in kinds["/api/v1/calendar/{token}.ics"][1]


def error_statuses(operation):
    return {status for status in operation["responses"] if status >= "400"}
