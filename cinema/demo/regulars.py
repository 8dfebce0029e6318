"""Tickets of the demo accounts: to come, for tonight, used, and cancelled."""

from datetime import timedelta
from random import Random
from typing import NamedTuple

from django.utils import timezone

from accounts.models import User
from cinema.core.local_time import day_bounds, today
from cinema.demo import rooms
from cinema.demo.purchases import PurchaseBatch
from cinema.demo.seats import SeatFinder, find_together
from cinema.models import MovieSession, Purchase


class Outing(NamedTuple):
    days: int  # from today
    room: int
    seats: int
    last: bool = True  # the last session of the day in that room, or else the first, which is for families
    cancelled: bool = False
    at_the_counter: bool = False  # sold by the manager


OUTINGS = {
    "customer": [
        Outing(-2, 2, 1),
        Outing(-1, 1, 2),
        Outing(0, 1, 2),
        Outing(1, 2, 2),
        Outing(3, 3, 1, cancelled=True),
        Outing(4, 1, 3, at_the_counter=True),
    ],
    "customer2": [Outing(-1, 2, 1, last=False), Outing(2, 2, 1, last=False)],
}


def load() -> int:
    """Buy tickets for the demo accounts without a purchase; return how many."""
    batch = PurchaseBatch()
    for username, outings in OUTINGS.items():
        user = User.objects.filter(username=username).first()
        if user and not Purchase.objects.filter(user=user).exists():
            for outing in outings:
                _buy(user, outing, batch)
    return batch.save()


def _buy(user: User, outing: Outing, batch: PurchaseBatch) -> None:
    session = _find_session(outing)
    if session is None:
        return
    places, chance = SeatFinder([session]), Random(f"{user.username} {outing.days}")  # noqa: S311 - not a secret
    free = places.free(session)
    if len(free) < outing.seats:
        return
    bought_at = min(session.starts_at, timezone.now()) - timedelta(days=2, minutes=chance.randrange(600))
    batch.add(
        user,
        session,
        find_together(free, outing.seats, 0, chance),
        bought_at,
        by=batch.manager if outing.at_the_counter else None,
        cancelled_at=bought_at + timedelta(days=1) if outing.cancelled else None,
    )


def _find_session(outing: Outing) -> MovieSession | None:
    begin, end = day_bounds(today() + timedelta(days=outing.days))
    sessions = MovieSession.objects.filter(
        room__in=rooms.demo_rooms().filter(number=outing.room),
        starts_at__gte=begin,
        starts_at__lt=end,
        published=True,
        cancelled_at=None,
    ).order_by("starts_at")
    return sessions.last() if outing.last else sessions.first()
