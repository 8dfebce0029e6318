"""The tickets of a session that moves to another room."""

from typing import Any

from django.db import connection
from django.db.models.functions import Now

from cinema.box_office.seat_claims import delete_holds
from cinema.models import MovieSession, Room, Ticket
from common.errors import Code, Conflict, FieldError

# A place for a wheelchair may have no chair, and a chair is no place for a wheelchair. Who sits beside a wheelchair may
# sit on any chair; seats kept for companions are nobody else's.
FITS = """
    (arrival.kind = seat.kind OR (seat.kind = 'companion' AND arrival.kind = 'standard'))
"""

# Whoever has no seat to move to, and why not.
LOST = f"""
    SELECT ticket.id, seat.row || seat.number AS label, person.username, ticket.purchased_at IS NOT NULL AS sold,
        CASE WHEN arrival.in_use THEN arrival.kind END AS kind
    FROM cinema_ticket AS ticket
    JOIN cinema_seat AS seat ON seat.id = ticket.seat_id
    LEFT JOIN accounts_user AS person ON person.id = ticket.user_id
    LEFT JOIN cinema_seat AS arrival
        ON arrival.room_id = %(room)s AND arrival.row = seat.row AND arrival.number = seat.number
    WHERE ticket.session_id = %(session)s AND ticket.cancelled_at IS NULL
        AND NOT COALESCE(arrival.in_use AND {FITS}, FALSE)
    ORDER BY seat.line, seat."column", ticket.id
"""  # noqa: S608 - nothing in it comes from elsewhere

# What a cancelled ticket was for stays readable; where the new room has no such seat, one out of use is made.
KEEP_LABELS = """
    INSERT INTO cinema_seat (room_id, row, number, kind, line, "column", in_use)
    SELECT DISTINCT %(room)s::bigint, seat.row, seat.number, seat.kind, seat.line, seat."column", FALSE
    FROM cinema_ticket AS ticket
    JOIN cinema_seat AS seat ON seat.id = ticket.seat_id
    WHERE ticket.session_id = %(session)s AND ticket.cancelled_at IS NOT NULL
    ORDER BY seat.row, seat.number
    ON CONFLICT (room_id, row, number) DO NOTHING
"""

REMAP = """
    UPDATE cinema_ticket AS ticket
    SET room_id = arrival.room_id, seat_id = arrival.id
    FROM cinema_seat AS seat, cinema_seat AS arrival
    WHERE ticket.session_id = %(session)s AND seat.id = ticket.seat_id
        AND arrival.room_id = %(room)s AND arrival.row = seat.row AND arrival.number = seat.number
"""


def remap(session: MovieSession, room: Room) -> None:
    """Gives every ticket and valid hold of `session` the seat with its label in `room`, and forgets expired holds.

    For whoever then sets the session's room, in the same transaction, in which the session is held and both rooms are
    shared or held: the database checks at its end that tickets, seats and session are in one room. Raises Conflict
    ("seats_lost") that names each ticket without a seat to go to.
    """
    if session.room_id == room.pk:
        return
    delete_holds(Ticket.objects.filter(session=session, purchased_at=None, held_until__lt=Now()))
    names = {"session": session.pk, "room": room.pk}
    with connection.cursor() as cursor:
        cursor.execute(LOST, names)
        columns = [column.name for column in cursor.description]
        if lost := [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]:
            raise seats_lost(lost, room)
        cursor.execute(KEEP_LABELS, names)
        cursor.execute(REMAP, names)


def seats_lost(lost: list[dict[str, Any]], room: Room) -> Conflict:
    number, whose = ("1 seat that is", "its") if len(lost) == 1 else (f"{len(lost)} seats that are", "their")
    return Conflict(
        Code.SEATS_LOST,
        f"{number} sold or held would be lost: {room} has nothing to put in {whose} place.",
        [FieldError(f"tickets.{ticket['id']}", sentence(ticket, room)) for ticket in lost],
        {"tickets": [{"id": one["id"], "seat": one["label"], "username": one["username"]} for one in lost]},
    )


def sentence(ticket: dict[str, Any], room: Room) -> str:
    whose = f"{'bought' if ticket['sold'] else 'held'} by {ticket['username'] or 'somebody who left'}"
    why = "has no such seat" if ticket["kind"] is None else f"has a {NAMES[ticket['kind']]} there"
    return f"{ticket['label']}, {whose}: {room} {why}."


NAMES = {"standard": "plain seat", "wheelchair": "wheelchair place", "companion": "companion seat"}
