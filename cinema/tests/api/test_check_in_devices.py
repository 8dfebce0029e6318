"""Check-in over the API with devices whose clock or keyboard layout is wrong."""

from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone

from cinema.models import Scan
from cinema.tests.api.shapes import z
from cinema.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db

NOW = timezone.now().replace(microsecond=0)


@pytest.fixture(params=["use", "check-in"])
def admit(request, ask, manager):
    """Return `admit(**body)` of a ticket for today, for each of the two addresses."""
    ticket = TicketFactory(session__starts_at=NOW + timedelta(hours=3))

    def send(**body):
        if request.param == "use":
            return ask("POST", f"tickets/{ticket.pk}/use", manager, body)
        return ask("POST", "tickets/check-in", manager, {"code": ticket.code} | body)

    return send


def test_a_queued_scan_says_its_age(admit):
    before = timezone.now()
    admitted_at = datetime.fromisoformat(admit(seconds_ago=600).json()["admitted_at"])
    assert before <= admitted_at + timedelta(minutes=10) <= timezone.now()


@pytest.mark.parametrize(
    "ahead",
    [timedelta(minutes=2), timedelta(hours=-30), timedelta(hours=30)],
    ids=["fast", "slow", "far"],
)
def test_a_wrong_clock_refuses_nothing(admit, ahead):
    before = timezone.now()
    response = admit(scanned_at=z(before + ahead))
    assert response.status_code == 200
    assert before <= datetime.fromisoformat(response.json()["admitted_at"]) <= timezone.now()


def test_without_a_session_a_code_is_for_today(ask, manager, refusal):
    ticket = TicketFactory()  # in two days
    response = ask("POST", "tickets/check-in", manager, {"code": ticket.code})
    assert refusal(response) == (409, "wrong_session", {})
    assert response.json()["details"]["session_id"] == ticket.session_id
    body = {"code": ticket.code, "session_id": ticket.session_id}
    assert ask("POST", "tickets/check-in", manager, body).status_code == 200
    assert ask("POST", f"tickets/{TicketFactory().pk}/use", manager).status_code == 200


def test_a_code_typed_with_another_keyboard_layout(ask, manager, refusal):
    for code, typed in (
        ("0Y7ZAM3QW2BE5S9D", "0Z7YAM3QW2BE5S9D"),
        ("1Y7ZAM3QW2BE5S9D", '&YèWQ?"AZéBE(SçD'),
        ("2Y7ZAM3QW2BE5S9D", "2Н7ЯФЬ3ЙЦ2ИУ5Ы9В"),
    ):
        ticket = TicketFactory(code=code, session__starts_at=NOW + timedelta(hours=3))
        response = ask("POST", "tickets/check-in", manager, {"code": typed})
        assert (response.status_code, response.json()["ticket"]["id"]) == (200, ticket.pk)
        assert Scan.objects.latest("pk").code == typed
        found = ask("GET", f"tickets?code={quote(typed)}", manager).json()["items"]
        assert [each["id"] for each in found] == [ticket.pk]
    response = ask("POST", "tickets/check-in", manager, {"code": "αβγδεζηθικλμνξοπ"})
    assert refusal(response) == (404, "not_found", {})
    assert "its keyboard layout is wrong" in response.json()["message"]
