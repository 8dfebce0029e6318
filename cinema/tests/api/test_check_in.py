"""Check-in over the API. Its rules are tested in cinema/tests/entrance."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.people import closing
from accounts.tests.factories import UserFactory
from cinema.models import Scan, Ticket
from cinema.tests.api.shapes import ticket_json, ticket_json_for_managers, z
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory
from movies.tests.factories import RatingFactory

pytestmark = pytest.mark.django_db

NOW = timezone.now().replace(microsecond=0)


@pytest.fixture
def ticket():
    return TicketFactory(
        user=UserFactory(username="ana", name="Ana Lima"),
        session__starts_at=NOW + timedelta(hours=3),
        session__movie__age_restriction=16,
        code="0123456789ABCDEF",
    )


@pytest.fixture(params=["use", "check-in"])
def admit(request, ask, manager):
    """Return `admit(ticket, **body)`, for each of the two addresses."""

    def send(ticket, by=manager, **body):
        if request.param == "use":
            return ask("POST", f"tickets/{ticket.pk}/use", by, body)
        return ask("POST", "tickets/check-in", by, {"code": ticket.code} | body)

    return send


def admission(ticket, by, **changes):
    used_at = Ticket.objects.get(pk=ticket.pk).used_at
    return {
        "ticket": ticket_json_for_managers(ticket, used_by=by),
        "admitted_at": z(used_at),
        "name": "Ana Lima",
        "seat": "A1",
        "age_restriction": 16,
        "age": None,
        "purchase": {"entered": 1, "expected": 1},
        "repeated": False,
    } | changes


def test_a_ticket_is_admitted(admit, ticket, manager):
    response = admit(ticket, door="Main entrance")
    assert (response.status_code, response.json()) == (200, admission(ticket, manager))
    scan = Scan.objects.values_list("ticket", "by", "door", "outcome").get()
    assert scan == (ticket.pk, manager.pk, "Main entrance", "admitted")


def test_check_in_verifies_the_rating(admit, ask, ticket):
    rating = RatingFactory(user=ticket.user, movie=ticket.session.movie)
    assert ask("GET", f"ratings/{rating.pk}", ticket.user).json()["verified"] is False
    admit(ticket)
    assert ask("GET", f"ratings/{rating.pk}", ticket.user).json()["verified"] is True
    assert ask("GET", f"tickets/{ticket.pk}", ticket.user).json() == ticket_json(ticket)


def test_a_queued_scan_keeps_its_time(admit, ticket, manager):
    at = NOW - timedelta(minutes=10)
    assert admit(ticket, scanned_at=z(at)).json() == admission(ticket, manager, admitted_at=z(at))


def test_optional_fields_may_be_null(admit, ticket, manager):
    response = admit(ticket, nonce=None, scanned_at=None, seconds_ago=None, door="")
    assert response.json() == admission(ticket, manager)


def test_age_of_the_holder_on_the_day(admit, manager):
    begin = NOW + timedelta(hours=3)
    day = timezone.localtime(begin).date()
    ana = UserFactory(username="ana", name="Ana Lima", date_of_birth=day.replace(year=day.year - 16))
    bo = UserFactory(username="bo", date_of_birth=ana.date_of_birth + timedelta(days=1))
    on_the_day, the_day_before = (
        TicketFactory(user=user, session__starts_at=begin, session__movie__age_restriction=16) for user in (ana, bo)
    )
    assert admit(on_the_day).json() == admission(on_the_day, manager, age=16)
    assert admit(the_day_before).json()["age"] == 15


def test_tickets_of_the_purchase_are_counted(admit, ticket):
    others = [TicketFactory(session=ticket.session, purchase=ticket.purchase) for _ in range(3)]
    TicketFactory(session=ticket.session)
    Ticket.objects.filter(pk=others[2].pk).update(cancelled_at=NOW)
    assert admit(ticket).json()["purchase"] == {"entered": 1, "expected": 3}
    assert admit(others[0]).json()["purchase"] == {"entered": 2, "expected": 3}


def test_at_the_entrance_of_its_session_or_of_any(admit, manager):
    for session_id in (lambda pk: pk, lambda pk: float(pk), lambda pk: None):
        ticket = TicketFactory(session__starts_at=NOW + timedelta(hours=3))
        assert admit(ticket, session_id=session_id(ticket.session_id)).status_code == 200


def test_at_the_entrance_of_another_session(admit, ticket, refusal):
    nonce = str(uuid4())
    elsewhere = SessionFactory().pk
    response = admit(ticket, session_id=elsewhere, nonce=nonce)
    assert refusal(response) == (409, "wrong_session", {})
    session = ticket.session
    title, number = session.movie.title, session.room.number
    assert response.json()["message"].startswith(f"This ticket is for Room {number}, ")
    assert response.json()["message"].endswith(f": {title}.")
    details = {"session_id": session.pk, "movie": title, "room_number": number, "starts_at": z(session.starts_at)}
    assert response.json()["details"] == details
    assert admit(ticket, session_id=session.pk, nonce=nonce).json()["details"] == details  # the same scan again
    assert Scan.objects.values_list("ticket", "outcome", "reason").get() == (ticket.pk, "refused", "wrong_session")
    assert admit(ticket, session_id=session.pk).status_code == 200


def test_a_typed_code(ask, ticket, manager):
    response = ask("POST", "tickets/check-in", manager, {"code": " o123-4567-89ab-cdef "})
    assert response.json() == admission(ticket, manager)


def test_the_name_of_accounts_without_one(admit, manager):
    soon = NOW + timedelta(hours=3)
    nameless, closed = (
        TicketFactory(user__username="bo", session__starts_at=soon),
        TicketFactory(session__starts_at=soon),
    )
    closing.close_account(closed.user)
    for ticket, name in ((nameless, "bo"), (closed, "")):
        shown = admit(ticket).json()
        assert shown == admission(ticket, manager, name=name, age_restriction=None)


def test_a_used_ticket_is_refused_with_when_where_and_by_whom(admit, ticket, manager, refusal):
    admit(ticket, door="Main entrance")
    used_at = Ticket.objects.get().used_at
    again = admit(ticket)
    assert refusal(again) == (409, "already_used", {})
    shown = timezone.localtime(used_at)
    assert again.json()["message"] == f"Already used: {shown:%a %d %b %Y, %H:%M}, at Main entrance, by manager."
    assert again.json()["details"] == {
        "used_at": z(used_at),
        "used_by": {"id": manager.pk, "username": "manager"},
        "door": "Main entrance",
    }
    assert Scan.objects.filter(ticket=ticket, outcome="refused", reason="already_used").count() == 1


def test_the_same_scan_sent_again(admit, ticket, manager):
    nonce = str(uuid4())
    first, again = admit(ticket, nonce=nonce), admit(ticket, nonce=nonce)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json() | {"repeated": True} == admission(ticket, manager, repeated=True)
    assert Scan.objects.count() == 1


def test_the_same_refused_scan_sent_again(admit, ask, ticket, manager):
    admit(ticket)
    nonce = str(uuid4())
    first = admit(ticket, nonce=nonce).json()
    assert ask("POST", f"tickets/{ticket.pk}/undo", manager).status_code == 200
    again = admit(ticket, nonce=nonce).json()
    same = ("status_code", "code", "message", "details")
    assert [again[name] for name in same] == [first[name] for name in same]


def test_a_nonce_used_with_another_code(admit, ticket, refusal):
    nonce = str(uuid4())
    admit(ticket, nonce=nonce)
    another = TicketFactory(session=ticket.session)
    assert refusal(admit(another, nonce=nonce)) == (422, "idempotency_mismatch", {})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"cancelled_at": NOW}, "ticket_cancelled"),
        ({"session__cancelled_at": NOW}, "session_started"),
        ({"session__starts_at": NOW - timedelta(hours=6)}, "session_started"),
    ],
)
def test_cancelled_and_past_sessions_are_refused(admit, refusal, changes, code):
    ticket = TicketFactory(**changes)
    assert refusal(admit(ticket)) == (409, code, {})
    assert Scan.objects.values_list("ticket", "outcome", "reason").get() == (ticket.pk, "refused", code)


def test_before_the_entrance_opens(admit, ticket, refusal, settings):
    settings.CHECK_IN_OPENS_MINUTES = 10
    response = admit(ticket)
    assert refusal(response) == (409, "conflict", {})
    assert response.json()["details"] == {"opens_at": z(ticket.session.starts_at - timedelta(minutes=10))}


def test_an_unknown_code_is_recorded_and_404(ask, manager, refusal):
    held = HeldTicketFactory()
    for code in ("NOBODYS", held.code, "電影票", "' OR 1=1 --", "-"):
        response = ask("POST", "tickets/check-in", manager, {"code": code})
        assert refusal(response) == (404, "not_found", {})
        assert response.json()["message"] == "There is no ticket with this code."
        assert Scan.objects.values_list("ticket", "code", "reason").first() == (None, code, "not_found")


def test_an_unknown_id_is_404(ask, manager, refusal):
    held = HeldTicketFactory()
    for pk in (held.pk, held.pk + 1000, 10**30):
        for act in ("use", "undo"):
            assert refusal(ask("POST", f"tickets/{pk}/{act}", manager)) == (404, "not_found", {})
    assert ask("POST", "tickets/abc/use", manager).status_code == 404


CODES = [
    ({}, "This field is required."),
    ({"code": None}, "This field may not be null."),
    ({"code": ""}, "This field may not be blank."),
    ({"code": "  "}, "This field may not be blank."),
    ({"code": 12345}, "Not a valid string."),
    ({"code": ["A"]}, "Not a valid string."),
    ({"code": "x" * 65}, "Ensure this field has no more than 64 characters."),
    ({"code": "a\0b"}, "Holds a character that cannot be stored."),
]


@pytest.mark.parametrize(("body", "message"), CODES, ids=repr)
def test_invalid_codes(ask, manager, refusal, body, message):
    response = ask("POST", "tickets/check-in", manager, body)
    assert refusal(response) == (400, "validation_failed", {"code": message})
    assert not Scan.objects.exists()


EXPECTED_FORMAT = (
    "Write it as 2026-12-31T20:15:00Z, or with another offset; without one it is in the cinema's time zone."
)
SCANS = [
    ({"nonce": "x"}, "nonce", "Must be a valid UUID."),
    ({"nonce": 5}, "nonce", "Must be a valid UUID."),
    ({"nonce": 10**60}, "nonce", "Must be a valid UUID."),
    ({"nonce": ["00000000-0000-4000-8000-000000000001"]}, "nonce", "Must be a valid UUID."),
    ({"scanned_at": "now"}, "scanned_at", EXPECTED_FORMAT),
    ({"scanned_at": 5}, "scanned_at", EXPECTED_FORMAT),
    ({"scanned_at": "0001-01-01T00:00:00+14:00"}, "scanned_at", EXPECTED_FORMAT),
    ({"seconds_ago": -1}, "seconds_ago", "Ensure this value is greater than or equal to 0."),
    ({"seconds_ago": "5"}, "seconds_ago", "Send a whole number."),
    ({"seconds_ago": 2.5}, "seconds_ago", "Send a whole number."),
    ({"door": 5}, "door", "Not a valid string."),
    ({"session_id": "5"}, "session_id", "Send a whole number."),
    ({"session_id": True}, "session_id", "Send a whole number."),
    ({"session_id": 0}, "session_id", "Ensure this value is greater than or equal to 1."),
    ({"session_id": 2**63}, "session_id", "Ensure this value is less than or equal to 9223372036854775807."),
    ({"door": "x" * 81}, "door", "Ensure this field has no more than 80 characters."),
    ({"door": "a\x07b"}, "door", "Use at most 80 characters for the entrance."),
    ({"seat": "A1"}, "seat", "Unknown field."),
]


@pytest.mark.parametrize(("body", "field", "message"), SCANS, ids=repr)
def test_invalid_fields_are_named(admit, ticket, refusal, body, field, message):
    assert refusal(admit(ticket, **body)) == (400, "validation_failed", {field: message})
    assert not Scan.objects.exists()


def test_undo(ask, ticket, manager, refusal):
    ask("POST", f"tickets/{ticket.pk}/use", manager)
    response = ask("POST", f"tickets/{ticket.pk}/undo", manager)
    assert (response.status_code, response.json()) == (200, ticket_json_for_managers(ticket))
    assert response.json()["used_at"] is None
    assert refusal(ask("POST", f"tickets/{ticket.pk}/undo", manager)) == (409, "conflict", {})
    response = ask("POST", f"tickets/{ticket.pk}/undo", manager, {"why": "because"})
    assert refusal(response) == (400, "validation_failed", {"why": "Unknown field."})


def test_managers_only(ask, ticket, refusal):
    for path in (f"tickets/{ticket.pk}/use", f"tickets/{ticket.pk}/undo", "tickets/check-in"):
        assert refusal(ask("POST", path, ticket.user, {"code": ticket.code})) == (403, "permission_denied", {})
        assert refusal(ask("POST", path)) == (401, "not_authenticated", {})
    assert not Scan.objects.exists()


def test_constant_number_of_queries(ask, manager, django_assert_num_queries):
    counts = []
    for others in (0, 3):
        session = SessionFactory()
        for _ in range(others):
            TicketFactory(session=session)
        ticket = TicketFactory(session=session)
        ask("GET", "auth/me", manager)
        with django_assert_num_queries(22) as queries:
            assert ask("POST", f"tickets/{ticket.pk}/use", manager, {"nonce": str(uuid4())}).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
