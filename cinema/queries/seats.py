"""The seats of a session's room, and who has them."""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, F, FilteredRelation, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from cinema.models import MovieSession, Place, Seat
from common.database.kept import Parameter, kept_query


class State(StrEnum):
    FREE = "free"
    TAKEN = "taken"  # bought by another customer
    HELD = "held"  # by another customer, for some minutes
    YOURS = "yours"  # held by this customer
    MINE = "mine"  # bought by this customer


@dataclass(frozen=True)
class SeatOnMap(Place):
    """A seat in a session as one user, the viewer, sees it, with its live ticket or hold.

    `taken` is false for an expired hold; `bought` for any hold.
    """

    id: int
    live_ticket_id: int | None
    holder_id: int | None
    bought: bool
    taken: bool | None
    viewer_id: int | None

    @property
    def state(self) -> State:
        if not self.taken:
            return State.FREE
        own = self.viewer_id is not None and self.holder_id == self.viewer_id
        if self.bought:
            return State.MINE if own else State.TAKEN
        return State.YOURS if own else State.HELD

    @property
    def ticket_id(self) -> int | None:
        """The viewer's ticket, where the state is `mine`."""
        return self.live_ticket_id if self.state is State.MINE else None


# In the order of its fields.
COLUMNS = [field.name for field in fields(SeatOnMap) if field.name != "viewer_id"]


class PlaceInSession(NamedTuple):
    """A seat in use as `load_places` reads it: what is needed to choose the best. `holder_id` is as in SeatOnMap."""

    id: int
    line: int
    column: int
    kind: str
    holder_id: int | None
    taken: bool


# As `seat_map`, without the milliseconds that Django takes to build the rows: customers wait for one another while the
# best seats are chosen.
PLACES = """
SELECT seat.id, seat.line, seat."column", seat.kind, live.user_id,
    live.id IS NOT NULL AND (
        live.purchased_at IS NOT NULL OR live.held_until >= coalesce(%(moment)s::timestamptz, statement_timestamp())
    )
FROM cinema_seat AS seat
LEFT JOIN cinema_ticket AS live
    ON live.session_id = %(session)s AND live.seat_id = seat.id AND live.cancelled_at IS NULL
WHERE seat.room_id = %(room)s AND seat.in_use
ORDER BY seat.line, seat."column", seat.id
"""


def load_places(session: MovieSession, moment: datetime | None = None) -> list[PlaceInSession]:
    """Read the seats in use of the session's room, and which are taken at the `moment`: by default of the database."""
    with connection.cursor() as cursor:
        cursor.execute(PLACES, {"session": session.pk, "room": session.room_id, "moment": moment})
        return [PlaceInSession(*row) for row in cursor.fetchall()]


def seat_map(session: MovieSession, user: User | AnonymousUser | None = None) -> list[SeatOnMap]:
    """Return the seats as `user` sees them, from the screen and from the left, in one query.

    A hold takes its seat until it runs out, by the database's clock. For a session that is over, sold seats are
    included that have been removed from the plan since.
    """
    is_over, viewer = session.ends_at <= timezone.now(), user.pk if user else None
    rows = _seats_in_session(is_over, session=session.pk, room=session.room_id)
    return [SeatOnMap(*(*row, viewer)) for row in rows]


@kept_query
def _seats_in_session(is_over: bool, /, *, session: Parameter, room: Parameter) -> QuerySet[Seat, Any]:
    wanted = Q(in_use=True)
    if is_over:
        wanted |= Q(live__purchased_at__isnull=False)
    live = FilteredRelation("tickets", condition=Q(tickets__session=session, tickets__cancelled_at=None))
    seats = Seat.objects.filter(room=room).annotate(live=live).filter(wanted)
    rows = seats.annotate(
        live_ticket_id=F("live__id"),
        holder_id=F("live__user_id"),
        bought=_boolean(Q(live__purchased_at__isnull=False)),
        taken=_boolean(Q(live__purchased_at__isnull=False) | Q(live__held_until__gte=Now())),
    )
    return rows.order_by("line", "column", "id").values_list(*COLUMNS)


def _boolean(condition: Q) -> ExpressionWrapper:
    return ExpressionWrapper(condition, output_field=BooleanField(null=True))
