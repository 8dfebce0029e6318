"""The seats of a session's room, and who has them."""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.db.models import BooleanField, ExpressionWrapper, F, FilteredRelation, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from cinema.models import MovieSession, Place, Seat


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


COLUMNS = [field.name for field in fields(SeatOnMap) if field.name != "viewer_id"]


def load_seats(
    session: MovieSession, wanted: Q, viewer_id: int | None = None, moment: datetime | None = None
) -> list[SeatOnMap]:
    """Read seats of the session's room, from the screen and from the left.

    `wanted` filters them by fields of Seat (in_use) and of the live ticket (live__purchased_at). A hold takes its seat
    until it runs out; `moment` defaults to the database's clock.
    """
    live = FilteredRelation("tickets", condition=Q(tickets__session=session.pk, tickets__cancelled_at=None))
    seats = Seat.objects.filter(room=session.room_id).annotate(live=live).filter(wanted)
    rows = seats.annotate(
        live_ticket_id=F("live__id"),
        holder_id=F("live__user_id"),
        bought=_boolean(Q(live__purchased_at__isnull=False)),
        taken=_boolean(Q(live__purchased_at__isnull=False) | Q(live__held_until__gte=moment or Now())),
    )
    in_order = rows.order_by("line", "column", "id").values(*COLUMNS)
    return [SeatOnMap(**row, viewer_id=viewer_id) for row in in_order]


def seat_map(session: MovieSession, user: User | AnonymousUser | None = None) -> list[SeatOnMap]:
    """Return the seats as `user` sees them, from the screen and from the left, in one query.

    For a session that is over, sold seats are included that have been removed from the plan since.
    """
    wanted = Q(in_use=True)
    if session.ends_at <= timezone.now():
        wanted |= Q(live__purchased_at__isnull=False)
    return load_seats(session, wanted, user.pk if user else None)


def _boolean(condition: Q) -> ExpressionWrapper:
    return ExpressionWrapper(condition, output_field=BooleanField(null=True))
