"""Serializer fields for references to films."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from movies.models import Movie
from movies.queries.films import DETAIL_ONLY, get_film, visible_films


@extend_schema_field({"type": "integer"})
class VisibleFilmField(serializers.Field[Movie, Any, int, Movie]):
    """A film by its id, or by a former one. Private films of other people are reported like missing ones."""

    default_error_messages = {"invalid": "Send the id of a film, a whole number.", "missing": "There is no such film."}

    def to_internal_value(self, data: Any) -> Movie:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        try:
            return get_film(visible_films(self.context["request"].user).defer(*DETAIL_ONLY), data)
        except Http404:
            self.fail("missing")
