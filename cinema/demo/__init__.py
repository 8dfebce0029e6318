"""The demo's cinema: four rooms, a fortnight of sessions around today, and their audience.

It is the same for the same day and films, whenever it is loaded: all random choices come from seeded generators. Only
the codes of tickets are really random.
"""

from typing import NamedTuple

from django.db import transaction

from cinema.demo import audience, programme, regulars, rooms, waiting_list


class Added(NamedTuple):
    rooms: int
    sessions: int
    tickets: int


@transaction.atomic
def load(days: int = programme.DAYS_AHEAD) -> Added:
    """Add the missing rooms and days of the programme, and an audience for the new sessions.

    The programme reaches `days` ahead, and three days back at most.
    """
    added = rooms.load()
    sessions = programme.load(days)
    tickets = regulars.load() + audience.load(sessions)
    waiting_list.load(sessions)
    return Added(added, len(sessions), tickets)


@transaction.atomic
def extend(days: int = programme.DAYS_AHEAD) -> Added:
    """Fill the new days ahead, in those rooms of the demo that still exist; no room is added."""
    sessions = programme.load(days)
    return Added(0, len(sessions), audience.load(sessions))
