"""Serializers of holds. The rules are in cinema.box_office.holds."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from cinema.api.serializers.sessions import SessionSerializer
from cinema.api.serializers.tickets import SeatsOrQuantitySerializer
from cinema.models import Purchase


class HoldSerializer(serializers.ModelSerializer[Purchase]):
    # Expects the rows of cinema.queries.ticket_lists.holds_with_api_fields.

    session = SessionSerializer(read_only=True)
    seats = serializers.SerializerMethodField(help_text="Labels such as A1, from the screen and from the left.")
    held_until = serializers.DateTimeField(read_only=True)
    seconds_left = serializers.SerializerMethodField(
        help_text="Seconds until `held_until` by the server's clock, for a countdown."
    )

    class Meta:
        model = Purchase
        fields = ["id", "session", "seats", "held_until", "seconds_left"]
        read_only_fields = fields

    def get_seats(self, hold: Purchase) -> list[str]:
        return [ticket.seat.label for ticket in hold.tickets.all()]

    def get_seconds_left(self, hold: Any) -> int:
        return max(0, int((hold.held_until - timezone.now()).total_seconds()))


class NewHoldSerializer(SeatsOrQuantitySerializer):
    """Seats to hold. Holds are always for the signed-in user."""
