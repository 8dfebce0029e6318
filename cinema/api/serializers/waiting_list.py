"""Serializers of entries on waiting lists. The rules are in cinema.box_office.waiting_list."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cinema.api.serializers.sessions import SessionSerializer
from cinema.models import Waiting
from common.api.fields import StrictIntegerField
from common.api.parsing import KnownFieldsOnly


class OfferSerializer(serializers.Serializer[Any]):
    hold_id = serializers.IntegerField(help_text="The hold to confirm or delete.")
    seats = serializers.ListField(child=serializers.CharField(), help_text="Labels such as A1.")
    until = serializers.DateTimeField(help_text="End of the offer.")


class WaitingSerializer(serializers.ModelSerializer[Waiting]):
    # Expects the rows of cinema.queries.waiting_list.entries_with_api_fields.

    session = SessionSerializer(read_only=True)
    place = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="1 is the first on the list; null while seats are offered."
    )
    offer = serializers.SerializerMethodField(help_text="Null without an offer, and after its end.")

    class Meta:
        model = Waiting
        fields = ["id", "session", "quantity", "place", "joined_at", "offer"]
        read_only_fields = fields

    @extend_schema_field(OfferSerializer(allow_null=True))
    def get_offer(self, entry: Waiting) -> dict[str, Any] | None:
        if entry.offer is None or entry.offer_ends_at is None or entry.offer_ends_at <= timezone.now():
            return None
        seats = [ticket.seat.label for ticket in entry.offer.tickets.all()]
        offer = {"hold_id": entry.offer.pk, "seats": seats, "until": entry.offer_ends_at}
        return dict(OfferSerializer(offer).data)


class JoiningSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    quantity = StrictIntegerField(help_text="Number of seats; more than are free.")
