"""The seats of a session's room, and who has them."""

from enum import StrEnum
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db.models import BooleanField, ExpressionWrapper, FilteredRelation, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from cinema.models import MovieSession, Seat


class State(StrEnum):
    FREE = "free"
    TAKEN = "taken"  # bought by another customer
    HELD = "held"  # by another customer, for some minutes
    YOURS = "yours"  # held by this customer
    MINE = "mine"  # bought by this customer


class SeatOnMap(NamedTuple):
    """A seat as one user sees it. `ticket_id` is given where the state is `mine`."""

    id: int
    label: str
    row: str
    number: int
    kind: str
    line: int
    column: int
    state: State
    ticket_id: int | None


class SeatRow(NamedTuple):
    """A seat and its live ticket or hold in a session. `taken` is false for an expired hold; `bought` for any hold."""

    id: int
    row: str
    number: int
    kind: str
    line: int
    column: int
    in_use: bool
    ticket_id: int | None
    holder_id: int | None
    bought: bool
    taken: bool | None


def load_seats(session: MovieSession, wanted: Q) -> list[SeatRow]:
    """Read seats of the session's room, from the screen and from the left.

    `wanted` filters them by fields of Seat (in_use) and of the live ticket (live__purchased_at).
    """
    live = FilteredRelation("tickets", condition=Q(tickets__session=session.pk, tickets__cancelled_at=None))
    seats = Seat.objects.filter(room=session.room_id).annotate(live=live).filter(wanted)
    rows = seats.order_by("line", "column", "id").values_list(
        *("id", "row", "number", "kind", "line", "column", "in_use", "live__id", "live__user_id"),
        _boolean(Q(live__purchased_at__isnull=False)),
        _boolean(Q(live__purchased_at__isnull=False) | Q(live__held_until__gte=Now())),
    )
    return [SeatRow(*row) for row in rows]


def seat_map(session: MovieSession, user: User | AnonymousUser | None = None) -> list[SeatOnMap]:
    """Return the seats as `user` sees them, from the screen and from the left, in one query.

    For a session that is over, sold seats are included that have been removed from the plan since.
    """
    wanted = Q(in_use=True)
    if session.ends_at <= timezone.now():
        wanted |= Q(live__purchased_at__isnull=False)
    rows = load_seats(session, wanted)
    return [_place_on_map(row, user.pk if user else None) for row in rows]


def _place_on_map(seat: SeatRow, user_id: int | None) -> SeatOnMap:
    seen = _state_for(seat, user_id)
    ticket = seat.ticket_id if seen is State.MINE else None
    label = Seat(row=seat.row, number=seat.number).label
    return SeatOnMap(seat.id, label, seat.row, seat.number, seat.kind, seat.line, seat.column, seen, ticket)


def _state_for(seat: SeatRow, user_id: int | None) -> State:
    if not seat.taken:
        return State.FREE
    own = user_id is not None and seat.holder_id == user_id
    if seat.bought:
        return State.MINE if own else State.TAKEN
    return State.YOURS if own else State.HELD


def _boolean(condition: Q) -> ExpressionWrapper:
    return ExpressionWrapper(condition, output_field=BooleanField(null=True))
