"""A look at the seats before the rest is locked: in a rush, most customers are too late, and learn it at little cost.

It only refuses what would be refused under the locks as well; all other decisions are made there.
"""

from django.db import connection

from accounts.models import User
from cinema.box_office.seat_selection import SeatRequest, seat_taken_error, sold_out_error
from cinema.models import Seat, SeatKind

# Customers who name the same seat queue before they do anything else. A transaction takes all its places in the order
# of their keys, before any other lock, so no two wait for each other in a circle.
QUEUE = """
SELECT pg_advisory_xact_lock(key) FROM (
    SELECT hashtextextended('seat ' || label, %(session)s) AS key FROM unnest(%(labels)s::text[]) AS label ORDER BY key
) AS places
"""

# Free seats, and those that others hold or bought, by kind. A ticket that a transaction is changing at this moment
# (xmax) counts as none: the customer waits for the end of it. No row if the sale is not simply open: people wait, so
# that seats may have to be offered first, or the customer repeats a purchase.
LOOK = """
SELECT seat.kind, count(*) FILTER (WHERE live.id IS NULL),
    array_agg(seat.row || seat.number) FILTER (WHERE live.id IS NOT NULL)
FROM cinema_moviesession AS session
JOIN cinema_seat AS seat ON seat.room_id = session.room_id AND seat.in_use
LEFT JOIN cinema_ticket AS live ON live.session_id = session.id AND live.seat_id = seat.id
    AND live.cancelled_at IS NULL AND live.user_id IS DISTINCT FROM %(user)s
    AND (live.purchased_at IS NOT NULL OR live.held_until >= statement_timestamp()) AND live.xmax = 0
WHERE session.id = %(session)s AND session.published AND session.cancelled_at IS NULL
    AND session.starts_at > statement_timestamp()
    AND NOT EXISTS (SELECT FROM cinema_waiting WHERE session_id = session.id AND ended_at IS NULL)
    AND NOT EXISTS (SELECT FROM cinema_purchase WHERE made_by_id = %(user)s AND idempotency_key = %(key)s)
    AND (%(rows)s::text[] IS NULL OR (seat.row, seat.number) IN (
        SELECT * FROM unnest(%(rows)s::text[], %(numbers)s::int[])
    ))
GROUP BY seat.kind
"""


def check_seats_left(session_id: int, user: User, request: SeatRequest, key: str | None = None) -> None:
    """Raise Conflict (seat_taken, sold_out) if others have the seats, or too many of them, at this moment.

    Needs a transaction that has locked nothing: it waits while another one sells a seat of these labels.
    """
    rows, numbers = request.rows_and_numbers() if request.labels else (None, None)
    values = {"session": session_id, "user": user.pk, "key": key, "rows": rows, "numbers": numbers}
    with connection.cursor() as cursor:
        if request.labels:
            cursor.execute(QUEUE, {"session": session_id, "labels": list(request.labels)})
        cursor.execute(LOOK, values)
        found: list[tuple[str, int, list[str] | None]] = cursor.fetchall()
    free = {SeatKind(kind): number for kind, number, _ in found}
    kinds = {label: kind for kind, _, taken in found for label in taken or ()}
    if not request.labels:
        if found and free.get(SeatKind.STANDARD, 0) < request.quantity:
            raise sold_out_error({kind: free.get(kind, 0) for kind in SeatKind})
    elif kinds and len(kinds) + sum(free.values()) == len(request.labels):  # else some do not exist
        places = zip(request.labels, *request.rows_and_numbers(), strict=True)
        seats = {label: Seat(row=row, number=number, kind=kinds.get(label, "")) for label, row, number in places}
        raise seat_taken_error(request.labels, {label: seats[label] for label in request.labels if label in kinds})
