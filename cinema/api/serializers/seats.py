"""A session's seats, as somebody chooses among them."""

from typing import Any

from rest_framework import serializers

from cinema.api.serializers.sessions import SessionSerializer
from cinema.models import Seat
from cinema.queries.seats import State


class PlanSizeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.IntegerField()
    name = serializers.CharField()
    lines = serializers.IntegerField(help_text="Of the plan, from the screen.")
    columns = serializers.IntegerField(help_text="The widest line's, gaps included.")


class StateField(serializers.ChoiceField):
    """Whoever is not signed in can't tell a hold from a ticket, and needn't."""

    def to_representation(self, value: Any) -> str:
        is_somebody = self.context["request"].user.is_authenticated
        return str(value if is_somebody or value is State.FREE else State.TAKEN)


class SeatOnMapSerializer(serializers.Serializer[Any]):
    label = serializers.CharField(help_text="A1: as on the ticket.")  # type: ignore[assignment] # every field has one
    row = serializers.CharField()
    number = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Seat.Kind.choices)
    line = serializers.IntegerField(help_text="From 0 at the screen; empty lines count.")
    column = serializers.IntegerField(help_text="From 0 at the left; gaps count.")
    state = StateField(
        choices=[(state.value, state.value) for state in State],
        help_text="`held`: by somebody who is just choosing; `yours`: held by oneself; `mine`: one's own ticket. "
        "Whoever is not signed in is told `free` and `taken` only.",
    )
    ticket_id = serializers.IntegerField(allow_null=True, help_text="Of one's own ticket.")


class SeatMapSerializer(serializers.Serializer[Any]):
    session = SessionSerializer()
    room = PlanSizeSerializer()
    seats = SeatOnMapSerializer(many=True, help_text="From the screen and from the left.")
