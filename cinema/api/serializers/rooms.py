"""Rooms and their plans as they are read and written."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from cinema.models import Room, Seat
from cinema.rooms import plans
from common.api.fields import StrictCharField, StrictIntegerField
from common.api.parsing import KnownFieldsOnly
from common.api.sparse import SparseFields

SIGNS = "One line a row, the first nearest to the screen: `s` seat, `w` wheelchair place, `c` companion seat, `_` gap."
ONE_OF_TWO = "Send a plan, or rows and seats_per_row."
NOT_BOTH = "Send a plan, or rows and seats_per_row; not both."
WITH_GAPS = {"number": 1, "name": "Balcony", "turnaround_minutes": 20, "plan": "ss_ss\n_\nwc_ss"}
RECTANGLE = {"number": 2, "rows": 10, "seats_per_row": 14}


def described(places: Sequence[plans.Placed]) -> dict[str, Any]:
    return {"plan": plans.render(places), **asdict(plans.measure(places))}


class DescribedSerializer(serializers.Serializer[Any]):
    """A plan, and what is read off it."""

    plan = serializers.CharField(read_only=True, help_text=f"{SIGNS} Small letters, no gaps at the end of a line.")
    rows = serializers.IntegerField(read_only=True, help_text="Lines with seats, lettered from A at the screen.")
    seats_per_row = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Null unless the plan is a rectangle of standard seats without gaps."
    )
    seats_total = serializers.IntegerField(read_only=True)
    wheelchair_places = serializers.IntegerField(read_only=True)
    companion_seats = serializers.IntegerField(read_only=True)


OWN_FIELDS = ("id", "number", "name", "turnaround_minutes")


class RoomFields(serializers.Serializer[Any]):
    id = serializers.IntegerField(read_only=True)
    number = serializers.IntegerField(read_only=True, help_text="As it stands on the door; each once.")
    name = serializers.CharField(read_only=True)
    turnaround_minutes = serializers.IntegerField(
        read_only=True, help_text="How long the room stays empty after a session."
    )


class RoomSerializer(SparseFields, RoomFields, DescribedSerializer):
    """Of a room with its places: queries.rooms.with_plans."""

    def to_representation(self, instance: Room) -> dict[str, Any]:
        own = {name: getattr(instance, name) for name in OWN_FIELDS}
        return super().to_representation({**own, **described(instance.places)})  # type: ignore[attr-defined]


class PlanText(StrictCharField):
    """A space at the end of a line is nobody's mistake, and one before a seat is told as one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, allow_blank=True, **options)


class PlanFields(KnownFieldsOnly, serializers.Serializer[Any]):
    """`plan`, or `rows` and `seats_per_row`; cleans to `plan`."""

    plan = PlanText(required=False, help_text=SIGNS)
    rows = StrictIntegerField(
        required=False, allow_null=True, help_text="Instead of a plan: a rectangle of standard seats."
    )
    seats_per_row = StrictIntegerField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        size = {name: attrs.pop(name, None) for name in ("rows", "seats_per_row")}
        given = {name for name, value in size.items() if value is not None}
        if "plan" in attrs:
            if given:
                raise ValidationError({name: [NOT_BOTH] for name in ["plan", *sorted(given)]})
        elif len(given) == 1:
            raise ValidationError({name: ["This field is required."] for name in size.keys() - given})
        elif given:
            attrs["plan"] = plans.rectangle(**size)
        elif not self.partial:
            raise ValidationError({"plan": [ONE_OF_TWO]})
        return attrs


@extend_schema_serializer(
    examples=[
        OpenApiExample("By a plan", WITH_GAPS, request_only=True),
        OpenApiExample("A rectangle", RECTANGLE, request_only=True),
    ]
)
class RoomWritingSerializer(PlanFields):
    """What is read-only may be sent back as it was read; it changes nothing."""

    id = serializers.IntegerField(read_only=True)
    number = StrictIntegerField(help_text="1 to 999, each once.")
    name = StrictCharField(required=False, allow_blank=True, help_text="At most 80 characters.")
    turnaround_minutes = StrictIntegerField(required=False, help_text="0 to 240; 15 by default.")
    seats_total = serializers.IntegerField(read_only=True)
    wheelchair_places = serializers.IntegerField(read_only=True)
    companion_seats = serializers.IntegerField(read_only=True)


class PlaceSerializer(serializers.Serializer[Any]):
    label = serializers.CharField(help_text="A1: as on a ticket.")  # type: ignore[assignment] # every field has one
    row = serializers.CharField()
    number = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Seat.Kind.choices)
    line = serializers.IntegerField(help_text="From 0 at the screen; empty lines count.")
    column = serializers.IntegerField(help_text="From 0 at the left; gaps count.")


class PlanPreviewSerializer(DescribedSerializer):
    seats = PlaceSerializer(many=True, help_text="From the screen and from the left.")
