"""Reads of rooms, their seats, and the tickets for these."""

from collections.abc import Iterable, Sequence

from django.db.models import Prefetch, QuerySet

from cinema.models import MovieSession, Room, Seat, Ticket
from cinema.queries.tickets import occupies_seat

PLACES = "places"


def with_plans(rooms: QuerySet[Room]) -> QuerySet[Room]:
    """Prefetch `places`, each room's seats in use, from the screen and from the left, in one query."""
    seats = Seat.objects.filter(in_use=True).order_by("line", "column")
    return rooms.prefetch_related(Prefetch("seats", seats, to_attr=PLACES))


def tickets_of_seats(sessions: Sequence[MovieSession], seats: Iterable[int]) -> list[Ticket]:
    """Return the tickets and valid holds of the seats with these ids in these sessions, by session and place."""
    tickets = Ticket.objects.filter(occupies_seat(), session__in=sessions, seat__in=list(seats))
    return list(
        tickets.select_related("session__movie", "seat").order_by(
            "session__starts_at", "session", "seat__line", "seat__column"
        )
    )
