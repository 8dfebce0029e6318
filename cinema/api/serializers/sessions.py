"""Serializers of sessions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from django.core import exceptions
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from cinema.api.moments import Moment
from cinema.core import local_time
from cinema.models import MovieSession, Room
from cinema.programme.planning import MAX_AT_ONCE
from common.api.answers.sparse import SparseFields
from common.api.fields import IdField, StrictBooleanField, StrictCharField, StrictIntegerField, StrictListField
from common.api.pagination import OnePageMetaSerializer
from common.api.parsing import KnownFieldsOnly
from movies.models import Movie

CONTRADICTION = "Send starts_at and ends_at, or date and timeslot: these contradict each other."
ONE_ROOM = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}, "number": {"type": "integer"}, "name": {"type": "string"}},
}
WITH_TIMESLOT = {"room_number": 1, "date": "2026-12-31", "timeslot": "18:00-20:30"}
WITH_START = {"room": 1, "starts_at": "2026-12-31T17:00:00Z"}


class FilmOfSessionSerializer(serializers.ModelSerializer[Movie]):
    class Meta:
        model = Movie
        fields = ["id", "title"]


class RoomOfSessionSerializer(serializers.ModelSerializer[Room]):
    class Meta:
        model = Room
        fields = ["id", "number", "name"]


@extend_schema_serializer(component_name="MovieSession")  # "Session" is a sign-in of accounts
class SessionSerializer(SparseFields, serializers.ModelSerializer[MovieSession]):
    movie = FilmOfSessionSerializer(read_only=True)
    room = RoomOfSessionSerializer(read_only=True)
    room_number = serializers.IntegerField(source="room.number", read_only=True, help_text="Number of the room.")
    date = serializers.SerializerMethodField(help_text="Day on which it begins, in the cinema's time zone.")
    timeslot = serializers.SerializerMethodField(help_text="Such as 18:00-20:30, in the cinema's time zone.")
    seats_total = serializers.IntegerField(
        read_only=True, help_text="Number of all seats, wheelchair places and companion seats included."
    )
    seats_free = serializers.IntegerField(
        read_only=True,
        help_text="Number of seats neither sold nor held, without wheelchair places and companion seats.",
    )
    wheelchair_places_free = serializers.IntegerField(read_only=True, help_text="Of the wheelchair places.")
    companion_seats_free = serializers.IntegerField(read_only=True, help_text="Of the companion seats.")
    cancelled_at = serializers.DateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = MovieSession
        fields = [
            "id",
            "movie",
            "room",
            "room_number",
            "starts_at",
            "ends_at",
            "date",
            "timeslot",
            "seats_total",
            "seats_free",
            "wheelchair_places_free",
            "companion_seats_free",
            "published",
            "cancelled_at",
        ]
        read_only_fields = fields

    @extend_schema_field({"type": "string", "format": "date"})
    def get_date(self, session: MovieSession) -> str:
        return local_time.to_local(session.starts_at).date().isoformat()

    @extend_schema_field({"type": "string"})
    def get_timeslot(self, session: MovieSession) -> str:
        return local_time.format_slot(session.starts_at, session.ends_at)


@extend_schema_field({"oneOf": [{"type": "integer"}, ONE_ROOM]})
class RoomField(serializers.Field[Room, Any, Any, Any]):
    """The id of a room, or a room as the API returns it. One query for all sessions of a body."""

    default_error_messages = {"invalid": "Send the id of a room.", "missing": "There is no such room."}

    def to_internal_value(self, data: Any) -> Room:
        pk = data.get("id") if isinstance(data, dict) and data.keys() <= ONE_ROOM["properties"].keys() else data  # type: ignore[attr-defined] # a dict of dicts
        if isinstance(pk, bool) or not isinstance(pk, int):
            self.fail("invalid")
        return _rooms_by_id(self).get(pk) or self.fail("missing")


class RoomNumberField(StrictIntegerField):
    default_error_messages = {"missing": "There is no room with this number."}

    def to_internal_value(self, data: Any) -> Any:
        number = super().to_internal_value(data)
        return next((room for room in _rooms_by_id(self).values() if room.number == number), None) or self.fail(
            "missing"
        )


def _rooms_by_id(field: serializers.Field[Any, Any, Any, Any]) -> dict[int, Room]:
    context = cast(dict[str, Any], field.context)
    if "rooms" not in context:
        context["rooms"] = Room.objects.in_bulk()
    return cast(dict[int, Room], context["rooms"])


@extend_schema_serializer(
    component_name="MovieSessionWriting",
    examples=[
        OpenApiExample("With date and timeslot", WITH_TIMESLOT, request_only=True),
        OpenApiExample("With a start", WITH_START, request_only=True),
    ],
)
class SessionWritingSerializer(KnownFieldsOnly, SessionSerializer):
    """Read-only fields may be sent; they change nothing."""

    # Its values are arguments of cinema.programme.scheduling: any of room, starts_at, ends_at and published.

    room = RoomField(required=False, help_text="Id of a room, or a room as the API returns it.")  # type: ignore[assignment]
    room_number = RoomNumberField(required=False, help_text="Instead of `room`.")
    starts_at = Moment(required=False, help_text="Seconds are dropped. Without an offset, in the cinema's time zone.")
    ends_at = Moment(
        required=False, allow_null=True, help_text="By default, the start plus the runtime and the advertisements."
    )
    date = serializers.DateField(  # type: ignore[assignment]
        required=False, help_text="With `timeslot`, instead of `starts_at` and `ends_at`. In the cinema's time zone."
    )
    timeslot = StrictCharField(  # type: ignore[assignment]
        required=False, help_text="Such as 18:00-20:30. An end before the start is on the next day."
    )
    published = StrictBooleanField(required=False, help_text="Only managers see drafts.")

    class Meta(SessionSerializer.Meta):
        read_only_fields = [
            "id",
            "movie",
            "seats_total",
            "seats_free",
            "wheelchair_places_free",
            "companion_seats_free",
            "cancelled_at",
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        self._resolve_room(attrs)
        self._resolve_times(attrs)
        required = () if self.instance else ("room", "starts_at")
        if missing := [name for name in required if name not in attrs]:
            raise ValidationError({name: ["This field is required."] for name in missing})
        return attrs

    @staticmethod
    def _resolve_room(attrs: dict[str, Any]) -> None:
        # RoomNumberField returns the room itself.
        by_number = attrs.pop("room_number", None)
        if by_number and attrs.setdefault("room", by_number) != by_number:
            raise ValidationError({"room_number": ["This is another room than that of `room`."]})

    def _resolve_times(self, attrs: dict[str, Any]) -> None:
        slot: dict[str, Any] = {name: attrs.pop(name) for name in ("date", "timeslot") if name in attrs}
        if not slot:
            return
        session = cast("MovieSession | None", self.instance)
        starts_at = attrs.get("starts_at", session and session.starts_at)
        ends_at = attrs.get("ends_at", session and session.ends_at)
        if starts_at and ends_at and slot.items() <= _slot_of(starts_at, ends_at).items():
            return
        if attrs.keys() & {"starts_at", "ends_at"}:
            raise ValidationError({name: [CONTRADICTION] for name in slot})
        if session:
            slot = _slot_of(session.starts_at, session.ends_at) | slot
        attrs["starts_at"], attrs["ends_at"] = _parse_slot(slot)


def _slot_of(starts_at: datetime, ends_at: datetime) -> dict[str, Any]:
    return {"date": local_time.to_local(starts_at).date(), "timeslot": local_time.format_slot(starts_at, ends_at)}


def _parse_slot(slot: Mapping[str, Any]) -> tuple[datetime, datetime]:
    if missing := [name for name in ("date", "timeslot") if name not in slot]:
        raise ValidationError({name: ["This field is required."] for name in missing})
    try:
        return local_time.parse_slot(slot["date"], slot["timeslot"])
    except exceptions.ValidationError as error:
        raise ValidationError({"timeslot": error.messages}) from error


class CreatedSessionsSerializer(serializers.Serializer[Any]):
    """The new sessions on one page, in the order of the request."""

    items = SessionSerializer(many=True)
    meta = OnePageMetaSerializer()


class RemovalSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    cancel_tickets = StrictBooleanField(default=False, help_text="Cancel sold tickets instead of refusing with 409.")


class ManyRemovalSerializer(RemovalSerializer):
    ids = StrictListField(
        child=IdField(),
        max_length=MAX_AT_ONCE,
        help_text=f"1 to {MAX_AT_ONCE} ids of sessions.",
    )


class RemovedSerializer(serializers.Serializer[Any]):
    deleted = serializers.IntegerField(help_text="Number of sessions deleted or cancelled.")
