"""Reads of sessions: visibility, filters, seat counts, and days in the cinema's time zone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.core.local_time import day_bounds
from cinema.models import MovieSession, Seat
from cinema.queries import sessions
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def test_managers_see_all_sessions_and_others_the_published_ones():
    public, draft = SessionFactory(), SessionFactory(published=False)
    cancelled = SessionFactory(cancelled_at=timezone.now())
    for user in (AnonymousUser(), UserFactory()):
        assert set(sessions.visible_sessions(user)) == {public}
        assert set(sessions.readable_sessions(user)) == {public, cancelled}
    assert set(sessions.visible_sessions(ManagerFactory())) == {public, draft, cancelled}
    assert set(sessions.readable_sessions(ManagerFactory())) == {public, draft, cancelled}


def test_film_and_room_are_read_in_the_same_query(django_assert_num_queries):
    SessionFactory()
    with django_assert_num_queries(1):
        session = sessions.visible_sessions(AnonymousUser()).get()
        assert (session.movie.title, session.movie.runtime, session.movie.owner_id)[1:] == (100, None)
        assert session.room_free_at - session.ends_at == session.room.turnaround_minutes * timedelta(minutes=1)


def test_free_seats_are_neither_sold_nor_held_nor_out_of_use(django_assert_num_queries):
    session = SessionFactory(room=RoomFactory(plan__rows=2, plan__seats_per_row=5))
    empty = SessionFactory(room=RoomFactory(plan__rows=0))
    TicketFactory(session=session)
    HeldTicketFactory(session=session)
    HeldTicketFactory(session=session, held_until=timezone.now() - HOUR)
    TicketFactory(session=session, cancelled_at=timezone.now())
    # A ticket for another session in the same room.
    TicketFactory(session=SessionFactory(room=session.room, starts_at=session.room_free_at))
    sold = TicketFactory(session=session)
    kinds = dict(zip(("wheelchair", "companion"), session.room.seats.filter(row="B"), strict=False))
    for kind, seat in kinds.items():
        Seat.objects.filter(pk=seat.pk).update(kind=kind)
    # Seats that were removed from the plan, one of them sold.
    session.room.seats.filter(pk__in=[sold.seat_id, session.room.seats.last().pk]).update(in_use=False)
    with django_assert_num_queries(1):
        counts = {
            row.pk: (row.seats_total, *row.free_places.values(), row.special_free)
            for row in sessions.with_seat_counts(MovieSession.objects.all())
        }
    assert counts[session.pk] == (8, 4, 1, 1, "1 wheelchair place and 1 companion seat")
    assert counts[empty.pk] == (0, 0, 0, 0, "")
    Seat.objects.filter(pk__in=[seat.pk for seat in kinds.values()]).update(kind="companion")
    TicketFactory(session=session, seat=kinds["wheelchair"])
    counted = sessions.with_seat_counts(MovieSession.objects.filter(pk=session.pk)).get()
    assert (counted.seats_free, counted.wheelchair_places_free, counted.companion_seats_free) == (4, 0, 1)
    assert counted.special_free == "1 companion seat"


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2027, 10, 31), 25),
        ("America/New_York", date(2026, 11, 1), 25),
        ("America/New_York", date(2027, 3, 14), 23),
        ("UTC", date(2026, 3, 29), 24),
    ],
)
def test_a_day_is_counted_in_the_cinemas_zone_whatever_its_length(settings, zone, day, hours):
    settings.TIME_ZONE = zone
    begin, end = day_bounds(day)
    assert end - begin == hours * HOUR
    moments = [begin - timedelta(seconds=1), begin, begin + 12 * HOUR, end - timedelta(seconds=1), end]
    for moment in moments:
        SessionFactory(starts_at=moment)
    with timezone.override("Asia/Tokyo"):
        rows = sessions.on_day(MovieSession.objects.all(), day)
        assert [session.starts_at for session in rows] == moments[1:4]
        filtered = sessions.filter_sessions(MovieSession.objects.all(), day=day)
        assert list(filtered) == list(rows)


def test_filters():
    now = timezone.now()
    over = SessionFactory(starts_at=now - 5 * HOUR)
    running = SessionFactory(starts_at=now - HOUR)
    draft = SessionFactory(published=False, starts_at=now + HOUR)
    cancelled = SessionFactory(cancelled_at=now, starts_at=now + 2 * HOUR)
    late = SessionFactory(movie=running.movie, room=draft.room, starts_at=now + 90 * HOUR)

    def filtered(**criteria):
        return set(sessions.filter_sessions(MovieSession.objects.all(), **criteria))

    assert filtered() == {running, draft, late}
    assert filtered(movie=running.movie_id) == {running, late}
    assert filtered(room=draft.room_id) == {draft, late}
    assert filtered(published=True) == {running, late}
    assert filtered(published=False) == {draft}
    assert filtered(cancelled=True) == {cancelled}
    assert filtered(begin=over.starts_at) == {over, running, draft, late}
    assert filtered(begin=running.starts_at, end=late.starts_at) == {running, draft}
    assert filtered(end=now) == {over, running}


def test_sessions_that_occupy_a_room():
    start = datetime(2087, 3, 4, 18, tzinfo=UTC)
    long = SessionFactory(starts_at=start, ends_at=start + 24 * HOUR, room_free_at=start + 28 * HOUR)
    later = SessionFactory(room=long.room, starts_at=long.room_free_at)
    SessionFactory(room=long.room, starts_at=start, cancelled_at=start)
    SessionFactory(starts_at=start)
    moment = timedelta(minutes=1)
    assert set(sessions.occupying_sessions(long.room_free_at - moment, rooms=[long.room_id])) == {long, later}
    assert set(sessions.occupying_sessions(long.room_free_at, rooms=[long.room_id])) == {later}
    assert set(sessions.occupying_sessions(start - HOUR, start, rooms=[long.room_id])) == set()
    assert set(sessions.occupying_sessions(start - HOUR, start + moment, rooms=[long.room_id])) == {long}
    assert set(sessions.occupying_sessions(later.room_free_at, rooms=[long.room_id])) == set()


def test_the_start_of_each_films_last_visible_session():
    film, unseen = MovieFactory(), MovieFactory()
    first = SessionFactory(movie=film)
    SessionFactory(movie=film, published=False, starts_at=first.starts_at + HOUR)
    SessionFactory(movie=film, cancelled_at=timezone.now(), starts_at=first.starts_at + HOUR)
    SessionFactory(starts_at=first.starts_at + HOUR)
    assert sessions.last_starts([film.pk, unseen.pk]) == {film.pk: first.starts_at, unseen.pk: None}
    assert sessions.last_starts([]) == {}
