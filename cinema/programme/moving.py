"""Moving the tickets of a session to another room."""

from typing import Any

from django.db import connection
from django.db.models.functions import Now

from cinema.box_office.seat_claims import delete_holds
from cinema.models import PLACE_FIELDS, MovieSession, Room, Seat, Ticket
from common.errors import Code, Conflict, FieldError

# A wheelchair place may have no chair, and a chair is no place for a wheelchair. A companion may sit on any chair;
# companion seats are for companions only.
FITS = """
    (arrival.kind = seat.kind OR (seat.kind = 'companion' AND arrival.kind = 'standard'))
"""

# Tickets without a seat to move to, with the seat that is there instead.
LOST = f"""
    SELECT ticket.id, seat.row || seat.number AS label, person.username, ticket.purchased_at IS NOT NULL AS sold,
        CASE WHEN arrival.in_use THEN arrival.id END AS arrival_id
    FROM cinema_ticket AS ticket
    JOIN cinema_seat AS seat ON seat.id = ticket.seat_id
    LEFT JOIN accounts_user AS person ON person.id = ticket.user_id
    LEFT JOIN cinema_seat AS arrival
        ON arrival.room_id = %(room)s AND arrival.row = seat.row AND arrival.number = seat.number
    WHERE ticket.session_id = %(session)s AND ticket.cancelled_at IS NULL
        AND NOT COALESCE(arrival.in_use AND {FITS}, FALSE)
    ORDER BY seat.line, seat."column", ticket.id
"""  # noqa: S608 - nothing in it comes from elsewhere

# A cancelled ticket keeps its seat's label; where the new room has no such seat, one out of use is made.
KEEP_LABELS = f"""
    INSERT INTO cinema_seat (room_id, {", ".join(f'"{name}"' for name in PLACE_FIELDS)}, in_use)
    SELECT DISTINCT %(room)s::bigint, {", ".join(f'seat."{name}"' for name in PLACE_FIELDS)}, FALSE
    FROM cinema_ticket AS ticket
    JOIN cinema_seat AS seat ON seat.id = ticket.seat_id
    WHERE ticket.session_id = %(session)s AND ticket.cancelled_at IS NOT NULL
    ORDER BY seat.row, seat.number
    ON CONFLICT (room_id, row, number) DO NOTHING
"""  # noqa: S608 - the names are those of a class

MOVE = """
    UPDATE cinema_ticket AS ticket
    SET room_id = arrival.room_id, seat_id = arrival.id
    FROM cinema_seat AS seat, cinema_seat AS arrival
    WHERE ticket.session_id = %(session)s AND seat.id = ticket.seat_id
        AND arrival.room_id = %(room)s AND arrival.row = seat.row AND arrival.number = seat.number
"""


def move_tickets(session: MovieSession, room: Room) -> None:
    """Give every ticket and valid hold of `session` the seat with the same label in `room`; delete expired holds.

    The caller then sets the session's room in the same transaction, in which the session is locked and both rooms are
    locked, shared or not: at its end the database checks that tickets, seats and session are in one room. Raises
    Conflict ("seats_lost") that names each ticket without a seat to move to. Four statements.
    """
    if session.room_id == room.pk:
        return
    delete_holds(Ticket.objects.filter(session=session, purchased_at=None, held_until__lt=Now()))
    parameters = {"session": session.pk, "room": room.pk}
    with connection.cursor() as cursor:
        cursor.execute(LOST, parameters)
        columns = [column.name for column in cursor.description]
        if lost := [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]:
            raise _seats_lost(lost, room)
        cursor.execute(KEEP_LABELS, parameters)
        cursor.execute(MOVE, parameters)


def _seats_lost(lost: list[dict[str, Any]], room: Room) -> Conflict:
    seats = Seat.objects.in_bulk([ticket["arrival_id"] for ticket in lost])
    number, whose = ("1 seat that is", "its") if len(lost) == 1 else (f"{len(lost)} seats that are", "their")
    return Conflict(
        Code.SEATS_LOST,
        f"{number} sold or held would be lost: {room} has nothing to put in {whose} place.",
        [
            FieldError(f"tickets.{ticket['id']}", _sentence(ticket, room, seats.get(ticket["arrival_id"])))
            for ticket in lost
        ],
        {"tickets": [{"id": one["id"], "seat": one["label"], "username": one["username"]} for one in lost]},
    )


def _sentence(ticket: dict[str, Any], room: Room, seat: Seat | None) -> str:
    whose = f"{'bought' if ticket['sold'] else 'held'} by {ticket['username'] or 'a closed account'}"
    why = f"has a {seat.place.special or 'plain seat'} there" if seat else "has no such seat"
    return f"{ticket['label']}, {whose}: {room} {why}."
