"""The mails of film news, offers, and the question after a visit."""

from datetime import timedelta

import pytest
import time_machine

from accounts.models import Notification
from accounts.notifications import digests, mail_queue
from accounts.notifications.notify import notify
from accounts.people import preferences
from accounts.tests.notifications.mails import VisibleText, html_of
from cinema.box_office import purchases
from cinema.models import MovieSession, Waiting
from cinema.notifications import how_was_it
from cinema.notifications.seat_offered import notify_offer
from cinema.notifications.session_added import notify_sessions_added
from cinema.programme import removal, scheduling
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, WaitingFactory
from cinema.tests.notifications.helpers import EVENING, NOW, SITE, assert_same_content, is_dropped, send_one
from movies.library import ratings
from movies.tests.factories import WatchlistItemFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon_in_berlin")]


@pytest.fixture
def session(session_with_markup):
    return session_with_markup


# --- A film is on, a seat is free ---


def test_the_mail_lists_the_films_first_sessions(ana, session):
    WatchlistItemFactory(movie=session.movie, user=ana)
    starts = [EVENING + timedelta(days=days, hours=hours) for days in (1, 9) for hours in (-6, 0)]
    room = RoomFactory()
    MovieSession.objects.all().delete()
    rows = [{"movie": session.movie, "room": room, "starts_at": start} for start in starts]
    scheduling.schedule_many(rows)
    SessionFactory(movie=session.movie, published=False)
    message = send_one()
    assert message.subject == "Dune & <Dust> is on the programme: Saturday 21 November, 14:40"
    assert "Saturday 21 November: 14:40, 20:40" in message.body
    assert "Sunday 29 November: 14:40, 20:40" in message.body
    assert f"See when it runs: {SITE}/movies/{session.movie_id}-dune-dust/" in message.body
    assert "List-Unsubscribe" in message.extra_headers
    assert_same_content(message)


def test_a_removed_film_is_not_mailed(ana, session, manager):
    WatchlistItemFactory(movie=session.movie, user=ana)
    notify_sessions_added([session])
    removal.remove_session(session.pk, manager)
    assert is_dropped()


@pytest.mark.parametrize(("wish", "mails"), [({}, 1), ({"email_notices": False}, 0), ({"notice_rhythm": "daily"}, 0)])
def test_preferences_apply_to_films_and_not_to_tickets(of_age, session, wish, mails):
    chosen = {"theme": "dark", "email_notices": True, "notice_rhythm": "at_once"} | wish
    preferences.change_preferences(of_age, **chosen)
    WatchlistItemFactory(movie=session.movie, user=of_age)
    notify_sessions_added([session])
    assert mail_queue.send_due() == mails
    purchases.buy(session.pk, of_age, seats=["A1"])
    assert send_one().subject.startswith("Your ticket")
    assert Notification.objects.filter(user=of_age).count() == 2


def test_the_digest_has_the_film(of_age, session):
    preferences.change_preferences(of_age, theme="dark", email_notices=True, notice_rhythm="daily")
    WatchlistItemFactory(movie=session.movie, user=of_age)
    notify_sessions_added([session])
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert digests.plan_digests() == 1
        assert send_one().subject == "Dune & <Dust> is on the programme: Friday 20 November, 20:40"


@pytest.fixture
def offer(ana, session):
    """An entry with an open offer that was notified."""
    until = NOW + timedelta(minutes=15, microseconds=123)
    held = HeldTicketFactory(user=ana, session=session, held_until=until)
    waiting = WaitingFactory(user=ana, session=session, offer=held.purchase, offer_ends_at=until)
    notify_offer(ana, session, [held.seat], until)
    return waiting


def test_an_open_offer_is_mailed(offer, session):
    message = send_one()
    assert message.subject == "A seat is free for you: Dune & <Dust>, Friday 20 November, 20:40"
    assert f"Take the seat: {SITE}/sessions/{session.pk}/" in message.body
    assert_same_content(message)


def test_an_expired_offer_is_not_mailed(offer):
    with time_machine.travel(NOW + timedelta(minutes=16), tick=False):
        assert is_dropped()


def test_an_accepted_offer_is_not_mailed(offer):
    Waiting.objects.update(ended_at=NOW, outcome="taken")
    assert is_dropped()


# --- How was it? ---


@pytest.fixture
def asked(ana, session):
    notify([ana], how_was_it.KIND, f"session {session.pk}", "How was it?", f"/how-was-it/{session.movie_id}/")
    return session.movie


def test_the_mail_has_a_link_for_each_rating(asked):
    message = send_one()
    links = [f"{SITE}/how-was-it/{asked.pk}/?rating={rating}" for rating in range(1, 11)]
    assert [link for link in VisibleText(html_of(message)).links if "?rating=" in link] == links
    for rating, link in enumerate(links, start=1):
        assert f"\n{rating}: {link}\n" in message.body
    assert "List-Unsubscribe" in message.extra_headers
    assert_same_content(message)


def test_a_user_who_has_rated_since_is_not_asked(asked, ana):
    ratings.save_rating(ana, asked, 7)
    assert is_dropped()
