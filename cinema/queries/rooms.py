"""Reads of rooms, their seats, and who has them."""

from collections.abc import Sequence

from django.db.models import Prefetch, QuerySet

from cinema.models import MovieSession, Room, Seat, Ticket
from cinema.queries.tickets import occupies_seat

PLACES = "places"


def with_plans(rooms: QuerySet[Room]) -> QuerySet[Room]:
    """Each with `places`: its seats in use, from the screen and from the left; one query more for all of them."""
    seats = Seat.objects.filter(in_use=True).order_by("line", "column")
    return rooms.prefetch_related(Prefetch("seats", seats, to_attr=PLACES))


def tickets_of_seats(sessions: Sequence[MovieSession], seats: Sequence[Seat]) -> list[Ticket]:
    """The tickets and valid holds of those seats for those sessions, by session and place."""
    tickets = Ticket.objects.filter(occupies_seat(), session__in=sessions, seat__in=seats)
    return list(
        tickets.select_related("session__movie", "seat").order_by(
            "session__starts_at", "session", "seat__line", "seat__column"
        )
    )
