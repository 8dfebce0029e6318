"""Who is told what of sessions and tickets, and by how many statements."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Notification
from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.box_office import holds, purchases
from cinema.models import MovieSession, Ticket
from cinema.notifications.seat_offered import notify_offer
from cinema.notifications.session_added import notify_sessions_added
from cinema.notifications.session_cancelled import notify_sessions_cancelled
from cinema.notifications.session_moved import Slot, notify_session_moved
from cinema.programme import copying, removal, scheduling
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory, WaitingFactory
from movies.tests.factories import MovieFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)
EVENING = datetime(2026, 11, 20, 19, 40, tzinfo=UTC)  # 20:40 by the cinema's clock


@pytest.fixture(autouse=True)
def _somewhere(settings):
    settings.TIME_ZONE = settings.CINEMA_TIME_ZONE = "Europe/Berlin"
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def film():
    return MovieFactory(title="Dune", runtime=100)


@pytest.fixture
def watcher(film):
    return WatchlistItemFactory(movie=film).user


@pytest.fixture
def ana():
    return UserFactory()


@pytest.fixture
def manager():
    return ManagerFactory()


def rooms(count=1):
    return [RoomFactory(number=number, plan__rows=3) for number in range(1, count + 1)]


def told(*people, kind=None):
    """(kind, subject, text, link) of each notice, the first first."""
    notices = Notification.objects.order_by("pk")
    notices = notices.filter(user__in=people) if people else notices
    return list((notices.filter(kind=kind) if kind else notices).values_list("kind", "subject", "text", "link"))


def statements(act):
    with CaptureQueriesContext(
        connection,
    ) as context:
        act()
    return len([query for query in context if "SAVEPOINT" not in query["sql"]])


# --- A film on the watchlist gets a session ---


def test_whoever_waits_for_a_film_hears_of_its_first_session(film, watcher):
    WatchlistItemFactory()
    (room,) = rooms()
    scheduling.schedule(film, room, EVENING)
    assert told() == [
        (
            "session_added",
            f"movie {film.pk} 2026-11-20",
            "Dune is on the programme: Friday 20 November, 20:40",
            f"/movies/{film.pk}-dune/",
        )
    ]
    assert Notification.objects.get().user == watcher


def test_a_week_of_thirty_sessions_is_one_notice_of_the_first(film, watcher):
    (room,) = rooms()
    rows = [{"movie": film, "room": room, "starts_at": EVENING + timedelta(hours=3 * n)} for n in range(30)]
    scheduling.schedule_many(rows[::-1])
    scheduling.schedule(film, room, EVENING - timedelta(days=1))
    assert [text for _, _, text, _ in told()] == ["Dune is on the programme: Friday 20 November, 20:40"]


def test_another_year_is_said():
    film = MovieFactory(title="Dune\n Part  Two", runtime=100)
    WatchlistItemFactory(movie=film)
    scheduling.schedule(film, rooms()[0], datetime(2027, 1, 1, 22, 30, tzinfo=UTC))
    assert told()[0][1:3] == (
        f"movie {film.pk} 2027-01-01",
        "Dune Part Two is on the programme: Friday 1 January 2027, 23:30",
    )


def test_what_was_on_and_is_over_or_was_cancelled_or_is_a_draft_is_no_programme(film, watcher):
    ended = NOW - timedelta(minutes=1)
    SessionFactory(movie=film, starts_at=ended - timedelta(hours=2), ends_at=ended)
    SessionFactory(movie=film, starts_at=EVENING, cancelled_at=NOW)
    SessionFactory(movie=film, starts_at=EVENING, published=False)
    scheduling.schedule(film, rooms()[0], EVENING)
    assert len(told(watcher)) == 1


def test_what_is_running_is_on_the_programme(film, watcher):
    SessionFactory(movie=film, starts_at=NOW - timedelta(hours=1), ends_at=NOW + timedelta(hours=1))
    scheduling.schedule(film, rooms()[0], EVENING)
    assert told() == []


def test_the_next_run_is_told_again(film, watcher):
    (room,) = rooms()
    scheduling.schedule(film, room, EVENING)
    with time_machine.travel(NOW + timedelta(days=200), tick=False):
        scheduling.schedule(film, room, EVENING + timedelta(days=210))
    assert [subject for _, subject, _, _ in told(watcher)] == [
        f"movie {film.pk} 2026-11-20",
        f"movie {film.pk} 2027-06-18",
    ]


def test_the_same_evening_once_more_is_no_news(film, watcher, manager):
    (room,) = rooms()
    session = scheduling.schedule(film, room, EVENING)
    removal.remove_session(session.pk, manager)
    scheduling.schedule(film, room, EVENING + timedelta(minutes=30))
    assert len(told(watcher)) == 1


def test_a_draft_is_no_news_until_it_is_published(film, watcher):
    (room,) = rooms()
    session = scheduling.schedule(film, room, EVENING, published=False)
    assert told() == []
    scheduling.change_session(session.pk, {"starts_at": EVENING + timedelta(hours=1)})
    assert told() == []
    scheduling.change_session(session.pk, {"published": True})
    scheduling.change_session(session.pk, {"published": False})
    scheduling.change_session(session.pk, {"published": True})
    assert [text for _, _, text, _ in told(watcher)] == ["Dune is on the programme: Friday 20 November, 21:40"]


def test_copies_are_news_where_nothing_is_on_yet(film, watcher):
    (room,) = rooms()
    yesterday = NOW - timedelta(days=1)
    SessionFactory(movie=film, room=room, starts_at=yesterday, ends_at=yesterday + timedelta(hours=2))
    copying.copy_programme(date(2026, 11, 16), date(2026, 11, 23), dry_run=True)
    assert told() == []
    copying.copy_programme(date(2026, 11, 16), date(2026, 11, 23))
    copying.copy_programme(date(2026, 11, 16), date(2026, 11, 24))
    assert [text for _, _, text, _ in told(watcher)] == ["Dune is on the programme: Monday 23 November, 13:00"]


def test_without_tell_nobody_hears_of_it(film, watcher):
    scheduling.schedule_many([{"movie": film, "room": rooms()[0], "starts_at": EVENING}], notify_watchers=False)
    assert told() == []


def test_what_is_refused_was_not_said(film, watcher):
    (room,) = rooms()
    SessionFactory(room=room, starts_at=EVENING)
    rows = [{"movie": film, "room": room, "starts_at": start} for start in (EVENING - timedelta(days=1), EVENING)]
    with pytest.raises(Exception, match="is taken"):
        scheduling.schedule_many(rows)
    assert told() == []


def test_statements_grow_neither_with_films_nor_with_people():
    counts = []
    for films, people in ((1, 1), (4, 5)):
        rows = []
        for room in [RoomFactory() for _ in range(films)]:
            movie = MovieFactory()
            for _ in range(people):
                WatchlistItemFactory(movie=movie)
            rows.append({"movie": movie, "room": room, "starts_at": EVENING})
        counts.append(statements(lambda rows=rows: scheduling.schedule_many(rows)) - films)  # showing_until, each
    assert counts[0] == counts[1]
    assert Notification.objects.count() == 1 + 4 * 5


def test_how_many_statements(film, watcher):
    session = SessionFactory(movie=film)
    assert statements(lambda: notify_sessions_added([session])) == 3
    Notification.objects.all().delete()
    SessionFactory(movie=film)
    assert statements(lambda: notify_sessions_added([session])) == 1
    session.published = False
    assert statements(lambda: notify_sessions_added([session])) == 0


# --- A session is moved ---


@pytest.fixture
def session(film):
    first, second = RoomFactory(number=1, plan__rows=3), RoomFactory(number=2, name="Great Hall", plan__rows=3)
    session = SessionFactory(movie=film, room=first, starts_at=EVENING)
    session.other_room = second
    return session


def test_whoever_has_tickets_hears_where_and_when_it_is_now(session, ana):
    one = TicketFactory(session=session, user=ana)
    TicketFactory(session=session, user=ana, purchase=one.purchase)
    bea = TicketFactory(session=session)
    TicketFactory(session=session, cancelled_at=NOW)
    HeldTicketFactory(session=session)
    TicketFactory(session=session, user=None, purchase=bea.purchase)
    to = {"room": session.other_room, "starts_at": EVENING + timedelta(days=1, hours=-2)}
    scheduling.change_session(session.pk, to)
    text = (
        "Dune was moved: now Saturday 21 November, 18:40, Room 2, Great Hall\n"
        "Before: Friday 20 November, 20:40 to 22:35, Room 1.\n"
        "Now: Saturday 21 November, 18:40 to 20:35, Room 2, Great Hall.\n"
        "In the new room you have {}.\n"
        "If this does not suit you, you can cancel until it begins."
    )
    subject = f"session {session.pk} revision 1"
    assert told(ana) == [
        ("session_moved", subject, text.format("seats A1 and A2"), f"/purchases/{one.purchase_id}/"),
    ]
    assert told(bea.user) == [("session_moved", subject, text.format("seat A3"), f"/tickets/{bea.code}/")]
    assert Notification.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "headline", "seats"),
    [
        (
            {"starts_at": EVENING + timedelta(hours=1)},
            "Dune was moved: now Friday 20 November, 21:40",
            "You keep seat A1.",
        ),
        (
            {"ends_at": EVENING + timedelta(hours=3)},
            "Dune, Friday 20 November, 20:40, now ends at 23:40",
            "You keep seat A1.",
        ),
        (
            {"room": 2},
            "Dune, Friday 20 November, 20:40, is in another room: Room 2, Great Hall",
            "In the new room you have seat A1.",
        ),
    ],
)
def test_the_headline_says_what_is_new(session, ana, change, headline, seats):
    TicketFactory(session=session, user=ana)
    changes = {"room": session.other_room} if "room" in change else change
    scheduling.change_session(session.pk, changes)
    lines = told(ana)[0][2].splitlines()
    assert (lines[0], lines[3]) == (headline, seats)


def test_each_move_is_told_and_what_moves_nothing_is_not(session, ana):
    for _ in range(2):  # of two purchases
        TicketFactory(session=session, user=ana)
    scheduling.change_session(session.pk, {"starts_at": EVENING})
    scheduling.change_session(session.pk, {"starts_at": EVENING + timedelta(hours=1)})
    scheduling.change_session(session.pk, {"starts_at": EVENING})
    assert [(subject, link) for _, subject, _, link in told(ana)] == [
        (f"session {session.pk} revision 1", "/tickets/"),
        (f"session {session.pk} revision 2", "/tickets/"),
    ]


def test_a_move_is_two_statements_more_however_many_have_tickets(session):
    MovieSession.objects.filter(pk=session.pk).update(revision=1)
    session.revision = 1
    was = Slot(EVENING, EVENING + timedelta(hours=1), session.room)
    assert statements(lambda: notify_session_moved(session, was)) == 1
    for _ in range(3):
        TicketFactory(session=session)
    assert statements(lambda: notify_session_moved(session, was)) == 2


# --- A session is cancelled, or a ticket ---


def test_whoever_has_tickets_hears_of_the_end(session, ana, manager):
    tickets = [TicketFactory(session=session, user=ana) for _ in range(2)]
    bea = TicketFactory(session=session)
    given_back = TicketFactory(session=session, cancelled_at=NOW).user
    held = HeldTicketFactory(session=session).user
    waiting = [WaitingFactory(session=session).user, WaitingFactory(session=session, user=bea.user).user]
    left = WaitingFactory(session=session, ended_at=NOW, outcome="left").user
    removal.remove_session(session.pk, manager, cancel_tickets=True)
    subject, headline = (
        f"session {session.pk}",
        "Cancelled: Dune, Friday 20 November, 20:40\nThis session will not take place",
    )
    assert told(ana) == [
        (
            "session_cancelled",
            subject,
            f"{headline}. Your tickets for seats A1 and A2 are no longer valid.\nWe are sorry.",
            "/tickets/?when=cancelled",
        )
    ]
    assert told(bea.user) == [
        (
            "session_cancelled",
            subject,
            f"{headline}. Your ticket for seat A3 is no longer valid.\nWe are sorry.",
            f"/tickets/{bea.code}/",
        )
    ]
    assert told(waiting[0]) == [
        (
            "session_cancelled",
            subject,
            f"{headline}, so there are no seats to wait for.\nWe are sorry.",
            f"/movies/{session.movie_id}-dune/",
        )
    ]
    assert told(given_back, held, left) == []
    assert Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets], cancelled_at=None).count() == 0


def test_many_sessions_are_three_statements():
    counts = []
    for sessions in (1, 3):
        rows = [TicketFactory().session for _ in range(sessions)]
        counts.append(statements(lambda rows=rows: notify_sessions_cancelled(rows)))
    assert counts == [3, 3]
    assert Notification.objects.count() == 4
    assert statements(lambda: notify_sessions_cancelled([SessionFactory()])) - statements(lambda: SessionFactory()) == 2


def test_a_session_that_nobody_wanted_goes_without_a_word(session, manager):
    HeldTicketFactory(session=session)
    removal.remove_session(session.pk, manager)
    assert told() == []


def test_whose_ticket_somebody_else_cancels_hears_of_it(session, ana, manager):
    ticket = TicketFactory(session=session, user=ana)
    purchases.cancel(ticket.pk, manager)
    headline = "Your ticket was cancelled: Dune, Friday 20 November, 20:40"
    text = f"{headline}\nThe cinema cancelled your ticket for seat A1, Room 1."
    assert told() == [("ticket_cancelled", f"ticket {ticket.pk}", text, f"/tickets/{ticket.code}/")]
    assert Notification.objects.get().user == ana


def test_whoever_cancels_their_own_knows(session, ana, manager):
    own, managers, nobodys = (TicketFactory(session=session, user=user) for user in (ana, manager, ana))
    Ticket.objects.filter(pk=nobodys.pk).update(user=None)
    purchases.cancel(own.pk, ana)
    purchases.cancel(managers.pk, manager)
    purchases.cancel(nobodys.pk, manager)
    assert told() == []


# --- Tickets are bought ---


def test_what_one_bought_is_told_once(session, ana):
    for _ in range(2):
        purchase = purchases.buy(session.pk, ana, seats=["B2", "A1"], key="once")
    assert told() == [
        (
            "tickets_bought",
            f"purchase {purchase.pk}",
            "Your tickets: Dune, Friday 20 November, 20:40\nRoom 1, seats A1 and B2.",
            f"/purchases/{purchase.pk}/",
        )
    ]


def test_a_hold_is_told_when_it_is_confirmed_for_the_first_time(session, ana):
    hold = holds.hold(session.pk, ana, seats=["C3"])
    Ticket.objects.update(held_until=NOW + timedelta(days=9999))  # holds go by the database's clock
    holds.extend(hold.pk, ana)
    assert told() == []
    for _ in range(2):
        holds.confirm(hold.pk, ana)
    assert [text for _, _, text, _ in told(ana)] == ["Your ticket: Dune, Friday 20 November, 20:40\nRoom 1, seat C3."]


def test_the_buyer_hears_of_what_a_manager_sells(session, ana, manager):
    purchases.buy(session.pk, ana, manager, seats=["A1"])
    assert (len(told(ana)), told(manager)) == (1, [])


def test_a_sale_that_fails_is_not_told(session, ana):
    TicketFactory(session=session)
    with pytest.raises(Exception, match="A1"):
        purchases.buy(session.pk, ana, seats=["A1", "A2"])
    assert told() == []


# --- A seat is offered ---


@pytest.mark.parametrize(
    ("seats", "until", "headline", "kept"),
    [
        (["A1"], NOW + timedelta(minutes=15), "A seat is free", "seat A1 for you until 13:15"),
        (
            ["A1", "A2", "B1"],
            NOW + timedelta(hours=12),
            "3 seats are free",
            "seats A1, A2 and B1 for you until Wednesday 18 November, 01:00",
        ),
    ],
)
def test_an_offer(session, ana, seats, until, headline, kept):
    assert notify_offer(ana, session, seats, until) == 1
    assert notify_offer(ana, session, seats, until) == 0
    assert notify_offer(ana, session, seats, until + timedelta(hours=1)) == 1
    subject = f"session {session.pk} until {until.isoformat()}"
    text = f"{headline} for you: Dune, Friday 20 November, 20:40\nWe keep {kept}. Then it is the next person's turn."
    assert told()[0] == ("seat_offered", subject, text, f"/sessions/{session.pk}/")


def test_the_longest_title_leaves_room_for_the_time(film, watcher, session, ana):
    film.title = "x" * 500
    film.save()
    purchases.buy(session.pk, ana, seats=["A1"])
    assert told(ana)[0][2].startswith(f"Your ticket: {'x' * 89}…, Friday 20 November, 20:40\n")
