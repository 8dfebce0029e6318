"""The rooms of the demo, with plans as real houses have them: aisles, and places for wheelchairs beside a seat."""

from typing import NamedTuple

from django.db.models import Q, QuerySet

from cinema.models import Room
from cinema.rooms import editing


class House(NamedTuple):
    number: int
    name: str
    turnaround_minutes: int
    plan: str


# The great one: two aisles, wheelchair places in the back row, where the doors are.
LUMIERE = "\n".join(["_sss_ssssssss_sss", *["ssss_ssssssss_ssss"] * 9, "ssss_wccwwccw_ssss"])
# One aisle in the middle, one across it; the front row has room for wheelchairs.
MELIES = "\n".join(["wcssss_sssscw", *["ssssss_ssssss"] * 3, "", *["ssssss_ssssss"] * 4])
VARDA = "\n".join(["wc_ssssssss", *["ss_ssssssss"] * 6])
STUDIO = "\n".join(["_sssss", *["sssssss"] * 2, "wcsssss"])

HOUSES = [
    House(1, "Lumière", 20, LUMIERE),
    House(2, "Méliès", 15, MELIES),
    House(3, "Varda", 15, VARDA),
    House(4, "Studio", 10, STUDIO),
]


def load() -> int:
    """Make those whose number is not taken; returns how many were made."""
    taken = set(Room.objects.values_list("number", flat=True))
    missing = [house for house in HOUSES if house.number not in taken]
    for house in missing:
        editing.create_room(house.number, house.name, house.turnaround_minutes, plan=house.plan)
    return len(missing)


def known() -> QuerySet[Room]:
    """The demo's rooms as they are now. One that was given another name is somebody's own."""
    ours = Q()
    for house in HOUSES:
        ours |= Q(number=house.number, name=house.name)
    return Room.objects.filter(ours)
