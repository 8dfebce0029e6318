"""The programme for customers: sessions on sale, by day and by film."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from cinema.core.local_time import day_bounds, to_local
from cinema.models import MovieSession, SeatKind, count_free, describe_special, name_room
from cinema.queries.sessions import on_sale, with_seat_counts
from common.database.kept import Parameter, kept_query
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
    return _upcoming(**_bounds())


def _bounds() -> dict[str, datetime]:
    """Return `now`, and between which moments the sessions that are on sale start."""
    now = timezone.now()
    return {"now": now, "after": now - timedelta(minutes=settings.SALES_GRACE_MINUTES), "before": now + DAYS_AHEAD}


def _upcoming(
    *, now: datetime | Parameter, after: datetime | Parameter, before: datetime | Parameter
) -> QuerySet[MovieSession]:
    soon = on_sale(MovieSession.objects.filter(starts_at__gt=after, ends_at__gt=now, starts_at__lt=before))
    return soon.order_by("starts_at", "room__number")


def days_with_sessions() -> list[date]:
    """Return the days on which a session starts, in the cinema's time zone."""
    return _days_with_sessions(timezone.get_default_timezone(), **_bounds())


@kept_query
def _days_with_sessions(zone: tzinfo, /, **bounds: Parameter) -> QuerySet[MovieSession, date]:
    rows = _upcoming(**bounds).annotate(day=TruncDate("starts_at", tzinfo=zone))
    return rows.order_by("day").values_list("day", flat=True).distinct()


def next_day_with_sessions() -> date | None:
    first = _first_start(**_bounds())
    return to_local(first[0]).date() if first else None


@kept_query
def _first_start(**bounds: Parameter) -> QuerySet[MovieSession, datetime]:
    return _upcoming(**bounds).values_list("starts_at", flat=True)[:1]


def showings_on_day(day: date) -> list[Showing]:
    """Return the films of the day, the first to start first. Raises ValidationError for a day that no calendar has.

    One query.
    """
    begin, end = day_bounds(day)
    return _group_by_movie(_read_sessions(_sessions_with_films(begin=begin, end=end, **_bounds())))


def all_showings() -> list[Showing]:
    """Return the films of all coming days, as `showings_on_day` does."""
    return _group_by_movie(_read_sessions(_sessions_with_films(**_bounds())))


def days_of_movie(movie: Movie) -> list[Day]:
    return _group_by_day(map(_read_slot, _sessions_of_film(film=movie.pk, **_bounds())))


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


# The columns that `_read_slot` reads.
SLOT = ("pk", "starts_at", "room__name", "room__number", "places", "places_taken")


@kept_query
def _sessions_of_film(*, film: Parameter, **bounds: Parameter) -> QuerySet[MovieSession, Any]:
    return with_seat_counts(_upcoming(**bounds).filter(movie=film), bounds["now"]).values_list(*SLOT)


@kept_query
def _sessions_with_films(
    *, begin: Parameter | None = None, end: Parameter | None = None, **bounds: Parameter
) -> QuerySet[MovieSession, Any]:
    """Return sessions, of one day if it is given, each with its film, for `_read_sessions`."""
    sessions = _upcoming(**bounds)
    if begin is not None:
        sessions = sessions.filter(starts_at__gte=begin, starts_at__lt=end)
    film = [f"movie__{column}" for column in (*COLUMNS, "runtime", "age_restriction")]
    rows = with_seat_counts(sessions, bounds["now"]).annotate(names=genre_names("movie"))
    return rows.values_list(*SLOT, "names", *film)


def _read_slot(row: Sequence[Any]) -> Slot:
    pk, starts_at, room_name, room_number, places, taken = row
    free = count_free(places, taken)
    room = name_room(room_name, room_number)
    return Slot(pk, to_local(starts_at), room, free[SeatKind.STANDARD], describe_special(free))


def _read_sessions(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[ShownFilm, Slot]]:
    for row in rows:
        names, *values, runtime, age_restriction = row[len(SLOT) :]
        yield ShownFilm(to_card([*values, names]), runtime, age_restriction), _read_slot(row[: len(SLOT)])


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
