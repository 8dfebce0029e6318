"""The rooms of the demo, with realistic plans: aisles, and wheelchair places beside companion seats."""

from typing import NamedTuple

from django.db.models import Q, QuerySet

from cinema.models import Room
from cinema.rooms import editing


class RoomPlan(NamedTuple):
    number: int
    name: str
    turnaround_minutes: int
    plan: str


# The largest room: two aisles, and wheelchair places in the back row, beside the exits.
LUMIERE = "\n".join(["_sss_ssssssss_sss", *["ssss_ssssssss_ssss"] * 9, "ssss_wccwwccw_ssss"])
# One aisle in the middle and one across the room; wheelchair places in the front row.
MELIES = "\n".join(["wcssss_sssscw", *["ssssss_ssssss"] * 3, "", *["ssssss_ssssss"] * 4])
VARDA = "\n".join(["wc_ssssssss", *["ss_ssssssss"] * 6])
STUDIO = "\n".join(["_sssss", *["sssssss"] * 2, "wcsssss"])

ROOMS = [
    RoomPlan(1, "Lumière", 20, LUMIERE),
    RoomPlan(2, "Méliès", 15, MELIES),
    RoomPlan(3, "Varda", 15, VARDA),
    RoomPlan(4, "Studio", 10, STUDIO),
]


def load() -> int:
    """Create the rooms whose numbers are not taken; return how many."""
    taken = set(Room.objects.values_list("number", flat=True))
    missing = [plan for plan in ROOMS if plan.number not in taken]
    for plan in missing:
        editing.create_room(plan.number, plan.name, plan.turnaround_minutes, plan=plan.plan)
    return len(missing)


def demo_rooms() -> QuerySet[Room]:
    """Return the demo's rooms. A room that was renamed is no longer one of them."""
    matches = Q()
    for plan in ROOMS:
        matches |= Q(number=plan.number, name=plan.name)
    return Room.objects.filter(matches)
