"""The scanner without its script: scans posted by the form, the last scans, and undoing one."""

import json
import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.core.keyboard_layouts import LAYOUTS
from cinema.core.ticket_codes import format_code
from cinema.entrance import check_in
from cinema.models import Scan, Ticket
from cinema.tests.factories import PurchaseFactory, SessionFactory, TicketFactory
from cinema.tests.views.entrance.pages import panel, people, scan, scanner_path
from cinema.views.entrance_panel import TEXTS

pytestmark = pytest.mark.django_db

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize("one_session", [True, False], ids=["session", "any"])
def test_a_valid_ticket_is_admitted(manager_client, session, ticket, one_session):
    response = scan(
        manager_client, session if one_session else None, f" {format_code(ticket.code).lower()} ", door=" East "
    )
    assert response.status_code == 200
    assert panel(response) == (
        "in",
        {
            "word": "Come in",
            "name": "Ana Lima",
            "seat": "Seat A1",
            "what": "Heat &amp; &lt;Dust&gt; · Room 2 · 13:00",
        },
    )
    assert people(response) == [1, 1]
    assert Scan.objects.values_list("ticket", "door", "outcome").get() == (ticket.pk, "East", "admitted")
    assert 'name="door" value=" East "' in re.sub(r"\s+(?=\w+=)", " ", response.content.decode())


def test_day_age_and_purchase_are_shown(manager_client, now):
    tomorrow = SessionFactory(starts_at=now + 26 * HOUR, movie__age_restriction=16)
    ana = UserFactory(username="ana", date_of_birth=timezone.localdate(now).replace(year=now.year - 20, day=1))
    purchase = PurchaseFactory(user=ana, session=tomorrow)
    tickets = [TicketFactory(user=ana, session=tomorrow, purchase=purchase) for _ in range(3)]
    TicketFactory(user=ana, session=tomorrow, purchase=purchase, cancelled_at=now)
    day = timezone.localtime(tomorrow.starts_at)
    kind, lines = panel(scan(manager_client, tomorrow, tickets[0].code))
    assert (kind, lines["name"]) == ("in", "ana")
    assert lines["day"] == f"Not today: {day:%A} {day.day} {day:%B}."
    assert lines["age"] == "From 16: check the age (the account holder is 20)."
    assert lines["purchase"] == "1 of 3 of this purchase is in."
    assert panel(scan(manager_client, tomorrow, tickets[1].code))[1]["purchase"] == "2 of 3 of this purchase are in."
    unknown = TicketFactory(session=tomorrow, user=None)
    lines = panel(scan(manager_client, tomorrow, unknown.code))[1]
    assert lines["age"] == "From 16: check the age (the account has no date of birth)."
    assert "name" not in lines


def test_the_script_gets_the_texts_of_the_panel(manager_client, session):
    html = manager_client.get(scanner_path(session)).content.decode()
    assert json.loads(re.search(r'<script id="panel-texts"[^>]*>(.*?)</script>', html)[1]) == TEXTS


def test_a_form_posted_twice_is_one_scan(manager_client, session, ticket):
    nonce = re.search(r'name="nonce" value="([^"]+)"', manager_client.get(scanner_path(session)).content.decode())[1]
    first, again = (scan(manager_client, session, ticket.code, nonce=nonce) for _ in range(2))
    assert panel(first) == panel(again)
    assert panel(again)[0] == "in"
    assert Scan.objects.get().nonce == UUID(nonce)
    new = re.search(r'name="nonce" value="([^"]+)"', again.content.decode())[1]
    assert new != nonce


def test_a_used_ticket_is_refused(manager_client, mia, session, ticket):
    scan(manager_client, session, ticket.code, door="East")
    response = scan(manager_client, session, ticket.code)
    shown = timezone.localtime(timezone.now())
    reason = f"Already used: {shown:%a %d %b %Y, %H:%M}, at East, by mia."
    assert response.status_code == 409
    assert panel(response) == ("refused", {"word": "Not admitted", "reason": reason})
    assert 'id="answer" role="alert"' in re.sub(r"\s+", " ", response.content.decode())


def test_a_ticket_for_another_session_is_refused(manager_client, session, ticket, now):
    other = SessionFactory(starts_at=now + HOUR, room__number=1)
    response = scan(manager_client, other, ticket.code)
    assert response.status_code == 409
    assert panel(response)[1]["reason"] == "This ticket is for Room 2, 13:00: Heat &amp; &lt;Dust&gt;."
    assert Ticket.objects.get().used_at is None
    assert Scan.objects.values_list("outcome", "reason").get() == ("refused", "wrong_session")


def test_a_ticket_of_another_day_is_refused_where_no_session_is_chosen(manager_client, now):
    later = TicketFactory(session__starts_at=now + 26 * HOUR, session__room__number=3, session__movie__title="Heat")
    response = scan(manager_client, None, later.code)
    assert (response.status_code, panel(response)[0]) == (409, "refused")
    assert panel(response)[1]["reason"].startswith("This ticket is for Room 3, ")
    assert panel(scan(manager_client, later.session, later.code))[0] == "in"


def test_a_scanner_with_another_keyboard_layout(manager_client, session):
    TicketFactory(session=session, code="0Y7ZAM3QW2BE5S9D")
    assert panel(scan(manager_client, session, "0Н7ЯФЬ3ЙЦ2ИУ5Ы9В"))[0] == "in"
    response = scan(manager_client, session, "αβγδεζηθικλμνξοπ")
    assert (response.status_code, panel(response)[1]["reason"]) == (404, check_in.UnknownCode.layout_message)


def test_the_script_gets_the_time_and_the_keyboard_layouts(manager_client, session, now):
    html = manager_client.get(scanner_path(session)).content.decode()
    assert float(re.search(r'id="people" data-now="([^"]+)"', re.sub(r"\s+", " ", html))[1]) == now.timestamp()
    found = json.loads(re.search(r'<script id="keyboard-layouts"[^>]*>(.*?)</script>', html)[1])
    assert found == {name: list(signs) for name, signs in LAYOUTS.items()}


def test_an_unknown_code(manager_client, session):
    response = scan(manager_client, session, "電影票")
    assert (response.status_code, panel(response)[1]["reason"]) == (404, "There is no ticket with this code.")


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"code": ""}, "Scan a ticket, or type the code printed on it."),
        ({"code": " \t"}, "Scan a ticket, or type the code printed on it."),
        ({"code": "x" * 65}, "Ensure this value has at most 64 characters (it has 65)."),
        ({"code": "a\0b"}, "Null characters are not allowed."),
        ({"code": "A", "nonce": "x"}, "Reload this page, then scan the ticket again."),
        ({"code": "A", "door": "x" * 81}, "Ensure this value has at most 80 characters (it has 81)."),
        ({"code": "A", "door": "a\x07b"}, "Use at most 80 characters for the entrance."),
    ],
    ids=repr,
)
def test_impossible_scans(manager_client, session, form, reason):
    response = scan(manager_client, session, **form)
    assert (response.status_code, panel(response)[1]["reason"]) == (400, reason)
    assert not Scan.objects.exists()


def test_a_nonce_used_with_another_code(manager_client, session, ticket):
    nonce = str(uuid4())
    scan(manager_client, session, ticket.code, nonce=nonce)
    response = scan(manager_client, session, TicketFactory(session=session).code, nonce=nonce)
    assert (response.status_code, panel(response)[0]) == (422, "refused")


# --- The last scans, and undoing one --------------------------------------------------------------


def last_scans(response):
    found = re.findall(r'<li class="(\w+)">(.*?)</li>', response.content.decode(), re.S)
    return [(outcome, "data-api" in row) for outcome, row in found]


def test_own_last_scans_are_listed(manager_client, mia, session, ticket):
    used = TicketFactory(session=session)
    scan(manager_client, session, used.code)
    manager_client.post(f"{scanner_path(session)}undo/{used.pk}/")
    scan(manager_client, session, ticket.code)
    scan(manager_client, session, "NOBODYS")
    check_in.check_in(TicketFactory(session=session), ManagerFactory())
    shown = [("refused", False), ("admitted", True), ("undone", False), ("admitted", False)]
    for path in (scanner_path(session), f"{scanner_path(session)}state/", "/check-in/any/"):
        assert last_scans(manager_client.get(path)) == shown
    html = manager_client.get("/check-in/any/state/").content.decode()
    assert "NOBODYS" in html
    assert f'action="/check-in/any/undo/{ticket.pk}/"' in html
    assert f'data-api="/api/v1/tickets/{ticket.pk}/undo"' in html


def test_scans_of_yesterday_are_not_listed(manager_client, mia, session, ticket):
    check_in.check_in(ticket, mia)
    Scan.objects.update(received_at=timezone.now() - 13 * HOUR)
    assert last_scans(manager_client.get(scanner_path(session))) == []


def test_no_undo_after_the_session(manager_client, mia, session, ticket):
    check_in.check_in(ticket, mia)
    type(session).objects.update(starts_at=timezone.now() - 3 * HOUR, ends_at=timezone.now() - MINUTE)
    assert last_scans(manager_client.get("/check-in/any/")) == [("admitted", False)]


@pytest.mark.parametrize("one_session", [True, False], ids=["session", "any"])
def test_undo(manager_client, mia, session, ticket, one_session):
    check_in.check_in(ticket, mia)
    path = scanner_path(session if one_session else None)
    response = manager_client.post(f"{path}undo/{ticket.pk}/", follow=True)
    assert response.redirect_chain == [(path, 302)]
    assert "Check-in of seat A1 undone. The ticket can be used again." in response.content.decode()
    assert Ticket.objects.get().used_at is None
    again = manager_client.post(f"{path}undo/{ticket.pk}/", follow=True).content.decode()
    assert "This ticket has not been used." in again
    missing = manager_client.post(f"{path}undo/{ticket.pk + 1000}/", follow=True).content.decode()
    assert "There is no such ticket." in missing
    assert Scan.objects.filter(outcome="undone").count() == 1
