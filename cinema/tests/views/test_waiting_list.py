"""The waiting list on pages, with plain forms as browsers without JavaScript send them."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from accounts.tests.factories import ConfirmedUserFactory
from cinema.box_office import holds, purchases, waiting_list
from cinema.models import MovieSession, Seat, Ticket, Waiting
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory, WaitingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    return SessionFactory(movie__title="Heat & <Dust>", room__plan__rows=1, room__plan__seats_per_row=3)


@pytest.fixture
def sold(session):
    return TicketFactory.create_batch(3, session=session)


@pytest.fixture
def page(client, session):
    """Return a function that reads the session's page, with spaces collapsed."""

    def read(query=""):
        return " ".join(client.get(f"/sessions/{session.pk}/{query}").content.decode().split())

    return read


@pytest.fixture
def offered(session, sold, ana):
    """Ana's entry, with an offer of A1."""
    entry = WaitingFactory(session=session, user=ana)
    purchases.cancel(sold[0].pk, sold[0].user)
    entry.refresh_from_db()
    return entry


def join(client, session, **data):
    return client.post(f"/sessions/{session.pk}/waiting/", data)


def options(text):
    return [int(part.split('"')[0]) for part in text.split("Wait for")[1].split('<option value="')[1:]]


def test_joining_a_sold_out_session(signed_in, ana, session, sold, page):
    assert "Join the waiting list" in page()
    assert options(page()) == list(range(1, 11))
    response = join(signed_in, session, quantity="2")
    assert response.headers["Location"] == f"/sessions/{session.pk}/"
    text = page()
    assert "You're <strong>first on the waiting list</strong> for 2 seats." in text
    assert "and hold them for you for 30 minutes." in text
    assert "Join the waiting list" not in text
    assert "All seats for this session are taken at the moment." not in text


@pytest.mark.parametrize(("before", "place"), [(1, "second"), (9, "tenth"), (10, "11th"), (21, "22nd")])
def test_the_place_is_shown(signed_in, ana, session, sold, page, before, place):
    WaitingFactory.create_batch(before, session=session)
    WaitingFactory(session=session, user=ana)
    assert f"<strong>{place} on the waiting list</strong> for 1 seat." in page()


def test_joining_while_seats_are_only_held(signed_in, ben, session, page):
    holds.hold(session.pk, ben, quantity=3)
    assert "Join the waiting list" in page()


def test_joining_for_more_seats_than_are_free(signed_in, ana, session, sold, page):
    Ticket.objects.filter(pk=sold[0].pk).update(cancelled_at=timezone.now())
    text = page()
    assert "Need more seats than are free?" in text
    assert options(text) == list(range(2, 11))
    join(signed_in, session, quantity="2")
    text = page()
    assert "Choose your seats" in text
    assert "first on the waiting list" in text
    assert "Need more seats" not in text


def test_wheelchair_places_do_not_count_as_free(signed_in, session, page):
    Seat.objects.filter(room=session.room).update(kind=Seat.Kind.WHEELCHAIR)
    assert options(page()) == list(range(1, 11))


def test_no_waiting_list_with_many_free_seats(signed_in):
    session = SessionFactory(room__plan__rows=2, room__plan__seats_per_row=6)
    assert "waiting" not in signed_in.get(f"/sessions/{session.pk}/").content.decode().split('id="summary"')[1]


def test_own_tickets_reduce_the_quantity(signed_in, ana, session, sold, page, settings):
    settings.TICKETS_PER_CUSTOMER = 3
    Ticket.objects.filter(pk=sold[0].pk).update(user=ana)
    assert options(page()) == [1, 2]
    Ticket.objects.update(user=ana)
    assert "Join the waiting list" not in page()


def test_leaving(signed_in, ana, session, sold, page):
    WaitingFactory(session=session, user=ana)
    path = f"/sessions/{session.pk}/waiting/leave/"
    assert signed_in.get(path).headers["Location"] == f"/sessions/{session.pk}/"
    assert Waiting.objects.get().ended_at is None, "A GET changes nothing."
    response = signed_in.post(path, follow=True)
    assert "You have left the waiting list." in response.content.decode()
    assert "Join the waiting list" in page()
    assert signed_in.post(path).headers["Location"] == f"/sessions/{session.pk}/"


def test_an_offer_is_a_hold_with_its_own_end(signed_in, ana, offered, page, seat_boxes, session):
    text = page()
    until = timezone.localtime(offered.offer_ends_at)
    assert "1 seat for you" in text
    assert f"Held until {until:%H:%M}" in text
    assert f'data-until="{int(offered.offer_ends_at.timestamp())}"' in text
    assert "the seats go to the next person on the list" in text
    assert "Hold longer" not in text
    assert "data-open" not in text
    boxes = seat_boxes(signed_in.get(f"/sessions/{session.pk}/"))
    assert boxes["A1"] == ("Row A, seat 1", {"checked", "disabled"})
    signed_in.post(f"/purchases/{offered.offer_id}/buy/")
    assert Ticket.objects.get(user=ana).purchased_at
    assert "on the waiting list" not in page()


def test_releasing_an_offer(signed_in, ana, ben, offered, session, page):
    WaitingFactory(session=session, user=ben)
    assert f'action="/purchases/{offered.offer_id}/release/"' in page()
    signed_in.post(f"/purchases/{offered.offer_id}/release/")
    assert Ticket.objects.get(user=ben, purchased_at=None).held_until
    assert "Your offer expired" not in page()


def test_choosing_other_seats_during_an_offer_is_refused(signed_in, offered, session, alerts, seat_boxes):
    response = signed_in.post(f"/sessions/{session.pk}/", {"seats": ["A2"]})
    until = timezone.localtime(offered.offer_ends_at)
    assert response.status_code == 409
    assert alerts(response) == [
        f"Seat A1 is kept for you from the waiting list until {until:%H:%M}. Buy or release it first."
    ]
    assert "Get 1 ticket" in response.content.decode()
    assert {label for label, (_, flags) in seat_boxes(response).items() if "checked" in flags} == {"A1"}


@pytest.mark.parametrize("passed_on", [False, True])
def test_an_expired_offer_is_shown(signed_in, ana, offered, session, page, seat_boxes, passed_on):
    Waiting.objects.update(offer_ends_at=timezone.now() - timedelta(seconds=1))
    if passed_on:
        WaitingFactory(session=session)
        waiting_list.sweep()
    ended = timezone.localtime(Waiting.objects.get(user=ana).offer_ends_at)
    text = page("?ended")
    assert f"Your offer expired at {ended:%H:%M}." in text
    assert "Your time is up" not in text
    assert "Get 1 ticket" not in text
    assert "Join the waiting list" in text
    boxes = seat_boxes(signed_in.get(f"/sessions/{session.pk}/"))
    assert boxes["A1"] == ("Row A, seat 1, taken", {"disabled"})


def test_the_day_of_an_older_offer_is_shown(signed_in, ana, session, sold, page):
    ended = timezone.now() - timedelta(days=3)
    WaitingFactory(session=session, user=ana, ended_at=ended, outcome="lapsed", offer_ends_at=ended)
    local = timezone.localtime(ended)
    assert f"Your offer expired at {local:%H:%M} on {local.day} {local:%B}." in page()


def test_refusals_are_shown(signed_in, ana, session, sold):
    for quantity, message in [
        ("", "whole number"),
        ("x", "whole number"),
        ("\x00", "whole number"),
        ("11", "At most 10"),
    ]:
        response = signed_in.post(f"/sessions/{session.pk}/waiting/", {"quantity": quantity}, follow=True)
        assert response.redirect_chain == [(f"/sessions/{session.pk}/", 302)]
        assert message in response.content.decode()
    Ticket.objects.update(cancelled_at=timezone.now())
    response = signed_in.post(f"/sessions/{session.pk}/waiting/", {"quantity": "1"}, follow=True)
    assert "3 seats are still free. Choose now." in response.content.decode()
    assert not Waiting.objects.exists()


def test_leaving_while_the_session_is_locked(signed_in, ana, session, sold, monkeypatch):
    WaitingFactory(session=session, user=ana)

    def busy(*args):
        raise OperationalError from LockNotAvailable()

    monkeypatch.setattr(waiting_list, "lock_session", busy)
    response = signed_in.post(f"/sessions/{session.pk}/waiting/leave/", follow=True)
    assert response.redirect_chain == [(f"/sessions/{session.pk}/", 302)]
    assert "busy" in " ".join(map(str, response.context["messages"]))
    assert Waiting.objects.get().ended_at is None


def test_signing_in_leads_back_to_the_session(client, session, sold, page):
    text = page()
    assert f'href="/account/sign-in/?next=/sessions/{session.pk}/">Sign in to join' in text
    for path in ("waiting/", "waiting/leave/"):
        where = client.post(f"/sessions/{session.pk}/{path}").headers["Location"]
        assert where == f"/account/sign-in/?next=/sessions/{session.pk}/{path}"
    client.force_login(ConfirmedUserFactory())
    assert client.get(f"/sessions/{session.pk}/waiting/").headers["Location"] == f"/sessions/{session.pk}/"


def test_drafts_are_404(signed_in):
    draft = SessionFactory(published=False)
    for path in ("waiting/", "waiting/leave/"):
        assert signed_in.post(f"/sessions/{draft.pk}/{path}", {"quantity": "1"}).status_code == 404


# --- Entries above the tickets ---


def tickets_page(client, query=""):
    return " ".join(client.get(f"/tickets/{query}").content.decode().split())


def test_entries_are_above_the_tickets(signed_in, ana, session, sold, offered):
    other = WaitingFactory(user=ana, quantity=2, session=SessionFactory(movie__title="Later")).session
    text = tickets_page(signed_in)
    until = timezone.localtime(offered.offer_ends_at)
    assert f"<strong>Seat A1</strong> held for you until {until:%H:%M}" in text
    assert "First on the list for 2 seats" in text
    assert f'<a href="/sessions/{other.pk}/">Later</a>' in text
    assert "Heat &amp; &lt;Dust&gt;" in text
    assert "On the waiting list" not in tickets_page(signed_in, "?when=past")
    Waiting.objects.filter(pk=offered.pk).update(offer_ends_at=timezone.now() - timedelta(seconds=1))
    assert "Your offer expired at" in tickets_page(signed_in)


def test_all_offered_seats_are_named(signed_in, ana, session, sold):
    WaitingFactory(session=session, user=ana, quantity=3)
    Ticket.objects.update(cancelled_at=timezone.now())
    waiting_list.sweep()
    assert "<strong>Seats A1, A2 and A3</strong> held for you" in tickets_page(signed_in)


def test_past_sessions_and_ended_entries_are_not_listed(signed_in, ana, session):
    WaitingFactory(user=ana, ended_at=timezone.now(), outcome="left")
    past = WaitingFactory(user=ana).session
    ended = timezone.now() - timedelta(minutes=1)
    rows = MovieSession.objects.filter(pk=past.pk)
    rows.update(starts_at=ended - timedelta(hours=2), ends_at=ended, room_free_at=ended)
    assert "On the waiting list" not in tickets_page(signed_in)


@pytest.mark.parametrize("count", [1, 3])
def test_constant_number_of_queries(signed_in, ana, count, django_assert_num_queries):
    for _ in range(count):
        WaitingFactory(user=ana)
    signed_in.get("/tickets/")
    # Session cookie, user, unread notifications, number of tickets, entries, their sessions.
    with django_assert_num_queries(6):
        assert tickets_page(signed_in).count("on the list for") == count


def test_a_stranger_who_ticks_a_seat_whose_hold_ran_out_has_it_offered_to_the_first_in_the_list(
    signed_in, session, page
):
    TicketFactory.create_batch(2, session=session)
    HeldTicketFactory(session=session, held_until=timezone.now() - timedelta(seconds=1))
    entry = WaitingFactory(session=session, user=ConfirmedUserFactory())
    response = signed_in.post(f"/sessions/{session.pk}/", {"seats": ["A3"]})
    assert response.status_code == 409
    assert "Seat A3 is taken." in response.content.decode()
    assert "All seats for this session are taken at the moment." in page()
    entry.refresh_from_db()
    assert [str(row.seat) for row in entry.offer.tickets.all()] == ["A3"]
