"""How a scan comes, and what the door is told. The rules are in cinema.entrance.check_in."""

from typing import Any

from rest_framework import serializers

from cinema.api.moments import Moment
from cinema.api.serializers.tickets import LARGEST_ID, TicketSerializer
from cinema.entrance.check_in import CODE_LENGTH, DOOR_LENGTH
from common.api.fields import StrictCharField, StrictIntegerField, StrictUUIDField
from common.api.parsing import KnownFieldsOnly


class UseSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    nonce = StrictUUIDField(
        required=False,
        allow_null=True,
        help_text="Of this scan: sent again with the same nonce, it gets the first answer again.",
    )
    scanned_at = Moment(
        required=False,
        allow_null=True,
        help_text="By the clock at the door, for a scan that waited there for the network. Now by default.",
    )
    door = StrictCharField(
        required=False, allow_blank=True, max_length=DOOR_LENGTH, help_text="Where: an entrance or a device."
    )
    session_id = StrictIntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=LARGEST_ID,
        help_text="Whose door it is: a ticket for another session is refused. Any session by default.",
    )


class CheckInSerializer(UseSerializer):
    code = StrictCharField(max_length=CODE_LENGTH, help_text="As it was scanned or typed, with dashes or without.")


class EnteredSerializer(serializers.Serializer[Any]):
    entered = serializers.IntegerField(help_text="So many of them are in.")
    expected = serializers.IntegerField(help_text="So many there are, those who are in included.")


class AdmissionSerializer(serializers.Serializer[Any]):
    ticket = TicketSerializer()
    admitted_at = serializers.DateTimeField()
    name = serializers.CharField(help_text="Of the account, or its username; empty once it is closed.")
    seat = serializers.CharField()
    age_restriction = serializers.IntegerField(
        allow_null=True, help_text="Whoever comes in must be as old, in years: look. Null where everybody may."
    )
    age = serializers.IntegerField(
        allow_null=True,
        help_text="Of the account's holder on the day of the session, in years; null where nobody knows.",
    )
    purchase = EnteredSerializer(help_text="The tickets that were bought together.")
    repeated = serializers.BooleanField(help_text="Whether this scan had come before, and this is its answer again.")
