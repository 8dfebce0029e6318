"""Holds and offers over the API after their session was moved, and sessions that were cancelled."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cinema.models import Ticket
from cinema.tests.api.shapes import z
from cinema.tests.factories import HeldTicketFactory, SessionFactory, WaitingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    return SessionFactory(movie__runtime=100)


@pytest.fixture
def hold(customer, session):
    return HeldTicketFactory(user=customer, session=session).purchase


@pytest.fixture
def entry(customer, session):
    until = timezone.now() + timedelta(minutes=20)
    offer = HeldTicketFactory(user=customer, session=session, held_until=until + timedelta(minutes=2))
    return WaitingFactory(user=customer, session=session, offer=offer.purchase, offer_ends_at=until)


@pytest.fixture
def moved(ask, manager, session):
    """Move the session by three days over the API, and return it."""

    def move(days=3):
        starts_at = z(session.starts_at + timedelta(days=days))
        answer = ask("PATCH", f"movie-sessions/{session.pk}", manager, {"starts_at": starts_at})
        assert answer.status_code == 200
        return answer.json()

    return move


def test_the_refusal_has_the_new_time_and_room(ask, customer, hold, moved):
    now = moved()
    answer = ask("POST", f"holds/{hold.pk}/confirm", customer)
    body = answer.json()
    assert (answer.status_code, body["code"]) == (409, "session_moved")
    assert body["message"].startswith("This session was moved. It now begins on ")
    assert body["details"] == {"starts_at": now["starts_at"], "ends_at": now["ends_at"], "room": now["room"]}
    assert ask("POST", f"holds/{hold.pk}/confirm", customer).status_code == 409


LOOKS = {
    "the hold": lambda hold: ("GET", f"holds/{hold.pk}"),
    "the holds": lambda hold: ("GET", "holds"),
    "the extended hold": lambda hold: ("POST", f"holds/{hold.pk}/extend"),
    "the session": lambda hold: ("GET", f"movie-sessions/{hold.session_id}"),
    "the session of the film": lambda hold: ("GET", f"movies/{hold.session.movie_id}/sessions/{hold.session_id}"),
    "the seats": lambda hold: ("GET", f"movie-sessions/{hold.session_id}/seats"),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_a_hold_is_confirmed_once_the_new_time_was_read(ask, customer, other, hold, moved, look):
    now = moved()
    for user in (other, None):
        ask(*look(hold), user)
    assert ask("POST", f"holds/{hold.pk}/confirm", customer).status_code == 409
    assert now["starts_at"] in ask(*look(hold), customer).content.decode()
    answer = ask("POST", f"holds/{hold.pk}/confirm", customer)
    assert answer.status_code == 200
    assert answer.json()["items"][0]["session"]["starts_at"] == now["starts_at"]


@pytest.mark.parametrize("path", ["movie-sessions/{}/waiting", "waiting", "holds"])
def test_an_offer_is_confirmed_once_the_new_time_was_read(ask, customer, entry, moved, path):
    moved()
    assert ask("POST", f"holds/{entry.offer_id}/confirm", customer).json()["code"] == "session_moved"
    ask("GET", path.format(entry.session_id), customer)
    moved(4)
    assert ask("POST", f"holds/{entry.offer_id}/confirm", customer).json()["code"] == "session_moved"
    ask("GET", path.format(entry.session_id), customer)
    assert ask("POST", f"holds/{entry.offer_id}/confirm", customer).status_code == 200


def test_an_answer_without_the_time_shows_nothing(ask, customer, hold, entry, moved):
    moved()
    session = f"movie-sessions/{hold.session_id}"
    of_film = f"movies/{hold.session.movie_id}/sessions/{hold.session_id}"
    for path in (session, f"{session}/seats", f"{session}/waiting", "waiting", of_film, f"holds/{hold.pk}", "holds"):
        assert ask("HEAD", path, customer).status_code == 200
    for path in (session, of_film):
        assert ask("GET", f"{path}?fields=id", customer).json() == {"id": hold.session_id}
    for purchase in (hold.pk, entry.offer_id):
        assert ask("POST", f"holds/{purchase}/confirm", customer).json()["code"] == "session_moved"


def test_buying_while_holding_seats_from_before_the_move_is_refused(ask, customer, hold, moved):
    moved()
    body = {"session_id": hold.session_id, "seats": ["A1"]}
    assert ask("POST", "tickets/bulk", customer, body).json()["code"] == "session_moved"
    ask("GET", f"holds/{hold.pk}", customer)
    assert ask("POST", "tickets/bulk", customer, body).status_code == 201


def test_a_renamed_room_is_told_over_the_api(ask, customer, manager, hold):
    answer = ask("PATCH", f"rooms/{hold.session.room_id}", manager, {"name": "Great Hall"})
    assert answer.status_code == 200
    (told,) = ask("GET", "notifications", customer).json()["items"]
    assert (told["kind"], "Great Hall" in told["text"]) == ("room_renamed", True)
    assert ask("POST", f"holds/{hold.pk}/confirm", customer).status_code == 200


def test_holds_and_waiting_lists_of_a_cancelled_session_say_so(ask, customer, manager, hold, refusal):
    assert ask("DELETE", f"movie-sessions/{hold.session_id}", manager).status_code == 204
    assert not Ticket.objects.exists()
    shown = ask("GET", f"movie-sessions/{hold.session_id}", customer).json()
    assert shown["cancelled_at"]
    for path, body in (
        (f"holds/{hold.pk}/confirm", None),
        ("holds", {"session_id": hold.session_id, "quantity": 1}),
        ("tickets", {"session_id": hold.session_id}),
        (f"movie-sessions/{hold.session_id}/waiting", {"quantity": 1}),
    ):
        answer = ask("POST", path, customer, body)
        assert refusal(answer)[:2] == (409, "session_started")
        assert answer.json()["message"] == "This session was cancelled."
