"""The statement that claims seats. Nothing else in Marquee decides who has a seat.

Two customers who claim the same seat meet in the unique index of live tickets: the second transaction waits for the
first one's commit, and then sees what the seat has become. Every transaction claims its seats in the order of their
ids, so no two wait for each other in a circle. Time is the database's clock when the row is read, after any waiting,
and so the same for every server.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError
from django.db.models import QuerySet

from cinema.core.ticket_codes import new_code
from cinema.models import Purchase, Seat, Ticket
from common.database.constraints import violated_name

Params = ParamSpec("Params")
Result = TypeVar("Result")
CODE_TRIES = 5

# An expired hold's row keeps its id when another customer claims its seat: only the new owner can see it from then on.
CLAIM = """
INSERT INTO cinema_ticket (purchase_id, session_id, room_id, seat_id, user_id, code, held_until, purchased_at)
SELECT %(purchase)s, %(session)s, %(room)s, wanted.seat, %(user)s, wanted.code, %(held_until)s, %(purchased_at)s
FROM unnest(%(seats)s::bigint[], %(codes)s::text[]) AS wanted (seat, code)
ORDER BY wanted.seat
ON CONFLICT (session_id, seat_id) WHERE cancelled_at IS NULL DO UPDATE SET
    purchase_id = excluded.purchase_id, room_id = excluded.room_id, user_id = excluded.user_id, code = excluded.code,
    held_until = excluded.held_until, purchased_at = excluded.purchased_at
WHERE cinema_ticket.purchased_at IS NULL
    AND (
        cinema_ticket.held_until < COALESCE(%(expired_by)s::timestamptz, clock_timestamp())
        OR cinema_ticket.user_id = excluded.user_id
    )
RETURNING seat_id
"""
WITH_SEATS = """
WITH claimed AS ({claim})
SELECT seat.* FROM claimed JOIN cinema_seat AS seat ON seat.id = claimed.seat_id ORDER BY seat.line, seat."column"
"""


def claim(
    purchase: Purchase,
    room_id: int,
    seat_ids: Iterable[int],
    held_until: datetime | None = None,
    purchased_at: datetime | None = None,
    expired_by: datetime | None = None,
) -> list[Seat]:
    """Claim seats for the purchase and return those it got, from the screen; another customer has the rest.

    Exactly one of `held_until` and `purchased_at` is given. A seat can be claimed while it has no live ticket, when
    its hold is over, or when the same customer holds it; with `expired_by`, a hold must have been over by then, see
    offers.serve_waiting. The caller rolls back if a missing seat matters, and has
    locked the session (shared) and the user, or the session alone: see cinema.core.locks.
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
        "expired_by": expired_by,
    }
    return list(Seat.objects.raw(WITH_SEATS.format(claim=CLAIM), values))


def delete_holds(holds: QuerySet[Ticket]) -> None:
    """Delete the rows, locked in the order of their seats as everywhere."""
    rows = [ticket.pk for ticket in holds.order_by("seat_id").select_for_update()]
    Ticket.objects.filter(pk__in=rows).delete()


def retry_with_new_codes(act: Callable[Params, Result]) -> Callable[Params, Result]:
    """Call `act`, a transaction that claims seats, again if one of its new codes is another ticket's already."""

    @wraps(act)
    def attempt(*args: Params.args, **kwargs: Params.kwargs) -> Result:
        tries = 0
        while True:
            try:
                return act(*args, **kwargs)
            except IntegrityError as error:
                tries += 1
                if violated_name(error) != "ticket_code_unique" or tries == CODE_TRIES:
                    raise

    return attempt
