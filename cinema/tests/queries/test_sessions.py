from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.core.local_time import day_bounds
from cinema.models import MovieSession
from cinema.queries import sessions
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def test_who_sees_which_sessions():
    public, draft = SessionFactory(), SessionFactory(published=False)
    cancelled = SessionFactory(cancelled_at=timezone.now())
    for user in (AnonymousUser(), UserFactory()):
        assert set(sessions.visible_sessions(user)) == {public}
    assert set(sessions.visible_sessions(ManagerFactory())) == {public, draft, cancelled}


def test_film_and_room_come_along(django_assert_num_queries):
    SessionFactory()
    with django_assert_num_queries(1):
        session = sessions.visible_sessions(AnonymousUser()).get()
        assert (session.movie.title, session.movie.runtime, session.movie.owner_id)[1:] == (100, None)
        assert session.room_free_at - session.ends_at == session.room.turnaround_minutes * timedelta(minutes=1)


def test_seats_that_are_free_are_neither_sold_nor_held_nor_out_of_use(django_assert_num_queries):
    session = SessionFactory(room=RoomFactory(plan__rows=2, plan__seats_per_row=5))
    empty = SessionFactory(room=RoomFactory(plan__rows=0))
    TicketFactory(session=session)
    HeldTicketFactory(session=session)
    HeldTicketFactory(session=session, held_until=timezone.now() - HOUR)
    TicketFactory(session=session, cancelled_at=timezone.now())
    # Somebody else's session in the same room.
    TicketFactory(session=SessionFactory(room=session.room, starts_at=session.room_free_at))
    sold = TicketFactory(session=session)
    # Seats that the plan does not have any more, one of them sold.
    session.room.seats.filter(pk__in=[sold.seat_id, session.room.seats.last().pk]).update(in_use=False)
    with django_assert_num_queries(1):
        counts = {
            row.pk: (row.seats_total, row.seats_free) for row in sessions.with_seat_counts(MovieSession.objects.all())
        }
    assert counts[session.pk] == (8, 6)
    assert counts[empty.pk] == (0, 0)


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
def test_a_day_is_the_cinemas_however_long_it_is(settings, zone, day, hours):
    settings.TIME_ZONE = zone
    begin, end = day_bounds(day)
    assert end - begin == hours * HOUR
    moments = [begin - timedelta(seconds=1), begin, begin + 12 * HOUR, end - timedelta(seconds=1), end]
    for moment in moments:
        SessionFactory(starts_at=moment)
    with timezone.override("Asia/Tokyo"):
        found = sessions.on_day(MovieSession.objects.all(), day)
        assert [session.starts_at for session in found] == moments[1:4]
        narrowed = sessions.filter_sessions(MovieSession.objects.all(), day=day)
        assert list(narrowed) == list(found)


def test_narrowing():
    now = timezone.now()
    over = SessionFactory(starts_at=now - 5 * HOUR)
    running = SessionFactory(starts_at=now - HOUR)
    draft = SessionFactory(published=False, starts_at=now + HOUR)
    cancelled = SessionFactory(cancelled_at=now, starts_at=now + 2 * HOUR)
    late = SessionFactory(movie=running.movie, room=draft.room, starts_at=now + 90 * HOUR)

    def found(**criteria):
        return set(sessions.filter_sessions(MovieSession.objects.all(), **criteria))

    assert found() == {running, draft, late}
    assert found(movie=running.movie_id) == {running, late}
    assert found(room=draft.room_id) == {draft, late}
    assert found(published=True) == {running, late}
    assert found(published=False) == {draft}
    assert found(cancelled=True) == {cancelled}
    assert found(begin=over.starts_at) == {over, running, draft, late}
    assert found(begin=running.starts_at, end=late.starts_at) == {running, draft}
    assert found(end=now) == {over, running}


def test_what_has_a_room():
    start = datetime(2087, 3, 4, 18, tzinfo=UTC)
    long = SessionFactory(starts_at=start, ends_at=start + 24 * HOUR, room_free_at=start + 28 * HOUR)
    later = SessionFactory(room=long.room, starts_at=long.room_free_at)
    SessionFactory(room=long.room, starts_at=start, cancelled_at=start)
    SessionFactory(starts_at=start)
    moment = timedelta(minutes=1)
    assert set(sessions.occupying_sessions(long.room_id, long.room_free_at - moment)) == {long, later}
    assert set(sessions.occupying_sessions(long.room_id, long.room_free_at)) == {later}
    assert set(sessions.occupying_sessions(long.room_id, start - HOUR, start)) == set()
    assert set(sessions.occupying_sessions(long.room_id, start - HOUR, start + moment)) == {long}
    assert set(sessions.occupying_sessions(long.room_id, later.room_free_at)) == set()


def test_when_the_last_session_of_each_film_begins():
    film, unseen = MovieFactory(), MovieFactory()
    first = SessionFactory(movie=film)
    SessionFactory(movie=film, published=False, starts_at=first.starts_at + HOUR)
    SessionFactory(movie=film, cancelled_at=timezone.now(), starts_at=first.starts_at + HOUR)
    SessionFactory(starts_at=first.starts_at + HOUR)
    assert sessions.last_starts([film.pk, unseen.pk]) == {film.pk: first.starts_at, unseen.pk: None}
    assert sessions.last_starts([]) == {}
