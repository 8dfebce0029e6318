"""Serializers of rooms and their plans."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from cinema.models import Place, Room, Seat
from cinema.rooms import plans
from common.api.answers.sparse import SparseFields
from common.api.fields import StrictCharField, StrictIntegerField
from common.api.parsing import KnownFieldsOnly

NAMES = ", ".join(f"`{sign}` {name}" for sign, name in plans.NAMES.items())
SIGNS = f"One line per row, the first nearest the screen: {NAMES}."
ONE_OF_TWO = "Send a plan, or rows and seats_per_row."
NOT_BOTH = "Send a plan, or rows and seats_per_row; not both."
WITH_GAPS = {"number": 1, "name": "Balcony", "turnaround_minutes": 20, "plan": "ss_ss\n_\nwc_ss"}
RECTANGLE = {"number": 2, "rows": 10, "seats_per_row": 14}


def describe_plan(places: Sequence[Place | Seat]) -> dict[str, Any]:
    """Return the values of DescribedSerializer."""
    return {"plan": plans.render(places), **asdict(plans.measure(places))}


class DescribedSerializer(serializers.Serializer[Any]):
    """A plan and its measures."""

    plan = serializers.CharField(
        read_only=True, help_text=f"{SIGNS} In small letters, without gaps at the end of a line."
    )
    rows = serializers.IntegerField(
        read_only=True, help_text="Number of lines with seats; rows are lettered from A at the screen."
    )
    seats_per_row = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Null unless the plan is a rectangle of standard seats without gaps."
    )
    seats_total = serializers.IntegerField(read_only=True)
    wheelchair_places = serializers.IntegerField(read_only=True)
    companion_seats = serializers.IntegerField(read_only=True)


OWN_FIELDS = ("id", "number", "name", "turnaround_minutes")


class RoomFields(serializers.Serializer[Any]):
    id = serializers.IntegerField(read_only=True)
    number = serializers.IntegerField(read_only=True, help_text="The room's number; unique.")
    name = serializers.CharField(read_only=True)
    turnaround_minutes = serializers.IntegerField(
        read_only=True, help_text="Minutes for which the room stays empty after a session."
    )


class RoomSerializer(SparseFields, RoomFields, DescribedSerializer):
    # Expects the rows of cinema.queries.rooms.with_plans.

    def to_representation(self, instance: Room) -> dict[str, Any]:
        own = {name: getattr(instance, name) for name in OWN_FIELDS}
        return super().to_representation({**own, **describe_plan(instance.places)})  # type: ignore[attr-defined]


class PlanText(StrictCharField):
    """The text of a plan, with its spaces: the parser ignores trailing spaces and refuses others."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, allow_blank=True, **options)


class PlanFields(KnownFieldsOnly, serializers.Serializer[Any]):
    """A `plan`, or `rows` and `seats_per_row`."""

    plan = PlanText(required=False, help_text=SIGNS)
    rows = StrictIntegerField(
        required=False, allow_null=True, help_text="Instead of a plan, for a rectangle of standard seats."
    )
    seats_per_row = StrictIntegerField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        size = {name: attrs.pop(name, None) for name in ("rows", "seats_per_row")}
        sent = {name for name, value in size.items() if value is not None}
        if "plan" in attrs:
            if sent:
                raise ValidationError({name: [NOT_BOTH] for name in ["plan", *sorted(sent)]})
        elif len(sent) == 1:
            raise ValidationError({name: ["This field is required."] for name in size.keys() - sent})
        elif sent:
            attrs["plan"] = plans.rectangle(**size)
        elif not self.partial:
            raise ValidationError({"plan": [ONE_OF_TWO]})
        return attrs


@extend_schema_serializer(
    examples=[
        OpenApiExample("With a plan", WITH_GAPS, request_only=True),
        OpenApiExample("A rectangle", RECTANGLE, request_only=True),
    ]
)
class RoomWritingSerializer(PlanFields):
    """Read-only fields may be sent; they change nothing."""

    id = serializers.IntegerField(read_only=True)
    number = StrictIntegerField(help_text="1 to 999; unique.")
    name = StrictCharField(required=False, allow_blank=True, help_text="At most 80 characters.")
    turnaround_minutes = StrictIntegerField(required=False, help_text="0 to 240; 15 by default.")
    seats_total = serializers.IntegerField(read_only=True)
    wheelchair_places = serializers.IntegerField(read_only=True)
    companion_seats = serializers.IntegerField(read_only=True)


class PlaceSerializer(serializers.Serializer[Any]):
    label = serializers.CharField(help_text="Such as A1, as on a ticket.")  # type: ignore[assignment] # every field has one
    row = serializers.CharField()
    number = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Seat.Kind.choices)
    line = serializers.IntegerField(help_text="Position from the screen, beginning with 0; empty lines count.")
    column = serializers.IntegerField(help_text="Position from the left, beginning with 0; gaps count.")


class PlanPreviewSerializer(DescribedSerializer):
    seats = PlaceSerializer(many=True, help_text="From the screen and from the left.")
