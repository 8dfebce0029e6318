"""The programme for customers: sessions on sale, by day and by film."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from cinema.core.local_time import to_local
from cinema.models import MovieSession
from cinema.queries.sessions import on_day, on_sale, with_seat_counts
from movies.models import Movie
from movies.queries.films import DETAIL_ONLY

# How far ahead the programme's pages look.
DAYS_AHEAD = timedelta(days=28)
THIS_WEEK = timedelta(days=7)


class Day(NamedTuple):
    day: date
    sessions: list[MovieSession]


class Showing(NamedTuple):
    """A film, and its sessions by the day on which they begin."""

    movie: Movie
    days: list[Day]


def upcoming_sessions() -> QuerySet[MovieSession]:
    """Return sessions whose sale is open, sold-out ones included, in the order of their start."""
    now = timezone.now()
    begin = now - timedelta(minutes=settings.SALES_GRACE_MINUTES)
    soon = on_sale(MovieSession.objects.filter(starts_at__gt=begin, ends_at__gt=now, starts_at__lt=now + DAYS_AHEAD))
    return soon.order_by("starts_at", "room__number")


def days_with_sessions() -> list[date]:
    """Return the days on which a session starts, in the cinema's time zone."""
    rows = upcoming_sessions().annotate(day=TruncDate("starts_at", tzinfo=timezone.get_default_timezone()))
    return list(rows.order_by("day").values_list("day", flat=True).distinct())


def showings_on_day(day: date) -> list[Showing]:
    """Return the films of the day, the first to start first. Raises ValidationError for a day that no calendar has."""
    return _group_by_movie(_with_details(on_day(upcoming_sessions(), day)))


def all_showings() -> list[Showing]:
    """Return the films of all coming days, as `showings_on_day` does."""
    return _group_by_movie(_with_details(upcoming_sessions()))


def days_of_movie(movie: Movie) -> list[Day]:
    return _group_by_day(with_seat_counts(upcoming_sessions().filter(movie=movie).select_related("room")))


def sessions_this_week(movie: int | OuterRef) -> QuerySet[MovieSession]:
    """Return the film's sessions that start in the next seven days, in order. `movie` is its id."""
    return _sessions_within_a_week().filter(movie=movie).order_by("starts_at")


def next_sessions(movies: Iterable[int]) -> dict[int, MovieSession]:
    """Return each film's first session that starts in the next seven days, by film id, with room and seat counts."""
    first = (
        _sessions_within_a_week()
        .filter(movie__in=list(movies))
        .order_by("movie_id", "starts_at", "id")
        .distinct("movie_id")
    )
    return {session.movie_id: session for session in with_seat_counts(first.select_related("room"))}


def _sessions_within_a_week() -> QuerySet[MovieSession]:
    return upcoming_sessions().filter(starts_at__lt=timezone.now() + THIS_WEEK)


def _with_details(sessions: QuerySet[MovieSession]) -> QuerySet[MovieSession]:
    """Read room, seat counts, and the film as lists show it, in two queries."""
    unused = (f"movie__{name}" for name in DETAIL_ONLY)
    return with_seat_counts(sessions.select_related("movie", "room").defer(*unused).prefetch_related("movie__genres"))


def _group_by_movie(sessions: Iterable[MovieSession]) -> list[Showing]:
    films: dict[int, list[MovieSession]] = {}
    for session in sessions:
        films.setdefault(session.movie_id, []).append(session)
    return [Showing(rows[0].movie, _group_by_day(rows)) for rows in films.values()]


def _group_by_day(sessions: Iterable[MovieSession]) -> list[Day]:
    by_day: dict[date, list[MovieSession]] = {}
    for session in sessions:
        by_day.setdefault(to_local(session.starts_at).date(), []).append(session)
    return [Day(day, rows) for day, rows in by_day.items()]
