"""Serializers of scans and admissions. The rules are in cinema.entrance.check_in."""

from typing import Any

from rest_framework import serializers

from cinema.api.moments import Moment
from cinema.api.serializers.tickets import TicketSerializer
from cinema.entrance.check_in import CODE_LENGTH, DOOR_LENGTH
from common.api.fields import IdField, StrictCharField, StrictIntegerField, StrictUUIDField
from common.api.parsing import KnownFieldsOnly


class UseSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    nonce = StrictUUIDField(
        required=False,
        allow_null=True,
        help_text="A UUID for this scan. A scan sent again with the same nonce gets the same answer again.",
    )
    scanned_at = Moment(
        required=False,
        allow_null=True,
        help_text="When a queued scan was made, for a device whose clock is right; `seconds_ago` is safer. Now by "
        "default, and where no scan of the ticket can be of that time: in the future, or before it was bought.",
    )
    seconds_ago = StrictIntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        help_text="How many seconds ago a queued scan was made, instead of `scanned_at`: true also where the device's "
        "clock is wrong.",
    )
    door = StrictCharField(
        required=False, allow_blank=True, max_length=DOOR_LENGTH, help_text="Name of the entrance or the device."
    )
    session_id = IdField(
        required=False,
        allow_null=True,
        help_text="Session to check in: tickets for another one are refused. By default any session; a ticket that is "
        "checked in by its code must then be for today, or begin within six hours.",
    )


class CheckInSerializer(UseSerializer):
    code = StrictCharField(
        max_length=CODE_LENGTH,
        help_text="Ticket code as scanned or typed, with or without dashes. What a scanner with another keyboard "
        "layout types is understood.",
    )


class EnteredSerializer(serializers.Serializer[Any]):
    entered = serializers.IntegerField(help_text="Number of these tickets already used.")
    expected = serializers.IntegerField(help_text="Number of these tickets in all, used ones included.")


class AdmissionSerializer(serializers.Serializer[Any]):
    ticket = TicketSerializer()
    admitted_at = serializers.DateTimeField()
    name = serializers.CharField(help_text="Name of the account, or its username. Empty once the account is closed.")
    seat = serializers.CharField(help_text="Such as A1; `ticket.seat_name` has its kind of place.")
    age_restriction = serializers.IntegerField(
        allow_null=True, help_text="Minimum age of the visitor in years, to be checked by sight. Null without a limit."
    )
    age = serializers.IntegerField(
        allow_null=True,
        help_text="Age of the account holder in years on the day of the session. Null if not known.",
    )
    purchase = EnteredSerializer(help_text="The tickets bought together with this one.")
    repeated = serializers.BooleanField(help_text="Whether this is the stored answer to a scan sent before.")
