"""The one statement by which seats become somebody's. Nothing else in Marquee decides who has a seat.

Two people who want the same seat meet in the unique index of live tickets: the second waits for the first's commit and
then sees what became of the seat. Everybody goes through their seats in the order of the ids, so that nobody waits in
a circle. Time is the database's clock when the row is looked at, after any waiting, and the same for every server.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from cinema.core.ticket_codes import new_code
from cinema.models import Purchase, Ticket
from common.constraints import violated

Result = TypeVar("Result")
CODE_TRIES = 5

# The row keeps its id when it changes hands: nobody but its new owner can see it.
CLAIM = """
INSERT INTO cinema_ticket (purchase_id, session_id, room_id, seat_id, user_id, code, held_until, purchased_at)
SELECT %(purchase)s, %(session)s, %(room)s, wanted.seat, %(user)s, wanted.code, %(held_until)s, %(purchased_at)s
FROM unnest(%(seats)s::bigint[], %(codes)s::text[]) AS wanted (seat, code)
ORDER BY wanted.seat
ON CONFLICT (session_id, seat_id) WHERE cancelled_at IS NULL DO UPDATE SET
    purchase_id = excluded.purchase_id, room_id = excluded.room_id, user_id = excluded.user_id, code = excluded.code,
    held_until = excluded.held_until, purchased_at = excluded.purchased_at
WHERE cinema_ticket.purchased_at IS NULL
    AND (cinema_ticket.held_until < clock_timestamp() OR cinema_ticket.user_id = excluded.user_id)
RETURNING seat_id
"""


def claim(
    purchase: Purchase,
    room_id: int,
    seat_ids: Iterable[int],
    held_until: datetime | None = None,
    purchased_at: datetime | None = None,
) -> set[int]:
    """The seats that are the purchase's now; those missing are somebody else's. Exactly one of the times is given.

    A seat is free for it when nobody has it, when a hold of it is over, or when the same person holds it. Whoever
    calls this undoes it if a missing seat matters, and has the session shared and the user held (core.locks), or the
    session held.
    """
    wanted = sorted(seat_ids)
    values = {
        "purchase": purchase.pk,
        "session": purchase.session_id,
        "room": room_id,
        "user": purchase.user_id,
        "seats": wanted,
        "codes": [new_code() for _ in wanted],
        "held_until": held_until,
        "purchased_at": purchased_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        return {seat for (seat,) in cursor.fetchall()}


def delete_holds(holds: QuerySet[Ticket]) -> None:
    """Deletes them, locked in the order in which everybody goes through seats."""
    rows = [ticket.pk for ticket in holds.order_by("seat_id").select_for_update()]
    Ticket.objects.filter(pk__in=rows).delete()


def in_one_transaction(act: Callable[[], Result]) -> Result:
    """What `act` returns. It is begun anew, with new codes, if a code was some other ticket's already."""
    tries = 0
    while True:
        try:
            with transaction.atomic():
                return act()
        except IntegrityError as error:
            tries += 1
            if violated(error) != "ticket_code_unique" or tries == CODE_TRIES:
                raise
