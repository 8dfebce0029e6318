"""Serializers of the seat map of a session."""

from typing import Any

from rest_framework import serializers

from cinema.api.serializers.sessions import SessionSerializer
from cinema.models import Seat
from cinema.queries.seats import State


class PlanSizeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.IntegerField()
    name = serializers.CharField()
    lines = serializers.IntegerField(help_text="Number of lines of the plan.")
    columns = serializers.IntegerField(help_text="Width of the widest line, gaps included.")


class StateField(serializers.ChoiceField):
    """The state of a seat. Without signing in, holds and tickets are both `taken`."""

    def to_representation(self, value: Any) -> str:
        is_signed_in = self.context["request"].user.is_authenticated
        return str(value if is_signed_in or value is State.FREE else State.TAKEN)


class SeatOnMapSerializer(serializers.Serializer[Any]):
    label = serializers.CharField(help_text="Such as A1, as on the ticket.")  # type: ignore[assignment] # every field has one
    row = serializers.CharField()
    number = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Seat.Kind.choices)
    line = serializers.IntegerField(help_text="Position from the screen, beginning with 0; empty lines count.")
    column = serializers.IntegerField(help_text="Position from the left, beginning with 0; gaps count.")
    state = StateField(
        choices=[(state.value, state.value) for state in State],
        help_text="`held`: held for another customer; `yours`: held for you; `mine`: your ticket. Without signing in "
        "only `free` and `taken`.",
    )
    ticket_id = serializers.IntegerField(allow_null=True, help_text="Id of your ticket.")


class SeatMapSerializer(serializers.Serializer[Any]):
    session = SessionSerializer()
    room = PlanSizeSerializer()
    seats = SeatOnMapSerializer(many=True, help_text="From the screen and from the left.")
