"""The door's pages: whose door, the scanner without its script, and what the script asks for."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.core.local_time import day_bounds, today
from cinema.core.ticket_codes import format_code
from cinema.entrance import check_in
from cinema.models import Scan, Ticket
from cinema.tests.factories import HeldTicketFactory, PurchaseFactory, SessionFactory, TicketFactory

pytestmark = pytest.mark.django_db

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def noon():
    return day_bounds(today())[0] + 12 * HOUR


@pytest.fixture(autouse=True)
def now(monkeypatch):
    """Noon of today, so that the evening is ahead and still today."""
    moment = noon()
    monkeypatch.setattr(timezone, "now", lambda: moment)
    return moment


@pytest.fixture
def mia():
    return ManagerFactory(username="mia")


@pytest.fixture
def door(client, mia):
    client.force_login(mia)
    return client


@pytest.fixture
def session(now):
    return SessionFactory(starts_at=now + HOUR, room__number=2, movie__title="Heat & <Dust>")


@pytest.fixture
def ticket(session):
    return TicketFactory(session=session, user=UserFactory(username="ana", name="Ana Lima"))


def at(session):
    return f"/check-in/{session.pk}/" if session else "/check-in/any/"


def panel(response):
    """(kind, {slot: text}) of what is answered."""
    html = response.content.decode()
    found = re.search(r'aria-atomic="true">(.*?)</div>', html, re.S)[1]
    lines = re.findall(r'data-slot="(\w+)"( hidden)?>(.*?)</', found, re.S)
    return re.search(r'data-kind="(\w+)"', found)[1], {slot: text for slot, hidden, text in lines if not hidden}


def people(response):
    return [int(number) for number in re.findall(r"<strong>(\d+)</strong> (?:in|expected)", response.content.decode())]


def scan(client, session, code, **form):
    return client.post(at(session), {"code": code, "nonce": str(uuid4())} | form)


# --- Whose door -----------------------------------------------------------------------------------


def listed(client):
    return [(row.pk, row.entered, row.expected) for row in client.get("/check-in/").context["sessions"]]


def test_sessions_of_today_running_ones_first(door, now):
    later = SessionFactory(starts_at=now + 3 * HOUR, room__number=1)
    running_in_5 = SessionFactory(starts_at=now - 90 * MINUTE, room__number=5)
    running_in_4 = SessionFactory(starts_at=now - 10 * MINUTE, room__number=4)
    next_in_3 = SessionFactory(starts_at=now + HOUR, room__number=3)
    next_in_2 = SessionFactory(starts_at=now + HOUR, room__number=2)
    SessionFactory(starts_at=now - 5 * HOUR)  # over
    SessionFactory(starts_at=now + 13 * HOUR)  # tomorrow
    SessionFactory(starts_at=now + HOUR, cancelled_at=now)
    SessionFactory(starts_at=now + HOUR, published=False)
    orders = [running_in_4, running_in_5, next_in_2, next_in_3, later]
    assert [pk for pk, _, _ in listed(door)] == [session.pk for session in orders]


def test_an_evening_does_not_end_at_midnight(door, now, monkeypatch):
    soon, running = SessionFactory(starts_at=now + 13 * HOUR), SessionFactory(starts_at=now + 11 * HOUR)
    next_day = SessionFactory(starts_at=now + 19 * HOUR)
    for late, after_midnight in ((11.5, []), (12.5, [next_day.pk])):
        monkeypatch.setattr(timezone, "now", lambda late=late: now + late * HOUR)
        assert [pk for pk, _, _ in listed(door)] == [running.pk, soon.pk, *after_midnight]
        for session in (running, soon):
            assert "day" not in panel(scan(door, session, TicketFactory(session=session).code))[1]


def test_a_draft_that_somebody_has_a_ticket_for(door, now):
    draft = SessionFactory(starts_at=now + HOUR, published=False)
    TicketFactory(session=draft)
    assert listed(door) == [(draft.pk, 0, 1)]
    assert "not on sale" in door.get("/check-in/").content.decode()


def test_who_is_in_and_expected(door, mia, session):
    first, _ = TicketFactory(session=session), TicketFactory(session=session)
    TicketFactory(session=session, cancelled_at=timezone.now())
    HeldTicketFactory(session=session)
    TicketFactory()
    check_in.check_in(first, mia)
    assert listed(door) == [(session.pk, 1, 2)]
    html = door.get("/check-in/").content.decode()
    assert f'href="/check-in/{session.pk}/"' in html
    assert 'aria-label="Room 2, 13:00, Heat &amp; &lt;Dust&gt;: 1 of 2 in"' in html
    assert people(door.get(at(session))) == people(door.get(f"{at(session)}state/")) == [1, 2]
    assert people(door.get("/check-in/any/")) == people(door.get("/check-in/any/state/")) == [1, 2]


def test_nothing_more_today(door):
    assert "Nothing more today" in door.get("/check-in/").content.decode()
    assert people(door.get("/check-in/any/")) == [0, 0]


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [("/check-in/", 4), ("/check-in/any/", 5), ("/check-in/any/state/", 4)])
def test_as_many_queries_however_many_sessions_and_scans(door, mia, now, path, queries, number):
    for _ in range(number):
        ticket = TicketFactory(session=SessionFactory(starts_at=now + HOUR))
        check_in.check_in(ticket, mia)
    with CaptureQueriesContext(connection) as asked:
        door.get(path)
    assert len(asked) == queries, [query["sql"] for query in asked]


# --- A scan, without the script -------------------------------------------------------------------


@pytest.mark.parametrize("own_door", [True, False], ids=["of the session", "any"])
def test_come_in(door, session, ticket, own_door):
    response = scan(door, session if own_door else None, f" {format_code(ticket.code).lower()} ", door=" East ")
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


def test_all_that_one_must_look_at(door, now):
    tomorrow = SessionFactory(starts_at=now + 26 * HOUR, movie__age_restriction=16)
    ana = UserFactory(username="ana", date_of_birth=timezone.localdate(now).replace(year=now.year - 20, day=1))
    purchase = PurchaseFactory(user=ana, session=tomorrow)
    tickets = [TicketFactory(user=ana, session=tomorrow, purchase=purchase) for _ in range(3)]
    TicketFactory(user=ana, session=tomorrow, purchase=purchase, cancelled_at=now)
    day = timezone.localtime(tomorrow.starts_at)
    kind, lines = panel(scan(door, tomorrow, tickets[0].code))
    assert (kind, lines["name"]) == ("in", "ana")
    assert lines["day"] == f"Not today: {day:%A} {day.day} {day:%B}."
    assert lines["age"] == "From 16: check the age (the account&#x27;s holder is 20)."
    assert lines["purchase"] == "1 of 3 of this purchase is in."
    assert panel(scan(door, tomorrow, tickets[1].code))[1]["purchase"] == "2 of 3 of this purchase are in."
    unknown = TicketFactory(session=tomorrow, user=None)
    lines = panel(scan(door, tomorrow, unknown.code))[1]
    assert lines["age"] == "From 16: check the age (the account does not say it)."
    assert "name" not in lines


def test_sent_twice_it_is_one_scan(door, session, ticket):
    nonce = re.search(r'name="nonce" value="([^"]+)"', door.get(at(session)).content.decode())[1]
    first, again = (scan(door, session, ticket.code, nonce=nonce) for _ in range(2))
    assert panel(first) == panel(again)
    assert panel(again)[0] == "in"
    assert Scan.objects.get().nonce == UUID(nonce)
    new = re.search(r'name="nonce" value="([^"]+)"', again.content.decode())[1]
    assert new != nonce


def test_the_second_time(door, mia, session, ticket):
    scan(door, session, ticket.code, door="East")
    response = scan(door, session, ticket.code)
    shown = timezone.localtime(timezone.now())
    reason = f"Used already: {shown:%a %d %b %Y, %H:%M}, at East, by mia."
    assert response.status_code == 409
    assert panel(response) == ("refused", {"word": "Not admitted", "reason": reason})
    assert 'id="answer" role="alert"' in re.sub(r"\s+", " ", response.content.decode())


def test_of_another_session(door, session, ticket, now):
    other = SessionFactory(starts_at=now + HOUR, room__number=1)
    response = scan(door, other, ticket.code)
    assert response.status_code == 409
    assert panel(response)[1]["reason"] == "This ticket is for Room 2, 13:00: Heat &amp; &lt;Dust&gt;."
    assert Ticket.objects.get().used_at is None
    assert Scan.objects.values_list("outcome", "reason").get() == ("refused", "wrong_session")


def test_a_code_of_nobody(door, session):
    response = scan(door, session, "電影票")
    assert (response.status_code, panel(response)[1]["reason"]) == (404, "There is no ticket with this code.")


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"code": ""}, "Scan a ticket, or type the code that is printed on it."),
        ({"code": " \t"}, "Scan a ticket, or type the code that is printed on it."),
        ({"code": "x" * 65}, "Ensure this value has at most 64 characters (it has 65)."),
        ({"code": "a\0b"}, "Null characters are not allowed."),
        ({"code": "A", "nonce": "x"}, "Load this page again, and scan once more."),
        ({"code": "A", "door": "x" * 81}, "Ensure this value has at most 80 characters (it has 81)."),
        ({"code": "A", "door": "a\x07b"}, "Name the door in at most 80 characters."),
    ],
    ids=repr,
)
def test_what_nobody_can_have_scanned(door, session, form, reason):
    response = scan(door, session, **form)
    assert (response.status_code, panel(response)[1]["reason"]) == (400, reason)
    assert not Scan.objects.exists()


def test_a_nonce_of_another_code(door, session, ticket):
    nonce = str(uuid4())
    scan(door, session, ticket.code, nonce=nonce)
    response = scan(door, session, TicketFactory(session=session).code, nonce=nonce)
    assert (response.status_code, panel(response)[0]) == (422, "refused")


# --- The last scans, and taking one back ----------------------------------------------------------


def last_scans(response):
    found = re.findall(r'<li class="(\w+)">(.*?)</li>', response.content.decode(), re.S)
    return [(outcome, "data-api" in row) for outcome, row in found]


def test_ones_own_last_scans(door, mia, session, ticket):
    used = TicketFactory(session=session)
    scan(door, session, used.code)
    door.post(f"{at(session)}undo/{used.pk}/")
    scan(door, session, ticket.code)
    scan(door, session, "NOBODYS")
    check_in.check_in(TicketFactory(session=session), ManagerFactory())
    shown = [("refused", False), ("admitted", True), ("undone", False), ("admitted", False)]
    for path in (at(session), f"{at(session)}state/", "/check-in/any/"):
        assert last_scans(door.get(path)) == shown
    html = door.get("/check-in/any/state/").content.decode()
    assert "NOBODYS" in html
    assert f'action="/check-in/any/undo/{ticket.pk}/"' in html
    assert f'data-api="/api/v1/tickets/{ticket.pk}/undo"' in html


def test_what_was_scanned_yesterday_is_not_there(door, mia, session, ticket):
    check_in.check_in(ticket, mia)
    Scan.objects.update(received_at=timezone.now() - 13 * HOUR)
    assert last_scans(door.get(at(session))) == []


def test_nothing_is_taken_back_once_it_is_over(door, mia, session, ticket):
    check_in.check_in(ticket, mia)
    type(session).objects.update(starts_at=timezone.now() - 3 * HOUR, ends_at=timezone.now() - MINUTE)
    assert last_scans(door.get("/check-in/any/")) == [("admitted", False)]


@pytest.mark.parametrize("own_door", [True, False], ids=["of the session", "any"])
def test_taken_back(door, mia, session, ticket, own_door):
    check_in.check_in(ticket, mia)
    where = at(session if own_door else None)
    response = door.post(f"{where}undo/{ticket.pk}/", follow=True)
    assert response.redirect_chain == [(where, 302)]
    assert "Seat A1 is taken back. The ticket can be used again." in response.content.decode()
    assert Ticket.objects.get().used_at is None
    again = door.post(f"{where}undo/{ticket.pk}/", follow=True).content.decode()
    assert "This ticket has not been used." in again
    missing = door.post(f"{where}undo/{ticket.pk + 1000}/", follow=True).content.decode()
    assert "There is no such ticket." in missing
    assert Scan.objects.filter(outcome="undone").count() == 1


# --- Who, and with what ---------------------------------------------------------------------------


def test_only_the_scanner_may_ask_for_the_camera(door, session):
    for path in (at(session), "/check-in/any/"):
        assert door.get(path).headers["Permissions-Policy"].startswith("camera=(self), ")
    for path in ("/", "/check-in/", f"{at(session)}state/"):
        assert door.get(path).headers["Permissions-Policy"].startswith("camera=(), ")


def test_nobody_keeps_these_pages(door, session):
    for path in ("/check-in/", at(session), f"{at(session)}state/"):
        assert "no-store" in door.get(path).headers["Cache-Control"]


@pytest.mark.parametrize("pk", [0, 10**30])
def test_the_door_of_no_session(door, ticket, pk):
    for path in (f"/check-in/{pk}/", f"/check-in/{pk}/state/"):
        assert door.get(path).status_code == 404
    assert door.post(f"/check-in/{pk}/", {"code": ticket.code}).status_code == 404
    assert not Scan.objects.exists()


def test_managers_find_it_in_their_account(client, mia):
    for user, linked in ((mia, True), (UserFactory(), False)):
        client.force_login(user)
        assert ('href="/check-in/"' in client.get("/account/").content.decode()) is linked


def test_the_worker_is_in_charge_of_the_door_alone(client):
    response = client.get("/check-in/worker.js")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/javascript")
    assert "addEventListener" in response.content.decode()
