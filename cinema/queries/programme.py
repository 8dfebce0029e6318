"""The programme for customers: sessions on sale, by day and by film."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from cinema.core.local_time import to_local
from cinema.models import MovieSession, SeatKind, count_free, describe_special, name_room
from cinema.queries.sessions import on_day, on_sale, with_seat_counts
from movies.models import Movie
from movies.queries.cards import COLUMNS, CardFilm, genre_names, to_card

# How far ahead the programme's pages look.
DAYS_AHEAD = timedelta(days=28)
THIS_WEEK = timedelta(days=7)


class ShownFilm(NamedTuple):
    """What the programme shows of a film; equal ones look the same."""

    card: CardFilm
    runtime: int | None
    age_restriction: int | None


class Slot(NamedTuple):
    """What the programme shows of a session. `starts_at` is in the cinema's time zone."""

    pk: int
    starts_at: datetime
    room: str
    seats_free: int
    special_free: str


class Day(NamedTuple):
    day: date
    sessions: list[Slot]


class Showing(NamedTuple):
    """A film, and its sessions by the day on which they begin."""

    movie: ShownFilm
    days: list[Day]


def slot_of(session: MovieSession) -> Slot:
    """Return what the programme shows of a session, which has its room and the counts of `with_seat_counts`."""
    starts_at = to_local(session.starts_at)
    return Slot(session.pk, starts_at, str(session.room), session.seats_free, session.special_free)


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


def next_day_with_sessions() -> date | None:
    first = upcoming_sessions().values_list("starts_at", flat=True).first()
    return first and to_local(first).date()


def showings_on_day(day: date) -> list[Showing]:
    """Return the films of the day, the first to start first. Raises ValidationError for a day that no calendar has.

    One query.
    """
    return _group_by_movie(_with_films(on_day(upcoming_sessions(), day)))


def all_showings() -> list[Showing]:
    """Return the films of all coming days, as `showings_on_day` does."""
    return _group_by_movie(_with_films(upcoming_sessions()))


def days_of_movie(movie: Movie) -> list[Day]:
    sessions = with_seat_counts(upcoming_sessions().filter(movie=movie).select_related("room"))
    return _group_by_day(map(slot_of, sessions))


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


def _with_films(sessions: QuerySet[MovieSession]) -> Iterator[tuple[ShownFilm, Slot]]:
    """Read sessions, each with its film, in one query."""
    film = [f"movie__{column}" for column in (*COLUMNS, "runtime", "age_restriction")]
    columns = ["pk", "starts_at", "room__name", "room__number", "places", "places_taken", "names", *film]
    for row in with_seat_counts(sessions).annotate(names=genre_names("movie")).values_list(*columns):
        pk, starts_at, room_name, room_number, places, taken, names, *values, runtime, age_restriction = row
        free = count_free(places, taken)
        room = name_room(room_name, room_number)
        slot = Slot(pk, to_local(starts_at), room, free[SeatKind.STANDARD], describe_special(free))
        yield ShownFilm(to_card([*values, names]), runtime, age_restriction), slot


def _group_by_movie(sessions: Iterable[tuple[ShownFilm, Slot]]) -> list[Showing]:
    films: dict[ShownFilm, list[Slot]] = {}
    for film, slot in sessions:
        films.setdefault(film, []).append(slot)
    return [Showing(film, _group_by_day(slots)) for film, slots in films.items()]


def _group_by_day(slots: Iterable[Slot]) -> list[Day]:
    by_day: dict[date, list[Slot]] = {}
    for slot in slots:
        by_day.setdefault(slot.starts_at.date(), []).append(slot)
    return [Day(day, rows) for day, rows in by_day.items()]
