"""The programme as people read it: by day and by film, only what is on sale."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from cinema.core.local_time import to_local
from cinema.models import MovieSession
from cinema.queries.sessions import on_day, on_sale, with_seats
from movies.models import Movie
from movies.queries import DETAIL_ONLY

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


def to_come() -> QuerySet[MovieSession]:
    """Of what tickets are sold still, and what is sold out; in the order of the beginning."""
    now = timezone.now()
    begin = now - timedelta(minutes=settings.SALES_GRACE_MINUTES)
    soon = on_sale(MovieSession.objects.filter(starts_at__gt=begin, ends_at__gt=now, starts_at__lt=now + DAYS_AHEAD))
    return soon.order_by("starts_at", "room__number")


def days() -> list[date]:
    """On which something begins; in the cinema's zone."""
    rows = to_come().annotate(day=TruncDate("starts_at", tzinfo=timezone.get_default_timezone()))
    return list(rows.order_by("day").values_list("day", flat=True).distinct())


def of_day(day: date) -> list[Showing]:
    """By film, the one that begins first before the others. ValidationError for a day that no calendar has."""
    return by_film(in_full(on_day(to_come(), day)))


def of_all_films() -> list[Showing]:
    """As `of_day`, for all days to come."""
    return by_film(in_full(to_come()))


def of_film(movie: Movie) -> list[Day]:
    return by_day(with_seats(to_come().filter(movie=movie).select_related("room")))


def this_week(movie: int | OuterRef) -> QuerySet[MovieSession]:
    """Of that film's id: what begins in the next seven days, the first first."""
    return in_a_week().filter(movie=movie).order_by("starts_at")


def next_of(movies: Iterable[int]) -> dict[int, MovieSession]:
    """The first session of each of these films that begins in the next seven days, with room and free seats."""
    first = in_a_week().filter(movie__in=list(movies)).order_by("movie_id", "starts_at", "id").distinct("movie_id")
    return {session.movie_id: session for session in with_seats(first.select_related("room"))}


def in_a_week() -> QuerySet[MovieSession]:
    return to_come().filter(starts_at__lt=timezone.now() + THIS_WEEK)


def in_full(sessions: QuerySet[MovieSession]) -> QuerySet[MovieSession]:
    """With room, free seats, and the film as lists show it: two queries."""
    unused = (f"movie__{name}" for name in DETAIL_ONLY)
    return with_seats(sessions.select_related("movie", "room").defer(*unused).prefetch_related("movie__genres"))


def by_film(sessions: Iterable[MovieSession]) -> list[Showing]:
    films: dict[int, list[MovieSession]] = {}
    for session in sessions:
        films.setdefault(session.movie_id, []).append(session)
    return [Showing(rows[0].movie, by_day(rows)) for rows in films.values()]


def by_day(sessions: Iterable[MovieSession]) -> list[Day]:
    found: dict[date, list[MovieSession]] = {}
    for session in sessions:
        found.setdefault(to_local(session.starts_at).date(), []).append(session)
    return [Day(day, rows) for day, rows in found.items()]
