"""Two rows of a film become one: sessions and tickets go over to it."""

import pytest

from cinema.models import MovieSession
from cinema.tests.factories import SessionFactory, TicketFactory
from movies.models import Movie
from movies.providers import duplicates
from movies.tests.factories import MovieFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db


def test_sessions_and_tickets_of_both_rows_stay():
    deleted, other = MovieFactory(tmdb_id=700), MovieFactory(tmdb_id=900)
    sessions = [TicketFactory(session__movie=deleted).session, SessionFactory(movie=other)]
    WatchlistItemFactory(movie=other)
    duplicates.continue_under(700, 900)
    film = Movie.objects.get()
    assert (film, film.tmdb_id) == (deleted, 900)
    assert set(MovieSession.objects.filter(movie=film)) == set(sessions)


def test_a_row_with_a_session_only_is_in_use():
    deleted, other = MovieFactory(tmdb_id=700), MovieFactory(tmdb_id=900)
    session = SessionFactory(movie=other)
    duplicates.continue_under(700, 900)
    session.refresh_from_db()
    assert (session.movie, Movie.objects.get().tmdb_id) == (other, 900)
    assert not Movie.objects.filter(pk=deleted.pk).exists()
