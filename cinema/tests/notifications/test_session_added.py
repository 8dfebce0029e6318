"""Notifications of the first sessions of a film on the watchlist."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from accounts.models import Notification
from cinema.notifications.session_added import notify_sessions_added
from cinema.programme import copying, removal, scheduling
from cinema.tests.factories import RoomFactory, SessionFactory
from cinema.tests.notifications.helpers import (
    EVENING,
    NOW,
    count_statements,
    rooms,
    sent,
)
from movies.tests.factories import MovieFactory, WatchlistItemFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon_in_berlin")]


def test_watchers_are_notified_of_the_first_session(film, watcher):
    WatchlistItemFactory()
    (room,) = rooms()
    scheduling.schedule(film, room, EVENING)
    assert sent() == [
        (
            "session_added",
            f"movie {film.pk} 2026-11-20",
            "Dune is on the programme: Friday 20 November, 20:40",
            f"/movies/{film.pk}-dune/",
        )
    ]
    assert Notification.objects.get().user == watcher


def test_thirty_sessions_are_one_notification_of_the_first(film, watcher):
    (room,) = rooms()
    rows = [{"movie": film, "room": room, "starts_at": EVENING + timedelta(hours=3 * n)} for n in range(30)]
    scheduling.schedule_many(rows[::-1])
    scheduling.schedule(film, room, EVENING - timedelta(days=1))
    assert [text for _, _, text, _ in sent()] == ["Dune is on the programme: Friday 20 November, 20:40"]


def test_another_year_is_part_of_the_text():
    film = MovieFactory(title="Dune\n Part  Two", runtime=100)
    WatchlistItemFactory(movie=film)
    scheduling.schedule(film, rooms()[0], datetime(2027, 1, 1, 22, 30, tzinfo=UTC))
    assert sent()[0][1:3] == (
        f"movie {film.pk} 2027-01-01",
        "Dune Part Two is on the programme: Friday 1 January 2027, 23:30",
    )


def test_ended_cancelled_and_draft_sessions_do_not_count(film, watcher):
    ended = NOW - timedelta(minutes=1)
    SessionFactory(movie=film, starts_at=ended - timedelta(hours=2), ends_at=ended)
    SessionFactory(movie=film, starts_at=EVENING, cancelled_at=NOW)
    SessionFactory(movie=film, starts_at=EVENING, published=False)
    scheduling.schedule(film, rooms()[0], EVENING)
    assert len(sent(watcher)) == 1


def test_a_running_session_counts(film, watcher):
    SessionFactory(movie=film, starts_at=NOW - timedelta(hours=1), ends_at=NOW + timedelta(hours=1))
    scheduling.schedule(film, rooms()[0], EVENING)
    assert sent() == []


def test_the_next_run_is_another_notification(film, watcher):
    (room,) = rooms()
    scheduling.schedule(film, room, EVENING)
    with time_machine.travel(NOW + timedelta(days=200), tick=False):
        scheduling.schedule(film, room, EVENING + timedelta(days=210))
    assert [subject for _, subject, _, _ in sent(watcher)] == [
        f"movie {film.pk} 2026-11-20",
        f"movie {film.pk} 2027-06-18",
    ]


def test_the_same_evening_again_is_no_new_notification(film, watcher, manager):
    (room,) = rooms()
    session = scheduling.schedule(film, room, EVENING)
    removal.remove_session(session.pk, manager)
    scheduling.schedule(film, room, EVENING + timedelta(minutes=30))
    assert len(sent(watcher)) == 1


def test_a_draft_is_notified_when_it_is_published(film, watcher):
    (room,) = rooms()
    session = scheduling.schedule(film, room, EVENING, published=False)
    assert sent() == []
    scheduling.change_session(session.pk, {"starts_at": EVENING + timedelta(hours=1)})
    assert sent() == []
    scheduling.change_session(session.pk, {"published": True})
    scheduling.change_session(session.pk, {"published": False})
    scheduling.change_session(session.pk, {"published": True})
    assert [text for _, _, text, _ in sent(watcher)] == ["Dune is on the programme: Friday 20 November, 21:40"]


def test_copied_sessions_are_notified_where_there_are_none_yet(film, watcher):
    (room,) = rooms()
    yesterday = NOW - timedelta(days=1)
    SessionFactory(movie=film, room=room, starts_at=yesterday, ends_at=yesterday + timedelta(hours=2))
    copying.copy_programme(date(2026, 11, 16), date(2026, 11, 23), dry_run=True)
    assert sent() == []
    copying.copy_programme(date(2026, 11, 16), date(2026, 11, 23))
    copying.copy_programme(date(2026, 11, 16), date(2026, 11, 24))
    assert [text for _, _, text, _ in sent(watcher)] == ["Dune is on the programme: Monday 23 November, 13:00"]


def test_watchers_are_not_notified_on_request(film, watcher):
    scheduling.schedule_many([{"movie": film, "room": rooms()[0], "starts_at": EVENING}], notify_watchers=False)
    assert sent() == []


def test_a_refused_schedule_sends_no_notification(film, watcher):
    (room,) = rooms()
    SessionFactory(room=room, starts_at=EVENING)
    rows = [{"movie": film, "room": room, "starts_at": start} for start in (EVENING - timedelta(days=1), EVENING)]
    with pytest.raises(Exception, match="is taken"):
        scheduling.schedule_many(rows)
    assert sent() == []


def test_the_number_of_statements_grows_neither_with_films_nor_with_users():
    counts = []
    for films, people in ((1, 1), (4, 5)):
        rows = []
        for room in [RoomFactory() for _ in range(films)]:
            movie = MovieFactory()
            for _ in range(people):
                WatchlistItemFactory(movie=movie)
            rows.append({"movie": movie, "room": room, "starts_at": EVENING})
        counts.append(count_statements(lambda rows=rows: scheduling.schedule_many(rows)) - films)  # showing_until, each
    assert counts[0] == counts[1]
    assert Notification.objects.count() == 1 + 4 * 5


def test_the_number_of_statements(film, watcher):
    session = SessionFactory(movie=film)
    assert count_statements(lambda: notify_sessions_added([session])) == 3
    Notification.objects.all().delete()
    SessionFactory(movie=film)
    assert count_statements(lambda: notify_sessions_added([session])) == 1
    session.published = False
    assert count_statements(lambda: notify_sessions_added([session])) == 0
