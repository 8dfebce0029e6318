"""What those who can sign in to the demo have: tickets to come, one for tonight, used ones, and one given back."""

from datetime import timedelta
from random import Random
from typing import NamedTuple

from django.utils import timezone

from accounts.models import User
from cinema.core.local_time import day_bounds, today
from cinema.demo import rooms
from cinema.demo.purchases import Buyings
from cinema.demo.seats import Places, together
from cinema.models import MovieSession, Purchase


class Outing(NamedTuple):
    days: int  # from today
    room: int
    seats: int
    last: bool = True  # of the day's films in that room, or else its first, which is for families
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
    """Tickets for those who have never bought any; returns how many."""
    buyings = Buyings()
    for username, outings in OUTINGS.items():
        user = User.objects.filter(username=username).first()
        if user and not Purchase.objects.filter(user=user).exists():
            for outing in outings:
                go(user, outing, buyings)
    return buyings.save()


def go(user: User, outing: Outing, buyings: Buyings) -> None:
    session = session_of(outing)
    if session is None:
        return
    places, chance = Places([session]), Random(f"{user.username} {outing.days}")  # noqa: S311 - not a secret
    free = places.free(session)
    if len(free) < outing.seats:
        return
    bought_at = min(session.starts_at, timezone.now()) - timedelta(days=2, minutes=chance.randrange(600))
    buyings.add(
        user,
        session,
        together(free, outing.seats, 0, chance),
        bought_at,
        by=buyings.manager if outing.at_the_counter else None,
        cancelled_at=bought_at + timedelta(days=1) if outing.cancelled else None,
    )


def session_of(outing: Outing) -> MovieSession | None:
    begin, end = day_bounds(today() + timedelta(days=outing.days))
    sessions = MovieSession.objects.filter(
        room__in=rooms.known().filter(number=outing.room),
        starts_at__gte=begin,
        starts_at__lt=end,
        published=True,
        cancelled_at=None,
    ).order_by("starts_at")
    return sessions.last() if outing.last else sessions.first()
