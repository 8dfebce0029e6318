"""The waiting list on the page of a session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import User
from accounts.queries import is_confirmed
from cinema.models import MovieSession, Seat, Waiting
from cinema.queries import waiting_list
from cinema.queries.seats import SeatOnMap, State

OWN = {State.MINE, State.YOURS}


@dataclass(frozen=True)
class WaitingPanel:
    """The customer's current or last entry, and the quantities for which the customer may wait."""

    entry: Waiting | None
    quantities: range
    minutes: int
    is_confirmed: bool
    """Whether the customer's email is, to which offers are mailed."""

    @property
    def is_open(self) -> bool:
        """Return whether the customer is waiting, without an offer."""
        return self.entry is not None and self.entry.ended_at is None and self.entry.offer_id is None

    @property
    def offered_until(self) -> datetime | None:
        """Return the end of the current offer."""
        entry = self.entry
        is_offer = entry and not entry.ended_at and entry.offer_ends_at and entry.offer_ends_at > timezone.now()
        return entry.offer_ends_at if entry and is_offer else None

    @property
    def expired_at(self) -> datetime | None:
        """Return when the last offer expired, whether or not its seats have been passed on already."""
        entry = self.entry
        lapsed = entry and entry.outcome in ("", Waiting.Outcome.LAPSED)
        return entry.offer_ends_at if entry and lapsed and not self.offered_until else None


def build_waiting_panel(session: MovieSession, user: User | AnonymousUser, places: Sequence[SeatOnMap]) -> WaitingPanel:
    entry = waiting_list.latest_entry(user, session) if user.is_authenticated else None
    standard = [place for place in places if place.kind == Seat.Kind.STANDARD]
    free = sum(place.state in (State.FREE, State.YOURS) for place in standard)
    most = settings.TICKETS_PER_CUSTOMER - sum(place.state in OWN for place in places)
    confirmed = user.is_authenticated and is_confirmed(user)
    return WaitingPanel(entry, range(free + 1, most + 1), settings.WAITING_OFFER_MINUTES, confirmed)
