from collections import Counter
from datetime import date, time, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

import cinema.demo
from cinema.core.local_time import to_local
from cinema.demo import programme
from cinema.models import MovieSession, Room, Seat, Ticket
from cinema.tests.demo.conftest import NOW
from movies.models import Movie

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]


def days():
    return Counter(to_local(session.starts_at).date() for session in MovieSession.objects.all())


def test_four_rooms_with_realistic_plans(demo):
    assert demo.rooms == 4
    counts = {
        str(room): [room.seats.count(), *(room.seats.filter(kind=kind).count() for kind in ("wheelchair", "companion"))]
        for room in Room.objects.all()
    }
    assert counts == {"Lumière": [174, 4, 4], "Méliès": [96, 2, 2], "Varda": [70, 1, 1], "Studio": [26, 1, 1]}
    # Each wheelchair place has a companion seat beside it.
    for place in Seat.objects.filter(kind="wheelchair"):
        neighbours = Seat.objects.filter(
            room=place.room, line=place.line, kind="companion", column__in=[place.column - 1, place.column + 1]
        )
        assert neighbours.exists()


def test_a_fortnight_around_today_in_every_room(demo):
    assert sorted(days()) == [date(2026, 11, 29) + timedelta(days=ahead) for ahead in range(14)]
    for room in Room.objects.all():
        sessions = list(room.sessions.order_by("starts_at"))
        per_day = Counter(to_local(session.starts_at).date() for session in sessions)
        assert len(per_day) == 14
        assert min(per_day.values()) >= 2
        for one, following in pairwise(sessions):
            assert following.starts_at >= one.ends_at + timedelta(minutes=room.turnaround_minutes)


def test_the_times_are_plausible(demo):
    for session in MovieSession.objects.select_related("movie").prefetch_related("movie__genres"):
        start, end = to_local(session.starts_at), to_local(session.ends_at)
        assert start.minute % 5 == 0
        assert time(14, 0) <= start.time() <= time(22, 30)
        assert end.time() <= time(0, 45) or end.date() == start.date()
        assert session.movie.runtime <= (session.ends_at - session.starts_at).seconds / 60
        if start.time() < time(17, 30):
            assert programme.is_for_families(session.movie)


def test_late_films_are_mostly_for_adults(demo):
    sessions = MovieSession.objects.select_related("movie")
    late = [session for session in sessions if to_local(session.starts_at).time() >= time(20, 45)]
    grown_up = [session for session in late if (session.movie.age_restriction or 0) >= 16]
    assert len(late) > 30
    assert len(grown_up) >= len(late) / 2


def test_the_films_change_with_the_week(demo):
    def on(first):
        begin = first.replace(tzinfo=NOW.tzinfo)
        week = MovieSession.objects.filter(starts_at__gte=begin, starts_at__lt=begin + timedelta(days=4))
        return set(week.values_list("movie__title", flat=True))

    monday = NOW.replace(hour=0) - timedelta(days=2)
    this, following = on(monday), on(monday + timedelta(days=7))
    assert len(this) >= 10
    assert len(this & following) < len(this) / 2


def test_films_are_marked_as_showing(demo):
    coming = MovieSession.objects.filter(starts_at__gt=timezone.now(), published=True)
    shown = set(coming.values_list("movie", flat=True))
    assert {movie.pk for movie in Movie.objects.all() if movie.now_showing} == shown


def test_one_session_a_week_is_a_draft(demo):
    drafts = MovieSession.objects.filter(published=False)
    assert [(draft.room.number, to_local(draft.starts_at).weekday()) for draft in drafts] == [(4, 2)]
    assert not Ticket.objects.filter(session__in=drafts).exists()


def test_loading_again_adds_nothing(demo):
    before = [MovieSession.objects.count(), Ticket.objects.count()]
    assert cinema.demo.load() == cinema.demo.Added(0, 0, 0)
    assert [MovieSession.objects.count(), Ticket.objects.count()] == before


def test_on_a_later_day_the_days_ahead_are_filled(demo, clock):
    before = days()
    clock.move_to(NOW + timedelta(days=3))
    more = cinema.demo.extend()
    assert (more.rooms, more.sessions > 20, more.tickets > 0) == (0, True, True)
    after = days()
    assert {day: number for day, number in after.items() if day in before} == before
    assert sorted(set(after) - set(before)) == [date(2026, 12, 13), date(2026, 12, 14), date(2026, 12, 15)]


def test_after_a_long_pause_past_days_are_filled_too(demo, clock):
    clock.move_to(NOW + timedelta(days=40))
    more = cinema.demo.extend()
    yesterday = MovieSession.objects.filter(starts_at__range=(NOW + timedelta(days=38, hours=6), timezone.now()))
    assert yesterday.exists()
    assert Ticket.objects.filter(session__in=yesterday, used_at__isnull=False).exists()
    assert more.tickets == Ticket.objects.filter(session__starts_at__gt=NOW + timedelta(days=30)).count()
