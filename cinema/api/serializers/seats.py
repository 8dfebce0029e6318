"""Serializers of the seat map of a session."""

from typing import Any

from rest_framework import serializers

from cinema.api.serializers.rooms import PlaceSerializer
from cinema.api.serializers.sessions import SessionSerializer
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


class SeatOnMapSerializer(PlaceSerializer):
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
