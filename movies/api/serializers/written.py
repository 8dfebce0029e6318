"""Fields of what is sent to us: numbers that were numbers in JSON, and films that the sender can see."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from movies import queries
from movies.models import Movie


class Whole(serializers.IntegerField):
    """A whole number that was one in JSON: "7", 7.5 and true are not 7."""

    default_error_messages = {"invalid": "Send a whole number."}

    def to_internal_value(self, data: Any) -> int:
        whole = isinstance(data, int) or (isinstance(data, float) and data.is_integer())
        if isinstance(data, bool) or not whole:
            self.fail("invalid")
        return int(data)


class Text(serializers.CharField):
    """A text that was one in JSON: 5 is not "5"."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field({"type": "integer"})
class VisibleFilm(serializers.Field[Movie, Any, int, Movie]):
    """A film by its id. Somebody else's private film and none at all are answered alike."""

    default_error_messages = {"invalid": "Send the id of a film, a whole number.", "missing": "There is no such film."}

    def to_internal_value(self, data: Any) -> Movie:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        movie = queries.visible_to(self.context["request"].user).defer(*queries.DETAIL_ONLY).filter(pk=data).first()
        return movie or self.fail("missing")
