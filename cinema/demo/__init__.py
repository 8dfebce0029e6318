"""The demo's cinema: four rooms, a fortnight of sessions around today, and who sits in them.

The same for the same day and films, whenever it is loaded: whatever looks like chance comes from seeded generators.
Only the tickets' codes are random, as everybody's are.
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
    """Add the rooms and the days of programme that are missing, and an audience to the new sessions.

    The programme reaches `days` ahead, and three days back at most.
    """
    added = rooms.load()
    sessions = programme.load(days)
    tickets = regulars.load() + audience.load(sessions)
    waiting_list.load(sessions)
    return Added(added, len(sessions), tickets)


@transaction.atomic
def go_on(days: int = programme.DAYS_AHEAD) -> Added:
    """Fill the days that have come nearer, in those rooms of the demo that are still there: none elsewhere."""
    sessions = programme.load(days)
    return Added(0, len(sessions), audience.load(sessions))
