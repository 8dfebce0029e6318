"""The audience: _seat_parties of the demo's visitors.

There are more of them in the evening and at the weekend, and fewer for days further ahead.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from accounts.people.demo import VISITORS
from cinema.core.local_time import to_local
from cinema.demo.programme import EVENING
from cinema.demo.purchases import PurchaseBatch
from cinema.demo.seats import SeatFinder, find_together
from cinema.models import MovieSession, Seat

FEWEST, MOST = 0.1, 0.9
NEARLY_ALL = 0.95
PARTIES = [1, 1, 2, 2, 2, 2, 3, 3, 4, 5]
ATTENDANCE = 94  # per cent of the buyers
# Numbers of the rooms whose next evening session is sold out, or nearly so.
SOLD_OUT, NEARLY_SOLD_OUT = 4, 3


def load(sessions: list[MovieSession]) -> int:
    """Sell tickets for the published sessions; return how many."""
    public = _published_in_order(sessions)
    visitors = list(User.objects.filter(username__in=VISITORS).order_by("username"))
    batch = PurchaseBatch()
    places = SeatFinder(public)
    shares = _special_shares(public)
    for session in public:
        chance = Random(f"{session.room.number} {session.starts_at:%Y-%m-%d %H:%M}")  # noqa: S311 - not a secret
        share = shares.get(session.pk) or _usual_share(session, chance)
        for visitor, seats in _seat_parties(session, places, share, visitors, chance):
            batch.add(
                visitor, session, seats, _purchase_time(session, chance), attends=chance.randrange(100) < ATTENDANCE
            )
    return batch.save()


def _published_in_order(sessions: list[MovieSession]) -> list[MovieSession]:
    """Return the published sessions in the order of their start."""
    return sorted((session for session in sessions if session.published), key=lambda session: session.starts_at)


def sold_out_sessions(sessions: list[MovieSession]) -> list[MovieSession]:
    public = _published_in_order(sessions)
    shares = _special_shares(public)
    return [session for session in public if shares.get(session.pk) == 1]


def _special_shares(public: list[MovieSession]) -> dict[int, float]:
    """Return the share of seats to sell, by session, for the two that are sold out or nearly so."""
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


def _usual_share(session: MovieSession, chance: Random) -> float:
    """Return the share of its seats that is sold by now."""
    start = to_local(session.starts_at)
    share = chance.uniform(0.25, 0.6)
    share += 0.25 if start.time() >= EVENING else 0
    share += 0.15 if start.weekday() in (4, 5) else 0
    days_ahead = max(0, (session.starts_at - timezone.now()).days)
    return max(chance.uniform(FEWEST, 2 * FEWEST), min(MOST, share * 0.85**days_ahead))


def _purchase_time(session: MovieSession, chance: Random) -> datetime:
    latest = min(session.starts_at - timedelta(minutes=5), timezone.now())
    return latest - timedelta(minutes=chance.randrange(3 * 24 * 60))


def _seat_parties(
    session: MovieSession, places: SeatFinder, share: float, visitors: list[User], chance: Random
) -> Iterable[tuple[User, list[Seat]]]:
    """Yield _seat_parties and their seats until that share of the room is sold, each party together if possible."""
    everywhere = places.seats.get(session.room_id, [])
    missing = round(share * len(everywhere)) - len(everywhere) + len(places.free(session))
    bought = dict.fromkeys(visitors, 0)
    coming = chance.sample(visitors, len(visitors))
    while missing > 0 and coming:
        visitor = coming.pop(0)
        size = min(chance.choice(PARTIES), missing, settings.TICKETS_PER_CUSTOMER - bought[visitor])
        if size > 0:
            seats = find_together(places.free(session), size, share, chance)
            places.take(session, seats)
            yield visitor, seats
            missing -= len(seats)
            bought[visitor] += len(seats)
            coming.append(visitor)
