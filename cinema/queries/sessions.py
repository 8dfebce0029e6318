"""Reads of the programme."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, F, IntegerField, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from cinema.core.local_time import day_bounds
from cinema.models import LONGEST_SESSION, MovieSession, Seat, Ticket
from cinema.queries.tickets import occupies_seat

# Public name -> what the programme can be sorted by.
ORDERINGS: dict[str, F] = {"starts_at": F("starts_at")}

# All that is shown of a session's film.
FILM_FIELDS = ("title", "year", "runtime", "age_restriction", "certification", "poster_key", "owner")


def visible_sessions(user: User | AnonymousUser) -> QuerySet[MovieSession]:
    """To managers all; to everybody else what is published and not cancelled. With film and room.

    Whoever has a ticket for a session that was cancelled or is a draft again sees it there, and only there.
    """
    rows = MovieSession.objects.select_related("movie", "room").only(*field_names())
    return rows if user.is_authenticated and user.is_staff else on_sale(rows)


def field_names() -> list[str]:
    own = [field.name for field in MovieSession._meta.concrete_fields]
    rooms = ["room__number", "room__name", "room__turnaround_minutes"]
    return [*own, *(f"movie__{name}" for name in FILM_FIELDS), *rooms]


def on_sale(sessions: QuerySet[MovieSession]) -> QuerySet[MovieSession]:
    return sessions.filter(published=True, cancelled_at=None)


def not_over(sessions: QuerySet[MovieSession]) -> QuerySet[MovieSession]:
    """Those to come, and those that are running."""
    now = timezone.now()
    # The first condition follows from the second; it is the one that an index knows.
    return sessions.filter(starts_at__gt=now - LONGEST_SESSION, ends_at__gt=now)


def on_day(sessions: QuerySet[MovieSession], day: date) -> QuerySet[MovieSession]:
    """Those that begin on that day in the cinema's zone. Raises ValidationError for a day that no calendar has."""
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
    """What every filter of the programme means, for all doors; None filters nothing.

    Without a `day`, a `begin` or an `end` (of the start; `end` excluded), what is over is left out; and without
    `cancelled`, what was cancelled, which are the only ones with it.
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


def with_seat_counts(sessions: QuerySet[MovieSession]) -> QuerySet[MovieSession]:
    """Each with `seats_total` and `seats_free`, of the seats that are in use; a valid hold's are not free."""
    seats = Seat.objects.filter(room=OuterRef("room"), in_use=True)
    tickets = Ticket.objects.filter(occupies_seat(timezone.now()), session=OuterRef("pk"), seat__in_use=True)
    return sessions.annotate(seats_total=count_per(seats, "room")).annotate(
        seats_free=F("seats_total") - count_per(tickets, "session")
    )


def count_per(rows: QuerySet[Any], of: str) -> Coalesce:
    counted = rows.order_by().values(of).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def occupying_sessions(room_id: int, begin: datetime, end: datetime | None = None) -> QuerySet[MovieSession]:
    """What has the room at some moment from `begin` on, or until `end`: in order, with its film, drafts as well."""
    rows = MovieSession.objects.filter(room=room_id, cancelled_at=None, room_free_at__gt=begin)
    # As above: nothing has a room longer than it lasts and the longest turnaround, which is below another day.
    rows = rows.filter(starts_at__gt=begin - 2 * LONGEST_SESSION)
    if end is not None:
        rows = rows.filter(starts_at__lt=end)
    return rows.select_related("movie").only(*(field for field in field_names() if not field.startswith("room_")))


def movies_on_programme(movies: Collection[int], besides: Collection[int]) -> set[int]:
    """Which of these films have a session that customers may see and that is not over, other than `besides`."""
    if not movies:
        return set()
    others = not_over(on_sale(MovieSession.objects.filter(movie__in=movies))).exclude(pk__in=besides)
    return set(others.order_by().values_list("movie", flat=True).distinct())


def last_starts(movies: Collection[int]) -> dict[int, datetime | None]:
    """When the last session of each film begins or began that customers may see; None where there is none."""
    rows: Iterable[tuple[int, datetime]] = (
        on_sale(MovieSession.objects.filter(movie__in=movies))
        .order_by()
        .values_list("movie")
        .annotate(Max("starts_at"))
    )
    return {**dict.fromkeys(movies), **dict(rows)}
