"""Serializers of viewings. The rules are in movies.library.history."""

from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_date
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.api.answers.sparse import SparseFields
from common.api.parsing import KnownFieldsOnly
from movies.api.serializers.catalogue import PosterSerializer
from movies.api.serializers.fields import VisibleFilmField
from movies.library import history
from movies.models import Movie, Viewing

MOMENT = {"oneOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}


class SeenMovieSerializer(serializers.ModelSerializer[Movie]):
    poster = PosterSerializer(source="poster_urls", read_only=True, allow_null=True)

    class Meta:
        model = Movie
        fields = ["id", "title", "year", "poster"]


class ViewingSerializer(SparseFields, serializers.ModelSerializer[Viewing]):
    movie = SeenMovieSerializer(read_only=True)

    class Meta:
        model = Viewing
        fields = ["id", "movie", "watched_at", "source"]
        read_only_fields = fields


@extend_schema_field(MOMENT)
class MomentField(serializers.DateTimeField):
    """A date and time, or a date alone, which means noon of that day."""

    default_error_messages = {"invalid": "Send a date (2026-03-01) or a date and time (2026-03-01T20:15:00Z)."}

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str):
            self.fail("invalid")
        try:
            day = parse_date(value)
        except ValueError:  # such as 30 February
            self.fail("invalid")
        try:
            return history.noon_of(day) if day else super().to_internal_value(value)
        except OverflowError:
            self.fail("invalid")


class NewViewingSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    movie_id = VisibleFilmField(source="movie")
    watched_at = MomentField(
        required=False,
        help_text="Default: now. A date alone means noon of that day. Times without an offset are in the cinema's time "
        "zone.",
    )
