"""What the page of a session says of its waiting list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import User
from cinema.models import MovieSession, Seat, Waiting
from cinema.queries import waiting_list
from cinema.queries.seats import SeatOnMap, State

HAVE = {State.MINE, State.YOURS}


@dataclass(frozen=True)
class Line:
    """`entry`: one's own, open or the last one. `numbers`: of seats that one may wait for, since they are not free."""

    entry: Waiting | None
    numbers: range
    minutes: int

    @property
    def is_open(self) -> bool:
        """Whether one is in line."""
        return self.entry is not None and self.entry.ended_at is None and self.entry.offer_id is None

    @property
    def offered_until(self) -> datetime | None:
        entry = self.entry
        is_offer = entry and not entry.ended_at and entry.offer_ends_at and entry.offer_ends_at > timezone.now()
        return entry.offer_ends_at if entry and is_offer else None

    @property
    def ran_out_at(self) -> datetime | None:
        """When, if that was the last thing that happened, whether or not the seats were passed on already."""
        entry = self.entry
        lapsed = entry and entry.outcome in ("", Waiting.Outcome.LAPSED)
        return entry.offer_ends_at if entry and lapsed and not self.offered_until else None


def line(session: MovieSession, user: User | AnonymousUser, places: Sequence[SeatOnMap]) -> Line:
    entry = waiting_list.latest_entry(user, session) if user.is_authenticated else None
    # As the best are chosen: a wheelchair place is left to those who name it.
    anybodys = [place for place in places if place.kind != Seat.Kind.WHEELCHAIR]
    free = sum(place.state in (State.FREE, State.YOURS) for place in anybodys)
    most = settings.TICKETS_PER_CUSTOMER - sum(place.state in HAVE for place in places)
    return Line(entry, range(free + 1, most + 1), settings.WAITING_OFFER_MINUTES)
