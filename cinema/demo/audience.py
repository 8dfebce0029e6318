"""Who comes: parties of the demo's visitors, more in the evening and at the weekend, fewer the further ahead it is."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from accounts.people.demo import VISITORS
from cinema.core.local_time import to_local
from cinema.demo.programme import EVENING
from cinema.demo.purchases import Buyings
from cinema.demo.seats import Places, together
from cinema.models import MovieSession, Seat

FEWEST, MOST = 0.1, 0.9
NEARLY_ALL = 0.95
PARTIES = [1, 1, 2, 2, 2, 2, 3, 3, 4, 5]
# Of a hundred who bought, so many come.
COME = 94
# Rooms in which the first evening that is still to come is sold out, and nearly so.
SOLD_OUT, NEARLY_SOLD_OUT = 4, 3


def load(sessions: list[MovieSession]) -> int:
    """Sell tickets for those of the `sessions` that are published; returns how many."""
    public = in_order(sessions)
    visitors = list(User.objects.filter(username__in=VISITORS).order_by("username"))
    buyings = Buyings()
    places = Places(public)
    shares = special(public)
    for session in public:
        chance = Random(f"{session.room.number} {session.starts_at:%Y-%m-%d %H:%M}")  # noqa: S311 - not a secret
        share = shares.get(session.pk) or usual(session, chance)
        for visitor, seats in parties(session, places, share, visitors, chance):
            buyings.add(visitor, session, seats, bought_at(session, chance), come=chance.randrange(100) < COME)
    return buyings.save()


def in_order(sessions: list[MovieSession]) -> list[MovieSession]:
    """Those that people can buy tickets for."""
    return sorted((session for session in sessions if session.published), key=lambda session: session.starts_at)


def sold_out(sessions: list[MovieSession]) -> list[MovieSession]:
    public = in_order(sessions)
    shares = special(public)
    return [session for session in public if shares.get(session.pk) == 1]


def special(public: list[MovieSession]) -> dict[int, float]:
    """How full the first evening to come is, by session, in the rooms that are to show what that looks like."""
    shares: dict[int, float] = {}
    for number, share in ((SOLD_OUT, 1.0), (NEARLY_SOLD_OUT, NEARLY_ALL)):
        evenings = (
            session
            for session in public
            if session.room.number == number
            and session.starts_at > timezone.now()
            and to_local(session.starts_at).time() >= EVENING
        )
        if session := next(evenings, None):
            shares[session.pk] = share
    return shares


def usual(session: MovieSession, chance: Random) -> float:
    """What share of its seats is sold by now."""
    start = to_local(session.starts_at)
    share = chance.uniform(0.25, 0.6)
    share += 0.25 if start.time() >= EVENING else 0
    share += 0.15 if start.weekday() in (4, 5) else 0
    days_ahead = max(0, (session.starts_at - timezone.now()).days)
    return max(chance.uniform(FEWEST, 2 * FEWEST), min(MOST, share * 0.85**days_ahead))


def bought_at(session: MovieSession, chance: Random) -> datetime:
    latest = min(session.starts_at - timedelta(minutes=5), timezone.now())
    return latest - timedelta(minutes=chance.randrange(3 * 24 * 60))


def parties(
    session: MovieSession, places: Places, share: float, visitors: list[User], chance: Random
) -> Iterable[tuple[User, list[Seat]]]:
    """Until so much of the room is sold: who sits where, each party together where there is room."""
    everywhere = places.seats.get(session.room_id, [])
    wanted = round(share * len(everywhere)) - len(everywhere) + len(places.free(session))
    had = dict.fromkeys(visitors, 0)
    coming = chance.sample(visitors, len(visitors))
    while wanted > 0 and coming:
        visitor = coming.pop(0)
        size = min(chance.choice(PARTIES), wanted, settings.TICKETS_PER_CUSTOMER - had[visitor])
        if size > 0:
            seats = together(places.free(session), size, share, chance)
            places.take(session, seats)
            yield visitor, seats
            wanted -= len(seats)
            had[visitor] += len(seats)
            coming.append(visitor)
