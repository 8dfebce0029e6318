"""Reads of sessions."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.utils import timezone

from accounts.models import User
from cinema.core.local_time import day_bounds
from cinema.models import LONGEST_SESSION, MovieSession, Room, Seat, Ticket
from cinema.queries.tickets import occupies_seat
from common.database.kept import Parameter, kept_query

# Public names of the orderings of sessions.
ORDERINGS: dict[str, F] = {"starts_at": F("starts_at")}

# The fields of a session's film that are shown with it.
FILM_FIELDS = ("title", "year", "runtime", "age_restriction", "certification", "poster_key", "owner")


def visible_sessions(user: User | AnonymousUser) -> QuerySet[MovieSession]:
    """Return all sessions for managers, and published, uncancelled ones for others: for lists; with film and room."""
    rows = readable_sessions(user)
    return rows if user.is_authenticated and user.is_staff else on_sale(rows)


def readable_sessions(user: User | AnonymousUser) -> QuerySet[MovieSession]:
    """Return `visible_sessions`, and cancelled ones to everyone: for the answers about one session, by its id.

    Its link is in mails, calendars and on paper, and must not lead to nothing.
    """
    return _readable_sessions(is_staff=user.is_authenticated and user.is_staff)


def _readable_sessions(*, is_staff: bool) -> QuerySet[MovieSession]:
    rows = MovieSession.objects.select_related("movie", "room").only(*field_names())
    return rows if is_staff else rows.filter(published=True)


def find_session(user: User | AnonymousUser, pk: int) -> MovieSession | None:
    """Return the session of this id that the user may read, with the counts of `with_seat_counts`."""
    found = _session_with_counts(user.is_authenticated and user.is_staff, pk=pk, now=timezone.now())
    return found[0] if found else None


@kept_query
def _session_with_counts(is_staff: bool, /, *, pk: Parameter, now: Parameter) -> QuerySet[MovieSession]:
    return with_seat_counts(_readable_sessions(is_staff=is_staff).filter(pk=pk).order_by(), now)


def field_names() -> list[str]:
    own = [field.name for field in MovieSession._meta.concrete_fields]
    rooms = ["room__number", "room__name", "room__turnaround_minutes"]
    return [*own, *(f"movie__{name}" for name in FILM_FIELDS), *rooms]


def on_sale(sessions: QuerySet[MovieSession]) -> QuerySet[MovieSession]:
    return sessions.filter(published=True, cancelled_at=None)


def not_over(sessions: QuerySet[MovieSession]) -> QuerySet[MovieSession]:
    """Return coming and running sessions."""
    return not_over_at(sessions, **bounds_at(timezone.now()))


def bounds_at(now: datetime) -> dict[str, datetime]:
    """Return the arguments of `not_over_at`; `since` is the earliest start of a session that is not over `now`."""
    return {"now": now, "since": now - LONGEST_SESSION}


def not_over_at(
    sessions: QuerySet[MovieSession], *, now: datetime | Parameter, since: datetime | Parameter
) -> QuerySet[MovieSession]:
    # The first condition follows from the second; it can use the index.
    return sessions.filter(starts_at__gt=since, ends_at__gt=now)


def on_day(sessions: QuerySet[MovieSession], day: date) -> QuerySet[MovieSession]:
    """Return sessions that start on that day in the cinema's zone. ValidationError for a day that no calendar has."""
    begin, end = day_bounds(day)
    return sessions.filter(starts_at__gte=begin, starts_at__lt=end)


def filter_sessions(
    sessions: QuerySet[MovieSession],
    *,
    day: date | None = None,
    movie: int | None = None,
    room: int | None = None,
    begin: datetime | None = None,
    end: datetime | None = None,
    published: bool | None = None,
    cancelled: bool = False,
) -> QuerySet[MovieSession]:
    """Filter sessions for the API, the pages and the admin; None filters nothing.

    `begin` and `end` bound the start, `end` excluded. Without `day`, `begin` and `end`, sessions that are over are left
    out. `cancelled` selects the cancelled sessions, otherwise they are left out.
    """
    sessions = sessions.filter(cancelled_at__isnull=not cancelled)
    if day is None and begin is None and end is None:
        sessions = not_over(sessions)
    if day is not None:
        sessions = on_day(sessions, day)
    bounds: dict[str, Any] = {
        "movie": movie,
        "room": room,
        "starts_at__gte": begin,
        "starts_at__lt": end,
        "published": published,
    }
    return sessions.filter(**{name: value for name, value in bounds.items() if value is not None})


def with_seat_counts(sessions: QuerySet[MovieSession], now: Parameter | None = None) -> QuerySet[MovieSession]:
    """Annotate `seats_total`, of all seats in use, and what MovieSession needs to tell the free ones of each kind.

    Seats of holds that are valid `now` are not free.
    """
    seats = Seat.objects.filter(room=OuterRef("room"), in_use=True)
    tickets = Ticket.objects.filter(occupies_seat(now or timezone.now()), session=OuterRef("pk"), seat__in_use=True)
    return sessions.annotate(
        seats_total=count_per(seats, "room"),
        places=_count_by_kind(seats, "room", "kind"),
        places_taken=_count_by_kind(tickets, "session", "seat__kind"),
    )


def _count_by_kind(rows: QuerySet[Any], field: str, kind: str) -> Subquery:
    """Return a subquery of the numbers of these rows by kind of seat; `field` relates them to the outer row."""
    numbers = {str(one): Count("pk", filter=Q(**{kind: one})) for one in Seat.Kind}
    return Subquery(rows.order_by().values(field).values(numbers=JSONObject(**numbers)))


def count_per(rows: QuerySet[Any], field: str) -> Coalesce:
    """Return a subquery that counts these rows, which `field` relates to the outer row; 0 if there are none."""
    counted = rows.order_by().values(field).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def occupying_sessions(
    begin: datetime, end: datetime | None = None, rooms: Iterable[Room | int] | None = None
) -> QuerySet[MovieSession]:
    """Return sessions, drafts included, that occupy a room after `begin` and before `end`, turnaround included.

    In order, with film and room.
    """
    rows = MovieSession.objects.filter(cancelled_at=None, room_free_at__gt=begin)
    # Follows from the filter above, as a session with its turnaround is shorter than two days; it can use the index.
    rows = rows.filter(starts_at__gt=begin - 2 * LONGEST_SESSION)
    if end is not None:
        rows = rows.filter(starts_at__lt=end)
    return _in_order(rows, rooms)


def starting_sessions(
    begin: datetime, end: datetime, rooms: Iterable[Room | int] | None = None
) -> QuerySet[MovieSession]:
    """Return sessions that start between `begin` and `end` and are not cancelled; in order, with film and room."""
    return _in_order(MovieSession.objects.filter(cancelled_at=None, starts_at__gte=begin, starts_at__lt=end), rooms)


def movies_on_programme(movies: Collection[int], besides: Collection[int]) -> set[int]:
    """Return those of the films that have a visible session that is not over, other than `besides`; all by id."""
    if not movies:
        return set()
    others = not_over(on_sale(MovieSession.objects.filter(movie__in=movies))).exclude(pk__in=besides)
    return set(others.order_by().values_list("movie", flat=True).distinct())


def last_starts(movies: Collection[int]) -> dict[int, datetime | None]:
    """Return the start of each film's last visible session, past or coming, by film id; None if there is none."""
    rows: Iterable[tuple[int, datetime]] = (
        on_sale(MovieSession.objects.filter(movie__in=movies))
        .order_by()
        .values_list("movie")
        .annotate(Max("starts_at"))
    )
    return {**dict.fromkeys(movies), **dict(rows)}


def _in_order(sessions: QuerySet[MovieSession], rooms: Iterable[Room | int] | None) -> QuerySet[MovieSession]:
    if rooms is not None:
        sessions = sessions.filter(room__in=list(rooms))
    return sessions.select_related("movie", "room").only(*field_names()).order_by("starts_at", "room__number")
