"""Rooms and their seats."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TypeAlias

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Deferrable, Q
from django.utils.text import get_text_list


class Room(models.Model):
    """A room, whose plan is its seats: see cinema.rooms.plans for the plan as text."""

    number = models.PositiveSmallIntegerField(help_text="The number that customers see.")
    name = models.CharField(max_length=80, blank=True)
    turnaround_minutes = models.PositiveSmallIntegerField(
        default=15, help_text="How long the room stays empty after a session: leaving, cleaning, entering."
    )

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="room_number_unique"),
            models.CheckConstraint(condition=Q(number__range=(1, 999)), name="room_number_from_1_to_999"),
            models.CheckConstraint(condition=Q(turnaround_minutes__lte=240), name="room_turnaround_at_most_4_hours"),
        ]

    def __str__(self) -> str:
        return name_room(self.name, self.number)


def name_room(name: str, number: int) -> str:
    return name or f"Room {number}"


class SeatKind(models.TextChoices):
    STANDARD = "standard", "seat"
    WHEELCHAIR = "wheelchair", "wheelchair place"
    COMPANION = "companion", "companion seat"

    def describe_count(self, number: int) -> str:
        """Return, for example, "1 seat" or "2 wheelchair places"."""
        return f"{number} {self.pluralize(number)}"

    def pluralize(self, number: int) -> str:
        return f"{self.label}{'' if number == 1 else 's'}"


# What a seat can be besides a standard one, in the order of legends and summaries.
SEAT_TRAITS: list[SeatKind] = [SeatKind.WHEELCHAIR, SeatKind.COMPANION]


def count_free(places: dict[str, int] | None, taken: dict[str, int] | None) -> dict[SeatKind, int]:
    """Return the numbers of free places from those of all and of taken ones, by kind; None means none."""
    places, taken = places or {}, taken or {}
    return {kind: places.get(kind, 0) - taken.get(kind, 0) for kind in SeatKind}


def describe_special(free: dict[SeatKind, int]) -> str:
    """Return the free places that are no standard seats: "1 wheelchair place and 2 companion seats", or ""."""
    return get_text_list([kind.describe_count(free[kind]) for kind in SEAT_TRAITS if free[kind] > 0], "and")


@dataclass(frozen=True)
class Place:
    """A seat of a plan; `line` and `column` count from 0, empty lines and gaps included.

    Its fields are the columns of Seat of the same names, which a plan decides.
    """

    row: str
    number: int
    kind: str
    line: int
    column: int

    @property
    def label(self) -> str:
        """The short name of the seat, on the chair and in the API: "A1"; for people it is `name_seats`."""
        return f"{self.row}{self.number}"

    @property
    def traits(self) -> list[SeatKind]:
        return [trait for trait in SEAT_TRAITS if trait == self.kind]

    @property
    def special(self) -> str:
        """The labels of its traits: "wheelchair place", or "" for a standard seat."""
        return ", ".join(str(trait.label) for trait in self.traits)

    @property
    def description(self) -> str:
        """The seat in words: "Row A, seat 1, wheelchair place"."""
        return ", ".join(part for part in (f"Row {self.row}", f"seat {self.number}", self.special) if part)


PLACE_FIELDS = [field.name for field in fields(Place)]


class Seat(models.Model):
    """A place in a room. One that is removed from the plan is kept, out of use, if a ticket refers to it."""

    Kind: TypeAlias = SeatKind

    room = models.ForeignKey(Room, models.CASCADE, related_name="seats", db_index=False)
    row = models.CharField(max_length=2, help_text="A is nearest to the screen; after Z comes AA.")
    number = models.PositiveSmallIntegerField(help_text="From the left, facing the screen.")
    kind = models.CharField(max_length=16, choices=SeatKind.choices, default=SeatKind.STANDARD)
    line = models.PositiveSmallIntegerField(help_text="Line of the plan, from 0 at the screen; empty lines count.")
    column = models.PositiveSmallIntegerField(help_text="Place in that line, from 0 at the left; gaps count.")
    in_use = models.BooleanField(default=True)

    class Meta:
        ordering = ["line", "column", "id"]
        constraints = [
            models.UniqueConstraint(fields=["room", "row", "number"], name="seat_one_per_row_and_number"),
            # Deferred to the end of the transaction: while a plan changes, seats swap places.
            ExclusionConstraint(
                name="seat_one_in_a_place",
                expressions=[("room", "="), ("line", "="), ("column", "=")],
                condition=Q(in_use=True),
                deferrable=Deferrable.DEFERRED,
            ),
            # Tickets refer to both, so that a ticket's seat is in its session's room.
            models.UniqueConstraint(fields=["id", "room"], name="seat_and_its_room"),
            models.CheckConstraint(condition=Q(row__regex="^[A-Z]{1,2}$"), name="seat_row_is_letters"),
            models.CheckConstraint(condition=Q(number__range=(1, 99)), name="seat_number_from_1_to_99"),
            models.CheckConstraint(condition=Q(kind__in=SeatKind.values), name="seat_kind_known"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def place(self) -> Place:
        return Place(*(getattr(self, name) for name in PLACE_FIELDS))

    @property
    def label(self) -> str:
        return f"{self.row}{self.number}"

    @property
    def name(self) -> str:
        return name_seats([self])


def name_seats(seats: Iterable[Place | Seat]) -> str:
    """Return the seats as people read them, each with its kind of place.

    "seat A1", "wheelchair place A1 and companion seat A2", or "seats B1 and B2, and wheelchair place A1". Pages, mails,
    documents and messages name seats by this and by Seat.name, so that no place without a chair is taken for one.
    """
    labels: dict[str, list[str]] = {}
    for seat in seats:
        labels.setdefault(seat.kind, []).append(seat.label)
    groups = [f"{SeatKind(kind).pluralize(len(named))} {get_text_list(named, 'and')}" for kind, named in labels.items()]
    if len(groups) > 1 and any(len(named) > 1 for named in labels.values()):
        return f"{', '.join(groups[:-1])}, and {groups[-1]}"
    return get_text_list(groups, "and")
