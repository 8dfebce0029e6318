"""Choice of seats for the demo: together, near the middle, and towards the back."""

from collections.abc import Iterable
from random import Random

from cinema.models import MovieSession, Seat, Ticket

TRIES = 12


class SeatFinder:
    """The seats of each room in order, and those that are taken in each session."""

    def __init__(self, sessions: Iterable[MovieSession]) -> None:
        self.seats: dict[int, list[Seat]] = {}
        rooms = {session.room_id for session in sessions}
        for seat in Seat.objects.filter(room__in=rooms, in_use=True).order_by("line", "column"):
            self.seats.setdefault(seat.room_id, []).append(seat)
        self.taken: dict[int, set[int]] = {}
        live = Ticket.objects.filter(session__in=[session.pk for session in sessions], cancelled_at=None)
        for session_id, seat_id in live.values_list("session", "seat"):
            self.taken.setdefault(session_id, set()).add(seat_id)

    def free(self, session: MovieSession) -> list[Seat]:
        taken = self.taken.setdefault(session.pk, set())
        return [seat for seat in self.seats.get(session.room_id, []) if seat.pk not in taken]

    def take(self, session: MovieSession, seats: list[Seat]) -> None:
        self.taken[session.pk].update(seat.pk for seat in seats)


def find_together(free: list[Seat], size: int, share: float, chance: Random) -> list[Seat]:
    """Return adjacent seats, near the middle and towards the back, or any seats if none are adjacent.

    Wheelchair places and companion seats are left free unless all seats are to be sold (`share` 1).
    """
    usual = [seat for seat in free if share == 1 or seat.kind == Seat.Kind.STANDARD] or free
    deep, wide = max(seat.line for seat in usual), max(seat.column for seat in usual)
    candidates = []
    for _ in range(TRIES):
        begin = chance.randrange(len(usual))
        seats = usual[begin : begin + size]
        if len(seats) == size and _are_adjacent(seats):
            off = abs(seats[0].line - 0.65 * deep) * 2 + abs(seats[0].column + size / 2 - wide / 2)
            candidates.append((off, begin, seats))
    return min(candidates)[2] if candidates else usual[:size]


def _are_adjacent(seats: list[Seat]) -> bool:
    first, last = seats[0], seats[-1]
    return first.line == last.line and last.column - first.column == len(seats) - 1
