"""A session as it is read and written."""

from collections.abc import Mapping
from typing import Any, cast

from django.core import exceptions
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from cinema.api.moments import Moment
from cinema.core import local_time
from cinema.models import MovieSession, Room
from cinema.programme.planning import MAX_AT_ONCE
from common.api.fields import StrictBooleanField, StrictCharField, StrictIntegerField
from common.api.parsing import KnownFieldsOnly
from common.api.sparse import SparseFields
from movies.models import Movie

DISAGREE = "Send starts_at and ends_at, or date and timeslot: these say different things."
ONE_ROOM = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}, "number": {"type": "integer"}, "name": {"type": "string"}},
}
BY_CLOCK = {"room_number": 1, "date": "2026-12-31", "timeslot": "18:00-20:30"}
BY_MOMENT = {"room": 1, "starts_at": "2026-12-31T17:00:00Z"}


class FilmOfSessionSerializer(serializers.ModelSerializer[Movie]):
    class Meta:
        model = Movie
        fields = ["id", "title"]


class RoomOfSessionSerializer(serializers.ModelSerializer[Room]):
    class Meta:
        model = Room
        fields = ["id", "number", "name"]


@extend_schema_serializer(component_name="MovieSession")  # accounts have sessions as well
class SessionSerializer(SparseFields, serializers.ModelSerializer[MovieSession]):
    movie = FilmOfSessionSerializer(read_only=True)
    room = RoomOfSessionSerializer(read_only=True)
    room_number = serializers.IntegerField(source="room.number", read_only=True, help_text="As it stands on the door.")
    date = serializers.SerializerMethodField(help_text="On which it begins, in the cinema's zone.")
    timeslot = serializers.SerializerMethodField(help_text="As 18:00-20:30, in the cinema's zone.")
    seats_total = serializers.IntegerField(read_only=True)
    seats_free = serializers.IntegerField(read_only=True, help_text="Neither sold nor held.")
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
    """Its id, or a room as it is read; one query for all sessions of a body."""

    default_error_messages = {"invalid": "Send the id of a room.", "missing": "There is no such room."}

    def to_internal_value(self, data: Any) -> Room:
        pk = data.get("id") if isinstance(data, dict) and data.keys() <= ONE_ROOM["properties"].keys() else data  # type: ignore[attr-defined] # a dict of dicts
        if isinstance(pk, bool) or not isinstance(pk, int):
            self.fail("invalid")
        return rooms(self).get(pk) or self.fail("missing")


class RoomNumberField(StrictIntegerField):
    default_error_messages = {"missing": "There is no room with this number."}

    def to_internal_value(self, data: Any) -> Any:
        number = super().to_internal_value(data)
        return next((room for room in rooms(self).values() if room.number == number), None) or self.fail("missing")


def rooms(field: serializers.Field[Any, Any, Any, Any]) -> dict[int, Room]:
    shared = cast(dict[str, Any], field.context)
    if "rooms" not in shared:
        shared["rooms"] = Room.objects.in_bulk()
    return cast(dict[int, Room], shared["rooms"])


@extend_schema_serializer(
    component_name="MovieSessionWriting",
    examples=[
        OpenApiExample("By the clock on the wall", BY_CLOCK, request_only=True),
        OpenApiExample("By the moment", BY_MOMENT, request_only=True),
    ],
)
class SessionWritingSerializer(KnownFieldsOnly, SessionSerializer):
    """What is read-only may be sent back as it was read; it changes nothing.

    Cleans to the arguments of cinema.programme.scheduling: any of room, starts_at, ends_at and published.
    """

    room = RoomField(required=False, help_text="Its id; or a room as it is read.")  # type: ignore[assignment]
    room_number = RoomNumberField(required=False, help_text="Instead of `room`.")
    starts_at = Moment(required=False, help_text="Seconds are cut off. Without an offset: in the cinema's time zone.")
    ends_at = Moment(
        required=False, allow_null=True, help_text="By default, as long as the film and the advertisements."
    )
    date = serializers.DateField(  # type: ignore[assignment]
        required=False, help_text="With a timeslot, instead of starts_at and ends_at; in the cinema's time zone."
    )
    timeslot = StrictCharField(  # type: ignore[assignment]
        required=False, help_text="As 18:00-20:30; an end before the start is after midnight."
    )
    published = StrictBooleanField(required=False, help_text="Drafts are seen by managers only.")

    class Meta(SessionSerializer.Meta):
        read_only_fields = ["id", "movie", "seats_total", "seats_free", "cancelled_at"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        self.settle_room(attrs)
        self.settle_times(attrs)
        required = () if self.instance else ("room", "starts_at")
        if missing := [name for name in required if name not in attrs]:
            raise ValidationError({name: ["This field is required."] for name in missing})
        return attrs

    @staticmethod
    def settle_room(attrs: dict[str, Any]) -> None:
        # The field's value is a whole room, whose number its source names.
        by_number = attrs.pop("room_number", None)
        if by_number and attrs.setdefault("room", by_number) != by_number:
            raise ValidationError({"room_number": ["This is another room than that of `room`."]})

    def settle_times(self, attrs: dict[str, Any]) -> None:
        said = {name: attrs.pop(name) for name in ("date", "timeslot") if name in attrs}
        if not said:
            return
        known = cast("MovieSession | None", self.instance)
        starts_at = attrs.get("starts_at", known and known.starts_at)
        ends_at = attrs.get("ends_at", known and known.ends_at)
        if starts_at and ends_at and agree(said, starts_at, ends_at):
            return
        if attrs.keys() & {"starts_at", "ends_at"}:
            raise ValidationError({name: [DISAGREE] for name in said})
        if known:
            said = {"date": local_time.to_local(known.starts_at).date(), "timeslot": text_of(known), **said}
        attrs["starts_at"], attrs["ends_at"] = slot_of(said)


def agree(said: Mapping[Any, Any], starts_at: Any, ends_at: Any) -> bool:
    shown = {"date": local_time.to_local(starts_at).date(), "timeslot": local_time.format_slot(starts_at, ends_at)}
    return all(shown[name] == value for name, value in said.items())


def text_of(session: MovieSession) -> str:
    return local_time.format_slot(session.starts_at, session.ends_at)


def slot_of(said: Mapping[Any, Any]) -> tuple[Any, Any]:
    if missing := [name for name in ("date", "timeslot") if name not in said]:
        raise ValidationError({name: ["This field is required."] for name in missing})
    try:
        return local_time.parse_slot(said["date"], said["timeslot"])
    except exceptions.ValidationError as error:
        raise ValidationError({"timeslot": error.messages}) from error


class CreatedSessionsMetaSerializer(serializers.Serializer[Any]):
    page = serializers.IntegerField()
    limit = serializers.IntegerField()
    total = serializers.IntegerField()
    total_pages = serializers.IntegerField()
    next_cursor = serializers.CharField(allow_null=True)


class CreatedSessionsSerializer(serializers.Serializer[Any]):
    """In the order in which they were sent, on one page."""

    items = SessionSerializer(many=True)
    meta = CreatedSessionsMetaSerializer()


class RemovalSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    cancel_tickets = StrictBooleanField(default=False, help_text="Cancel the tickets that are sold, instead of a 409.")


class ManyRemovalSerializer(RemovalSerializer):
    ids = serializers.ListField(
        child=StrictIntegerField(min_value=1, max_value=2**63 - 1),
        max_length=MAX_AT_ONCE,
        help_text=f"1 to {MAX_AT_ONCE}.",
    )


class RemovedSerializer(serializers.Serializer[Any]):
    deleted = serializers.IntegerField(help_text="Or cancelled, of those that had sold tickets.")
