"""Serializers of whole days of the programme: copying days, and the timeline of the rooms."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from cinema.api.serializers.sessions import (
    FilmOfSessionSerializer,
    RoomNumberField,
    RoomOfSessionSerializer,
)
from cinema.core.local_time import format_slot
from cinema.models import MovieSession
from cinema.programme.copying import CopyResult, Outcome
from cinema.queries.days import Gap
from common.api.fields import StrictBooleanField, StrictIntegerField, StrictListField
from common.api.pagination import OnePageMetaSerializer
from common.api.parsing import KnownFieldsOnly

A_WEEK = {"from": "2026-10-19", "to": "2026-10-26", "days": 7, "dry_run": True}


@extend_schema_serializer(examples=[OpenApiExample("A trial copy of a week", A_WEEK, request_only=True)])
class CopyRequestSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    # Its values are the arguments of cinema.programme.copying.copy_programme.

    to = serializers.DateField(source="to_day", help_text="First day of the copies.")
    days = StrictIntegerField(default=1, help_text="1 or 7.")
    room_numbers = StrictListField(
        child=RoomNumberField(),
        source="rooms",
        required=False,
        allow_empty=False,
        max_length=999,
        help_text="Copy only sessions in these rooms.",
    )
    dry_run = StrictBooleanField(default=False, help_text="Store nothing; report what would be copied.")
    skip_clashes = StrictBooleanField(default=False, help_text="Leave out sessions that cannot be copied.")
    as_drafts = StrictBooleanField(default=False, help_text="Do not publish the copies.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` is a keyword, so it cannot be an attribute.
        first = serializers.DateField(source="first_day", help_text="First day to copy, in the cinema's time zone.")
        return {"from": first, **super().get_fields()}


class SessionAtSerializer(serializers.ModelSerializer[MovieSession]):
    movie = FilmOfSessionSerializer()
    room = RoomOfSessionSerializer()

    class Meta:
        model = MovieSession
        fields = ["id", "movie", "room", "starts_at", "ends_at"]


class CopiedSerializer(serializers.Serializer[Any]):
    session = SessionAtSerializer(help_text="The session to copy.")
    starts_at = serializers.DateTimeField(
        allow_null=True, help_text="Start of the copy. Null where a clock change skips this time."
    )
    ends_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.ChoiceField(choices=[(outcome.value, outcome.value) for outcome in Outcome])
    reason = serializers.CharField(help_text="Why it was not copied; else empty.")
    clashing_session = SessionAtSerializer(
        source="clashes_with",
        allow_null=True,
        help_text="The session that occupies the room. Null also where another copy occupies it.",
    )
    copy_id = serializers.SerializerMethodField(
        help_text="Id of the copy. Null in a dry run, and where it was not copied."
    )

    def get_copy_id(self, copied: CopyResult) -> int | None:
        return copied.copy.pk if copied.copy else None


class CopiesSerializer(serializers.Serializer[Any]):
    dry_run = serializers.BooleanField()
    copied = serializers.IntegerField(help_text="Number of sessions copied, or that would be.")
    items = CopiedSerializer(many=True)
    meta = OnePageMetaSerializer()


@extend_schema_serializer(component_name="TimelineSession")
class TimelineSessionSerializer(serializers.ModelSerializer[MovieSession]):
    movie = FilmOfSessionSerializer()
    timeslot = serializers.SerializerMethodField(help_text="Such as 18:00-20:30, in the cinema's time zone.")
    sold = serializers.IntegerField(help_text="Number of tickets sold, used ones included.")
    held = serializers.IntegerField(help_text="Number of seats held for customers.")
    checked_in = serializers.IntegerField(help_text="Number of tickets used.")

    class Meta:
        model = MovieSession
        fields = [
            "id",
            "movie",
            "starts_at",
            "ends_at",
            "room_free_at",
            "timeslot",
            "published",
            "sold",
            "held",
            "checked_in",
        ]

    def get_timeslot(self, session: MovieSession) -> str:
        return format_slot(session.starts_at, session.ends_at)


class GapSerializer(serializers.Serializer[Any]):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    minutes = serializers.SerializerMethodField()

    def get_minutes(self, gap: Gap) -> int:
        return int((gap.ends_at - gap.starts_at).total_seconds() // 60)


class RoomDaySerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="room.pk")
    number = serializers.IntegerField(source="room.number")
    name = serializers.CharField(source="room.name")
    turnaround_minutes = serializers.IntegerField(source="room.turnaround_minutes")
    seats_total = serializers.IntegerField(source="room.seats_total")
    sessions = TimelineSessionSerializer(many=True)
    gaps = GapSerializer(
        many=True, help_text="When the room is free, between midnight and midnight. Turnarounds are not free."
    )


class TimelineSerializer(serializers.Serializer[Any]):
    date = serializers.DateField()
    starts_at = serializers.DateTimeField(
        help_text="Start of the day in the cinema's time zone. Days last 23 to 25 hours."
    )
    ends_at = serializers.DateTimeField()
    rooms = RoomDaySerializer(many=True, help_text="In the order of their numbers.")
