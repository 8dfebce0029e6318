"""The page that lists today's sessions for check-in, and access to all check-in pages."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cinema.entrance import check_in
from cinema.models import Scan
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory
from cinema.tests.views.entrance.pages import panel, people, scan, scanner_path

pytestmark = pytest.mark.django_db

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def listed_sessions(client):
    return [(row.pk, row.entered, row.expected) for row in client.get("/check-in/").context["sessions"]]


def test_sessions_of_today_running_ones_first(manager_client, now):
    later = SessionFactory(starts_at=now + 3 * HOUR, room__number=1)
    running_in_5 = SessionFactory(starts_at=now - 90 * MINUTE, room__number=5)
    running_in_4 = SessionFactory(starts_at=now - 10 * MINUTE, room__number=4)
    next_in_3 = SessionFactory(starts_at=now + HOUR, room__number=3)
    next_in_2 = SessionFactory(starts_at=now + HOUR, room__number=2)
    SessionFactory(starts_at=now - 5 * HOUR)  # over
    SessionFactory(starts_at=now + 13 * HOUR)  # tomorrow
    SessionFactory(starts_at=now + HOUR, cancelled_at=now)
    SessionFactory(starts_at=now + HOUR, published=False)
    expected = [running_in_4, running_in_5, next_in_2, next_in_3, later]
    assert [pk for pk, _, _ in listed_sessions(manager_client)] == [session.pk for session in expected]


def test_sessions_after_midnight_belong_to_the_evening(manager_client, now, monkeypatch):
    soon, running = SessionFactory(starts_at=now + 13 * HOUR), SessionFactory(starts_at=now + 11 * HOUR)
    next_day = SessionFactory(starts_at=now + 19 * HOUR)
    for late, after_midnight in ((11.5, []), (12.5, [next_day.pk])):
        monkeypatch.setattr(timezone, "now", lambda late=late: now + late * HOUR)
        assert [pk for pk, _, _ in listed_sessions(manager_client)] == [running.pk, soon.pk, *after_midnight]
        for session in (running, soon):
            assert "day" not in panel(scan(manager_client, session, TicketFactory(session=session).code))[1]


def test_a_draft_with_a_ticket_is_listed(manager_client, now):
    draft = SessionFactory(starts_at=now + HOUR, published=False)
    TicketFactory(session=draft)
    assert listed_sessions(manager_client) == [(draft.pk, 0, 1)]
    assert "not on sale" in manager_client.get("/check-in/").content.decode()


def test_people_inside_and_expected(manager_client, mia, session):
    first, _ = TicketFactory(session=session), TicketFactory(session=session)
    TicketFactory(session=session, cancelled_at=timezone.now())
    HeldTicketFactory(session=session)
    TicketFactory()
    check_in.check_in(first, mia)
    assert listed_sessions(manager_client) == [(session.pk, 1, 2)]
    html = manager_client.get("/check-in/").content.decode()
    assert f'href="/check-in/{session.pk}/"' in html
    assert 'aria-label="Room 2, 13:00, Heat &amp; &lt;Dust&gt;: 1 of 2 in"' in html
    for path in (scanner_path(session), "/check-in/any/"):
        assert people(manager_client.get(path)) == people(manager_client.get(f"{path}state/")) == [1, 2]


def test_no_sessions_left_today(manager_client):
    assert "Nothing more today" in manager_client.get("/check-in/").content.decode()
    assert people(manager_client.get("/check-in/any/")) == [0, 0]


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [("/check-in/", 4), ("/check-in/any/", 5), ("/check-in/any/state/", 4)])
def test_constant_number_of_queries(manager_client, mia, now, path, queries, number):
    for _ in range(number):
        ticket = TicketFactory(session=SessionFactory(starts_at=now + HOUR))
        check_in.check_in(ticket, mia)
    with CaptureQueriesContext(connection) as captured:
        manager_client.get(path)
    assert len(captured) == queries, [query["sql"] for query in captured]


def test_only_the_scanner_may_use_the_camera(manager_client, session):
    for path in (scanner_path(session), "/check-in/any/"):
        assert manager_client.get(path).headers["Permissions-Policy"].startswith("camera=(self), ")
    for path in ("/", "/check-in/", f"{scanner_path(session)}state/"):
        assert manager_client.get(path).headers["Permissions-Policy"].startswith("camera=(), ")


def test_the_pages_are_not_stored(manager_client, session):
    for path in ("/check-in/", scanner_path(session), f"{scanner_path(session)}state/"):
        assert "no-store" in manager_client.get(path).headers["Cache-Control"]


@pytest.mark.parametrize("pk", [0, 10**30])
def test_an_unknown_session_is_404(manager_client, ticket, pk):
    for path in (f"/check-in/{pk}/", f"/check-in/{pk}/state/"):
        assert manager_client.get(path).status_code == 404
    assert manager_client.post(f"/check-in/{pk}/", {"code": ticket.code}).status_code == 404
    assert not Scan.objects.exists()


def test_the_account_page_links_to_it_for_managers(client, mia):
    for user, has_link in ((mia, True), (UserFactory(), False)):
        client.force_login(user)
        assert ('href="/check-in/"' in client.get("/account/").content.decode()) is has_link


def test_the_service_worker_is_served_without_signing_in(client):
    response = client.get("/check-in/worker.js")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/javascript")
    assert "addEventListener" in response.content.decode()
