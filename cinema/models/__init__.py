"""Models of the programme and the box office."""

from cinema.models.calendar_feeds import CalendarFeed
from cinema.models.claims import Claim
from cinema.models.programme import LONGEST_SESSION, MovieSession
from cinema.models.rooms import (
    PLACE_FIELDS,
    SEAT_TRAITS,
    Place,
    Room,
    Seat,
    SeatKind,
    count_free,
    describe_special,
    name_room,
    name_seats,
)
from cinema.models.tickets import Purchase, Scan, Ticket
from cinema.models.waiting_list import Waiting

__all__ = [
    "LONGEST_SESSION",
    "PLACE_FIELDS",
    "SEAT_TRAITS",
    "CalendarFeed",
    "Claim",
    "MovieSession",
    "Place",
    "Purchase",
    "Room",
    "Scan",
    "Seat",
    "SeatKind",
    "Ticket",
    "Waiting",
    "count_free",
    "describe_special",
    "name_room",
    "name_seats",
]
