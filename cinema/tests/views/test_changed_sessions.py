"""Pages of sessions that were moved, cancelled, or removed."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.tests.factories import ManagerFactory
from cinema.box_office import holds, purchases
from cinema.models import MovieSession, Ticket
from cinema.programme import removal, scheduling
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory, WaitingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    return SessionFactory(movie__title="Heat & <Dust>", movie__runtime=100)


def text(response):
    return " ".join(response.content.decode().split())


def move(session, days=3):
    return scheduling.change_session(session.pk, {"starts_at": session.starts_at + timedelta(days=days)})


def cancel(session):
    removal.remove_session(session.pk, ManagerFactory(), cancel_tickets=True)


# --- Moved ---


def test_a_hold_from_before_the_move_is_bought_from_the_page_that_shows_the_new_time(signed_in, ana, session):
    hold = holds.hold(session.pk, ana, seats=["A1"])
    moved = move(session)
    answer = signed_in.post(f"/purchases/{hold.pk}/buy/")
    assert (answer.status_code, answer["Location"]) == (302, f"/sessions/{session.pk}/")
    assert not Ticket.objects.filter(purchased_at__isnull=False).exists()
    assert signed_in.head(f"/sessions/{session.pk}/").status_code == 200  # of which no one sees anything
    page = text(signed_in.get(f"/sessions/{session.pk}/"))
    assert "This session has moved since you chose. It is now" in page
    assert page.count(f"{timezone.localtime(moved.starts_at):%H:%M}") >= 2
    assert signed_in.post(f"/purchases/{hold.pk}/buy/")["Location"] == f"/purchases/{hold.pk}/"
    assert Ticket.objects.filter(purchased_at__isnull=False, user=ana).count() == 1


def choose(client, session, page, *labels):
    """Tick the seats on `page`, as the browser sends its form, and return the page that follows."""
    revision = re.search(r'name="revision" value="(\d+)"', text(page))[1]
    return client.post(f"/sessions/{session.pk}/", {"seats": labels, "revision": revision}, follow=True)


@pytest.mark.parametrize("first", [(), ("A1",)], ids=["first seat", "second seat"])
def test_seats_ticked_on_a_page_from_before_the_move_show_the_new_time(signed_in, ana, session, first):
    page = signed_in.get(f"/sessions/{session.pk}/")
    if first:
        page = choose(signed_in, session, page, *first)
        assert "has moved" not in text(page)
    moved = move(session)
    page = choose(signed_in, session, page, *first, "A2")
    assert "This session has moved since you chose. It is now" in text(page)
    assert text(page).count(f"{timezone.localtime(moved.starts_at):%H:%M}") >= 2
    assert "has moved" not in text(choose(signed_in, session, page, "A3"))
    hold = Ticket.objects.get(user=ana).purchase_id
    assert signed_in.post(f"/purchases/{hold}/buy/")["Location"] == f"/purchases/{hold}/"


def test_a_second_seat_without_the_revision_of_its_page_shows_the_new_time_too(signed_in, ana, session):
    holds.hold(session.pk, ana, seats=["A1"])
    move(session)
    page = signed_in.post(f"/sessions/{session.pk}/", {"seats": ["A1", "A2"]}, follow=True)
    assert "This session has moved since you chose." in text(page)


def test_a_refused_choice_on_a_page_from_before_the_move_shows_the_new_time_too(signed_in, session):
    page = signed_in.get(f"/sessions/{session.pk}/")
    TicketFactory(session=session)
    move(session)
    page = choose(signed_in, session, page, "A1")
    assert page.status_code == 409
    assert "Seat A1 is taken." in text(page)
    assert "This session has moved since you opened this page. It is now" in text(page)


def test_the_page_that_the_script_loads_again_says_that_the_session_has_moved(signed_in, session):
    path = f"/sessions/{session.pk}/?moved"
    assert "has moved" not in text(signed_in.get(path))
    page = text(signed_in.get(f"/sessions/{session.pk}/"))
    assert 'data-moved="0"' in page
    move(session)
    page = text(signed_in.get(path))
    assert "This session has moved since you opened this page." in page
    assert 'data-moved="1"' in page


def test_a_look_before_the_move_or_by_others_is_none(signed_in, ana, ben, session):
    hold = holds.hold(session.pk, ana, seats=["A1"])
    signed_in.get(f"/sessions/{session.pk}/")
    move(session)
    for user in (ben, None):
        client = Client()
        if user:
            client.force_login(user)
        assert "has moved" not in text(client.get(f"/sessions/{session.pk}/"))
    assert signed_in.post(f"/purchases/{hold.pk}/buy/")["Location"] == f"/sessions/{session.pk}/"


def test_an_offer_from_before_the_move_says_so(signed_in, ana, session):
    until = timezone.now() + timedelta(minutes=20)
    offer = HeldTicketFactory(session=session, user=ana, held_until=until + timedelta(minutes=2)).purchase
    WaitingFactory(session=session, user=ana, offer=offer, offer_ends_at=until)
    move(session)
    assert signed_in.post(f"/purchases/{offer.pk}/buy/")["Location"] == f"/sessions/{session.pk}/"
    assert "This session has moved since you chose." in text(signed_in.get(f"/sessions/{session.pk}/"))
    assert "has moved since" not in text(signed_in.get(f"/sessions/{session.pk}/"))
    assert signed_in.post(f"/purchases/{offer.pk}/buy/")["Location"] == f"/purchases/{offer.pk}/"


# --- Cancelled ---


def test_the_link_of_a_cancelled_session_says_what_it_was_and_when_else_the_film_is_on(client, session):
    TicketFactory(session=session)
    other = SessionFactory(movie=session.movie, starts_at=session.starts_at + timedelta(days=1))
    SessionFactory(movie=session.movie, cancelled_at=timezone.now())
    cancel(session)
    answer = client.get(f"/sessions/{session.pk}/")
    page = text(answer)
    assert answer.status_code == 200
    assert "<title>Cancelled: Heat &amp; &lt;Dust&gt;, " in page
    assert "<strong>This session was cancelled.</strong>" in page
    assert f"{timezone.localtime(session.starts_at):%H:%M}</time> · {session.room}" in page
    assert re.findall(r'class="slots".*?href="(/sessions/\d+/)"', page) == [f"/sessions/{other.pk}/"]
    assert f"?next=/sessions/{session.pk}/" in page
    assert 'name="seats"' not in page


def test_who_had_tickets_reads_what_becomes_of_them(signed_in, ana, session):
    purchases.buy(session.pk, ana, seats=["A1", "A2"])
    cancel(session)
    page = text(signed_in.get(f"/sessions/{session.pk}/"))
    assert (
        "You had 2 tickets for it: seats A1 and A2. They are no longer valid, and you don't have to do anything."
        in page
    )
    assert 'href="/tickets/?when=cancelled"' in page
    assert "There are none at the moment." in page
    ticket = Ticket.objects.filter(user=ana).first()
    for path in (f"/tickets/{ticket.code}/", f"/purchases/{ticket.purchase_id}/"):
        assert f'href="/sessions/{session.pk}/">See other times' in text(signed_in.get(path))


def test_whatever_a_page_of_before_sends_ends_at_the_page_that_says_cancelled(signed_in, ana, session):
    hold = holds.hold(session.pk, ana, seats=["A1"])
    cancel(session)
    page = f"/sessions/{session.pk}/"
    for path, body in (
        (f"/purchases/{hold.pk}/buy/", {}),
        (f"{page}waiting/", {"quantity": "1"}),
        (f"{page}waiting/leave/", {}),
        (f"{page}birthday/", {"date_of_birth": "1990-01-01"}),
        (f"/purchases/{hold.pk}/release/", {}),
    ):
        answer = signed_in.post(path, body, follow=True)
        assert (answer.redirect_chain[-1][0], answer.status_code) == (page, 200)
        assert "This session was cancelled." in text(answer)
    answer = signed_in.post(page, {"seats": ["A1"]})
    assert (answer.status_code, "This session was cancelled." in text(answer)) == (409, True)
    assert not Ticket.objects.exists()


def test_the_page_of_a_session_that_was_removed_says_so(client, session):
    cancel(session)
    assert not MovieSession.objects.exists()
    answer = client.get(f"/sessions/{session.pk}/")
    assert answer.status_code == 404
    assert "It may have been taken off the programme, or the link has a typo." in text(answer)
    assert 'href="/whats-on/">See what&#x27;s on' in text(answer) or 'href="/whats-on/">See what\'s on' in text(answer)


def test_a_cancelled_draft_is_not_shown(client, session):
    MovieSession.objects.update(published=False, cancelled_at=timezone.now())
    assert client.get(f"/sessions/{session.pk}/").status_code == 404
