from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import ManagerFactory
from cinema.models import MovieSession
from cinema.programme import removal, scheduling, showing
from cinema.tests.factories import RoomFactory, SessionFactory, TicketFactory
from movies.models import Movie
from movies.queries.films import catalogue_films, filter_films
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

SOON = timezone.now().replace(second=0, microsecond=0) + timedelta(days=3)
DAY = timedelta(days=1)


def showing_until(film):
    return Movie.objects.values_list("showing_until", flat=True).get(pk=film.pk)


def test_a_film_is_shown_until_its_last_published_session_begins():
    film, manager = MovieFactory(), ManagerFactory()
    room = RoomFactory()
    rows = [{"movie": film, "room": room, "starts_at": SOON + days * DAY} for days in (0, 2, 1)]
    first, last, middle = scheduling.schedule_many(rows)
    assert showing_until(film) == SOON + 2 * DAY
    assert list(filter_films(catalogue_films(), now_showing=True)) == [film]
    scheduling.schedule(film, room, SOON + 5 * DAY, published=False)
    assert showing_until(film) == SOON + 2 * DAY
    scheduling.change_session(last.pk, {"published": False})
    assert showing_until(film) == SOON + DAY
    scheduling.change_session(last.pk, {"published": True})
    assert showing_until(film) == SOON + 2 * DAY
    scheduling.change_session(middle.pk, {"starts_at": SOON + 3 * DAY})
    assert showing_until(film) == SOON + 3 * DAY
    TicketFactory(session=middle)
    removal.remove_session(middle.pk, manager, cancel_tickets=True)
    assert showing_until(film) == SOON + 2 * DAY
    assert removal.remove_sessions([first.pk, last.pk], manager) == 2
    assert showing_until(film) is None


def test_a_film_keeps_the_start_of_its_last_session():
    past = SessionFactory(starts_at=timezone.now() - 9 * DAY)
    assert showing.refresh([past.movie_id, 10**9]) == {past.movie_id}
    assert showing_until(past.movie) == past.starts_at
    assert not Movie.objects.get(pk=past.movie_id).now_showing


def test_only_changed_values_are_written_and_updated_at_stays(django_assert_num_queries):
    session, other = SessionFactory(), SessionFactory()
    before = {film.pk: film.updated_at for film in Movie.objects.all()}
    films = [session.movie_id, other.movie_id]
    with django_assert_num_queries(5):
        showing.refresh(films)
    with django_assert_num_queries(3):
        showing.refresh(films)
    assert {film.pk: film.updated_at for film in Movie.objects.all()} == before
    MovieSession.objects.filter(pk=other.pk).update(cancelled_at=timezone.now())
    showing.refresh(films)
    assert (showing_until(session.movie), showing_until(other.movie)) == (session.starts_at, None)
    with django_assert_num_queries(0):
        assert showing.refresh([]) == set()
