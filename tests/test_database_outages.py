"""PostgreSQL is down or hangs: pages and API answer 503 soon, and recover by themselves."""

from time import monotonic, sleep

import pytest
from django.conf import settings as django_settings
from django.db import close_old_connections
from django.test import Client

from accounts.tests.factories import ManagerFactory
from common.services.postgres import base

pytestmark = pytest.mark.django_db(transaction=True)
# Each asks the database: for its content, its visitor or its session.
PAGES = ["/", "/movies/", "/account/", "/tickets/", f"/{django_settings.ADMIN_PATH}"]


def ask(path):
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "anything"
    return client.get(path)


@pytest.fixture
def connects(monkeypatch, breaker_clock):
    """Return a list of the attempts to connect to PostgreSQL, while the clock of the breakers stands still."""
    real, made = base.Connection.connect, []

    def connect(**parameters):
        made.append(parameters)
        return real(**parameters)

    monkeypatch.setattr(base.Connection, "connect", connect)
    return made


@pytest.mark.parametrize("path", PAGES)
def test_pages_answer_503_without_a_database(lost_port, through, path, events, connects):
    """Each page asks the database: for its content, its visitor or its session."""
    answer = through(lost_port, lambda _: ask(path))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "One moment" in answer.content.decode()
    assert len(connects) == 1
    assert events("request_failed") == []
    assert events("request_unavailable")
    assert {event["code"] for event in events("request_finished")} == {503}


def test_the_api_answers_alike(lost_port, through):
    answer = through(lost_port, lambda _: ask("/api/v1/movies"))
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["code"]) == (503, "2", "unavailable")


def test_a_site_whose_database_hangs_recovers_by_itself(postgres_proxy, through, monkeypatch):
    monkeypatch.setattr(base, "CHECK_SECONDS", 0.5)
    client = Client(raise_request_exception=False)
    client.force_login(ManagerFactory())

    def ask():
        close_old_connections()  # the client for tests leaves that out
        status = client.get("/tickets/").status_code
        close_old_connections()
        return status

    def statuses(_):
        found = [ask()]
        postgres_proxy.hang()
        found += [ask() for _ in range(10)]
        postgres_proxy.resume()
        deadline = monotonic() + 60
        while ask() != 200:
            assert monotonic() < deadline
            sleep(0.1)
        return found

    assert through(postgres_proxy.port, statuses) == [200] + [503] * 10
