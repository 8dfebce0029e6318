"""Serializers of the films that clients write. They check types; values are checked by movies.catalogue.validation."""

from itertools import islice
from typing import Any, cast

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from common.api.fields import IdField, StrictCharField, StrictIntegerField, StrictListField
from common.api.pagination import OnePageMetaSerializer
from common.api.parsing import KnownFieldsOnly
from common.api.problems import MAX_ERRORS
from movies.api.serializers.catalogue import GenreSerializer, MovieDetailSerializer, MovieSerializer
from movies.catalogue.editing import MAX_AT_ONCE
from movies.models import Genre
from movies.models.limits import FIRST_YEAR, LAST_YEAR

ONE_GENRE = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
}
AMELIE = {
    "title": "Amélie",
    "original_title": "Le Fabuleux Destin d’Amélie Poulain",
    "original_language": "fr",
    "release_date": "2001-04-25",
    "runtime": 122,
    "genres": [1, 3],
    "directors": ["Jean-Pierre Jeunet"],
    "cast": ["Audrey Tautou", "Mathieu Kassovitz"],
    "imdb_id": "tt0211915",
}


@extend_schema_field({"type": "array", "items": {"oneOf": [{"type": "integer"}, ONE_GENRE]}})
class GenresField(serializers.Field[list[Genre], Any, Any, Any]):
    """A list of genre ids or of genres as the API returns them. All films of a body share one query."""

    default_error_messages = {"not_a_list": "Send a list of ids."}

    def to_internal_value(self, data: Any) -> list[Genre]:
        if not isinstance(data, list):
            self.fail("not_a_list")
        genres = self._load_genres()
        errors = ((index, [message]) for index, item in enumerate(data) if (message := self._check_item(item, genres)))
        first_errors: dict[Any, Any] = dict(islice(errors, MAX_ERRORS))
        if first_errors:
            raise ValidationError(first_errors)
        return [genres[item["id"] if isinstance(item, dict) else item] for item in data]

    def _load_genres(self) -> dict[int, Genre]:
        shared = cast(dict[str, Any], self.context)
        if "genres" not in shared:
            shared["genres"] = Genre.objects.in_bulk()
        return cast(dict[int, Genre], shared["genres"])

    @staticmethod
    def _check_item(item: Any, genres: dict[int, Genre]) -> str | None:
        """Return the error message of an item, or None."""
        if isinstance(item, dict) and item.keys() - set(GenreSerializer.Meta.fields):
            return "Unknown field."
        pk = item.get("id") if isinstance(item, dict) else item
        if isinstance(pk, bool) or not isinstance(pk, int):
            return "Send the id of a genre."
        return None if pk in genres else "There is no such genre."


@extend_schema_serializer(examples=[OpenApiExample("A film", AMELIE, request_only=True)])
class MovieWritingSerializer(KnownFieldsOnly, MovieDetailSerializer):
    """Read-only fields may be sent back as they were read. They change nothing."""

    title = StrictCharField(allow_blank=True)
    original_title = StrictCharField(required=False, allow_blank=True)
    original_language = StrictCharField(required=False, allow_blank=True, help_text="A code such as en or pt-br.")
    overview = StrictCharField(required=False, allow_blank=True)
    tagline = StrictCharField(required=False, allow_blank=True)
    release_date = serializers.DateField(required=False, allow_null=True, help_text="Also sets the year.")
    year = StrictIntegerField(required=False, allow_null=True, help_text=f"{FIRST_YEAR} to {LAST_YEAR}.")
    runtime = StrictIntegerField(required=False, allow_null=True, help_text="Minutes, 1 to 32,767.")
    genres = GenresField(required=False, help_text="Ids, or genres as the API returns them.")  # type: ignore[assignment]
    directors = StrictListField(child=StrictCharField(allow_blank=True), required=False)
    cast = StrictListField(child=StrictCharField(allow_blank=True), required=False, help_text="Top-billed first.")
    certification = StrictCharField(required=False, allow_blank=True)
    age_restriction = StrictIntegerField(required=False, allow_null=True, help_text="Years, 0 to 21.")
    trailer = StrictCharField(required=False, allow_blank=True, help_text="A web address.")
    tmdb_id = StrictIntegerField(
        required=False, allow_null=True, help_text="For films of the catalogue only; must be unique."
    )
    imdb_id = StrictCharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="Such as tt0211915; must be unique in the catalogue.",
    )
    locked_fields = StrictListField(
        child=StrictCharField(),
        required=False,
        help_text="Leave out names to unlock fields, so that the sync may change them again.",
    )

    class Meta(MovieDetailSerializer.Meta):
        read_only_fields = list(MovieDetailSerializer.Meta.fields)
        validators: list[Any] = []


class CreatedMoviesSerializer(serializers.Serializer[Any]):
    """The created films, in the order of the request, on one page."""

    items = MovieSerializer(many=True)
    meta = OnePageMetaSerializer()


class MovieIdsSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    ids = StrictListField(
        child=IdField(),
        max_length=MAX_AT_ONCE,
        help_text=f"1 to {MAX_AT_ONCE} ids of films of the catalogue.",
    )


class DeletedSerializer(serializers.Serializer[Any]):
    deleted = serializers.IntegerField()
